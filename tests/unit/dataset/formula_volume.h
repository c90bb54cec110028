// A labelled volume of formula numbers.
#pragma once

#include "coopseg/dataset/volume_set.h"
#include "support/formula.h"

namespace coopseg::test {

// Every voxel has a value of its own; labels are 0, 1 and 2.
inline dataset::TrainingVolume formula_volume(std::uint32_t which, std::array<std::size_t, 3> size,
                                              std::array<double, 3> spacing_mm = {1, 1, 1}) {
  dataset::TrainingVolume v;
  v.case_name = v.subject = "case" + std::to_string(which);
  v.grid.size = size;
  v.grid.spacing_mm = spacing_mm;
  v.voxels.resize(v.grid.voxels());
  v.labels.resize(v.grid.voxels());
  for (std::size_t i = 0; i < v.voxels.size(); ++i) {
    v.voxels[i] = static_cast<float>(which * 100000 + i + 1);
    v.labels[i] = static_cast<std::uint8_t>(formula_uniform(which, static_cast<std::uint32_t>(i)) * 3);
  }
  return v;
}

inline dataset::VolumeSet formula_volumes(std::uint32_t first, std::size_t count, std::array<std::size_t, 3> size) {
  dataset::VolumeSet set;
  set.classes = set.label_values = {{"A", 1}, {"B", 2}};
  for (std::size_t i = 0; i < count; ++i)
    set.volumes.push_back(formula_volume(first + static_cast<std::uint32_t>(i), size));
  return set;
}

}  // namespace coopseg::test
