#include "coopseg/network/at_once.h"

#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

bool has_strides_of(const at::Tensor& a, const at::Tensor& b) {
  for (std::int64_t i = 0; i < a.dim(); ++i)
    if (a.size(i) > 1 && a.stride(i) != b.stride(i)) return false;
  return true;
}

}  // namespace

std::vector<at::Tensor> lying_as(const std::vector<at::Tensor>& partners, std::vector<at::Tensor> tensors) {
  const at::NoGradGuard without_gradients;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    at::Tensor& tensor = tensors[i];
    const at::Tensor& partner = partners[i];
    if (tensor.strides() == partner.strides()) continue;
    tensor = has_strides_of(tensor, partner) ? tensor.as_strided(partner.sizes(), partner.strides())
                                             : at::empty_like(partner, tensor.options()).copy_(tensor);
  }
  return tensors;
}

void follow_at_once(const std::vector<at::Tensor>& own, const std::vector<at::Tensor>& leaders, double keep) {
  if (own.empty()) return;
  const at::NoGradGuard without_gradients;
  at::_foreach_mul_(own, keep);
  at::_foreach_add_(own, lying_as(own, leaders), 1 - keep);
}

}  // namespace coopseg::network
