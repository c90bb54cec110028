#include "coopseg/model/layout_heads.h"

#include "coopseg/model/layout_builder.h"

namespace coopseg::model {
std::vector<TensorLayout> layout_slice_projection(const SliceProjectionShape& shape) {
  std::vector<TensorLayout> layout;
  LayoutBuilder layers(layout, kSliceProjectionModule, /*dimensions=*/2);
  std::int64_t in = std::int64_t{shape.pool} * shape.pool;
  for (std::size_t i = 0; i < shape.widths.size(); ++i) {
    layers.linear("mlp." + std::to_string(2 * i), in, shape.widths[i], kUniformStarts);
    in = shape.widths[i];
  }
  return layout;
}

std::vector<TensorLayout> layout_voxel_projection(const std::string& module, const VoxelProjectionShape& shape) {
  std::vector<TensorLayout> layout;
  LayoutBuilder layers(layout, module, shape.dimensions);
  layers.convolution("mlp.0", shape.in, shape.hidden, 1, kUniformStarts);
  layers.convolution("mlp.2", shape.hidden, shape.out, 1, kUniformStarts);
  return layout;
}

std::vector<TensorLayout> layout_pixel_projection(const PixelProjectionShape& shape) {
  std::vector<TensorLayout> layout;
  LayoutBuilder layers(layout, kPixelProjectionModule, shape.dimensions);
  layers.convolution("head.0", shape.in, shape.hidden, 1, kUniformStarts);
  layers.convolution("head.1", shape.hidden, shape.out, 1, kUniformStarts);
  return layout;
}

std::vector<TensorLayout> layout_critic(const CriticShape& shape) {
  std::vector<TensorLayout> layout;
  LayoutBuilder layers(layout, kCriticModule, shape.dimensions);
  layers.convolution("net.0", shape.channels, shape.widths[0], 1, kUniformStarts);
  layers.convolution_without_bias("net.2", shape.widths[0], shape.widths[1], 1, Initial::uniform);
  layers.batch_norm("net.3", shape.widths[1], Initial::ones);
  layers.convolution_without_bias("net.5", shape.widths[1], 1, 1, Initial::uniform);
  return layout;
}

}  // namespace coopseg::model
