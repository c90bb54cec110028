// The layers that networks are made of, as operators of ONNX. Private to this folder.
//
//   Graph graph(model);
//   Value x = graph.input("image", {1, 192, 192});
//   x = graph.activated(graph.batch_norm(graph.convolution(x, "unet/conv0_0.conv1"), "unet/conv0_0.bn1"), kRelu);
//   graph.output("probabilities", graph.softmax(x), {4, 192, 192});
//
// Weights keep their names in the model file. The arithmetic of each layer is that of network/layers.h in evaluation.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/model/model_file.h"
#include "coopseg/onnx/library.h"

namespace coopseg::onnx {

using Value = std::string;  // the name of what an operator gives

// Slopes below zero, as in network/batch_norm.h.
inline constexpr float kRelu = 0, kLeaky = 0.2F;

class Graph {
 public:
  explicit Graph(const model::ModelFile& model);  // which must outlive it

  // `sides` behind the images of a batch, whose number is open.
  Value input(const std::string& name, const std::vector<std::int64_t>& sides);
  void output(const std::string& name, const Value& value, const std::vector<std::int64_t>& sides);

  // The weights LAYER.weight and LAYER.bias; the kernel's sides are those of its weight, and it is padded by half of
  // what it has beyond one voxel.
  Value convolution(const Value& x, const std::string& layer, std::int64_t stride = 1);
  Value transposed_convolution(const Value& x, const std::string& layer);  // kernel and stride 2
  Value batch_norm(const Value& x, const std::string& layer);              // by the running statistics
  Value instance_norm(const Value& x, std::int64_t channels);              // without parameters
  Value activated(const Value& x, float slope);

  Value sum(const Value& a, const Value& b);
  Value beside(const Value& a, const Value& b);  // the channels of a, then those of b
  Value halved(const Value& x);                  // largest of 2 x 2
  Value doubled_nearest(const Value& x);         // of two dimensions, as is the next
  Value doubled_bilinear(const Value& x);        // with aligned corners
  Value tanh(const Value& x);
  Value softmax(const Value& logits, float temperature = 1);  // over the channels, of logits / temperature
  // By a softmax; of a single channel (1 - sigmoid, sigmoid).
  Value probabilities(const Value& logits, std::int64_t channels);
  // Each image to [0, 1] by its own least and greatest value; a constant one to 0.
  Value minmax(const Value& x, std::size_t dimensions);

  std::int64_t channels_of(const std::string& layer) const;  // that its convolution gives

  ::onnx::ModelProto take() { return std::move(proto_); }

 private:
  ::onnx::NodeProto& node(const std::string& kind, const std::vector<Value>& inputs);
  Value weight(const std::string& name);
  Value constant(const std::string& name, const std::vector<std::int64_t>& shape, const std::vector<float>& numbers);
  ::onnx::TensorProto* new_tensor(const std::string& name,
                                  const std::vector<std::int64_t>& shape);  // null: it is there
  Value doubled(const Value& x, const char* mode, const char* coordinates);

  const model::ModelFile& model_;
  ::onnx::ModelProto proto_;
  std::map<std::string, int> made_;  // nodes of each kind
  std::set<std::string> tensors_;
};

}  // namespace coopseg::onnx
