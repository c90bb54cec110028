#include "coopseg/training/turns.h"

#include <algorithm>

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::training {

void in_turns(std::size_t count, const std::function<void()>& pause, const std::function<void(std::size_t)>& work) {
  const network::Group* const group = network::group();
  const std::size_t processes = group ? group->count() : 1, own = group ? group->index() : 0;
  for (std::size_t first = 0; first < count; first += processes) {
    pause();
    if (first + own < count) work(first + own);
  }
}

std::vector<std::int64_t> of_all(std::vector<std::int64_t> counts) {
  network::Group* const group = network::group();
  if (!group || counts.empty()) return counts;
  at::Tensor sums = at::tensor(counts, at::kLong);
  group->sum(sums);
  std::copy_n(sums.data_ptr<std::int64_t>(), counts.size(), counts.begin());
  return counts;
}

}  // namespace coopseg::training
