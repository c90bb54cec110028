#include "coopseg/model/state_layout.h"

#include <cmath>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/model/bytes.h"
#include "coopseg/model/tensor_numbers.h"

namespace coopseg::model {
namespace {

constexpr std::int64_t kCodeChannels = 128;
constexpr const char* kLayoutRemedy = "use a model file of the same network, classes and version";

enum class Resize { down, nearest, transposed };

// Appends a module's layers in the order in which the reference implementation makes them.
class Builder {
 public:
  Builder(std::vector<TensorLayout>& layout, std::string module) : layout_(layout), module_(std::move(module)) {}

  void encoder(const std::string& prefix, std::int64_t in) {
    double_convolution(prefix + "inc", in, 16);
    stage(prefix + "down1", 16, 32, Resize::down);
    stage(prefix + "down2", 32, 64, Resize::down);
    stage(prefix + "down3", 64, kCodeChannels, Resize::down);
    stage(prefix + "down4", kCodeChannels, kCodeChannels, Resize::down);
    convolution(prefix + "final_conv.0", kCodeChannels, kCodeChannels, 1);
    batch_norm(prefix + "final_conv.1", kCodeChannels);
  }

  void decoder(std::int64_t out, Resize up) {
    stage("up1", kCodeChannels, 64, up);
    stage("up2", 64, 32, up);
    stage("up3", 32, 16, up);
    stage("up4", 16, 16, up);
    convolution("final_conv", 16, out, 1);
  }

  void double_convolution(const std::string& name, std::int64_t in, std::int64_t out) {
    convolution(name + ".0", in, out, 3);
    batch_norm(name + ".1", out);
    convolution(name + ".3", out, out, 3);
    batch_norm(name + ".4", out);
  }

 private:
  void stage(const std::string& name, std::int64_t in, std::int64_t out, Resize resize) {
    if (resize == Resize::down) convolution(name + ".down", in, in, 3);
    if (resize == Resize::transposed) weights(name + ".up", {in, in, 2, 2}, in, LayerKind::transposed_convolution);
    double_convolution(name + ".conv", in, out);
    convolution(name + ".conv_input", in, out, 1);
  }

  void convolution(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel) {
    weights(name, {out, in, kernel, kernel}, out, LayerKind::convolution);
  }

  void batch_norm(const std::string& name, std::int64_t channels) {
    const LayerKind layer = LayerKind::batch_norm;
    weights(name, {channels}, channels, layer);
    add(name + ".running_mean", {channels}, layer, TensorRole::running_mean);
    add(name + ".running_var", {channels}, layer, TensorRole::running_variance);
    add(name + ".num_batches_tracked", {}, layer, TensorRole::batches_tracked);
  }

  void weights(const std::string& name, std::vector<std::int64_t> shape, std::int64_t out, LayerKind layer) {
    add(name + ".weight", std::move(shape), layer, TensorRole::parameter);
    add(name + ".bias", {out}, layer, TensorRole::parameter);
  }

  void add(const std::string& name, std::vector<std::int64_t> shape, LayerKind layer, TensorRole role) {
    layout_.push_back({module_, name, std::move(shape), layer, role});
  }

  std::vector<TensorLayout>& layout_;
  std::string module_;
};

void check_tensor(const TensorLayout& expected, const core::StoredTensor& found, const std::string& file) {
  const std::string name = expected.full_name();
  const auto refuse = [&](const std::string& problem) {
    throw core::DataError(file, "tensor '" + name + "' " + problem, kLayoutRemedy);
  };
  const bool is_last = name == "segmentation_decoder/final_conv.weight";
  if (is_last && found.shape.size() == 4 && found.shape[0] != expected.shape[0]) {
    throw core::DataError(file,
                          "is a model of " + std::to_string(found.shape[0]) + " classes (with background), expected " +
                              std::to_string(expected.shape[0]),
                          "use the classes that the model was trained with");
  }
  if (found.shape != expected.shape) {
    refuse("has the shape " + shape_text(found.shape) + ", expected " + shape_text(expected.shape));
  }
  if (expected.role == TensorRole::batches_tracked) {
    if (found.dtype != "I64") refuse("has the type " + found.dtype + ", expected I64");
    if (numbers(found).front() < 0) refuse("counts a negative number of batches");
    return;
  }
  if (!is_floating(found.dtype)) refuse("has the type " + found.dtype + ", expected F32");
  for (const double number : numbers(found)) {
    if (!std::isfinite(number)) refuse("holds NaN or infinite values");
    if (number < 0 && expected.role == TensorRole::running_variance) refuse("holds a negative variance");
  }
}

}  // namespace

std::vector<std::string> module_names(bool slow_thinking) {
  std::vector<std::string> names = {"image_encoder", "segmentation_decoder", "image_decoder"};
  if (slow_thinking) names.insert(names.end(), {"shape_encoder", "shape_decoder"});
  return names;
}

std::vector<TensorLayout> state_layout(int classes, bool slow_thinking) {
  std::vector<TensorLayout> layout;
  Builder image_encoder(layout, "image_encoder");
  image_encoder.encoder("general_encoder.", 1);
  image_encoder.double_convolution("code_decoupler", kCodeChannels, kCodeChannels);
  Builder(layout, "segmentation_decoder").decoder(classes, Resize::nearest);
  Builder(layout, "image_decoder").decoder(1, Resize::transposed);
  if (slow_thinking) {
    Builder(layout, "shape_encoder").encoder("", classes);
    Builder(layout, "shape_decoder").decoder(classes, Resize::nearest);
  }
  return layout;
}

void check_state(const core::TensorFile& content, const std::vector<TensorLayout>& layout, const std::string& file) {
  std::set<std::string> modules, names;
  for (const TensorLayout& expected : layout) {
    check_tensor(expected, content.at(expected.full_name(), file), file);
    modules.insert(expected.module);
    names.insert(expected.full_name());
  }
  for (const auto& [name, stored] : content.tensors) {
    if (modules.count(name.substr(0, name.find('/'))) && !names.count(name)) {
      throw core::DataError(file, "holds the tensor '" + shown(name) + "', which this network does not have",
                            kLayoutRemedy);
    }
  }
}

}  // namespace coopseg::model
