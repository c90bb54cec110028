// Which images of a batch a process has, and random numbers of them.
//
// Numbers are drawn for the whole batch, whoever has its images: how a batch is divided changes none.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "coopseg/core/random.h"

namespace coopseg::network {

// All images of a batch unless told otherwise.
class Rows {
 public:
  Rows() = default;
  // `places` of the own images in a batch of `whole`, in the order in which the process has them.
  Rows(std::int64_t whole, std::vector<std::int64_t> places);

  // Of a batch of which `own` images are at hand: how many it has.
  std::int64_t whole(std::int64_t own) const { return all_ ? own : whole_; }
  std::int64_t place(std::int64_t own) const { return all_ ? own : places_.at(static_cast<std::size_t>(own)); }
  // How many of a batch of `whole` images are at hand.
  std::int64_t count(std::int64_t whole) const { return all_ ? whole : static_cast<std::int64_t>(places_.size()); }
  // Those of the images from `first` to before `end`, counted from `first`.
  Rows between(std::int64_t first, std::int64_t end) const;
  // Of a tensor with a row for each image of the whole batch.
  at::Tensor own(const at::Tensor& of_whole) const;
  // The rows of all processes of the group (group.h) in the order of the whole batch; differentiable.
  at::Tensor of_all(const at::Tensor& own) const;

 private:
  bool all_ = true;
  std::int64_t whole_ = 0;
  std::vector<std::int64_t> places_;
};

// What dropout draws its masks from.
struct Dropout {
  core::RandomStream draws;
  Rows rows{};  // of the images that are shown
};

}  // namespace coopseg::network
