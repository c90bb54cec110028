// Sines and cosines of plain operations. The C library's take another path on each kind of processor and may differ in
// the last bit, and a test set must be the same on every machine. Both are good to about one unit in the last place.
#pragma once

#include <cstddef>

namespace coopseg::artefact {

// exp(-2 pi i k / n), 0 <= k < n. Quarters of a turn are exact.
void root(std::size_t k, std::size_t n, double& re, double& im);

// Of an angle in radians, |angle| within 1e9 (beyond a few turns with the angle's own rounding error).
void cosine_and_sine(double radians, double& cosine, double& sine);

}  // namespace coopseg::artefact
