// Random parameters of artefacts: what is drawn, and from where.
//
//   core::RandomStream draw(seed, {id, frame, "repeat 2", "ghosting"});
//   Artefact a = sample(GhostingRanges{}, Dialect::paper, slices, draw);
//
// The defaults below are those of the script behind ACDC-C (Chen et al., MICCAI 2021). That script sets no seed, so its
// very images cannot be made again, only others of the same distribution. Numbers are rounded to float32 as TorchIO's.
#pragma once

#include <string>
#include <variant>

#include "coopseg/artefact/parameters.h"
#include "coopseg/core/random.h"

namespace coopseg::artefact {

// Uniform from low to high; a constant where they are equal.
struct Range {
  double low = 0, high = 0;
};

struct BiasFieldRanges {
  unsigned order = 3;
  Range coefficients{-0.5, 0.5};  // each of them
};

struct GhostingRanges {
  int fewest = 4, most = 10;        // num_ghosts: the whole numbers between, both included
  std::vector<int> axes{0, 1, 2};   // equally likely
  Range intensity{0.5, 1};
  double restore = 0.02;
};

struct SpikeRanges {
  int fewest = 1, most = 1;  // spikes, both included; physical: of each slice
  Range intensity{1, 3};
};

struct MotionRanges {
  int movements = 2;
  Range degrees{-30, 30};      // about each axis; physical: in the plane
  Range translation{-10, 10};  // voxels along each axis, also along the slices, of which there may be ten;
                               // physical: mm, in the plane
};

using Ranges = std::variant<BiasFieldRanges, GhostingRanges, SpikeRanges, MotionRanges>;

// The paper's ranges in this dialect: "bias_field", "ghosting", "spike" or "motion". In the legacy dialect the spike's
// intensity is 0.1 to 1; in the physical dialect, of which the paper knows nothing, they are those of severity 3 (see
// severity.h). Throws core::UsageError for another name.
Ranges default_ranges(const std::string& artefact, Dialect dialect);

// Throws core::UsageError with one line that names the field.
void check_ranges(const Ranges& ranges);

// {"coefficients": [-0.5, 0.5], "order": 3} and so on, by the names of the fields, both ways. Reading throws
// core::DataError for what is missing, unknown or of the wrong type, and core::UsageError as check_ranges() does.
core::Json ranges_to_json(const Ranges& ranges);
Ranges ranges_from_json(const core::Json& json, const std::string& artefact, const std::string& name);

// Times of movements: the i-th of m about i / (m + 1), by up to 0.3 / (m + 1) earlier or later, as in TorchIO. In the
// physical dialect each of the `slices` gets movements and spikes of its own; the others do not ask for their number.
Artefact sample(const Ranges& ranges, Dialect dialect, std::size_t slices, core::RandomStream& draw);

}  // namespace coopseg::artefact
