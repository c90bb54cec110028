#include "coopseg/network/group.h"

#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "coopseg/network/libtorch.h"

namespace coopseg::network {
namespace {

thread_local Group* of_this_thread = nullptr;

// A copy that Group::sum() may overwrite, in a type that it takes.
at::Tensor to_be_summed(const at::Tensor& part) {
  const at::ScalarType type = part.scalar_type();
  const bool narrow = type == at::kBFloat16 || type == at::kHalf;
  return part.detach().to(narrow ? at::kFloat : type, /*non_blocking=*/false, /*copy=*/true,
                          at::MemoryFormat::Contiguous);
}

class Summed : public torch::autograd::Function<Summed> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext*, const at::Tensor& part) {
    at::Tensor total = to_be_summed(part);
    of_this_thread->sum(total);
    return total.to(part.scalar_type());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext*,
                                                 torch::autograd::variable_list gradients) {
    return gradients;
  }
};

class Gathered : public torch::autograd::Function<Gathered> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& part) {
    std::int64_t first = 0;
    const at::Tensor all = joined(*of_this_thread, part, first);
    context->saved_data["first"] = first;
    context->saved_data["count"] = part.size(0);
    return all;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    return {gradients[0].narrow(0, context->saved_data["first"].toInt(), context->saved_data["count"].toInt())};
  }

  // `first` becomes the place of the own part. As a sum, in which every other process has zeros where a part stands:
  // adding them changes no number.
  static at::Tensor joined(Group& group, const at::Tensor& part, std::int64_t& first) {
    at::Tensor lengths = at::zeros({static_cast<std::int64_t>(group.count())}, part.options().dtype(at::kLong));
    lengths[static_cast<std::int64_t>(group.index())].fill_(part.size(0));
    group.sum(lengths);
    const at::Tensor ends = lengths.cumsum(0).to(at::kCPU);
    first = ends[static_cast<std::int64_t>(group.index())].item<std::int64_t>() - part.size(0);
    const at::Tensor own = to_be_summed(part);
    std::vector<std::int64_t> shape = own.sizes().vec();
    shape[0] = ends[-1].item<std::int64_t>();
    at::Tensor all = at::zeros(shape, own.options());
    all.narrow(0, first, part.size(0)).copy_(own);
    group.sum(all);
    return all.to(part.scalar_type());
  }
};

}  // namespace

at::Tensor Group::gather(const at::Tensor& part) {
  const at::NoGradGuard no_grad;
  std::int64_t first = 0;
  return Gathered::joined(*this, part, first);
}

Group* group() { return of_this_thread; }

GroupScope::GroupScope(Group* group) : before_(of_this_thread) { of_this_thread = group; }

GroupScope::~GroupScope() { of_this_thread = before_; }

at::Tensor summed(const at::Tensor& part) { return of_this_thread ? Summed::apply(part) : part; }

at::Tensor gathered(const at::Tensor& part) { return of_this_thread ? Gathered::apply(part) : part; }

at::Tensor mean_of_all(const at::Tensor& own_mean, std::int64_t own_count) {
  if (!of_this_thread) return own_mean;
  const at::Tensor wide = own_mean.to(at::kDouble);
  // The mean of nothing is no number. The graph behind it stays: the backward pass may meet other processes there.
  const at::Tensor own_sum =
      own_count > 0 ? wide * own_count : wide.masked_fill(at::ones_like(wide, wide.options().dtype(at::kBool)), 0);
  const at::Tensor all = summed(at::cat({own_sum.flatten(), at::full({1}, own_count, wide.options())}));
  return (all.narrow(0, 0, wide.numel()).view(wide.sizes()) / all[-1]).to(own_mean.scalar_type());
}

}  // namespace coopseg::network
