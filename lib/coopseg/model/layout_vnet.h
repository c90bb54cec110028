// The tensors of the V-Net with one or two heads, as the public code of UA-MT and SASSNet names them.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/words.h"
#include "coopseg/model/tensor_layout.h"

namespace coopseg::model {

enum class Norm {
  batch,
  instance,  // of each image by itself, without parameters and running statistics
};
extern const core::Words<Norm> kNorms;  // "batch", "instance"

struct VNetShape {
  int channels = 1;    // of the image
  int filters = 16;    // of the first stage; each stage has twice as many as the one before
  int logits = 1;      // 1: one class by a sigmoid; more: background and classes by a softmax
  int distances = 0;   // channels of the distance head, one a class; 0: no such head
  Norm norm = Norm::batch;
};

inline constexpr char kVNetModule[] = "vnet";
inline constexpr int kVNetReduction = 16;  // of each side, from the image to the bottleneck

// "vnet/block_one.conv.0.weight", ... With a distance head that one is "out_conv", and the segmentation's "out_conv2".
std::vector<TensorLayout> layout_vnet(const VNetShape& shape);

// How many convolutions with norm and activation stand in a block, by its name: "block_two" 2, "block_two_dw" 1.
// The blocks in the order of the layout.
struct VNetBlock {
  enum class Kind { convolutions, down, up };
  std::string name;
  Kind kind;
  int count;
  int in, out;  // channels, in multiples of `filters`; in is 0 for the image's own
};
const std::vector<VNetBlock>& vnet_blocks();

}  // namespace coopseg::model
