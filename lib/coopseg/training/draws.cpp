#include "coopseg/training/draws.h"

#include <vector>

#include "coopseg/network/libtorch.h"

namespace coopseg::training {
namespace {

using Fill = at::Tensor(at::IntArrayRef, core::RandomStream&);

at::Tensor for_each_image(const at::Tensor& images, const Streams& streams, std::string_view purpose, Fill* fill) {
  if (images.size(0) == 0) return at::empty_like(images);
  std::vector<at::Tensor> all;
  for (std::int64_t n = 0; n < images.size(0); ++n) {
    core::RandomStream draw = streams.of_image(purpose, n);
    all.push_back(fill(images.sizes().slice(1), draw));
  }
  return at::stack(all).to(images.options());
}

}  // namespace

at::Tensor uniforms(at::IntArrayRef shape, core::RandomStream& draw) {
  at::Tensor out = at::empty(shape, at::kFloat);
  float* const first = out.data_ptr<float>();
  // 24 bits, so that no number rounds up to 1.
  for (std::int64_t i = 0; i < out.numel(); ++i) first[i] = static_cast<float>(draw.bits() >> 8) * 0x1p-24F;
  return out;
}

at::Tensor normals(at::IntArrayRef shape, core::RandomStream& draw) {
  at::Tensor out = at::empty(shape, at::kFloat);
  float* const first = out.data_ptr<float>();
  for (std::int64_t i = 0; i < out.numel(); ++i) first[i] = static_cast<float>(draw.normal());
  return out;
}

at::Tensor uniforms_like(const at::Tensor& images, const Streams& streams, std::string_view purpose) {
  return for_each_image(images, streams, purpose, uniforms);
}

at::Tensor normals_like(const at::Tensor& images, const Streams& streams, std::string_view purpose) {
  return for_each_image(images, streams, purpose, normals);
}

}  // namespace coopseg::training
