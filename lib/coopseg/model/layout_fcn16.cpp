#include "coopseg/model/layout_fcn16.h"

#include <utility>

#include "coopseg/model/layout_builder.h"

namespace coopseg::model {
namespace {

constexpr std::int64_t kCodeChannels = 128;

enum class Resize { down, nearest, transposed };

// A module's blocks, in the order in which the reference implementation makes them.
class Blocks {
 public:
  Blocks(std::vector<TensorLayout>& layout, std::string module) : layers_(layout, std::move(module), /*dimensions=*/2) {}

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
    if (resize == Resize::transposed)
      layers_.transposed_convolution(name + ".up", in, in, {Initial::uniform, Initial::uniform});
    double_convolution(name + ".conv", in, out);
    convolution(name + ".conv_input", in, out, 1);
  }

  void convolution(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel,
                   Initial bias = Initial::uniform) {
    layers_.convolution(name, in, out, kernel, {Initial::kaiming, bias});
  }

  void batch_norm(const std::string& name, std::int64_t channels) {
    layers_.batch_norm(name, channels, Initial::near_one);
  }

  LayoutBuilder layers_;
};

}  // namespace

std::vector<std::string> module_names(bool slow_thinking) {
  std::vector<std::string> names = {"image_encoder", "segmentation_decoder", "image_decoder"};
  if (slow_thinking) names.insert(names.end(), {"shape_encoder", "shape_decoder"});
  return names;
}

std::vector<TensorLayout> layout_fcn16(int classes, bool slow_thinking) {
  std::vector<TensorLayout> layout;
  Blocks image_encoder(layout, "image_encoder");
  image_encoder.encoder("general_encoder.", 1);
  image_encoder.double_convolution("code_decoupler", kCodeChannels, kCodeChannels);
  Blocks(layout, "segmentation_decoder").decoder(classes, Resize::nearest);
  Blocks(layout, "image_decoder").decoder(1, Resize::transposed);
  if (slow_thinking) {
    Blocks(layout, "shape_encoder").encoder("", classes);
    Blocks(layout, "shape_decoder").decoder(classes, Resize::nearest);
  }
  return layout;
}

}  // namespace coopseg::model
