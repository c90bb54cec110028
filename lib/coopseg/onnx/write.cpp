// What model/onnx_file.h opens.
#include <algorithm>
#include <stdexcept>

#include "coopseg/core/provenance.h"
#include "coopseg/model/onnx_file.h"
#include "coopseg/onnx/networks.h"

namespace coopseg::onnx {
namespace {

using core::Json;
using model::ModelDescription;
using model::OnnxFile;
using model::OnnxOptions;

// Those of 2021, which every runtime in use takes.
constexpr int kOpset = 13, kIrVersion = 7;

std::vector<std::int64_t> sides_of(const model::NetworkInput& input) {
  if (input.window.empty()) return std::vector<std::int64_t>(static_cast<std::size_t>(input.dimensions), input.crop);
  std::vector<std::int64_t> sides(input.window.begin(), input.window.end());
  // Rows of a slice lie along the second voxel axis; volumes have the order of the axes.
  if (input.dimensions == 2) std::reverse(sides.begin(), sides.end());
  return sides;
}

Json spacing_of(const ModelDescription& description) {
  if (!description.input.spacing_mm.empty()) return description.input.spacing_mm;
  const Json& steps = description.preprocessing;
  return steps.is_object() && steps.contains("spacing_mm") ? steps["spacing_mm"] : Json();
}

Json metadata_of(const ModelDescription& description, const OnnxOptions& options) {
  Json metadata = to_json(description);
  metadata["channels"] = {"background"};
  for (const auto& [name, value] : description.classes) metadata["channels"].push_back(name);
  if (model::has_two_stages(description))
    metadata["stage"] = options.with_stn ? model::kSlowOutput : model::kFastOutput;
  metadata["normalisation"] = model::kNormalisations.of(description.input.normalisation);
  metadata["spacing_mm"] = spacing_of(description);
  metadata["export"] = options.record;
  return metadata;
}

std::string summary_of(const ModelDescription& description) {
  std::string text = "Input: images as the member \"preprocessing\" of the metadata leaves them";
  text += description.input.window.empty() ? ", cropped or padded with zeros about their middle"
                                           : ", one window of them each";
  if (description.input.minmax()) text += "; the graph scales each to [0, 1]";
  return text + ". Output: probabilities, one channel each of the member \"channels\".";
}

// Builds the graph, and keeps in mind what goes in and comes out.
class Writer {
 public:
  Writer(const model::ModelFile& model, const OnnxOptions& options)
      : description_(model.description), options_(options), graph_(model), sides_(sides_of(description_.input)) {
    written_.opset = kOpset;
    written_.metadata = metadata_of(description_, options_);
  }

  OnnxFile result() && {
    written_.inputs.push_back({"image", behind(description_.input.channels)});
    Value image = graph_.input("image", written_.inputs[0].sides);
    if (description_.input.minmax()) image = graph_.minmax(image, sides_.size());
    if (model::has_two_stages(description_)) {
      add_stages(image);
    } else {
      add_heads(image);
    }
    written_.bytes = finished().SerializeAsString();
    if (written_.bytes.empty()) throw std::logic_error("the ONNX graph cannot be written");
    return std::move(written_);
  }

 private:
  std::vector<std::int64_t> behind(std::int64_t channels) const {
    std::vector<std::int64_t> sides{channels};
    sides.insert(sides.end(), sides_.begin(), sides_.end());
    return sides;
  }

  void give(const std::string& name, const Value& value, std::int64_t channels) {
    written_.outputs.push_back({name, behind(channels)});
    graph_.output(name, value, written_.outputs.back().sides);
  }

  void add_stages(const Value& image) {
    const Value logits = fcn16(graph_, image, description_);
    const int classes = description_.class_count();
    if (!options_.with_stn) return give("probabilities", graph_.softmax(logits), classes);
    give("probabilities", graph_.softmax(corrected_by_fcn16(graph_, logits)), classes);
    give("probabilities_ftn", graph_.softmax(logits), classes);
  }

  void add_heads(const Value& image) {
    const bool flat = description_.network == model::kNetworkTypes.of(model::NetworkType::unet);
    const model::UNetShape flat_shape = unet_shape(description_);
    const model::VNetShape shape = vnet_shape(description_);
    const Heads heads = flat ? unet(graph_, image, flat_shape) : vnet(graph_, image, shape);
    give("probabilities", graph_.probabilities(heads.logits, flat ? flat_shape.logits : shape.logits),
         description_.class_count());
    if (!heads.distances.empty()) give("distances", heads.distances, description_.class_count() - 1);
  }

  ::onnx::ModelProto finished() {
    ::onnx::ModelProto proto = graph_.take();
    proto.set_ir_version(kIrVersion);
    proto.add_opset_import()->set_version(kOpset);
    proto.set_producer_name("CoopSeg");
    proto.set_producer_version(core::version());
    proto.mutable_graph()->set_name(description_.network);
    proto.set_doc_string(summary_of(description_));
    for (const auto& [name, value] : written_.metadata.items()) {
      auto& property = *proto.add_metadata_props();
      property.set_key(name);
      property.set_value(core::to_line(value));
    }
    ::onnx::checker::check_model(proto);
    return proto;
  }

  const ModelDescription& description_;
  const OnnxOptions& options_;
  Graph graph_;
  std::vector<std::int64_t> sides_;
  OnnxFile written_;
};

}  // namespace

}  // namespace coopseg::onnx

extern "C" void coopseg_onnx_write(const coopseg::model::ModelFile& model, const coopseg::model::OnnxOptions& options,
                                   coopseg::model::OnnxFile& written) {
  written = coopseg::onnx::Writer(model, options).result();
}
