#include <array>
#include <cstddef>

#include "coopseg/onnx/networks.h"

namespace coopseg::onnx {
namespace {

constexpr float kSlope = 0.01F;  // of the leaky ReLU of Hu et al.'s
constexpr std::size_t kDepth = model::kUNetDepth;

std::string name_of(const std::string& layer) { return std::string(model::kUNetModule) + "/" + layer; }

class UNetGraph {
 public:
  UNetGraph(Graph& graph, const model::UNetShape& shape)
      : graph_(graph),
        stages_(model::unet_stages(shape.upsampling)),
        is_bilinear_(shape.upsampling == model::Upsampling::bilinear) {}

  Value last_features(const Value& image) {
    Value x = image;
    std::array<Value, kDepth> skips;
    for (std::size_t i = 0; i < kDepth; ++i) {
      skips[i] = through(i, x);
      x = graph_.halved(skips[i]);
    }
    x = through(kDepth, x);
    if (!is_bilinear_) x = graph_.activated(up_behind(kDepth, x), kRelu);
    for (std::size_t step = 0; step < kDepth; ++step) {
      x = through(kDepth + 1 + step, beside_skip(step, x, skips[kDepth - 1 - step]));
    }
    return x;
  }

 private:
  Value up_behind(std::size_t stage, const Value& x) {
    return graph_.transposed_convolution(x, name_of(stages_[stage].up));
  }

  Value beside_skip(std::size_t step, const Value& below, const Value& skip) {
    if (is_bilinear_) return graph_.beside(skip, graph_.doubled_bilinear(below));
    return graph_.beside(step == 0 ? below : up_behind(kDepth + step, below), skip);
  }

  Value through(std::size_t stage, Value x) {
    const model::UNetStage& names = stages_[stage];
    for (std::size_t i = 0; i < names.convolutions.size(); ++i) {
      const std::string layer = name_of(names.convolutions[i]);
      x = graph_.convolution(x, layer);
      if (is_bilinear_) {
        x = graph_.activated(graph_.batch_norm(x, name_of(names.batch_norms[i])), kRelu);
      } else {
        if (stage < kDepth) x = graph_.instance_norm(x, graph_.channels_of(layer));
        x = graph_.activated(x, stage == kDepth ? kRelu : kSlope);
      }
    }
    return x;
  }

  Graph& graph_;
  const std::vector<model::UNetStage>& stages_;
  bool is_bilinear_;
};

}  // namespace

Heads unet(Graph& graph, const Value& image, const model::UNetShape& shape) {
  const Value features = UNetGraph(graph, shape).last_features(image);
  Heads heads;
  heads.logits = graph.convolution(features, name_of(model::unet_head(shape.upsampling)));
  if (shape.distances > 0) heads.distances = graph.tanh(graph.convolution(features, name_of(model::kUNetDistanceHead)));
  return heads;
}

}  // namespace coopseg::onnx
