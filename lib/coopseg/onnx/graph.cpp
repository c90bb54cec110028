#include "coopseg/onnx/graph.h"

#include <algorithm>
#include <cstring>

#include "coopseg/model/tensor_numbers.h"

namespace coopseg::onnx {
namespace {

constexpr float kNormEpsilon = 1e-5F;  // of network/batch_norm.h

void set(::onnx::NodeProto& node, const char* name, float value) {
  ::onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(::onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

void set(::onnx::NodeProto& node, const char* name, std::int64_t value) {
  ::onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(::onnx::AttributeProto::INT);
  attribute.set_i(value);
}

void set(::onnx::NodeProto& node, const char* name, const char* value) {
  ::onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(::onnx::AttributeProto::STRING);
  attribute.set_s(value);
}

void set(::onnx::NodeProto& node, const char* name, const std::vector<std::int64_t>& values) {
  ::onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(::onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) attribute.add_ints(value);
}

void describe(::onnx::ValueInfoProto& info, const std::string& name, const std::vector<std::int64_t>& sides) {
  info.set_name(name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(::onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("batch");
  for (const std::int64_t side : sides) type.mutable_shape()->add_dim()->set_dim_value(side);
}

Value only(const ::onnx::NodeProto& made) { return made.output(0); }

}  // namespace

Graph::Graph(const model::ModelFile& model) : model_(model) {}

Value Graph::input(const std::string& name, const std::vector<std::int64_t>& sides) {
  describe(*proto_.mutable_graph()->add_input(), name, sides);
  return name;
}

void Graph::output(const std::string& name, const Value& value, const std::vector<std::int64_t>& sides) {
  ::onnx::NodeProto& named = *proto_.mutable_graph()->add_node();
  named.set_op_type("Identity");
  named.set_name(name);
  named.add_input(value);
  named.add_output(name);
  describe(*proto_.mutable_graph()->add_output(), name, sides);
}

::onnx::NodeProto& Graph::node(const std::string& kind, const std::vector<Value>& inputs) {
  ::onnx::NodeProto& made = *proto_.mutable_graph()->add_node();
  const std::string name = kind + "_" + std::to_string(++made_[kind]);
  made.set_op_type(kind);
  made.set_name(name);
  for (const Value& input : inputs) made.add_input(input);
  made.add_output(name);
  return made;
}

::onnx::TensorProto* Graph::new_tensor(const std::string& name, const std::vector<std::int64_t>& shape) {
  if (!tensors_.insert(name).second) return nullptr;
  ::onnx::TensorProto& made = *proto_.mutable_graph()->add_initializer();
  made.set_name(name);
  made.set_data_type(::onnx::TensorProto::FLOAT);
  for (const std::int64_t side : shape) made.add_dims(side);
  return &made;
}

Value Graph::constant(const std::string& name, const std::vector<std::int64_t>& shape,
                      const std::vector<float>& numbers) {
  if (::onnx::TensorProto* const made = new_tensor(name, shape)) {
    std::string bytes(numbers.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
    made->set_raw_data(std::move(bytes));
  }
  return name;
}

Value Graph::weight(const std::string& name) {
  const core::StoredTensor& stored = model_.content.at(name, model_.name);
  if (stored.dtype == "F32") {
    if (::onnx::TensorProto* const made = new_tensor(name, stored.shape)) made->set_raw_data(stored.bytes);
    return name;
  }
  const std::vector<double> numbers = model::numbers(stored);
  return constant(name, stored.shape, std::vector<float>(numbers.begin(), numbers.end()));
}

std::int64_t Graph::channels_of(const std::string& layer) const {
  return model_.content.at(layer + ".bias", model_.name).shape.at(0);
}

Value Graph::convolution(const Value& x, const std::string& layer, std::int64_t stride) {
  ::onnx::NodeProto& made = node("Conv", {x, weight(layer + ".weight"), weight(layer + ".bias")});
  const auto& shape = model_.content.at(layer + ".weight", model_.name).shape;
  const std::vector<std::int64_t> kernel(shape.begin() + 2, shape.end());
  set(made, "kernel_shape", kernel);
  set(made, "strides", std::vector(kernel.size(), stride));
  set(made, "pads", std::vector(2 * kernel.size(), (kernel.at(0) - 1) / 2));
  return only(made);
}

Value Graph::transposed_convolution(const Value& x, const std::string& layer) {
  ::onnx::NodeProto& made = node("ConvTranspose", {x, weight(layer + ".weight"), weight(layer + ".bias")});
  const std::size_t dimensions = model_.content.at(layer + ".weight", model_.name).shape.size() - 2;
  set(made, "kernel_shape", std::vector<std::int64_t>(dimensions, 2));
  set(made, "strides", std::vector<std::int64_t>(dimensions, 2));
  return only(made);
}

Value Graph::batch_norm(const Value& x, const std::string& layer) {
  ::onnx::NodeProto& made =
      node("BatchNormalization", {x, weight(layer + ".weight"), weight(layer + ".bias"),
                                  weight(layer + ".running_mean"), weight(layer + ".running_var")});
  set(made, "epsilon", kNormEpsilon);
  return only(made);
}

Value Graph::instance_norm(const Value& x, std::int64_t channels) {
  const auto each = [&](const char* name, float number) {
    return constant(name + std::to_string(channels), {channels},
                    std::vector<float>(static_cast<std::size_t>(channels), number));
  };
  ::onnx::NodeProto& made = node("InstanceNormalization", {x, each("ones_", 1), each("zeros_", 0)});
  set(made, "epsilon", kNormEpsilon);
  return only(made);
}

Value Graph::activated(const Value& x, float slope) {
  if (slope == kRelu) return only(node("Relu", {x}));
  ::onnx::NodeProto& made = node("LeakyRelu", {x});
  set(made, "alpha", slope);
  return only(made);
}

Value Graph::sum(const Value& a, const Value& b) { return only(node("Add", {a, b})); }

Value Graph::beside(const Value& a, const Value& b) {
  ::onnx::NodeProto& made = node("Concat", {a, b});
  set(made, "axis", std::int64_t{1});
  return only(made);
}

Value Graph::halved(const Value& x) {
  ::onnx::NodeProto& made = node("MaxPool", {x});
  set(made, "kernel_shape", std::vector<std::int64_t>{2, 2});
  set(made, "strides", std::vector<std::int64_t>{2, 2});
  return only(made);
}

Value Graph::doubled(const Value& x, const char* mode, const char* coordinates) {
  // The second input is a region that neither mode has; the scales leave the batch open, which sizes could not.
  ::onnx::NodeProto& made = node("Resize", {x, "", constant("twice", {4}, {1, 1, 2, 2})});
  set(made, "mode", mode);
  set(made, "coordinate_transformation_mode", coordinates);
  set(made, "nearest_mode", "floor");
  return only(made);
}

Value Graph::doubled_nearest(const Value& x) { return doubled(x, "nearest", "asymmetric"); }

Value Graph::doubled_bilinear(const Value& x) { return doubled(x, "linear", "align_corners"); }

Value Graph::tanh(const Value& x) { return only(node("Tanh", {x})); }

Value Graph::softmax(const Value& logits, float temperature) {
  const Value cooled =
      temperature == 1 ? logits : only(node("Div", {logits, constant("temperature", {}, {temperature})}));
  ::onnx::NodeProto& made = node("Softmax", {cooled});
  set(made, "axis", std::int64_t{1});
  return only(made);
}

Value Graph::probabilities(const Value& logits, std::int64_t channels) {
  if (channels > 1) return softmax(logits);
  const Value inside = only(node("Sigmoid", {logits}));
  return beside(only(node("Sub", {constant("one", {}, {1}), inside})), inside);
}

Value Graph::minmax(const Value& x, std::size_t dimensions) {
  std::vector<std::int64_t> axes{1};
  for (std::size_t d = 0; d < dimensions; ++d) axes.push_back(axes.back() + 1);
  const auto reduced = [&](const char* kind) {
    ::onnx::NodeProto& made = node(kind, {x});
    set(made, "axes", axes);
    set(made, "keepdims", std::int64_t{1});
    return only(made);
  };
  const Value least = reduced("ReduceMin"), greatest = reduced("ReduceMax");
  const Value range = only(node("Sub", {greatest, least}));
  const Value is_constant = only(node("Equal", {range, constant("zero", {}, {0})}));
  const Value divisor = only(node("Where", {is_constant, constant("one", {}, {1}), range}));
  return only(node("Div", {only(node("Sub", {x, least})), divisor}));
}

}  // namespace coopseg::onnx
