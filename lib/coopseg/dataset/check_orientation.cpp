#include "coopseg/dataset/check_orientation.h"

#include <fmt/format.h>

#include <string>

#include "coopseg/core/text.h"
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

// As networks see it, or would.
image::Grid shown(const image::Grid& grid, image::Seen seen) {
  return seen == image::Seen::slices ? turned(grid, slices_last(grid)) : grid;
}

// The file of an image that lies as most do.
std::string one_of_most(const std::vector<CaseVerdict>& verdicts, const image::Directions& axes, image::Seen seen) {
  for (const CaseVerdict& verdict : verdicts) {
    const image::Grid* grid = grid_of(verdict);
    if (grid && !grid->nominal && lies_along(shown(*grid, seen), axes, seen)) return verdict.checked.image().string();
  }
  return {};
}

}  // namespace

void find_orientations(std::vector<CaseVerdict>& verdicts) {
  const image::Seen seen = seen_as(verdicts);
  image::OrientationCensus census(seen);
  for (const CaseVerdict& verdict : verdicts)
    if (const image::Grid* grid = grid_of(verdict)) census.add(*grid);
  const image::Orientation found = census.result();
  if (!found.axes || found.otherwise + found.nominal == 0) return;
  const std::string example = one_of_most(verdicts, *found.axes, seen);
  for (CaseVerdict& verdict : verdicts) {
    const image::Grid* grid = grid_of(verdict);
    if (!grid) continue;
    std::string message;
    if (grid->nominal) {
      const std::size_t others = found.images + found.otherwise;
      message = fmt::format("does not say how it lies in space, {} images of the list do", others);
    } else {
      const image::Grid stack = shown(*grid, seen);
      if (lies_along(stack, *found.axes, seen)) continue;
      message = fmt::format("lies otherwise in space ({}) than {} images of the list ({}): ", axis_codes(stack),
                            found.images, image::axis_codes(*found.axes));
      const image::Grid as_can_be = turned(stack, turn_towards(stack, *found.axes, seen));
      message += lies_along(as_can_be, *found.axes, seen)
                     ? "networks that learn from the list see it turned or mirrored; cs-preprocess --orient-like " +
                           core::shell_word(example) + " turns it"
                     : "its slices lie in another plane; leave it out, or resample it";
    }
    verdict.findings.push_back({Level::warning, "orientation", verdict.checked.image().string(), message});
  }
}

}  // namespace coopseg::dataset
