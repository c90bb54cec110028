#include "model_conversion.h"

#include <fmt/ranges.h>

#include "coopseg/core/provenance.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/model/onnx_file.h"
#include "coopseg/model/reference_files.h"
#include "coopseg/model/stage_scores.h"
#include "model_text.h"

namespace coopseg::apps {

using core::Json;
using core::UsageError;
using core::fs::path;

namespace {

const core::Words<ExportFormat> kExportFormats{{"onnx", ExportFormat::onnx}};

// Names for the classes of files that have none.
core::LabelNames classes_for(const ConversionOptions& options, int classes) {
  core::LabelNames names;
  if (!options.labels.empty()) {
    names = dataset::parse_label_names(options.labels);
  } else if (classes == 4) {
    names = dataset::parse_label_names("coopseg");
  }
  if (static_cast<int>(names.size()) + 1 == classes) return names;
  throw UsageError("--labels", options.labels.empty() ? "is missing" : fmt::format("names {} structures", names.size()),
                   fmt::format("the model has {}, and the background", classes - 1));
}

// A .pth file for each module.
void export_reference(const core::Command& command, const path& file, const path& folder) {
  const model::ModelFile model = model::read_model_file(file);
  model::check_model(model);
  const auto& d = model.description;
  if (!model::has_two_stages(d)) {
    throw UsageError(model.name, "is a model of the network '" + d.network + "', of which there are no .pth files",
                     fmt::format("export models of {}", fmt::join(model::kTwoStageTypes.all(), ", ")));
  }
  const auto written = model::write_reference_model(model.content, d.has_output(model::kSlowOutput), d.class_count(),
                                                    folder, command.overwrite());
  core::info("{}: {} files; class names, crop and preprocessing are not in them", folder.string(), written.size());
}

bool takes_stn(const model::ModelFile& model, const std::string& stage) {
  const model::ModelDescription& description = model.description;
  if (stage != "auto") {
    if (!model::has_two_stages(description))
      throw UsageError("--stage", "means nothing for " + model.name + ", a network of one stage", "leave it out");
    return stage == model::kSlowOutput;
  }
  if (!description.has_output(model::kSlowOutput)) return false;
  const model::AutomaticStage taken = model::automatic_stage(description);
  core::info("{}: {}", model.name, taken.why);
  return taken.stn;
}

Json to_json(const std::vector<model::OnnxTensor>& tensors) {
  Json json = Json::array();
  for (const auto& tensor : tensors) {
    Json shape{"batch"};
    for (const std::int64_t side : tensor.sides) shape.push_back(side);
    json.push_back({{"name", tensor.name}, {"shape", shape}});
  }
  return json;
}

void export_onnx(const core::Command& command, const path& file, const path& target, const std::string& stage) {
  if (target == "-")
    throw UsageError("export --to onnx -", "a network is not written to standard output", "name a file");
  core::refuse_same_file(file, target);
  core::refuse_existing(target, command.overwrite());
  const model::ModelFile model = model::read_model_file(file);
  model::check_model(model);
  const core::InputFile source = core::input_file(file);
  const Json made_from{{"name", source.name}, {"sha256", source.sha256}};
  model::OnnxOptions options;
  options.with_stn = takes_stn(model, stage);
  options.record = {{"program", "cs-model"}, {"version", core::version()}, {"model", made_from}};
  const model::OnnxFile written = model::to_onnx(model, options);
  core::write_file(target, written.bytes, command.overwrite());
  const Json& steps = model.description.preprocessing;
  core::info("{}: takes images {}; orientation {}", target.string(),
             steps.is_null() ? "as they are" : "preprocessed with " + core::to_line(steps),
             orientation_text(model.description));
  if (!command.json()) return;
  Json json{{"schema", "coopseg.model-export/1"}, {"format", "onnx"}, {"opset", written.opset}};
  json["file"] = {{"name", target.filename().string()}, {"sha256", core::sha256(written.bytes)}};
  json["model"] = made_from;
  json["inputs"] = to_json(written.inputs);
  json["outputs"] = to_json(written.outputs);
  for (const char* const member : {"channels", "stage", "normalisation", "spacing_mm", "preprocessing", "orientation"})
    json[member] = written.metadata.value(member, Json());
  core::print(core::to_text(json));
}

}  // namespace

void add_conversion_options(core::Command& command, ConversionOptions& options) {
  command.choice("Conversion", "--to", options.to, kExportFormats,
                 "export: the format of the file that is named behind the model", core::Effect::execution);
  command.choice("Conversion", "--stage", options.stage, {"auto", "ftn", "stn"},
                 "export --to onnx: whose probabilities the graph gives, as of cs-predict", core::Effect::execution);
  command
      .option("Conversion", "--from-reference", options.source,
              "import: folder with image_encoder.pth, segmentation_decoder.pth, image_decoder.pth and, of a "
              "cooperative model, shape_encoder.pth and shape_decoder.pth; or the .pkl of an interrupted run")
      .type_name("DIR");
  command
      .option("Conversion", "--to-reference", options.target, "export: folder for the .pth files",
              core::Effect::execution)
      .type_name("DIR");
  command.choice("What .pth files do not say", "--network", options.network, model::kTwoStageTypes, "network type");
  command
      .option("What .pth files do not say", "--labels", options.labels,
              "names of the network's outputs 1, 2, ... and the label values to write, which rise with them; of four "
              "classes LV:1,MYO:2,RV:3 unless given")
      .type_name("NAMES");
  command.option("What .pth files do not say", "--crop", options.crop, "rows and columns that the network sees")
      .type_name("PIXELS");
  command
      .option("What .pth files do not say", "--percentiles", options.percentiles,
              "images were clipped at these percentiles of the volume and mapped to 0 and 1; none: they were not")
      .type_name("LOW,HIGH|none");
  command
      .option("What .pth files do not say", "--spacing", options.spacing,
              "slices were resampled to this spacing; three numbers: volumes were; keep: they were not")
      .type_name("MM|MM,MM|MM,MM,MM|keep");
  command.flag("What .pth files do not say", "--keep-slice-range", options.keep_slice_range,
               "slices keep the range of their volume instead of being scaled to [0, 1] each, after the crop");
}

void check_export(const core::Command& command, const ConversionOptions& options, std::size_t files) {
  if (options.to) {
    if (!options.target.empty())
      throw UsageError("--to", "and --to-reference are both given", "export to one after the other");
    if (files != 2)
      throw UsageError("export --to onnx", fmt::format("needs a model and the file to write, {} given", files));
    return;
  }
  if (files != 1) throw UsageError("export", fmt::format("needs one model, {} given", files));
  if (options.target.empty())
    throw UsageError("--to-reference", "is missing",
                     "name the folder of the .pth files, or export --to onnx MODEL FILE");
  for (const char* option : {"--stage", "--json"}) {
    if (command.given(option)) throw UsageError(option, "means nothing to --to-reference", "it belongs to --to onnx");
  }
}

void import_reference(const core::Command& command, const ConversionOptions& options) {
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
  core::info("{}: {}; {}", options.out.string(), network_text(description), classes_text(description.classes));
}

void export_model(const core::Command& command, const ConversionOptions& options, const std::vector<path>& files) {
  if (options.to) {
    export_onnx(command, files[0], files[1], options.stage);
  } else {
    export_reference(command, files[0], options.target);
  }
}

}  // namespace coopseg::apps
