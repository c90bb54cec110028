// Random tensors whose numbers are functions of what they are for.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "coopseg/core/random.h"
#include "coopseg/network/rows.h"

namespace coopseg::training {

// The numbers for a purpose and the index-th view ... of a batch. Each training iteration, and each case of cs-perturb,
// has its own.
class Streams {
 public:
  using Source = std::function<core::RandomStream(std::string_view purpose, std::uint64_t index)>;
  // `rows`: which images of the batch are at hand.
  explicit Streams(Source source, network::Rows rows = {}) : source_(std::move(source)), rows_(std::move(rows)) {}
  core::RandomStream operator()(std::string_view purpose, std::uint64_t index) const { return source_(purpose, index); }
  // Of the n-th image at hand, by its place in the whole batch.
  core::RandomStream of_image(std::string_view purpose, std::int64_t n) const {
    return source_(purpose, static_cast<std::uint64_t>(rows_.place(n)));
  }

 private:
  Source source_;
  network::Rows rows_;
};

// float32 on the processor. Uniform in [0, 1), with 24 bits; standard normal.
at::Tensor uniforms(at::IntArrayRef shape, core::RandomStream& draw);
at::Tensor normals(at::IntArrayRef shape, core::RandomStream& draw);

// Such tensors of [C, H, W] for each image, each from its own stream, so that an image's numbers do not depend on how
// many others there are; in the type and on the device of `images`, [N, C, H, W].
at::Tensor uniforms_like(const at::Tensor& images, const Streams& streams, std::string_view purpose);
at::Tensor normals_like(const at::Tensor& images, const Streams& streams, std::string_view purpose);

}  // namespace coopseg::training
