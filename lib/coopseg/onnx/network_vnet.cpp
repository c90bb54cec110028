#include <vector>

#include "coopseg/onnx/networks.h"

namespace coopseg::onnx {

Heads vnet(Graph& graph, const Value& image, const model::VNetShape& shape) {
  using Kind = model::VNetBlock::Kind;
  const auto name_of = [](const std::string& layer) { return std::string(model::kVNetModule) + "/" + layer; };
  Value x = image;
  std::vector<Value> skips;  // of the stages on the way down, which each step up adds again
  for (const model::VNetBlock& block : model::vnet_blocks()) {
    if (block.kind == Kind::down) skips.push_back(x);
    for (int i = 0; i < block.count; ++i) {
      const auto layer = [&](int place) { return name_of(block.name + ".conv." + std::to_string(place)); };
      const std::string convolution = layer(3 * i);
      switch (block.kind) {
        case Kind::convolutions: x = graph.convolution(x, convolution); break;
        case Kind::down: x = graph.convolution(x, convolution, /*stride=*/2); break;
        case Kind::up: x = graph.transposed_convolution(x, convolution); break;
      }
      x = shape.norm == model::Norm::batch ? graph.batch_norm(x, layer(3 * i + 1))
                                           : graph.instance_norm(x, graph.channels_of(convolution));
      x = graph.activated(x, kRelu);
    }
    if (block.kind == Kind::up) {
      x = graph.sum(x, skips.back());
      skips.pop_back();
    }
  }
  const bool two_heads = shape.distances > 0;
  Heads heads;
  heads.logits = graph.convolution(x, name_of(two_heads ? "out_conv2" : "out_conv"));
  if (two_heads) heads.distances = graph.tanh(graph.convolution(x, name_of("out_conv")));
  return heads;
}

}  // namespace coopseg::onnx
