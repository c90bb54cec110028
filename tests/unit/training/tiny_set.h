// A training set of two volumes for tests of what is done with slices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "coopseg/dataset/batches.h"
#include "support/support.h"

namespace coopseg::test {

inline constexpr std::size_t kCrop = 32;

// Two volumes of three slices: a bright disc in a grey ring, in a place that differs from slice to slice.
inline dataset::TrainingSet tiny_set(std::uint32_t variant) {
  dataset::TrainingSet set;
  set.classes = {{"LV", 1}, {"MYO", 2}};
  for (std::uint32_t volume = 0; volume < 2; ++volume) {
    set.sources.push_back({"case" + std::to_string(volume), "", set.slices.size(), 3, {}});
    for (std::uint32_t k = 0; k < 3; ++k) {
      dataset::Slice slice{dataset::ImagePlane(38, 36), dataset::LabelPlane(38, 36)};
      for (std::uint32_t r = 0; r < 38; ++r) {
        for (std::uint32_t c = 0; c < 36; ++c) {
          const double y = r - 18.0 - k, x = c - 17.0 + 2.0 * volume, d = y * y + x * x;
          const int label = d < 30 ? 1 : d < 80 ? 2 : 0;
          slice.label.at(r, c) = static_cast<std::uint8_t>(label);
          slice.image.at(r, c) = static_cast<float>((label == 1   ? 0.8
                                                     : label == 2 ? 0.45
                                                                  : 0.15) +
                                                    0.1 * formula_uniform(variant + volume, (k * 38 + r) * 36 + c));
        }
      }
      set.slices.push_back(std::move(slice));
    }
  }
  return set;
}

}  // namespace coopseg::test
