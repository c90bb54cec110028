// cs-perturb: the hard examples that training methods make of images with a trained model.
#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/image/libraries.h"
#include "coopseg/inference/perturb_case.h"
#include "model_options.h"
#include "perturb_preview.h"
#include "perturb_variants.h"

namespace {

using namespace coopseg;
using core::Case;
using core::UsageError;
using core::fs::path;
using apps::Preview;

const core::About kAbout = {
    "cs-perturb",
    "makes hard examples of images: their codes in a trained model, masked and decoded again, or another method's",
    {"[options] --model MODEL --mask WORD IMAGE OUTPUT", "[options] --model MODEL --cases LIST --out DIR"},
    {{"cs-perturb --model run/best.safetensors --cases test.jsonl --out hard --preview hard.png",
      "hard images and segmentations of a list, three ways of masking, and a picture of the first"},
     {"cs-perturb --model run/best.safetensors --mask channel --latent-da image ED_img.nii.gz ED_hard.nii.gz",
      "one hard image; targeted masks of the image code need no label"},
     {"cs-perturb --model run/best.safetensors --cases test.jsonl --out others --preview others.png "
      "--method rand-mwm,rand-conv,adv-noise,adv-bias",
      "the same of the methods that the paper compares with"}}};

struct Options : apps::ModelOptions {
  path model, label, preview;
  apps::PerturbOptions variants;
  std::string labels;
};

void check(const core::Command& command, const Options& options) {
  apps::check_model_options(command, options, {options.model},
                            "cs-perturb --model MODEL --mask WORD IMAGE OUTPUT, or --cases LIST --out DIR");
  if (command.has_cases() && !options.label.empty()) {
    throw UsageError("--label", "belongs to a single image", "the list names its labels");
  }
  apps::check_variant_options(command, options.variants, !command.has_cases());
}

inference::PerturbationOptions how_to_perturb(const core::Command& command, const Options& options) {
  inference::PerturbationOptions how;
  how.network = apps::network_of(command, options);
  how.network.model = options.model;
  how.input = apps::input_of(options);
  how.variants = apps::variants_of(command, options.variants);
  if (!options.labels.empty()) how.label_names = dataset::parse_label_names(options.labels);
  how.rules = command.output_rules();
  how.provenance = command.provenance();
  return how;
}

void refuse_repeats_of_repeats(const std::vector<Case>& cases, const Options& options) {
  if (options.variants.repeats == 1) return;
  for (const Case& c : cases) {
    if (c.text("repeat").empty()) continue;
    throw UsageError("--repeats", "the list's cases are repeats themselves (" + c.name() + ")",
                     "one hard example of each: leave it out");
  }
}

bool perturb_list(const core::Command& command, const Options& options, const std::vector<Case>& cases,
                  inference::CasePerturber& perturber) {
  refuse_repeats_of_repeats(cases, options);
  std::vector<Case> planned;
  for (const Case& c : cases) {
    const std::vector<Case> of_case = perturber.planned(c, command.out());
    planned.insert(planned.end(), of_case.begin(), of_case.end());
  }
  core::refuse_shared_outputs(planned, command.cases_source());

  Preview preview;
  inference::PlacementTally placed;
  std::vector<Case> results;
  std::size_t pictured = 0;
  // Shards never touch the same file: the first draws.
  const bool with_preview = !options.preview.empty() && command.shard().index == 0;
  // One case after the other: the network is one, and has all threads.
  const bool all_well = core::for_each_case(
      "perturbing", cases, 1,
      [&](const Case& c) {
        return perturber.perturb(c, command.out(), with_preview && pictured++ < Preview::kCases);
      },
      [&](std::size_t index, inference::PerturbedCase done) {
        preview.add(cases[index].name(), done);
        placed.add(cases[index].name(), done.placed);
        for (Case& result : done.results) results.push_back(std::move(result));
      });
  placed.tell(perturber.model());
  command.write_results(results, all_well);
  if (with_preview) preview.write(options.preview, command.overwrite());
  return all_well;
}

bool perturb_file(const core::Command& command, const Options& options, inference::CasePerturber& perturber) {
  Case c(options.image.filename().string(), options.image);
  if (!options.label.empty()) c.set_path("label", options.label);
  command.output_rules().check({options.output}, {options.image, options.model});
  Preview preview;
  const inference::PerturbedCase made = perturber.perturb_into(c, options.output, !options.preview.empty());
  preview.add(c.name(), made);
  inference::PlacementTally placed;
  placed.add(c.name(), made.placed);
  placed.tell(perturber.model());
  if (!options.preview.empty()) preview.write(options.preview, command.overwrite());
  return true;
}

bool perturb_all(const core::Command& command, const Options& options) {
  std::vector<Case> cases;
  if (command.has_cases()) cases = command.cases();
  check(command, options);
  const inference::UsedModel model(options.model);
  if (!model::has_two_stages(model.description)) {
    throw core::UsageError(options.model.string(),
                           "is a model of the network '" + model.description.network +
                               "', which makes no hard examples",
                           "use a model as cs-train-ftn or cs-train-coop writes it");
  }
  inference::CasePerturber perturber(model, how_to_perturb(command, options));
  if (!options.preview.empty() && command.shard().index == 0)
    core::refuse_existing(options.preview, command.overwrite());
  const bool all_well = command.has_cases() ? perturb_list(command, options, cases, perturber)
                                            : perturb_file(command, options, perturber);
  perturber.warn_of_cut_off_labels();
  return all_well;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  command.positional("IMAGE", options.image, "image to make a hard example of (NIfTI, NRRD, MetaImage)");
  command.positional("OUTPUT", options.output,
                     "hard image to write, or with --latent-da shape the hard segmentation, on the image's own grid");
  command.option("Model", "-m,--model", options.model, "model file, as a training writes it");
  apps::add_variant_options(command, options.variants);
  command.option("Images", "--label", options.label,
                 "label map of the single image, which masks of the shape code are chosen by");
  command
      .option("Images", "--labels", options.labels,
              "names of the label values, \"LV:1,MYO:2\", or a scheme (acdc, mnms, coopseg), where the list has none")
      .type_name("NAMES");
  command.flag("Images", "--preprocessed", options.preprocessed,
               "the images have been through the model's preprocessing; those whose list or sidecar says so are "
               "recognised without this option");
  command.option("Images", "--frame", options.frame,
                 "frame of 4D files, from 0; a case's field \"frame_index\" comes first")
      .type_name("N");
  apps::add_orient(command, options);
  command.option("Outputs", "--preview", options.preview,
                 fmt::format("draw the middle slice of the first cases, at most {}, as a PNG picture", Preview::kCases),
                 core::Effect::execution);
  command.add_cases();
  command.add_outputs(true);
  command.add_seed();
  command.option("Execution", "--device", options.device, "auto, cpu, cuda or cuda:N", core::Effect::execution)
      .type_name("DEVICE");
  for (const auto& [name, version] : image::library_versions()) command.uses_library(name, version);
  return command.run(argc, argv, [&] { return perturb_all(command, options); });
}
