// Appends the layers that networks are made of to a list of tensors, in the order in which PyTorch registers them.
// Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/model/tensor_layout.h"

namespace coopseg::model {

class LayoutBuilder {
 public:
  // `dimensions` of the images: kernels have as many sides.
  LayoutBuilder(std::vector<TensorLayout>& layout, std::string module, int dimensions)
      : layout_(layout), module_(std::move(module)), dimensions_(dimensions) {}

  struct Starts {
    Initial weight, bias;
  };
  void convolution(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel, Starts starts);
  void convolution_without_bias(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel,
                                Initial weight);
  // Kernel and stride 2.
  void transposed_convolution(const std::string& name, std::int64_t in, std::int64_t out, Starts starts);
  void batch_norm(const std::string& name, std::int64_t channels, Initial weight);
  void linear(const std::string& name, std::int64_t in, std::int64_t out, Starts starts);

 private:
  std::vector<std::int64_t> shape(std::int64_t first, std::int64_t second, std::int64_t kernel) const;
  std::int64_t kernel_voxels(std::int64_t kernel) const;
  void parameter(const std::string& name, std::vector<std::int64_t> shape, LayerKind layer, Initial initial,
                 std::int64_t fan);
  void add(const std::string& name, std::vector<std::int64_t> shape, LayerKind layer, TensorRole role, Initial initial,
           std::int64_t fan);

  std::vector<TensorLayout>& layout_;
  std::string module_;
  int dimensions_;
};

// Weights and biases as PyTorch begins them.
inline constexpr LayoutBuilder::Starts kUniformStarts{Initial::uniform, Initial::uniform};

}  // namespace coopseg::model
