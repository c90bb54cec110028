// Sums of a process's own images as those of the whole batch (network/group.h), each by one exchange. Where a process
// is alone they are what they were.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace coopseg::training {

// Scalars, each summed over the processes.
std::vector<at::Tensor> sums_of_all(const std::vector<at::Tensor>& own);

// What the numbers of `own_count` things sum up to, divided by how many things all processes have, or by 1 where there
// are none.
at::Tensor mean_of_counted(const at::Tensor& own_sum, const at::Tensor& own_count);

// How many of a tensor's elements count: all where `counted` is undefined.
at::Tensor count_of(const at::Tensor& counted, const at::Tensor& all);

}  // namespace coopseg::training
