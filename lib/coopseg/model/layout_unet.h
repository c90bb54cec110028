// The tensors of two U-Nets for images of two dimensions, as their public codes name them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "coopseg/core/words.h"
#include "coopseg/model/tensor_layout.h"

namespace coopseg::model {

// The way back to the image's size, and with it everything in which the two differ.
enum class Upsampling {
  bilinear,    // Duo-SegNet's: batch norms, ReLU, upsampling with aligned corners
  transposed,  // of Hu et al.'s local contrast: instance norms on the way down, leaky ReLU, transposed convolutions
};
extern const core::Words<Upsampling> kUpsamplings;  // "bilinear", "transposed"

struct UNetShape {
  int channels = 1;  // of the image
  int filters = 64;  // of the first stage; each stage on the way down has twice as many as the one before
  int logits = 1;    // 1: one class by a sigmoid; more: background and classes by a softmax
  Upsampling upsampling = Upsampling::bilinear;
  int distances = 0;  // channels of the distance head, one a class; 0: no such head
};

inline constexpr char kUNetModule[] = "unet";
inline constexpr int kUNetReduction = 16;  // of each side, from the image to the widest stage

// "unet/conv0_0.conv1.weight", ..., "unet/final.weight"; "unet/encoder.contr_1_1.0.weight", ..., "unet/head.weight".
// A distance head, which the public codes do not have, is "unet/distance.weight" and "unet/distance.bias".
std::vector<TensorLayout> layout_unet(const UNetShape& shape);

// Two convolutions with kernels of 3 x 3. Four stages on the way down, the widest one, four on the way up.
struct UNetStage {
  std::array<std::string, 2> convolutions;
  std::array<std::string, 2> batch_norms;  // behind them; empty where there are none
  std::string up;  // the transposed convolution behind the stage, which halves the channels; empty: none
  int in, out;     // channels, in multiples of `filters`; in is 0 for the image's own
};
const std::vector<UNetStage>& unet_stages(Upsampling upsampling);
inline constexpr std::size_t kUNetDepth = 4;  // stages on the way down, and on the way up

std::string unet_head(Upsampling upsampling);  // the convolution to the logits: "final", "head"
inline constexpr char kUNetDistanceHead[] = "distance";

}  // namespace coopseg::model
