#include "coopseg/training/losses/of_all.h"

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::training {

std::vector<at::Tensor> sums_of_all(const std::vector<at::Tensor>& own) {
  if (!network::group()) return own;
  std::vector<at::Tensor> wide;
  for (const at::Tensor& sum : own) wide.push_back(sum.to(at::kDouble));
  std::vector<at::Tensor> all = network::summed(at::stack(wide)).unbind();
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = all[i].to(own[i].scalar_type());
  return all;
}

at::Tensor mean_of_counted(const at::Tensor& own_sum, const at::Tensor& own_count) {
  const std::vector<at::Tensor> all = sums_of_all({own_sum, own_count});
  return all[0] / all[1].clamp_min(1);
}

at::Tensor count_of(const at::Tensor& counted, const at::Tensor& all) {
  return counted.defined() ? counted.sum() : at::full({}, all.numel(), all.options().dtype(at::kLong));
}

}  // namespace coopseg::training
