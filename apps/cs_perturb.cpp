// cs-perturb: the hard examples that training methods make of images with a trained model.
#include <memory>
#include <optional>

#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/late_library.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/image/labels.h"
#include "coopseg/image/libraries.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/plausible.h"
#include "coopseg/inference/model_input.h"
#include "coopseg/inference/segment.h"
#include "coopseg/request/library.h"
#include "coopseg/request/perturbation.h"
#include "perturb_preview.h"
#include "perturb_variants.h"

namespace {

using namespace coopseg;
using core::Case;
using core::UsageError;
using core::fs::path;
using apps::Made;
using apps::Preview;
using apps::Variant;

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

struct Options {
  path image, output, model, label, preview;
  apps::PerturbOptions variants;
  std::string labels, device = "auto";
  bool preprocessed = false;
  int frame = -1;
};

struct Run {
  const core::Command& command;
  const Options& options;
  model::ModelDescription model;
  core::InputFile model_file;
  image::Preprocessing steps;
  std::vector<Variant> variants;
  core::LabelNames label_names;  // of label maps whose list does not name them
  core::Provenance provenance;
  std::unique_ptr<request::Perturber> perturber;
};

void check(const core::Command& command, const Options& options) {
  if (options.model.empty()) throw UsageError("--model", "is missing", "name a model file of a training");
  const bool single = !options.image.empty();
  if (single == command.has_cases()) {
    throw UsageError("", single ? "IMAGE and --cases are both given" : "neither an image nor --cases is given",
                     "cs-perturb --model MODEL --mask WORD IMAGE OUTPUT, or --cases LIST --out DIR");
  }
  if (single) {
    if (options.output.empty()) throw UsageError("OUTPUT", "is missing", "name the image to write");
    if (command.has_out()) throw UsageError("--out", "belongs to --cases", "name OUTPUT behind IMAGE");
    if (command.given("--cases-out")) throw UsageError("--cases-out", "belongs to --cases", "an image has no list");
  } else {
    if (!command.has_out()) throw UsageError("--out", "is missing", "name the folder of the hard examples");
    if (!options.label.empty()) throw UsageError("--label", "belongs to a single image", "the list names its labels");
  }
  apps::check_variant_options(command, options.variants, single);
  request::check_device(options.device);
  if (command.given("--frame") && options.frame < 0) throw UsageError("--frame", "must be 0 or more");
}

// The case's label map as class indices of the model.
image::LabelMap read_classes(const Run& run, const Case& c, std::optional<std::size_t> frame,
                             const image::Grid& grid) {
  const path file = *c.label();
  image::ReadOptions how;
  if (image::read_nifti_header(file).frames > 1) how.frame = frame;
  image::LabelMap labels = image::read_labels(file, how);
  image::warn_if_background_only(labels, file.string());
  if (const std::string difference = image::grid_difference(labels.grid, grid); !difference.empty())
    throw core::DataError(file.string(), "grid differs from its image's, " + c.image().string() + ": " + difference);
  core::LabelNames own = c.labels(), indices;
  if (own.empty()) own = run.label_names.empty() ? run.model.classes : run.label_names;
  for (const auto& [name, value] : run.model.classes) indices.emplace_back(name, static_cast<int>(indices.size()) + 1);
  const image::Remap to_index = image::remap_by_name(own, indices, file.string());
  for (const std::int32_t value : image::values_of(labels)) {
    if (value != 0 && to_index.count(value) == 0)
      throw core::DataError(file.string(), fmt::format("holds label {}, which has no name", value),
                            "name it in the list's \"labels\" or with --labels");
  }
  image::apply(to_index, labels);
  return labels;
}

struct Input {
  Case source;
  image::Image image;
  std::optional<image::LabelMap> labels;
  image::Preprocessing steps;
  std::vector<core::InputFile> files;
  std::optional<std::size_t> frame;
};

Input read_input(const Run& run, const Case& c) {
  Input in{c, {}, {}, image::Preprocessing::none(), {core::input_file(c.image()), run.model_file}, {}};
  const bool as_it_is = run.options.preprocessed || run.model.preprocessing.is_null();
  if (!as_it_is) in.steps = inference::steps_for(run.steps, c, inference::history_of(c.image(), in.files[0]));
  in.frame = inference::frame_of(c, run.options.frame);
  image::ReadOptions how;
  how.frame = in.frame;
  in.image = image::read_image(c.image(), how);
  image::warn_if_constant(in.image, c.image().string());
  image::warn_if_mostly_padding(image::preprocessed_grid(in.image.grid, in.steps), run.model.input.crop,
                                c.image().string());
  bool needs_labels = false;
  for (const Variant& v : run.variants)
    needs_labels =
        needs_labels || (v.is_latent() && v.how.shape && v.how.mask && v.how.mask != request::MaskType::dropout);
  if (c.label() && needs_labels) {
    in.labels = read_classes(run, c, in.frame, in.image.grid);
    in.files.push_back(core::input_file(*c.label()));
  } else if (needs_labels) {
    throw core::DataError(c.name(), "has no label, and masks of the shape code are chosen by the loss against it",
                          "give a label, or --latent-da image");
  }
  return in;
}

request::Perturbation how_of(const Input& in, const Variant& variant) {
  request::Perturbation how = variant.how;
  how.id = in.source.id();
  how.frame = in.source.frame();
  return how;
}

Made make(Run& run, const Input& in, const Variant& variant) {
  const request::Perturbation how = how_of(in, variant);
  inference::MapOptions maps;
  maps.crop = run.model.input.crop;
  maps.minmax_slices = run.model.input.minmax();
  if (how.image) maps.outside.push_back(0);
  if (how.shape) {
    maps.outside.push_back(1);
    maps.outside.resize(maps.outside.size() + run.model.classes.size(), 0);
  }
  std::vector<image::Image> found =
      inference::map_slices(in.image, in.labels ? &*in.labels : nullptr, in.steps, maps,
                          [&](const auto& slices, const auto& labels) {
                            return run.perturber->perturb(slices, labels, how);
                          });
  Made made;
  if (how.image) {
    made.image = std::move(found.front());
    found.erase(found.begin());
  }
  if (how.shape) made.labels = inference::most_probable(found);
  return made;
}

core::Provenance provenance_of(const Run& run, const Input& in, const Variant& variant) {
  core::Provenance provenance = run.provenance;
  provenance.settings["preprocessing"] = to_json(in.steps);
  provenance.settings["frame"] = in.frame ? core::Json(*in.frame) : core::Json();
  apps::describe({how_of(in, variant), variant.name, variant.repeat}, run.options.variants, provenance.settings);
  return provenance;
}

// Files of one variant; writes what is not there.
struct Files {
  std::optional<path> image, labels;
};

void refuse(const Run& run, const std::optional<path>& file, const Input& in) {
  if (!file) return;
  core::refuse_existing(*file, run.command.overwrite());
  core::refuse_existing(core::sidecar_path(*file), run.command.overwrite());
  core::refuse_same_file(in.source.image(), *file);
  if (const auto label = in.source.label()) core::refuse_same_file(*label, *file);
}

image::LabelMap with_values(const Run& run, image::LabelMap labels) {
  for (auto& value : labels.voxels)
    if (value > 0) value = run.model.classes[static_cast<std::size_t>(value) - 1].second;
  return labels;
}

void write(const Run& run, const Input& in, const Variant& variant, const Files& files, const Made& made) {
  const auto overwrite = run.command.overwrite();
  core::Provenance provenance = provenance_of(run, in, variant);
  provenance.libraries["LibTorch"] = run.perturber->torch_version();
  if (files.image) {
    image::write_image(*files.image, *made.image, {overwrite});
    core::write_sidecar(provenance, in.files, *files.image, overwrite);
  }
  if (files.labels) {
    image::write_labels(*files.labels, with_values(run, *made.labels), {overwrite});
    core::write_sidecar(provenance, in.files, *files.labels, overwrite,
                        {{"prediction_labels", core::label_names_to_json(run.model.classes)}});
  }
}

bool is_done(const Run& run, const Input& in, const Variant& variant, const Files& files) {
  if (!run.command.skip_existing()) return false;
  for (const auto& file : {files.image, files.labels}) {
    if (file && !core::is_up_to_date(provenance_of(run, in, variant), in.files, *file)) return false;
  }
  return true;
}

void open(Run& run) {
  if (run.perturber) return;
  core::prepare_numerical_environment(run.command.threads());
  auto* door = core::late_function<request::OpenPerturber>(request::kLibrary, request::kOpenPerturber);
  request::PredictorOptions how;
  how.model = run.options.model;
  how.device = run.options.device;
  how.threads = run.command.threads();
  run.perturber.reset(door(how));
}

struct Done {
  std::vector<Case> results;
  std::optional<Input> input;  // for the preview
  std::vector<std::pair<std::string, Made>> made;
};

Case result_of(const Run& run, const Case& source, const Variant& variant, Files& files) {
  Case result = source;
  // What was done to the input before stays in the output's name, so that no two outputs share one.
  const std::string before = source.text("artefact");
  result.set("artefact", before.empty() ? variant.name : before + "-" + variant.name);
  if (variant.repeat) result.set("repeat", *variant.repeat);
  result.erase("frame_index");
  if (variant.how.image) {
    files.image = run.command.out() / result.output_path("img");
    result.set_path("image", *files.image);
  }
  result.erase("prediction");
  result.erase("prediction_labels");
  if (variant.how.shape) {
    files.labels = run.command.out() / result.output_path("pred");
    result.set_path("prediction", *files.labels);
    result.set_labels("prediction_labels", run.model.classes);
  }
  result.set("model", run.model_file.name);
  result.set("model_sha256", run.model_file.sha256);
  return result;
}

// Makes and writes a variant, unless its files are there and nobody wants to look at it.
std::optional<Made> provide(Run& run, const Input& in, const Variant& variant, const Files& files, bool to_look_at) {
  const bool there = is_done(run, in, variant, files);
  if (there && !to_look_at) return std::nullopt;
  if (!there) {
    refuse(run, files.image, in);
    refuse(run, files.labels, in);
  }
  open(run);
  Made made = make(run, in, variant);
  if (!there) write(run, in, variant, files, made);
  return made;
}

Done perturb(Run& run, const Case& c, bool with_pictures) {
  Done done;
  Input in = read_input(run, c);
  for (const Variant& variant : run.variants) {
    core::throw_if_stopped();
    Files files;
    done.results.push_back(result_of(run, c, variant, files));
    auto made = provide(run, in, variant, files, with_pictures);
    if (made && with_pictures && variant.repeat.value_or(0) == 0)
      done.made.emplace_back(variant.name, std::move(*made));
  }
  if (with_pictures) done.input = std::move(in);
  return done;
}

void draw(Preview& preview, const Input& in, const std::vector<std::pair<std::string, Made>>& made) {
  preview.add(in.source.name(), in.image, in.labels ? &*in.labels : nullptr, made);
}

bool run_list(Run& run, const std::vector<Case>& cases) {
  std::vector<Case> planned;
  for (const Case& c : cases) {
    if (run.options.variants.repeats > 1 && !c.text("repeat").empty()) {
      throw UsageError("--repeats", "the list's cases are repeats themselves (" + c.name() + ")",
                       "one hard example of each: leave it out");
    }
    for (const Variant& variant : run.variants) {
      Files unused;
      planned.push_back(result_of(run, c, variant, unused));
    }
  }
  core::refuse_shared_outputs(planned, run.command.cases_source());
  Preview preview;
  std::vector<Case> results;
  std::size_t pictured = 0;
  // Shards never touch the same file: the first draws.
  const bool with_preview = !run.options.preview.empty() && run.command.shard().index == 0;
  // One case after the other: the network is one, and has all threads.
  const bool all_well = core::for_each_case(
      "perturbing", cases, 1,
      [&](const Case& c) { return perturb(run, c, with_preview && pictured++ < Preview::kCases); },
      [&](std::size_t, Done done) {
        if (done.input) draw(preview, *done.input, done.made);
        for (Case& result : done.results) results.push_back(std::move(result));
      });
  if (all_well || !results.empty()) run.command.write_cases(results);
  if (with_preview) preview.write(run.options.preview, run.command.overwrite());
  return all_well;
}

bool run_file(Run& run) {
  Case c(run.options.image.filename().string(), run.options.image);
  if (!run.options.label.empty()) c.set_path("label", run.options.label);
  const Variant& variant = run.variants.front();
  Files files;
  (variant.how.image ? files.image : files.labels) = run.options.output;
  core::refuse_same_file(run.options.model, run.options.output);
  core::refuse_same_file(run.options.image, run.options.output);
  if (!run.command.skip_existing()) core::refuse_existing(run.options.output, run.command.overwrite());
  const Input in = read_input(run, c);
  auto made = provide(run, in, variant, files, !run.options.preview.empty());
  if (made && !run.options.preview.empty()) {
    Preview preview;
    std::vector<std::pair<std::string, Made>> all;
    all.emplace_back(variant.name, std::move(*made));
    draw(preview, in, all);
    preview.write(run.options.preview, run.command.overwrite());
  }
  return true;
}

bool perturb_all(const core::Command& command, const Options& options) {
  std::vector<Case> cases;
  if (command.has_cases()) cases = command.cases();
  check(command, options);
  Run run{command, options, inference::read_model(options.model), core::input_file(options.model), {}, {}, {},
          {},      nullptr};
  run.steps = inference::expected_steps(run.model, options.model);
  run.variants = apps::variants_of(command, options.variants);
  if (!options.labels.empty()) run.label_names = dataset::parse_label_names(options.labels);
  run.provenance = command.provenance();
  if (!options.preview.empty() && command.shard().index == 0)
    core::refuse_existing(options.preview, command.overwrite());
  return command.has_cases() ? run_list(run, cases) : run_file(run);
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  command.positional("IMAGE", options.image, "NIfTI image to make a hard example of");
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
