#include "coopseg/onnx/networks.h"

namespace coopseg::onnx {
namespace {

constexpr float kTemperature = 2;  // of the softmax before the STN

Value normed(Graph& graph, const Value& x, const std::string& convolution, const std::string& norm) {
  return graph.batch_norm(graph.convolution(x, convolution), norm);
}

Value first_of_two(Graph& graph, const Value& x, const std::string& name) {
  return graph.activated(normed(graph, x, name + ".0", name + ".1"), kLeaky);
}

Value double_convolution(Graph& graph, const Value& x, const std::string& name, float slope) {
  return graph.activated(normed(graph, first_of_two(graph, x, name), name + ".3", name + ".4"), slope);
}

// A residual double convolution of a stage's resized input.
Value residual(Graph& graph, const Value& x, const std::string& stage, const Value& input) {
  const std::string name = stage + ".conv";
  const Value y = normed(graph, first_of_two(graph, x, name), name + ".3", name + ".4");
  return graph.activated(graph.sum(y, input), kLeaky);
}

Value encoder(Graph& graph, const Value& image, const std::string& prefix) {
  Value x = double_convolution(graph, image, prefix + "inc", kLeaky);
  for (const char* const name : {"down1", "down2", "down3", "down4"}) {
    const std::string stage = prefix + name;
    const Value down = graph.convolution(x, stage + ".down", /*stride=*/2);
    x = residual(graph, down, stage, graph.convolution(down, stage + ".conv_input"));
  }
  return graph.activated(normed(graph, x, prefix + "final_conv.0", prefix + "final_conv.1"), kRelu);
}

Value decoder(Graph& graph, const Value& code, const std::string& prefix) {
  Value x = code;
  for (const char* const name : {"up1", "up2", "up3", "up4"}) {
    const std::string stage = prefix + name;
    const Value input = graph.doubled_nearest(graph.convolution(x, stage + ".conv_input"));
    x = residual(graph, graph.doubled_nearest(x), stage, input);
  }
  return graph.convolution(x, prefix + "final_conv");
}

}  // namespace

Value fcn16(Graph& graph, const Value& image, const model::ModelDescription& description) {
  Value code = encoder(graph, image, "image_encoder/general_encoder.");
  if (description.network != model::kNetworkTypes.of(model::NetworkType::fcn_16_unfiltered))
    code = double_convolution(graph, code, "image_encoder/code_decoupler", kRelu);
  return decoder(graph, code, "segmentation_decoder/");
}

Value corrected_by_fcn16(Graph& graph, const Value& logits) {
  return decoder(graph, encoder(graph, graph.softmax(logits, kTemperature), "shape_encoder/"), "shape_decoder/");
}

}  // namespace coopseg::onnx
