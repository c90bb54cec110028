// cs-model: shows, checks, compares and converts model files.
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "coopseg/core/command.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/image/preprocess.h"
#include "coopseg/model/model_file.h"
#include "coopseg/model/reference_files.h"
#include "model_text.h"

namespace {

using namespace coopseg;
using core::Json;
using core::UsageError;
using core::fs::path;

const core::About kAbout = {
    "cs-model",
    "shows, checks and compares model files, to and from the reference implementation's .pth files",
    {"[options] show MODEL", "[options] check MODEL...", "[options] diff MODEL MODEL",
     "[options] import --from-reference DIR --out MODEL", "[options] export MODEL --to-reference DIR"},
    {{"cs-model show run/best.safetensors", "prints classes, preprocessing, training, and the network layer by layer"},
     {"cs-model check run/best.safetensors run/last.safetensors",
      "finds tensors that are missing, misshapen or not finite"},
     {"cs-model export run/best.safetensors --to-reference checkpoints", "writes a .pth file for each module"},
     {"cs-model import --from-reference checkpoints --labels LV:1,MYO:2,RV:3 --out imported.safetensors",
      "makes a model of .pth files, read as data: nothing in them is executed"},
     {"cs-model diff --weights run/best.safetensors imported.safetensors",
      "exit status 0: the weights are equal; 1: they differ"}}};

const std::vector<std::string> kActions = {"show", "check", "diff", "import", "export"};

struct Options {
  std::string action;
  std::vector<path> files;
  path source, target, out;
  model::NetworkType network = model::NetworkType::fcn_16;
  std::string labels, percentiles = "2,98", spacing = image::kPaperSpacing;
  std::size_t crop = image::kPaperCrop;
  bool keep_slice_range = false, weights_only = false;
};

std::string listed(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

void check_arguments(const core::Command& command, const Options& options) {
  if (options.action.empty()) throw UsageError("ACTION", "is missing", "one of " + listed(kActions));
  if (std::find(kActions.begin(), kActions.end(), options.action) == kActions.end()) {
    throw UsageError(options.action, "is no action", "one of " + listed(kActions));
  }
  static const std::map<std::string, std::vector<std::string>> kUsers = {
      {"--from-reference", {"import"}}, {"--out", {"import"}},         {"--network", {"import"}},
      {"--labels", {"import"}},         {"--crop", {"import"}},        {"--percentiles", {"import"}},
      {"--spacing", {"import"}},        {"--keep-slice-range", {"import"}}, {"--to-reference", {"export"}},
      {"--weights", {"diff"}},          {"--json", {"show", "check", "diff"}}, {"--force", {"import", "export"}}};
  for (const auto& [option, users] : kUsers) {
    if (command.given(option) && std::find(users.begin(), users.end(), options.action) == users.end()) {
      throw UsageError(option, "means nothing to " + options.action, "it belongs to " + listed(users));
    }
  }
  const std::size_t count = options.files.size();
  if (options.action == "import") {
    if (count > 0) {
      throw UsageError(options.files[0].string(), "was not expected", "import --from-reference DIR --out MODEL");
    }
    if (options.source.empty()) throw UsageError("--from-reference", "is missing", "name the folder of the .pth files");
    if (options.out.empty()) throw UsageError("--out", "is missing", "name the model file to write");
  } else if (options.action == "diff") {
    if (count != 2) throw UsageError("diff", fmt::format("needs two models, {} given", count));
  } else if (options.action == "check") {
    if (count == 0) throw UsageError("check", "needs a model or more");
  } else if (count != 1) {
    throw UsageError(options.action, fmt::format("needs one model, {} given", count));
  }
  if (options.action == "export" && options.target.empty()) {
    throw UsageError("--to-reference", "is missing", "name the folder for the .pth files");
  }
}

bool show(const core::Command& command, const Options& options) {
  const model::ModelFile model = model::read_model_file(options.files[0]);
  const auto modules = model::summarise(model);
  core::print(command.json() ? core::to_text(apps::summary_json(model, modules)) : apps::summary_text(model, modules));
  return true;
}

bool check(const core::Command& command, const Options& options) {
  bool all_well = true;
  for (const path& file : options.files) {
    Json verdict{{"schema", "coopseg.model-check/1"}, {"file", file.string()}, {"ok", true}, {"problem", nullptr}};
    std::string said;
    try {
      const model::ModelFile model = model::read_model_file(file);
      model::check_model(model);
      said = fmt::format("{}: ok, {}, {} tensors\n", file.string(), apps::network_text(model.description),
                         model.content.tensors.size());
    } catch (const core::Error& e) {
      all_well = false;
      core::error("{}", e.what());
      verdict["ok"] = false;
      verdict["problem"] = e.what();
    }
    core::print(command.json() ? core::to_line(verdict) + "\n" : said);
  }
  return all_well;
}

// As of diff(1): 0 equal, 1 different, 2 where that cannot be said.
bool diff(const core::Command& command, const Options& options) {
  std::vector<model::ModelFile> models;
  for (const path& file : options.files) {
    models.push_back(core::as_usage_error([&] { return model::read_model_file(file); }));
  }
  model::ModelDifference found = model::difference(models[0], models[1]);
  if (options.weights_only) found.description.clear();
  core::print(command.json() ? core::to_text(apps::difference_json(found)) : apps::difference_text(found));
  return found.none();
}

// Names for the classes of files that have none.
core::LabelNames classes_for(const Options& options, int classes) {
  core::LabelNames names;
  if (!options.labels.empty()) {
    names = dataset::parse_label_names(options.labels);
  } else if (classes == 4) {
    names = dataset::parse_label_names("coopseg");
  }
  if (static_cast<int>(names.size()) + 1 == classes) return names;
  throw UsageError("--labels",
                   options.labels.empty() ? "is missing" : fmt::format("names {} structures", names.size()),
                   fmt::format("the model has {}, and the background", classes - 1));
}

bool import_reference(const core::Command& command, const Options& options) {
  core::refuse_existing(options.out, command.overwrite());
  model::ModelDescription description;
  // What the command line says wrongly is said before any file is read.
  model::check_crop(options.crop);
  image::Preprocessing steps;
  steps.normalise = image::parse_percentiles(options.percentiles);
  steps.spacing_mm = image::parse_spacing_mm(options.spacing);
  description.preprocessing = to_json(steps);

  model::ReferenceModel reference = model::read_reference_model(options.source);
  const std::string& wanted = model::kNetworkTypes.of(options.network);
  if (!reference.network.empty() && command.given("--network") && reference.network != wanted) {
    throw UsageError("--network " + wanted, "contradicts the snapshot, which is of " + reference.network,
                     "leave it out");
  }
  description.network = reference.network.empty() ? wanted : reference.network;
  description.outputs = model::two_stage_outputs(reference.slow_thinking);
  description.classes = classes_for(options, reference.classes);
  description.input.crop = options.crop;
  description.input.normalisation =
      options.keep_slice_range ? model::Normalisation::none : model::Normalisation::minmax;
  model::check_can_run(description, options.source.string());
  if (reference.epoch) description.training = Json{{"epoch", *reference.epoch}};
  const core::Provenance provenance = command.provenance();
  description.provenance =
      Json{{"program", provenance.program}, {"version", core::version()}, {"command", provenance.command}};
  for (const auto& file : reference.files) {
    description.provenance["inputs"].push_back({{"name", file.name}, {"sha256", file.sha256}});
  }
  put_description(reference.content, description);
  core::write_tensor_file(options.out, reference.content, command.overwrite());
  core::info("{}: {}; {}", options.out.string(), apps::network_text(description),
             apps::classes_text(description.classes));
  return true;
}

bool export_reference(const core::Command& command, const Options& options) {
  const model::ModelFile model = model::read_model_file(options.files[0]);
  model::check_model(model);
  const auto& d = model.description;
  if (!model::has_two_stages(d)) {
    throw UsageError(model.name, "is a model of the network '" + d.network + "', of which there are no .pth files",
                     "export models of " + listed(model::kTwoStageTypes.all()));
  }
  const auto written = model::write_reference_model(model.content, d.has_output(model::kSlowOutput), d.class_count(),
                                                    options.target, command.overwrite());
  core::info("{}: {} files; class names, crop and preprocessing are not in them", options.target.string(),
             written.size());
  return true;
}

bool run(const core::Command& command, const Options& options) {
  check_arguments(command, options);
  if (options.action == "show") return show(command, options);
  if (options.action == "check") return check(command, options);
  if (options.action == "diff") return diff(command, options);
  return options.action == "import" ? import_reference(command, options) : export_reference(command, options);
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  command.positional("ACTION", options.action, "what to do: show, check, diff, import, export");
  command.positional("MODEL", options.files, "model files (.safetensors)");
  command.option("Conversion", "--from-reference", options.source,
                 "import: folder with image_encoder.pth, segmentation_decoder.pth, image_decoder.pth and, of a "
                 "cooperative model, shape_encoder.pth and shape_decoder.pth; or the .pkl of an interrupted run")
      .type_name("DIR");
  command.option("Conversion", "--to-reference", options.target, "export: folder for the .pth files",
                 core::Effect::execution)
      .type_name("DIR");
  command.choice("What .pth files do not say", "--network", options.network, model::kTwoStageTypes,
                 "network type");
  command
      .option("What .pth files do not say", "--labels", options.labels,
              "names of the network's outputs 1, 2, ... and the label values to write, which rise with them; of four "
              "classes LV:1,MYO:2,RV:3 unless given")
      .type_name("NAMES");
  command.option("What .pth files do not say", "--crop", options.crop, "rows and columns that the network sees")
      .type_name("PIXELS");
  command.option("What .pth files do not say", "--percentiles", options.percentiles,
                 "images were clipped at these percentiles of the volume and mapped to 0 and 1; none: they were not")
      .type_name("LOW,HIGH|none");
  command.option("What .pth files do not say", "--spacing", options.spacing,
                 "slices were resampled to this spacing; three numbers: volumes were; keep: they were not")
      .type_name("MM|MM,MM|MM,MM,MM|keep");
  command.flag("What .pth files do not say", "--keep-slice-range", options.keep_slice_range,
               "slices keep the range of their volume instead of being scaled to [0, 1] each, after the crop");
  command.flag("Comparison", "--weights", options.weights_only, "diff: compare tensors only, not the descriptions",
               core::Effect::execution);
  command
      .option("Outputs", "-o,--out", options.out, "import: the model file to write", core::Effect::execution)
      .type_name("FILE");
  command.add_json();
  command.add_outputs(/*images=*/false);
  return command.run(argc, argv, [&] { return run(command, options); });
}
