#include "coopseg/training/planes.h"

#include <algorithm>
#include <cassert>

#include "coopseg/network/libtorch.h"

namespace coopseg::training {
namespace {

template <class T, class U>
at::Tensor copied(const std::vector<dataset::Plane<U>>& planes, at::ScalarType type) {
  const auto count = static_cast<std::int64_t>(planes.size());
  const auto rows = static_cast<std::int64_t>(planes.at(0).rows);
  const auto columns = static_cast<std::int64_t>(planes[0].columns);
  at::Tensor tensor = at::empty({count, rows, columns}, type);
  T* next = tensor.data_ptr<T>();
  for (const auto& plane : planes) {
    assert(plane.rows == planes[0].rows && plane.columns == planes[0].columns);
    next = std::copy(plane.values.begin(), plane.values.end(), next);
  }
  return tensor;
}

}  // namespace

at::Tensor to_tensor(const std::vector<dataset::ImagePlane>& slices) {
  return copied<float>(slices, at::kFloat).unsqueeze(1);
}

at::Tensor to_tensor(const std::vector<dataset::LabelPlane>& labels) {
  return copied<std::int64_t>(labels, at::kLong);
}

}  // namespace coopseg::training
