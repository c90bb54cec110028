#include "coopseg/artefact/sampling.h"

#include <cmath>

#include "coopseg/core/error.h"

namespace coopseg::artefact {

namespace {

using core::RandomStream;
using core::UsageError;

void check_range(const std::string& field, const Range& range) {
  if (!(std::abs(range.low) <= 1e9 && std::abs(range.high) <= 1e9))
    throw UsageError(field, "must be finite and within 1e9");
  if (range.low > range.high)
    throw UsageError(field, "runs from " + core::Json(range.low).dump() + " down to " + core::Json(range.high).dump(),
                     "give the smaller number first");
}

void check_counts(const std::string& field, int fewest, int most, int least, int largest) {
  if (fewest < least || most > largest || fewest > most)
    throw UsageError(field, "is " + std::to_string(fewest) + " to " + std::to_string(most) + ", expected a range within " +
                                std::to_string(least) + " to " + std::to_string(largest));
}

void check_one(const BiasFieldRanges& r) {
  if (r.order > 10) throw UsageError("order", "is " + std::to_string(r.order) + ", expected 0 to 10");
  check_range("coefficients", r.coefficients);
}

void check_one(const GhostingRanges& r) {
  check_counts("num_ghosts", r.fewest, r.most, 0, 1000000);
  if (r.axes.empty()) throw UsageError("axes", "is empty, expected some of 0, 1 and 2");
  for (const int axis : r.axes)
    if (axis < 0 || axis > 2) throw UsageError("axes", "holds " + std::to_string(axis) + ", expected 0, 1 or 2");
  check_range("intensity", r.intensity);
  if (!(r.restore >= 0 && r.restore <= 1)) throw UsageError("restore", "is not a fraction from 0 to 1");
}

void check_one(const SpikeRanges& r) {
  check_counts("num_spikes", r.fewest, r.most, 0, 1000);
  check_range("intensity", r.intensity);
}

void check_one(const MotionRanges& r) {
  check_counts("movements", r.movements, r.movements, 1, 100);
  check_range("degrees", r.degrees);
  check_range("translation", r.translation);
}

double uniform(RandomStream& draw, const Range& range) {
  return static_cast<float>(draw.uniform(range.low, range.high));
}

// In [0, 1): of 24 bits, so that rounding to float32 never gives 1.
double fraction(RandomStream& draw) { return static_cast<double>(draw.bits() >> 8) / 16777216.0; }

int whole(RandomStream& draw, int fewest, int most) {
  return fewest + static_cast<int>(draw.below(static_cast<std::uint64_t>(most - fewest) + 1));
}

Parameters draw_one(const BiasFieldRanges& r, Dialect, RandomStream& draw) {
  BiasField p;
  p.order = r.order;
  p.coefficients.resize(bias_exponents(r.order).size());
  for (double& c : p.coefficients) c = uniform(draw, r.coefficients);
  return p;
}

Parameters draw_one(const GhostingRanges& r, Dialect, RandomStream& draw) {
  Ghosting p;
  p.num_ghosts = whole(draw, r.fewest, r.most);
  p.axis = r.axes[draw.below(r.axes.size())];
  p.intensity = uniform(draw, r.intensity);
  p.restore = r.restore;
  return p;
}

Parameters draw_one(const SpikeRanges& r, Dialect dialect, RandomStream& draw) {
  Spike p;
  const auto count = static_cast<std::size_t>(whole(draw, r.fewest, r.most));
  p.intensity = uniform(draw, r.intensity);
  p.positions.resize(dialect == Dialect::paper ? count : 0);
  p.positions_flat.resize(dialect == Dialect::legacy ? count : 0);
  for (auto& position : p.positions)
    for (double& x : position) x = fraction(draw);
  for (double& x : p.positions_flat) x = fraction(draw);
  return p;
}

Parameters draw_one(const MotionRanges& r, Dialect, RandomStream& draw) {
  Motion p;
  const auto count = static_cast<std::size_t>(r.movements);
  p.degrees.resize(count), p.translation.resize(count), p.times.resize(count);
  for (auto& movement : p.degrees)
    for (double& x : movement) x = uniform(draw, r.degrees);
  for (auto& movement : p.translation)
    for (double& x : movement) x = uniform(draw, r.translation);
  const double step = 1.0 / static_cast<double>(count + 1);
  for (std::size_t i = 0; i < count; ++i)
    p.times[i] = uniform(draw, {(static_cast<double>(i + 1) - 0.3) * step, (static_cast<double>(i + 1) + 0.3) * step});
  return p;
}

}  // namespace

Ranges default_ranges(const std::string& artefact, Dialect dialect) {
  if (artefact == "bias_field") return BiasFieldRanges{};
  if (artefact == "ghosting") return GhostingRanges{};
  if (artefact == "motion") return MotionRanges{};
  if (artefact != "spike") throw UsageError(artefact, "is no artefact", "bias_field, ghosting, spike or motion");
  SpikeRanges spike;
  if (dialect == Dialect::legacy) spike.intensity = {0.1, 1};
  return spike;
}

void check(const Ranges& ranges) {
  std::visit([](const auto& r) { check_one(r); }, ranges);
}

Artefact sample(const Ranges& ranges, Dialect dialect, RandomStream& draw) {
  check(ranges);
  return {std::visit([&](const auto& r) { return draw_one(r, dialect, draw); }, ranges), dialect};
}

}  // namespace coopseg::artefact
