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

// What the parameters mean.
// paper: TorchIO 0.18 (2021). Lengths are voxels, k-space is that of the whole volume.
// legacy: TorchIO 0.16 (mid-2020), with which the published script runs unchanged: Fourier artefacts return magnitudes,
// the bias grid is off centre, a spike replaces its coefficient.
// physical: no TorchIO. Lengths are millimetres of the image's own spacing, and slices are acquired one after another:
// each has a k-space of its own, of rows and columns alone.
enum class Dialect { paper, legacy, physical };

// The image times exp(polynomial) of the position. paper, legacy: each axis runs from -1 to 1. physical: the longest
// axis does, the others in proportion to their length in mm, all about the middle of the image.
struct BiasField {
  unsigned order = 3;                // 0 ... 10: of the polynomial, summed over the axes
  std::vector<double> coefficients;  // terms(order) of them, see bias_exponents()
};

// Planes of k-space at equal distances along one axis scaled by 1 - intensity.
// paper, legacy: every num_ghosts-th plane, counted from the most negative frequency; the centre plane is kept.
// physical: every (num_ghosts + 1)-th plane, counted from zero both ways, which makes as many ghosts as it says, each
// of brightness intensity / (num_ghosts + 1), at multiples of the field of view / (num_ghosts + 1).
struct Ghosting {
  int num_ghosts = 0;      // 0 ... 1e6; 0 does nothing
  int axis = 0;            // 0 slices, 1 rows, 2 columns; physical: 1 or 2
  double intensity = 0;    // 0 does nothing, 1 removes the planes
  double restore = 0.02;   // 0 ... 1. physical: frequencies up to this share of the highest are kept, zero included;
                           // 0 keeps none. Else kept for the record: these versions of TorchIO never used it
};

// Single coefficients of k-space raised by intensity times the largest.
struct Spike {
  // Fractions of the axes in [0, 1); 0.5 of rows or columns is the zero frequency. paper: a frequency along each axis.
  // physical: the slice that is hit, and the frequency along rows and columns.
  std::vector<std::array<double, 3>> positions;
  std::vector<double> positions_flat;  // legacy: fractions of the whole array in [0, 1), columns fastest
  double intensity = 0;                // of the largest coefficient; physical: of the slice's own, by magnitude
};

// In the plane of one slice, while it is acquired (physical). The patient lies still while the part of k-space with the
// zero frequency is taken, so that the label map stays true; the other parts see him moved, in the order of time.
struct SliceMotion {
  std::vector<double> degrees;                        // clockwise as pictures are shown, about the image's middle
  std::vector<std::array<double, 2>> translation_mm;  // towards later rows, towards later columns
  std::vector<double> times;                          // in (0, 1), ascending
};

// Parts of k-space, along the columns, from rigidly moved copies of the image.
struct Motion {
  std::vector<std::array<double, 3>> degrees;      // of each movement, about the axes
  std::vector<std::array<double, 3>> translation;  // of each movement, in voxels
  std::vector<double> times;                       // in (0, 1): when, as a share of k-space, each movement happens
  std::vector<SliceMotion> slices;                 // physical, instead of the others: of each slice, or one for all
};

using Parameters = std::variant<BiasField, Ghosting, Spike, Motion>;

struct Artefact {
  Parameters parameters;
  Dialect dialect = Dialect::paper;
};

// Powers (axis 0, 1, 2) of the terms of a bias field in the order of the coefficients: axis 2 counts fastest.
std::vector<std::array<unsigned, 3>> bias_exponents(unsigned order);

// "bias_field", "ghosting", "spike", "motion", with "_legacy" or "_physical" behind for those dialects.
std::string artefact_name(const Artefact& artefact);

// "paper", "legacy", "physical"; throws core::UsageError for another word.
std::string dialect_name(Dialect dialect);
Dialect parse_dialect(const std::string& name);

// Throws core::DataError with one line that names the field, what it holds and what it may hold. `name` is the file or
// option the parameters came from. All numbers must be finite and within 1e9.
void check_artefact(const Artefact& artefact, const std::string& name);

// {"artefact": "ghosting", "parameters": {"num_ghosts": 5, ...}}. Other members beside these two are let be (a
// sidecar holds more), unknown members of "parameters" are refused. Throws core::DataError as check_artefact() does.
Artefact artefact_from_json(const core::Json& json, const std::string& name);
core::Json to_json(const Artefact& artefact);

}  // namespace coopseg::artefact
