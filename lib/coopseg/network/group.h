// The processes that train one network together, each on its share of every batch, and what their tensors are together.
//
// A loss is the number of the whole batch, the same in every process; a process's gradient is what its own share
// contributes to it, so that the gradient is the sum over the processes. Losses are therefore made of sums and joined
// tensors of all of them:
//
//   GroupScope together(&group);                 // this thread is one of several processes from here on
//   loss = summed(own_losses.sum()) / whole.count;
//   loss.backward();                             // of the own share
//   group.sum(gradient);                         // of the whole batch
//
// Where a process is alone every function here is the identity.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>

namespace coopseg::network {

// All processes call the same functions, with tensors of the same shapes and types, in the same order.
class Group {
 public:
  virtual ~Group() = default;
  virtual std::size_t index() const = 0;
  virtual std::size_t count() const = 0;
  // Of all processes, in place: contiguous, float32, float64 or int64. Every process gets the same bits.
  virtual void sum(at::Tensor& numbers) = 0;
  // The same while the caller goes on; the numbers are there when the result has been called.
  virtual std::function<void()> begin_sum(at::Tensor numbers) = 0;
  // Whether batch norms take their statistics over all processes, and not over each one's own share.
  virtual bool shares_statistics() const { return true; }

  // The parts of all processes, one behind the other along dimension 0, where their lengths may differ. Without
  // gradients.
  at::Tensor gather(const at::Tensor& part);
};

Group* group();  // of this thread; null: alone

// This thread's group for as long as this lives; null: none.
class GroupScope {
 public:
  explicit GroupScope(Group* group);
  ~GroupScope();
  GroupScope(const GroupScope&) = delete;
  GroupScope& operator=(const GroupScope&) = delete;

 private:
  Group* before_;
};

// The sum over the processes. Its gradient reaches the own part unchanged.
at::Tensor summed(const at::Tensor& part);
// Group::gather(). The own rows' gradient reaches the own part.
at::Tensor gathered(const at::Tensor& part);
// The mean over all things of which each process has `own_count` with the mean `own_mean`, a scalar or several numbers
// over the same things. What the mean of no things is does not matter, unless no process has any: then it is NaN.
at::Tensor mean_of_all(const at::Tensor& own_mean, std::int64_t own_count);

}  // namespace coopseg::network
