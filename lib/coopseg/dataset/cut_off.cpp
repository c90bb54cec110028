#include "coopseg/dataset/cut_off.h"

#include "coopseg/core/log.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/image/middle.h"

namespace coopseg::dataset {
namespace {

// Whether place `at` of a side of `size` is among the middle `crop`.
bool is_inside(std::size_t at, std::size_t size, std::size_t crop) {
  const std::ptrdiff_t place = static_cast<std::ptrdiff_t>(at) - image::middle_start(size, crop);
  return place >= 0 && place < static_cast<std::ptrdiff_t>(crop);
}

template <class T, class IsLabelled>
void count(const Plane<T>& plane, std::size_t crop, const IsLabelled& is_labelled, CutOff& sum) {
  for (std::size_t r = 0; r < plane.rows; ++r) {
    const bool row_inside = is_inside(r, plane.rows, crop);
    for (std::size_t c = 0; c < plane.columns; ++c) {
      if (!is_labelled(plane.at(r, c))) continue;
      ++sum.labelled;
      if (!row_inside || !is_inside(c, plane.columns, crop)) ++sum.outside;
    }
  }
}

}  // namespace

CutOff cut_off(const LabelPlane& label, std::size_t crop) {
  CutOff sum;
  count(
      label, crop, [](std::uint8_t index) { return index != 0 && index != kIgnoredLabel; }, sum);
  return sum;
}

CutOff cut_off(const image::LabelMap& labels, std::size_t axis, std::size_t crop) {
  CutOff sum;
  for (std::size_t k = 0; k < labels.grid.size[axis]; ++k)
    count(
        slice_of(labels, axis, k), crop, [](std::int32_t value) { return value != 0; }, sum);
  return sum;
}

void CutOffs::add(const std::string& case_name, const CutOff& of_case) {
  ++cases_;
  if (of_case.outside == 0) return;
  ++cut_;
  if (of_case.share() <= worst_.share()) return;
  worst_ = of_case;
  worst_case_ = case_name;
}

void CutOffs::warn(const std::string& window, const std::string& remedy, const std::string& cases) const {
  if (cut_ == 0) return;
  const std::string share = fmt::format("{:.3g} %", 100 * worst_.share());
  if (cases_ == 1) {
    core::warning("{}: {} of the labelled voxels lie outside {}; {}", worst_case_, share, window, remedy);
  } else {
    core::warning("of {} of {} {} labelled voxels lie outside {} (most: {} of {}); {}", cut_, cases_, cases, window,
                  share, worst_case_, remedy);
  }
}

}  // namespace coopseg::dataset
