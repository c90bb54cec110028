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

// Of axis codes: whether the third axis runs along the same line of the patient.
bool slices_run_alike(const std::string& one, const std::string& other) {
  for (const char* sides : {"LR", "PA", "SI"}) {
    const std::string pair = sides;
    if (pair.find(one[2]) != std::string::npos) return pair.find(other[2]) != std::string::npos;
  }
  return false;
}

std::string how_it_lies(const std::string& own, const std::string& most, std::size_t images, image::Seen seen) {
  std::string text = fmt::format("lies otherwise in space ({}) than {} images of the list ({})", own, images, most);
  if (seen == image::Seen::slices && !slices_run_alike(own, most))
    return text + ": its slices lie in another plane; leave it out, or resample it";
  text += ": networks that learn from the list see it turned or mirrored";
  return own == most ? text : text + fmt::format("; cs-preprocess --orient {} turns it", most);
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
      message = how_it_lies(axis_codes(stack), axis_codes(*found.axes), found.images, seen);
    }
    verdict.findings.push_back({Level::warning, "orientation", verdict.checked.image().string(), message});
  }
}

}  // namespace coopseg::dataset
