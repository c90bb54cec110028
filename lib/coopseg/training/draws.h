// Random tensors whose numbers are functions of what they are for.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string_view>

#include "coopseg/core/random.h"

namespace coopseg::training {

// The numbers for a purpose and the index-th image, view ... of a batch. Each training iteration, and each case of
// cs-perturb, has its own.
using Streams = std::function<core::RandomStream(std::string_view purpose, std::uint64_t index)>;

// float32 on the processor. Uniform in [0, 1), with 24 bits; standard normal.
at::Tensor uniforms(at::IntArrayRef shape, core::RandomStream& draw);
at::Tensor normals(at::IntArrayRef shape, core::RandomStream& draw);

// Such tensors of [C, H, W] for each image, each from its own stream, so that an image's numbers do not depend on how
// many others there are; in the type and on the device of `images`, [N, C, H, W].
at::Tensor uniforms_like(const at::Tensor& images, const Streams& streams, std::string_view purpose);
at::Tensor normals_like(const at::Tensor& images, const Streams& streams, std::string_view purpose);

}  // namespace coopseg::training
