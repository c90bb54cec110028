#include "coopseg/artefact/severity.h"

#include <cmath>

#include "coopseg/core/error.h"

namespace coopseg::artefact {

namespace {

Range scaled(const Range& range, double factor) { return {range.low * factor, range.high * factor}; }

// 1 at the highest level, `base` times less at each level below.
double share(double base, int level) { return std::pow(base, level - kSeverities); }

void grade(BiasFieldRanges& r, Dialect, int level) { r.coefficients = {-level / 10.0, level / 10.0}; }

void grade(GhostingRanges& r, Dialect dialect, int level) {
  r.intensity = {level / 10.0, level / 5.0};
  if (dialect != Dialect::physical) return;
  r.fewest = 1, r.most = 4;
  r.axes = {1, 2};
}

void grade(SpikeRanges& r, Dialect dialect, int level) {
  const Range most = dialect == Dialect::physical ? Range{0.8, 1.6} : r.intensity;
  r.intensity = scaled(most, share(2, level));
}

void grade(MotionRanges& r, Dialect dialect, int level) {
  if (dialect == Dialect::physical) {
    r.degrees = r.translation = {-2.0 * level, 2.0 * level};
    return;
  }
  r.degrees = scaled(r.degrees, share(4, level));
  r.translation = scaled(r.translation, share(2, level));
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
