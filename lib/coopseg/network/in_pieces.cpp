#include "coopseg/network/in_pieces.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

constexpr std::int64_t kPiece = 1 << 15;  // elements

bool lie_alike(const std::vector<at::Tensor>& tensors) {
  const at::Tensor& first = tensors.front();
  return std::all_of(tensors.begin(), tensors.end(), [&](const at::Tensor& t) {
    return t.is_cpu() && t.is_non_overlapping_and_dense() && t.sizes() == first.sizes() &&
           t.strides() == first.strides();
  });
}

}  // namespace

void in_pieces(const std::vector<at::Tensor>& tensors, const std::function<void(const std::vector<at::Tensor>&)>& work) {
  const std::int64_t count = tensors.front().numel();
  if (count <= kPiece || !lie_alike(tensors)) {
    const at::NoGradGuard without_gradients;
    work(tensors);
    return;
  }
  std::vector<at::Tensor> flat;
  for (const at::Tensor& t : tensors) flat.push_back(t.detach().as_strided({count}, {1}));
  at::parallel_for(0, (count + kPiece - 1) / kPiece, 1, [&](std::int64_t begin, std::int64_t end) {
    const at::NoGradGuard without_gradients;  // of this thread
    for (std::int64_t i = begin; i < end; ++i) {
      std::vector<at::Tensor> pieces;
      for (const at::Tensor& t : flat) pieces.push_back(t.narrow(0, i * kPiece, std::min(kPiece, count - i * kPiece)));
      work(pieces);
    }
  });
}

}  // namespace coopseg::network
