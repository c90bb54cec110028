#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "coopseg/network/batch_norm.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

struct RunningStatistics {
  at::Tensor mean, variance;
};

// The same numbers go from process to process as in batch_norm.cpp, whichever of the two a process takes.
class NormaliseTogether : public torch::autograd::Function<NormaliseTogether> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const at::Tensor& bias, const RunningStatistics& running, Group* group) {
    at::Tensor sums = at::zeros({2, x.size(1)}, x.options().dtype(at::kDouble));
    if (x.numel() > 0) {
      auto [own_variance, own_mean] = at::var_mean(x, all_but_channels(x), /*unbiased=*/false);
      own_mean = own_mean.to(at::kDouble);
      sums = at::stack({own_mean, own_variance.to(at::kDouble) + own_mean.square()}) * rows_of(x);
    }
    const at::Tensor count = sum_over(*group, sums, rows_of(x));
    const at::Tensor mean = sums[0] / count, variance = (sums[1] / count - mean.square()).clamp_min(0);
    const at::Tensor inverse = at::rsqrt(variance + kNormEpsilon);
    if (running.mean.defined()) {
      move(running.mean, mean);
      move(running.variance, variance * count / (count - 1).clamp_min(1));
    }
    context->save_for_backward({x, weight, mean, inverse});
    context->saved_data["group"] = reinterpret_cast<std::int64_t>(group);
    const at::Tensor scale = weight.to(at::kDouble) * inverse;
    return x * along_channels(scale, x) + along_channels(bias.to(at::kDouble) - mean * scale, x);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &mean = saved[2], &inverse = saved[3], &above = gradients[0];
    const at::Tensor centred = x - along_channels(mean, x);
    const auto summed = [&](const at::Tensor& t) { return t.sum(all_but_channels(x), /*keepdim=*/false, at::kDouble); };
    const at::Tensor own = at::stack({summed(above), summed(above * centred)});
    at::Tensor sums = own;
    const at::Tensor count =
        sum_over(*reinterpret_cast<Group*>(context->saved_data["group"].toInt()), sums, rows_of(x));
    const at::Tensor below =
        along_channels(weight.to(at::kDouble) * inverse, x) *
        (above - along_channels(sums[0] / count, x) - centred * along_channels(sums[1] * inverse.square() / count, x));
    const at::Tensor none;
    return {below, (own[1] * inverse).to(weight.scalar_type()), own[0].to(weight.scalar_type()), none, none};
  }

 private:
  static std::vector<std::int64_t> all_but_channels(const at::Tensor& x) {
    std::vector<std::int64_t> axes{0};
    for (std::int64_t axis = 2; axis < x.dim(); ++axis) axes.push_back(axis);
    return axes;
  }
  static std::int64_t rows_of(const at::Tensor& x) { return x.numel() / x.size(1); }
  static at::Tensor along_channels(const at::Tensor& of_channels, const at::Tensor& x) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
    shape[1] = -1;
    return of_channels.to(x.scalar_type()).view(shape);
  }
  static void move(at::Tensor running, const at::Tensor& to) {
    running.mul_(1 - kNormMomentum).add_(to.to(running.scalar_type()), kNormMomentum);
  }
  // As in batch_norm.cpp.
  static at::Tensor sum_over(Group& group, at::Tensor& sums, std::int64_t rows) {
    at::Tensor numbers = at::cat({sums.flatten(), at::full({1}, rows, sums.options())});
    group.sum(numbers);
    sums = numbers.narrow(0, 0, sums.numel()).view(sums.sizes());
    return numbers[-1];
  }
};

}  // namespace

at::Tensor normalise_together(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                              const at::Tensor& running_mean, const at::Tensor& running_variance, Group& group) {
  return NormaliseTogether::apply(x, weight, bias, RunningStatistics{running_mean, running_variance}, &group);
}

}  // namespace coopseg::network
