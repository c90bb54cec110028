#include "coopseg/training/tensors.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "coopseg/dataset/class_index.h"
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

at::Tensor to_tensor(const std::vector<dataset::LabelPlane>& labels) { return copied<std::int64_t>(labels, at::kLong); }

TensorBatch to_tensors(const dataset::Batch& batch, const std::string& device) {
  const auto n = static_cast<std::int64_t>(batch.count);
  const auto labelled = static_cast<std::int64_t>(batch.labelled);
  const auto planes = static_cast<std::int64_t>(batch.size[2]), rows = static_cast<std::int64_t>(batch.size[1]),
             columns = static_cast<std::int64_t>(batch.size[0]);
  const bool flat = planes == 1;
  const at::Device target(device);
  // Into memory of LibTorch's own, whose alignment is always the same; GPUs fetch from pinned memory by themselves.
  const auto copy = [&](const auto& values, at::IntArrayRef shape, at::ScalarType type) {
    at::Tensor tensor = at::empty(shape, at::TensorOptions(type).pinned_memory(target.is_cuda()));
    if (!values.empty()) std::memcpy(tensor.data_ptr(), values.data(), values.size() * sizeof(values[0]));
    tensor = tensor.to(target, /*non_blocking=*/true);
    return flat ? tensor : tensor.transpose(-1, -3).contiguous();
  };
  const auto image_shape = [&](std::int64_t count) {
    return flat ? std::vector<std::int64_t>{count, 1, rows, columns}
                : std::vector<std::int64_t>{count, 1, planes, rows, columns};
  };
  TensorBatch tensors;
  tensors.clean = copy(batch.images, image_shape(n), at::kFloat);
  for (const std::vector<float>& view : batch.noise) {
    const auto images = static_cast<std::int64_t>(view.size() / batch.voxels());
    tensors.noise.push_back(copy(view, image_shape(images), at::kFloat));
  }
  tensors.labels = copy(batch.labels, image_shape(labelled), at::kLong).squeeze(1);
  if (batch.has_ignored) tensors.counted = tensors.labels.ne(dataset::kIgnoredLabel);
  if (!batch.pseudo_labels.empty() || batch.whole.pseudo_labels) {
    tensors.pseudo_labels = copy(batch.pseudo_labels, image_shape(n - labelled), at::kLong).squeeze(1);
    if (batch.has_ignored) tensors.pseudo_counted = tensors.pseudo_labels.ne(dataset::kIgnoredLabel);
  }
  // How many maps an image has of `values`; a share without such images knows it from the others.
  const auto maps_of = [&](const std::vector<float>& values, std::int64_t images, std::size_t of_whole) {
    if (images == 0) return static_cast<std::int64_t>(of_whole);
    return static_cast<std::int64_t>(values.size() / batch.voxels()) / images;
  };
  if (const std::int64_t maps = maps_of(batch.pseudo_probabilities, n - labelled, batch.whole.pseudo_probabilities)) {
    std::vector<std::int64_t> shape = image_shape(n - labelled);
    shape[1] = maps;
    tensors.pseudo_probabilities = copy(batch.pseudo_probabilities, shape, at::kFloat);
    if (batch.has_ignored) tensors.pseudo_counted = tensors.pseudo_probabilities.sum(1).gt(0);
  }
  if (const std::int64_t maps = maps_of(batch.distances, labelled, batch.whole.distances)) {
    std::vector<std::int64_t> shape = image_shape(labelled);
    shape[1] = maps;
    tensors.distances = copy(batch.distances, shape, at::kFloat);
  }
  tensors.cases = batch.cases;
  if (batch.count < batch.whole.count) {
    const auto whole = static_cast<std::int64_t>(batch.whole.count),
               with_label = static_cast<std::int64_t>(batch.whole.labelled);
    tensors.rows = {whole, {batch.whole.places.begin(), batch.whole.places.end()}};
    tensors.labelled_rows = tensors.rows.between(0, with_label);
    tensors.other_rows = tensors.rows.between(with_label, whole);
  }
  return tensors;
}

std::vector<float> maps_of_windows(network::Network& network, const std::vector<float>& windows, std::size_t count,
                                   const std::array<std::size_t, 3>& size, bool distances, const std::string& device) {
  const auto side = [&](std::size_t a) { return static_cast<std::int64_t>(size[a]); };
  const auto n = static_cast<std::int64_t>(count);
  const bool flat = size[2] == 1;
  const std::vector<std::int64_t> shape = flat ? std::vector<std::int64_t>{n, 1, side(1), side(0)}
                                               : std::vector<std::int64_t>{n, 1, side(2), side(1), side(0)};
  at::Tensor x = at::empty(shape, at::kFloat);
  assert(static_cast<std::size_t>(x.numel()) == windows.size());
  std::memcpy(x.data_ptr(), windows.data(), windows.size() * sizeof(float));
  x = x.to(at::Device(device));
  if (!flat) x = x.transpose(-1, -3).contiguous();
  const network::Output out = network.predict(x);
  at::Tensor maps = at::softmax(network::softmax_logits(out.logits), 1);
  if (distances) maps = at::cat({maps, out.distance}, 1);
  if (!flat) maps = maps.transpose(-1, -3);
  maps = maps.to(at::kCPU).contiguous(at::MemoryFormat::Contiguous);
  const float* const first = maps.data_ptr<float>();
  return {first, first + maps.numel()};
}

at::Tensor confusion_tensor(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& counted) {
  const at::NoGradGuard no_grad;
  const bool binary = logits.size(1) == 1;
  const std::int64_t classes = binary ? 2 : logits.size(1);
  const at::Tensor predicted = binary ? logits.detach().select(1, 0).gt(0).to(at::kLong) : logits.detach().argmax(1);
  if (logits.is_cpu()) {
    const at::Tensor place = labels * classes + predicted;
    return at::bincount(counted.defined() ? place.masked_select(counted) : place.flatten(), {}, classes * classes);
  }
  return counts_by_products(predicted, labels, classes);
}

// Products of 0 and 1 count exactly, and kIgnoredLabel is no class.
at::Tensor counts_by_products(const at::Tensor& predicted, const at::Tensor& labels, std::int64_t classes) {
  const at::Tensor all = at::arange(classes, labels.options()).view({classes, 1});
  const auto is_class = [&](const at::Tensor& t) { return (t.flatten().unsqueeze(0) == all).to(at::kDouble); };
  return at::matmul(is_class(labels), is_class(predicted).t()).flatten().to(at::kLong);
}

std::vector<std::int64_t> numbers_of(const at::Tensor& counts) {
  const at::Tensor here = counts.to(at::kCPU).contiguous();
  const auto* first = here.data_ptr<std::int64_t>();
  return {first, first + here.numel()};
}

std::vector<std::int64_t> confusion_counts(const at::Tensor& logits, const at::Tensor& labels,
                                           const at::Tensor& counted) {
  return numbers_of(confusion_tensor(logits, labels, counted));
}

}  // namespace coopseg::training
