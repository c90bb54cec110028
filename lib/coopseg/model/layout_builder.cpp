#include "coopseg/model/layout_builder.h"

namespace coopseg::model {

std::vector<std::int64_t> LayoutBuilder::shape(std::int64_t first, std::int64_t second, std::int64_t kernel) const {
  std::vector<std::int64_t> sizes{first, second};
  sizes.insert(sizes.end(), static_cast<std::size_t>(dimensions_), kernel);
  return sizes;
}

std::int64_t LayoutBuilder::kernel_voxels(std::int64_t kernel) const {
  std::int64_t voxels = 1;
  for (int d = 0; d < dimensions_; ++d) voxels *= kernel;
  return voxels;
}

void LayoutBuilder::convolution(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel,
                                Starts starts) {
  convolution_without_bias(name, in, out, kernel, starts.weight);
  parameter(name + ".bias", {out}, LayerKind::convolution, starts.bias, in * kernel_voxels(kernel));
}

void LayoutBuilder::convolution_without_bias(const std::string& name, std::int64_t in, std::int64_t out,
                                             std::int64_t kernel, Initial weight) {
  parameter(name + ".weight", shape(out, in, kernel), LayerKind::convolution, weight, in * kernel_voxels(kernel));
}

void LayoutBuilder::transposed_convolution(const std::string& name, std::int64_t in, std::int64_t out, Starts starts) {
  // PyTorch's default initialisation takes the output channels of a transposed convolution for its fan-in.
  const std::int64_t fan = out * kernel_voxels(2);
  parameter(name + ".weight", shape(in, out, 2), LayerKind::transposed_convolution, starts.weight, fan);
  parameter(name + ".bias", {out}, LayerKind::transposed_convolution, starts.bias, fan);
}

void LayoutBuilder::batch_norm(const std::string& name, std::int64_t channels, Initial weight) {
  const LayerKind layer = LayerKind::batch_norm;
  parameter(name + ".weight", {channels}, layer, weight, 0);
  parameter(name + ".bias", {channels}, layer, Initial::zeros, 0);
  add(name + ".running_mean", {channels}, layer, TensorRole::running_mean, Initial::zeros, 0);
  add(name + ".running_var", {channels}, layer, TensorRole::running_variance, Initial::ones, 0);
  add(name + ".num_batches_tracked", {}, layer, TensorRole::batches_tracked, Initial::zeros, 0);
}

void LayoutBuilder::linear(const std::string& name, std::int64_t in, std::int64_t out, Starts starts) {
  parameter(name + ".weight", {out, in}, LayerKind::linear, starts.weight, in);
  parameter(name + ".bias", {out}, LayerKind::linear, starts.bias, in);
}

void LayoutBuilder::parameter(const std::string& name, std::vector<std::int64_t> shape, LayerKind layer,
                              Initial initial, std::int64_t fan) {
  add(name, std::move(shape), layer, TensorRole::parameter, initial, fan);
}

void LayoutBuilder::add(const std::string& name, std::vector<std::int64_t> shape, LayerKind layer, TensorRole role,
                        Initial initial, std::int64_t fan) {
  layout_.push_back({module_, name, std::move(shape), layer, role, initial, fan});
}

}  // namespace coopseg::model
