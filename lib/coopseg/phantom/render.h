// From a subject and a scanner to an image with its label map.
//
//   Stack stack = plan_stack(anatomy, scanner, {}, seed);           // where the slices lie: the same for ED and ES
//   Rendering ed = render(anatomy, Phase::end_diastole, scanner, stack, seed);
//   ed.image, ed.labels                                             // on one grid
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coopseg/image/volume.h"
#include "coopseg/phantom/anatomy.h"
#include "coopseg/phantom/scanner.h"

namespace coopseg::phantom {

// What a user wants otherwise than the site does it. Of `size` and `spacing_mm` one alone keeps the other as the
// site has it for `size`, and the site's field of view for `spacing_mm`.
struct StackOptions {
  std::optional<std::array<std::size_t, 2>> size;  // columns, rows; at least 16
  std::optional<double> spacing_mm;                // in plane
  std::optional<std::size_t> slices;               // 1 or more; alone, the slices are spread over the whole heart
  std::optional<double> slice_spacing_mm;          // alone, as many slices as cover the heart (6 ... 18)
};

// The grid of a short-axis stack in patient coordinates (LPS, right-handed), k from apex to base.
struct Stack {
  image::Grid grid;
  double slice_thickness_mm = 0;
  std::vector<Vector3> shift_mm;  // of the patient in each slice: breath-holds differ
  Vector3 isocentre_mm;           // of the heart in the grid's coordinates
};

// Depends on the subject, the scanner and the seed, not on the phase.
Stack plan_stack(const Anatomy& anatomy, const Scanner& scanner, const StackOptions& options, std::uint64_t seed);

struct Rendering {
  image::Image image;      // whole numbers >= 0
  image::LabelMap labels;  // 0 background, 1 LV, 2 MYO, 3 RV
};

// Each voxel's signal is the complex mean over points within it (all that lie where tissues meet, fewer elsewhere), so
// borders show partial volume; the label is that of the voxel's centre. Then coil sensitivity, the point spread in the
// plane, and Rician noise. Thread-safe; the same arguments give the same voxels.
Rendering render(const Anatomy& anatomy, Phase phase, const Scanner& scanner, const Stack& stack, std::uint64_t seed);

}  // namespace coopseg::phantom
