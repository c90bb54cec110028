#include <cmath>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/kspace.h"

namespace coopseg::artefact {

namespace {

// A factor for each plane along the axis, by shifted index. Counting starts at the most negative frequency, so the
// planes are in general not symmetric about zero: TorchIO's, not a scanner's.
std::vector<double> mask(const Ghosting& p, const Shape& shape, Dialect dialect) {
  const std::size_t n = shape[static_cast<std::size_t>(p.axis)];
  std::vector<double> out(n, 1.0);
  for (std::size_t j = 0; j < n; j += static_cast<std::size_t>(p.num_ghosts)) out[j] = 1 - p.intensity;
  if (dialect == Dialect::paper) {
    out[n / 2] = 1;
    return out;
  }
  // The old version meant to spare the centre, and divided by the number of slices on every axis.
  for (std::size_t j = 0; j < n; ++j)
    if (std::abs(static_cast<double>(j) / static_cast<double>(shape[0]) - 0.5) < 0.025) out[j] = 1;
  return out;
}

}  // namespace

image::Image apply_ghosting(const image::Image& image, const Ghosting& parameters, Dialect dialect) {
  check({parameters, dialect}, "ghosting");
  if (parameters.num_ghosts == 0 || parameters.intensity == 0 || image.voxels.empty()) return image;
  const Shape shape = shape_of(image);
  image::Image out;
  out.grid = image.grid;
  out.voxels = filter(shape, static_cast<std::size_t>(parameters.axis),
                      {{image.voxels.data(), mask(parameters, shape, dialect)}},
                      dialect == Dialect::paper ? Part::real : Part::magnitude);
  return out;
}

}  // namespace coopseg::artefact
