#include "coopseg/dataset/check_orientation.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "coopseg/image/orientation.h"

namespace coopseg::dataset {

void find_orientations(std::vector<CaseVerdict>& verdicts) {
  const auto grid_of = [](const CaseVerdict& verdict) -> const image::Grid* {
    const auto& image = verdict.files[0];
    return image && image->summary ? &image->summary->grid : nullptr;
  };
  std::optional<image::OrientationCensus> census;
  image::Seen seen = image::Seen::volume;
  for (const CaseVerdict& verdict : verdicts) {
    const image::Grid* grid = grid_of(verdict);
    if (!grid) continue;
    if (!census) {
      if (image::possible_slice_axes(*grid).size() == 1) seen = image::Seen::slices;
      census.emplace(seen);
    }
    census->add(*grid);
  }
  if (!census) return;
  const image::Orientation found = census->result();
  if (!found.axes || found.otherwise + found.nominal == 0) return;
  const std::string most = image::axis_codes(*found.axes);
  for (CaseVerdict& verdict : verdicts) {
    const image::Grid* grid = grid_of(verdict);
    if (!grid) continue;
    std::string message;
    if (grid->nominal) {
      message =
          fmt::format("does not say how it lies in space, {} images of the list do", found.images + found.otherwise);
    } else {
      const image::Grid stack = seen == image::Seen::slices ? turned(*grid, slices_last(*grid)) : *grid;
      if (lies_along(stack, *found.axes, seen)) continue;
      const std::string own = image::axis_codes(stack);
      message = fmt::format(
          "lies otherwise in space ({}) than {} images of the list ({}): networks that learn from the "
          "list see it turned or mirrored",
          own, found.images, most);
      if (own != most) message += fmt::format("; cs-preprocess --orient {} turns it", most);
    }
    verdict.findings.push_back({Level::warning, "orientation", verdict.checked.image().string(), message});
  }
}

}  // namespace coopseg::dataset
