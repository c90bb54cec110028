#include <cmath>
#include <cstdlib>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/kspace.h"

namespace coopseg::artefact {

namespace {

// A factor for each plane along the axis, by shifted index. Counting starts at the most negative frequency, so the
// planes are in general not symmetric about zero: TorchIO's, not a scanner's.
std::vector<double> torchio_mask(const Ghosting& p, const Shape& shape, Dialect dialect) {
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

// Planes at equal distances from zero both ways: what a movement that repeats every num_ghosts + 1 lines leaves.
std::vector<double> physical_mask(const Ghosting& p, const Shape& shape) {
  const auto n = static_cast<std::ptrdiff_t>(shape[static_cast<std::size_t>(p.axis)]);
  std::vector<double> out(static_cast<std::size_t>(n), 1.0);
  for (std::ptrdiff_t j = 0; j < n; ++j) {
    const std::ptrdiff_t k = std::abs(j - n / 2);
    const bool kept = p.restore > 0 && 2 * static_cast<double>(k) <= p.restore * static_cast<double>(n);
    if (k % (p.num_ghosts + 1) == 0 && !kept) out[static_cast<std::size_t>(j)] = 1 - p.intensity;
  }
  return out;
}

}  // namespace

image::Image apply_ghosting(const image::Image& image, const Ghosting& parameters, Dialect dialect) {
  check_artefact({parameters, dialect}, "ghosting");
  if (parameters.num_ghosts == 0 || parameters.intensity == 0 || image.voxels.empty()) return image;
  const Shape shape = shape_of(image);
  image::Image out(image.grid);
  const std::vector<double> mask = dialect == Dialect::physical ? physical_mask(parameters, shape)
                                                                : torchio_mask(parameters, shape, dialect);
  filter(shape, static_cast<std::size_t>(parameters.axis), {{image.voxels.data(), mask}},
         dialect == Dialect::legacy ? Part::magnitude : Part::real, out.voxels.data());
  return out;
}

}  // namespace coopseg::artefact
