#include "coopseg/network/rows.h"

#include <cassert>
#include <utility>

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::network {

Rows::Rows(std::int64_t whole, std::vector<std::int64_t> places)
    : all_(false), whole_(whole), places_(std::move(places)) {}

Rows Rows::between(std::int64_t first, std::int64_t end) const {
  if (all_) return {};
  std::vector<std::int64_t> places;
  for (const std::int64_t place : places_)
    if (place >= first && place < end) places.push_back(place - first);
  return {end - first, std::move(places)};
}

at::Tensor Rows::own(const at::Tensor& of_whole) const {
  if (all_) return of_whole;
  assert(of_whole.size(0) == whole_);
  return of_whole.index_select(0, at::tensor(places_, at::kLong).to(of_whole.device()));
}

at::Tensor Rows::of_all(const at::Tensor& own) const {
  if (!group()) return own;
  const at::Tensor own_places = all_ ? at::arange(own.size(0), at::kLong) : at::tensor(places_, at::kLong);
  const at::Tensor places = gathered(own_places.to(own.device()));
  return gathered(own).index_select(0, places.argsort());
}

}  // namespace coopseg::network
