// A volume that is a closed formula, 5 slices of 12 x 10 voxels, and what is done to it.
#pragma once

#include "coopseg/artefact/parameters.h"
#include "coopseg/image/volume.h"
#include "support/support.h"

namespace coopseg::test {

inline image::Image volume() {
  image::Grid grid;
  grid.size = {10, 12, 5};
  image::Image image(grid);
  for (std::uint32_t s = 0, i = 0; s < 5; ++s)
    for (std::uint32_t h = 0; h < 12; ++h)
      for (std::uint32_t w = 0; w < 10; ++w, ++i)
        image.voxels[i] =
            static_cast<float>(0.05 + 0.6 * (2 * s + 3 * h + w) / 50.0 + 0.3 * formula_uniform(520, i));
  return image;
}

inline artefact::Motion movements() {
  artefact::Motion m;
  m.degrees = {{2, -1.5, 4}, {-1, 2.5, -3}};
  m.translation = {{0.25, -0.75, 0.5}, {-0.5, 0.625, -0.25}};
  m.times = {0.3125, 0.6875};
  return m;
}

inline artefact::BiasField field() {
  artefact::BiasField p;
  for (std::uint32_t j = 0; j < 20; ++j)
    p.coefficients.push_back(static_cast<float>(formula_uniform(521, j) - 0.5));
  return p;
}

}  // namespace coopseg::test
