#include "coopseg/artefact/severity.h"

#include <cmath>

#include "coopseg/core/error.h"

namespace coopseg::artefact {

namespace {

Range both_ways(double most) { return {-most, most}; }

// 1 at the highest level, half as much at each level below.
double halved(int level) { return std::ldexp(1.0, level - kSeverities); }

void grade(BiasFieldRanges& r, Dialect, int level) { r.coefficients = {-level / 10.0, level / 10.0}; }

void grade(GhostingRanges& r, Dialect dialect, int level) {
  r.intensity = {level / 10.0, level / 5.0};
  if (dialect != Dialect::physical) return;
  r.fewest = 1, r.most = 4;
  r.axes = {1, 2};
}

void grade(SpikeRanges& r, Dialect dialect, int level) {
  const Range most = dialect == Dialect::physical ? Range{0.8, 1.6} : r.intensity;
  r.intensity = {most.low * halved(level), most.high * halved(level)};
}

void grade(MotionRanges& r, Dialect dialect, int level) {
  if (dialect == Dialect::physical) {
    r.degrees = r.translation = both_ways(8 * halved(level));
  } else if (level < kSeverities) {
    // A fifth of a degree about a corner moves the far side by most of a voxel. The paper's thirty move most of the
    // image out of sight, and what is left, its high frequencies gone, is hardly farther from the original.
    r.degrees = both_ways(0.4 * halved(level));
    r.translation = both_ways(halved(level));
  }
}

}  // namespace

Ranges severity_ranges(const std::string& artefact, Dialect dialect, int level) {
  if (level < 1 || level > kSeverities)
    throw core::UsageError("severity", "is " + std::to_string(level) + ", expected 1 to 5");
  Ranges ranges = default_ranges(artefact, dialect == Dialect::physical ? Dialect::paper : dialect);
  std::visit([&](auto& r) { grade(r, dialect, level); }, ranges);
  return ranges;
}

}  // namespace coopseg::artefact
