#include "model_text.h"

#include <fmt/ranges.h>

#include "coopseg/core/file.h"
#include "coopseg/model/stage_scores.h"

namespace coopseg::apps {

using core::Json;

namespace {

// What format 1 cannot say; nothing for the networks that it knows.
std::string input_text(const model::NetworkInput& input) {
  std::string text = fmt::format("{} dimensions, {} channel{}", input.dimensions, input.channels,
                                 input.channels == 1 ? "" : "s");
  if (!input.spacing_mm.empty()) text += fmt::format(", {} mm", fmt::join(input.spacing_mm, " x "));
  return text;
}

std::string crop_text(const model::NetworkInput& input) {
  if (!input.window.empty()) return fmt::format("{} voxels", fmt::join(input.window, " x "));
  return input.dimensions == 2 ? fmt::format("{0} x {0} pixels", input.crop)
                               : fmt::format("{0} x {0} x {0} voxels", input.crop);
}

// One line a member; what has members of its own stays JSON.
std::string members_text(const std::string& title, const Json& object) {
  if (!object.is_object()) return fmt::format("{:<18}not recorded\n", title);
  std::string text = title + "\n";
  for (const auto& [key, value] : object.items()) {
    text += fmt::format("  {:<16}{}\n", key, value.is_string() ? value.get<std::string>() : core::to_line(value));
  }
  return text;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? "one number" : fmt::format("{}", fmt::join(shape, " x "));
}

std::string number_text(const std::optional<double>& number) {
  return number ? fmt::format("{:.3g}", *number) : "not finite";
}

}  // namespace

std::string classes_text(const core::LabelNames& classes) {
  std::string text = "background (0)";
  for (const auto& [name, value] : classes) text += fmt::format(", {} ({})", name, value);
  return text;
}

std::string network_text(const model::ModelDescription& description) {
  if (description.outputs == model::two_stage_outputs(true)) {
    return description.network + ", fast- and slow-thinking (FTN, STN)";
  }
  if (description.outputs == model::two_stage_outputs(false)) return description.network + ", fast-thinking (FTN)";
  return fmt::format("{}, outputs {}", description.network, fmt::join(description.outputs, ", "));
}

std::string orientation_text(const model::ModelDescription& description) {
  if (!description.orientation) return "not recorded";
  const image::Orientation& o = *description.orientation;
  if (!o.axes) return fmt::format("as stored: the headers of {} training images did not say", o.nominal);
  std::string text = fmt::format("{} in space, of {} training images", image::axis_codes(*o.axes), o.images);
  if (o.otherwise > 0) text += fmt::format("; {} lay otherwise", o.otherwise);
  if (o.nominal > 0) text += fmt::format("; the headers of {} did not say", o.nominal);
  return text;
}

std::string summary_text(const model::ModelFile& model, const std::vector<model::ModuleSummary>& modules) {
  const model::ModelDescription& d = model.description;
  std::string text;
  const auto line = [&](const char* name, const std::string& value) { text += fmt::format("{:<18}{}\n", name, value); };
  line("network", network_text(d));
  line("classes", d.classes.empty() ? "none" : classes_text(d.classes));
  if (model::format_of(d) > 1) line("input", input_text(d.input));
  const bool windows = !d.input.window.empty();
  line(windows ? "window" : "crop", crop_text(d.input));
  line(windows ? "windows" : "slices", d.input.minmax() ? "each scaled to [0, 1] after the crop" : "as they are");
  line("training images", d.training_images.empty() ? "not recorded" : std::to_string(d.training_images.size()));
  line("orientation", orientation_text(d));
  if (const auto scores = model::stage_scores(d))
    line("validation", fmt::format("mean IoU {}; cs-predict takes {}", model::to_text(*scores), scores->better()));
  text += members_text("preprocessing", d.preprocessing);
  text += members_text("training", d.training);
  text += members_text("provenance", d.provenance);
  text += fmt::format("\n{:<26}{:>8}{:>12}{:>10}{:>12}\n", "module", "tensors", "parameters", "buffers", "bytes");
  model::ModuleSummary all;
  const auto row = [&](const model::ModuleSummary& m) {
    text += fmt::format("{:<26}{:>8}{:>12}{:>10}{:>12}\n", m.name, m.tensors, m.parameters, m.buffers, m.bytes);
  };
  for (const auto& module : modules) {
    row(module);
    all.tensors += module.tensors;
    all.parameters += module.parameters;
    all.buffers += module.buffers;
    all.bytes += module.bytes;
  }
  all.name = "all";
  row(all);
  for (const auto& module : modules) {
    text += "\n" + module.name + "\n";
    for (const auto& layer : module.layers) {
      text += fmt::format("  {:<34}{:<24}{:<20}{:>9}\n", layer.name, layer.kind, shape_text(layer.shape),
                          layer.parameters);
    }
  }
  return text;
}

Json summary_json(const model::ModelFile& model, const std::vector<model::ModuleSummary>& modules) {
  Json json{{"schema", "coopseg.model-summary/1"}, {"file", core::fs::path(model.name).filename().string()}};
  json["sha256"] = core::sha256_of_file(model.name);
  json["description"] = to_json(model.description);
  json["modules"] = Json::array();
  for (const auto& m : modules) {
    Json module{{"name", m.name}, {"tensors", m.tensors}, {"parameters", m.parameters}, {"buffers", m.buffers}};
    module["bytes"] = m.bytes;
    for (const auto& layer : m.layers) {
      module["layers"].push_back({{"name", layer.name},
                                  {"kind", layer.kind},
                                  {"shape", layer.shape},
                                  {"parameters", layer.parameters},
                                  {"buffers", layer.buffers}});
    }
    json["modules"].push_back(std::move(module));
  }
  return json;
}

std::string difference_text(const model::ModelDifference& found) {
  std::string text;
  for (const auto& member : found.description) {
    text += fmt::format("{}: {} | {}\n", member.path, core::to_line(member.first), core::to_line(member.second));
  }
  for (const auto& tensor : found.tensors) {
    if (!tensor.problem.empty()) {
      text += tensor.name + " " + tensor.problem + "\n";
      continue;
    }
    text += fmt::format("{}: {} of {} numbers differ, by {} at most, relative {}\n", tensor.name, tensor.differing,
                        tensor.elements, number_text(tensor.absolute), number_text(tensor.relative));
  }
  return text;
}

Json difference_json(const model::ModelDifference& found) {
  Json json{{"schema", "coopseg.model-diff/1"}, {"equal", found.none()}, {"tensors_compared", found.tensors_compared}};
  json["description"] = Json::array();
  for (const auto& member : found.description) {
    json["description"].push_back({{"path", member.path}, {"first", member.first}, {"second", member.second}});
  }
  json["tensors"] = Json::array();
  for (const auto& tensor : found.tensors) {
    Json one{{"name", tensor.name}, {"problem", tensor.problem.empty() ? Json() : Json(tensor.problem)}};
    one["elements"] = tensor.elements;
    one["differing"] = tensor.differing;
    one["max_absolute"] = core::or_null(tensor.absolute);
    one["max_relative"] = core::or_null(tensor.relative);
    json["tensors"].push_back(std::move(one));
  }
  return json;
}

}  // namespace coopseg::apps
