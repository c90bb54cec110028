// The gradients of a network's parameters, summed over the processes that train it, while the backward pass goes on:
// in buckets, those of the last layers first, each of which is sent as soon as its gradients are there.
//
//   GradientSum gradients(group, parameters);
//   gradients.begin();
//   losses.total.backward();
//   gradients.finish();          // every parameter's gradient is that of the whole batch
//
// Buckets are always the same and are sent in the same order, so that a run has the same bytes every time.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "coopseg/network/group.h"
#include "coopseg/network/weights.h"

namespace coopseg::training {

class GradientSum {
 public:
  // Both must outlive it. Parameters of one device; none twice.
  GradientSum(network::Group& group, const network::NamedTensors& parameters);
  ~GradientSum();
  GradientSum(const GradientSum&) = delete;
  GradientSum& operator=(const GradientSum&) = delete;

  void begin();
  // Sums, times `factor`. A parameter that had no gradient in the backward pass, which is then so in every process, has
  // none; the first call throws std::logic_error where they differ in that.
  void finish(double factor = 1);
  std::size_t buckets() const { return buckets_.size(); }

 private:
  struct Slot {
    at::Tensor parameter;
    std::size_t bucket = 0;
    std::int64_t first = 0;  // of its numbers in the bucket
    unsigned hook = 0;
    bool filled = false;
  };
  struct Bucket {
    at::Tensor numbers;
    std::size_t slots = 0, missing = 0;
    std::function<void()> wait;
  };
  at::Tensor part_of(const Slot& slot) const;  // of the bucket, in the shape of the parameter
  void take(Slot& slot, const at::Tensor& gradient);
  void send_ready();
  void require_alike();

  network::Group& group_;
  std::vector<Slot> slots_;
  std::vector<Bucket> buckets_;
  std::size_t sent_ = 0;
  bool open_ = false, compared_ = false;
};

}  // namespace coopseg::training
