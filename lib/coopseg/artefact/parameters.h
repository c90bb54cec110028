// Four MR artefacts as plain values: what was done to an image, completely, and as JSON both ways.
//
//   Artefact a = artefact_from_json(core::read_json("ghosting.json"), "ghosting.json");
//   image::Image bad = apply(image, a);
//   std::string record = core::to_text(to_json(a));     // the same parameters give the same bytes again
//
// The formulas are those of TorchIO (Perez-Garcia et al., 2021), with which Chen et al. (MICCAI 2021) made the
// robustness sets of their paper (ACDC-C). TorchIO saw arrays [slice, row, column] without geometry, so axis 0 is the
// slice (k), axis 1 the row (j), axis 2 the column (i) of a short-axis stack, and lengths are voxels on all three.
#pragma once

#include <array>
#include <string>
#include <variant>
#include <vector>

#include "coopseg/core/json.h"

namespace coopseg::artefact {

// Which TorchIO the numbers follow. `paper`: 0.18 (2021). `legacy`: 0.16 (mid-2020), with which the published script
// runs unchanged: Fourier artefacts return magnitudes, the bias grid is off centre, a spike replaces its coefficient.
enum class Dialect { paper, legacy };

// The image times exp(polynomial) of the position, each axis running from -1 to 1.
struct BiasField {
  unsigned order = 3;                // 0 ... 10: of the polynomial, summed over the axes
  std::vector<double> coefficients;  // terms(order) of them, see bias_exponents()
};

// Every num_ghosts-th plane of k-space along one axis scaled by 1 - intensity, the centre plane kept.
struct Ghosting {
  int num_ghosts = 0;      // 0 ... 1e6; a stride in planes, not a count. 0 does nothing
  int axis = 0;            // 0 slices, 1 rows, 2 columns
  double intensity = 0;    // 0 does nothing, 1 removes the planes
  double restore = 0.02;   // 0 ... 1; kept for the record: these versions of TorchIO never used it
};

// Single coefficients of k-space raised by intensity times the largest.
struct Spike {
  std::vector<std::array<double, 3>> positions;  // paper: fractions of the axes in [0, 1); 0.5 is the zero frequency
  std::vector<double> positions_flat;            // legacy: fractions of the whole array in [0, 1), columns fastest
  double intensity = 0;
};

// Parts of k-space, along the columns, from rigidly moved copies of the volume.
struct Motion {
  std::vector<std::array<double, 3>> degrees;      // of each movement, about the axes
  std::vector<std::array<double, 3>> translation;  // of each movement, in voxels
  std::vector<double> times;                       // in (0, 1): when, as a share of k-space, each movement happens
};

using Parameters = std::variant<BiasField, Ghosting, Spike, Motion>;

struct Artefact {
  Parameters parameters;
  Dialect dialect = Dialect::paper;
};

// Powers (axis 0, 1, 2) of the terms of a bias field in the order of the coefficients: axis 2 counts fastest.
std::vector<std::array<unsigned, 3>> bias_exponents(unsigned order);

// "bias_field", "ghosting", "spike", "motion", with "_legacy" behind for that dialect.
std::string artefact_name(const Artefact& artefact);

// Throws core::DataError with one line that names the field, what it holds and what it may hold. `name` is the file or
// option the parameters came from. All numbers must be finite and within 1e9.
void check(const Artefact& artefact, const std::string& name);

// {"artefact": "ghosting", "parameters": {"num_ghosts": 5, ...}}. Other members beside these two are let be (a
// sidecar holds more), unknown members of "parameters" are refused. Throws core::DataError as check() does.
Artefact artefact_from_json(const core::Json& json, const std::string& name);
core::Json to_json(const Artefact& artefact);

}  // namespace coopseg::artefact
