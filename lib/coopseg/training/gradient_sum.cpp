#include "coopseg/training/gradient_sum.h"

#include <stdexcept>

#include "coopseg/network/libtorch.h"

namespace coopseg::training {
namespace {

constexpr std::int64_t kBucketBytes = 4 << 20;  // enough that what a call takes by itself does not count

}  // namespace

GradientSum::GradientSum(network::Group& group, const network::NamedTensors& parameters) : group_(group) {
  std::int64_t size = 0;
  at::ScalarType type = at::kFloat;
  const auto close = [&] {
    if (size > 0) buckets_.back().numbers = at::zeros({size}, slots_.back().parameter.options().requires_grad(false));
    size = 0;
  };
  // The backward pass comes to the last layers first.
  for (auto named = parameters.rbegin(); named != parameters.rend(); ++named) {
    const at::Tensor& parameter = named->second;
    const auto bytes = static_cast<std::int64_t>(parameter.nbytes());
    const bool full = size * static_cast<std::int64_t>(parameter.element_size()) + bytes > kBucketBytes;
    if (buckets_.empty() || (size > 0 && (full || parameter.scalar_type() != type))) {
      close();
      buckets_.emplace_back();
    }
    type = parameter.scalar_type();
    slots_.push_back({parameter, buckets_.size() - 1, size});
    ++buckets_.back().slots;
    size += parameter.numel();
  }
  close();
  for (Slot& slot : slots_)
    slot.hook = slot.parameter.register_hook([this, &slot](const at::Tensor& gradient) { take(slot, gradient); });
}

GradientSum::~GradientSum() {
  for (const Slot& slot : slots_) slot.parameter.remove_hook(slot.hook);
}

at::Tensor GradientSum::part_of(const Slot& slot) const {
  const at::Tensor& numbers = buckets_[slot.bucket].numbers;
  // In the parameter's own memory order, so that the optimiser's loops are those of a process alone.
  if (slot.parameter.is_non_overlapping_and_dense())
    return numbers.as_strided(slot.parameter.sizes(), slot.parameter.strides(), slot.first);
  return numbers.narrow(0, slot.first, slot.parameter.numel()).view(slot.parameter.sizes());
}

void GradientSum::begin() {
  for (Bucket& bucket : buckets_) bucket.missing = bucket.slots;
  for (Slot& slot : slots_) slot.filled = false;
  sent_ = 0;
  open_ = true;
}

void GradientSum::take(Slot& slot, const at::Tensor& gradient) {
  if (!open_ || slot.filled) return;
  const at::NoGradGuard no_graph;
  part_of(slot).copy_(gradient);
  slot.filled = true;
  --buckets_[slot.bucket].missing;
  send_ready();
}

void GradientSum::send_ready() {
  while (sent_ < buckets_.size() && buckets_[sent_].missing == 0) {
    buckets_[sent_].wait = group_.begin_sum(buckets_[sent_].numbers);
    ++sent_;
  }
}

void GradientSum::require_alike() {
  at::Tensor filled = at::zeros({static_cast<std::int64_t>(slots_.size())}, at::kLong);
  for (std::size_t i = 0; i < slots_.size(); ++i) filled.data_ptr<std::int64_t>()[i] = slots_[i].filled ? 1 : 0;
  group_.sum(filled);
  const auto all = static_cast<std::int64_t>(group_.count());
  if (!filled.eq(0).logical_or(filled.eq(all)).all().item<bool>())
    throw std::logic_error("the ranks of a training have gradients of different parameters");
  compared_ = true;
}

void GradientSum::finish(double factor) {
  const at::NoGradGuard no_graph;
  for (Slot& slot : slots_) {
    if (slot.filled) continue;
    part_of(slot).zero_();
    --buckets_[slot.bucket].missing;
  }
  send_ready();
  if (!compared_) require_alike();
  for (Bucket& bucket : buckets_) {
    bucket.wait();
    if (factor != 1) bucket.numbers.mul_(factor);
  }
  for (Slot& slot : slots_) {
    if (slot.filled) slot.parameter.mutable_grad().copy_(part_of(slot));
  }
  open_ = false;
}

}  // namespace coopseg::training
