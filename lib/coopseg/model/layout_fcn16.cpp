#include "coopseg/model/layout_fcn16.h"

#include <utility>

namespace coopseg::model {
namespace {

constexpr std::int64_t kCodeChannels = 128;

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
    convolution("final_conv", 16, out, 1, Initial::zeros);
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
    if (resize == Resize::transposed) transposed_convolution(name + ".up", in);
    double_convolution(name + ".conv", in, out);
    convolution(name + ".conv_input", in, out, 1);
  }

  void convolution(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel,
                   Initial bias = Initial::uniform) {
    const std::int64_t fan = in * kernel * kernel;
    const LayerKind layer = LayerKind::convolution;
    parameter(name + ".weight", {out, in, kernel, kernel}, layer, Initial::kaiming, fan);
    parameter(name + ".bias", {out}, layer, bias, fan);
  }

  void transposed_convolution(const std::string& name, std::int64_t channels) {
    // PyTorch's default initialisation takes the output channels of a transposed convolution for its fan-in.
    const std::int64_t fan = channels * 2 * 2;
    const LayerKind layer = LayerKind::transposed_convolution;
    parameter(name + ".weight", {channels, channels, 2, 2}, layer, Initial::uniform, fan);
    parameter(name + ".bias", {channels}, layer, Initial::uniform, fan);
  }

  void batch_norm(const std::string& name, std::int64_t channels) {
    const LayerKind layer = LayerKind::batch_norm;
    parameter(name + ".weight", {channels}, layer, Initial::near_one, 0);
    parameter(name + ".bias", {channels}, layer, Initial::zeros, 0);
    add(name + ".running_mean", {channels}, layer, TensorRole::running_mean, Initial::zeros, 0);
    add(name + ".running_var", {channels}, layer, TensorRole::running_variance, Initial::ones, 0);
    add(name + ".num_batches_tracked", {}, layer, TensorRole::batches_tracked, Initial::zeros, 0);
  }

  void parameter(const std::string& name, std::vector<std::int64_t> shape, LayerKind layer, Initial initial,
                 std::int64_t fan) {
    add(name, std::move(shape), layer, TensorRole::parameter, initial, fan);
  }

  void add(const std::string& name, std::vector<std::int64_t> shape, LayerKind layer, TensorRole role, Initial initial,
           std::int64_t fan) {
    layout_.push_back({module_, name, std::move(shape), layer, role, initial, fan});
  }

  std::vector<TensorLayout>& layout_;
  std::string module_;
};

}  // namespace

std::vector<std::string> module_names(bool slow_thinking) {
  std::vector<std::string> names = {"image_encoder", "segmentation_decoder", "image_decoder"};
  if (slow_thinking) names.insert(names.end(), {"shape_encoder", "shape_decoder"});
  return names;
}

std::vector<TensorLayout> layout_fcn16(int classes, bool slow_thinking) {
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

}  // namespace coopseg::model
