// The tensors of what semi-supervised methods and pre-training train beside the network that they keep: heads whose
// outputs are compared, and a critic.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "coopseg/model/tensor_layout.h"

namespace coopseg::model {

// A perceptron of three layers over pooled slices (SimCVD; the widths are ours, the paper names none).
struct SliceProjectionShape {
  int pool = 128;  // sides of a slice once it is pooled
  std::array<int, 3> widths{256, 256, 128};
};

inline constexpr char kSliceProjectionModule[] = "projection";

// "projection/mlp.0.weight" [widths[0], pool * pool], "projection/mlp.0.bias", "projection/mlp.2.weight", ...
std::vector<TensorLayout> layout_slice_projection(const SliceProjectionShape& shape);

// Two convolutions of single voxels.
struct VoxelProjectionShape {
  int in = 256, hidden = 128, out = 128;
  int dimensions = 3;  // of the images, 2 or 3
};

// "MODULE/mlp.0.weight" [hidden, in, 1, 1 (, 1)], "MODULE/mlp.0.bias", "MODULE/mlp.2.weight", "MODULE/mlp.2.bias"
std::vector<TensorLayout> layout_voxel_projection(const std::string& module, const VoxelProjectionShape& shape);

// Features to those that contrastive pre-training compares, by two convolutions of single voxels (Hu et al.'s public
// code).
struct PixelProjectionShape {
  int in = 64, hidden = 256, out = 128;
  int dimensions = 2;  // of the images, 2 or 3
};

inline constexpr char kPixelProjectionModule[] = "pixel_projection";

// "pixel_projection/head.0.weight" [hidden, in, 1, 1 (, 1)], "pixel_projection/head.0.bias", ..., "head.1.bias"
std::vector<TensorLayout> layout_pixel_projection(const PixelProjectionShape& shape);

// Three convolutions of single voxels (Duo-SegNet).
struct CriticShape {
  int channels = 1;    // of the maps that it judges
  int dimensions = 2;  // of the maps, 2 or 3
  std::array<int, 2> widths{64, 128};
};

inline constexpr char kCriticModule[] = "critic";

// "critic/net.0.weight", "critic/net.0.bias", "critic/net.2.weight", the norm "critic/net.3", "critic/net.5.weight"
std::vector<TensorLayout> layout_critic(const CriticShape& shape);

}  // namespace coopseg::model
