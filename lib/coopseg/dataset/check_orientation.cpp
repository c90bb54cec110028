#include "coopseg/dataset/check_orientation.h"

#include <fmt/format.h>

#include <string>

#include "coopseg/image/orientation.h"

namespace coopseg::dataset {

namespace {

const image::Grid* grid_of(const CaseVerdict& verdict) {
  const auto& image = verdict.files[0];
  return image && image->summary ? &image->summary->grid : nullptr;
}

// What most images of the list are.
image::Seen seen_as(const std::vector<CaseVerdict>& verdicts) {
  std::size_t stacks = 0, images = 0;
  for (const CaseVerdict& verdict : verdicts) {
    const image::Grid* grid = grid_of(verdict);
    if (!grid) continue;
    ++images;
    stacks += image::possible_slice_axes(*grid).size() == 1;
  }
  return 2 * stacks >= images ? image::Seen::slices : image::Seen::volume;
}

// `stack` has its slices last.
std::string how_it_lies(const image::Grid& stack, const image::Orientation& found, image::Seen seen) {
  const std::string own = image::axis_codes(stack), most = image::axis_codes(*found.axes);
  std::string text =
      fmt::format("lies otherwise in space ({}) than {} images of the list ({})", own, found.images, most);
  const image::Grid as_can_be = turned(stack, turn_towards(stack, *found.axes, seen));
  if (!lies_along(as_can_be, *found.axes, seen))
    return text + ": its slices lie in another plane; leave it out, or resample it";
  text += ": networks that learn from the list see it turned or mirrored";
  // Oblique axes may lie between those that codes name.
  const image::Grid turned_so = turned(stack, turn_to(stack, most));
  const bool helps = lies_along(turned_so, *found.axes, seen);
  return helps ? text + fmt::format("; cs-preprocess --orient {} turns it", most)
               : text + "; its axes lie between those that --orient can name";
}

}  // namespace

void find_orientations(std::vector<CaseVerdict>& verdicts) {
  const image::Seen seen = seen_as(verdicts);
  image::OrientationCensus census(seen);
  for (const CaseVerdict& verdict : verdicts)
    if (const image::Grid* grid = grid_of(verdict)) census.add(*grid);
  const image::Orientation found = census.result();
  if (!found.axes || found.otherwise + found.nominal == 0) return;
  for (CaseVerdict& verdict : verdicts) {
    const image::Grid* grid = grid_of(verdict);
    if (!grid) continue;
    std::string message;
    if (grid->nominal) {
      const std::size_t others = found.images + found.otherwise;
      message = fmt::format("does not say how it lies in space, {} images of the list do", others);
    } else {
      const image::Grid stack = seen == image::Seen::slices ? turned(*grid, slices_last(*grid)) : *grid;
      if (lies_along(stack, *found.axes, seen)) continue;
      message = how_it_lies(stack, found, seen);
    }
    verdict.findings.push_back({Level::warning, "orientation", verdict.checked.image().string(), message});
  }
}

}  // namespace coopseg::dataset
