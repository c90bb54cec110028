#include "coopseg/artefact/sampling.h"

#include <cmath>

#include "coopseg/artefact/severity.h"
#include "coopseg/core/error.h"

namespace coopseg::artefact {

namespace {

using core::DataError;
using core::Json;
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
    throw UsageError(field, "is " + std::to_string(fewest) + " to " + std::to_string(most) +
                                ", expected a range within " + std::to_string(least) + " to " +
                                std::to_string(largest));
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

Parameters draw_one(const BiasFieldRanges& r, Dialect, std::size_t, RandomStream& draw) {
  BiasField p;
  p.order = r.order;
  p.coefficients.resize(bias_exponents(r.order).size());
  for (double& c : p.coefficients) c = uniform(draw, r.coefficients);
  return p;
}

Parameters draw_one(const GhostingRanges& r, Dialect, std::size_t, RandomStream& draw) {
  Ghosting p;
  p.num_ghosts = whole(draw, r.fewest, r.most);
  p.axis = r.axes[draw.below(r.axes.size())];
  p.intensity = uniform(draw, r.intensity);
  p.restore = r.restore;
  return p;
}

Parameters draw_one(const SpikeRanges& r, Dialect dialect, std::size_t slices, RandomStream& draw) {
  Spike p;
  if (dialect == Dialect::physical) {
    p.intensity = uniform(draw, r.intensity);
    for (std::size_t s = 0; s < slices; ++s)
      for (int count = whole(draw, r.fewest, r.most); count > 0; --count) {
        const double slice = (static_cast<double>(s) + 0.5) / static_cast<double>(slices);
        const double row = fraction(draw), column = fraction(draw);
        p.positions.push_back({slice, row, column});
      }
    return p;
  }
  const auto count = static_cast<std::size_t>(whole(draw, r.fewest, r.most));
  p.intensity = uniform(draw, r.intensity);
  p.positions.resize(dialect == Dialect::paper ? count : 0);
  p.positions_flat.resize(dialect == Dialect::legacy ? count : 0);
  for (auto& position : p.positions)
    for (double& x : position) x = fraction(draw);
  for (double& x : p.positions_flat) x = fraction(draw);
  return p;
}

std::vector<double> draw_times(std::size_t count, RandomStream& draw) {
  const double step = 1.0 / static_cast<double>(count + 1);
  std::vector<double> times(count);
  for (std::size_t i = 0; i < count; ++i)
    times[i] = uniform(draw, {(static_cast<double>(i + 1) - 0.3) * step, (static_cast<double>(i + 1) + 0.3) * step});
  return times;
}

Parameters draw_one(const MotionRanges& r, Dialect dialect, std::size_t slices, RandomStream& draw) {
  Motion p;
  const auto count = static_cast<std::size_t>(r.movements);
  if (dialect == Dialect::physical) {
    p.slices.resize(slices);
    for (SliceMotion& slice : p.slices) {
      slice.degrees.resize(count), slice.translation_mm.resize(count);
      for (double& x : slice.degrees) x = uniform(draw, r.degrees);
      for (auto& movement : slice.translation_mm)
        for (double& x : movement) x = uniform(draw, r.translation);
      slice.times = draw_times(count, draw);
    }
    return p;
  }
  p.degrees.resize(count), p.translation.resize(count);
  for (auto& movement : p.degrees)
    for (double& x : movement) x = uniform(draw, r.degrees);
  for (auto& movement : p.translation)
    for (double& x : movement) x = uniform(draw, r.translation);
  p.times = draw_times(count, draw);
  return p;
}

// Reads the members of one artefact's ranges and notices those nobody asked for.
class Reader {
 public:
  Reader(const Json& json, std::string name) : json_(json), name_(std::move(name)) {
    if (!json.is_object()) throw DataError(name_, "the ranges of an artefact must be an object");
  }
  template <class T>
  void one(const char* key, T& value) {
    ++read_;
    if (!json_.contains(key)) throw DataError(name_, std::string("\"") + key + "\" is missing from the ranges");
    value = core::get_or(json_, key, value, name_);
  }
  void range(const char* key, Range& range) {
    std::array<double, 2> pair{};
    one(key, pair);
    range = {pair[0], pair[1]};
  }
  void counts(const char* key, int& fewest, int& most) {
    std::array<int, 2> pair{};
    one(key, pair);
    for (const Json& value : json_.at(key))
      if (!value.is_number_integer()) core::throw_wrong_type(name_, key, json_.at(key));
    fewest = pair[0], most = pair[1];
  }
  void finish() const {
    if (json_.size() != read_) throw DataError(name_, "the ranges hold a member that is none of this artefact's");
  }

 private:
  const Json& json_;
  std::string name_;
  std::size_t read_ = 0;
};

Json pair_of(const Range& r) { return Json::array({r.low, r.high}); }

Json written(const BiasFieldRanges& r) { return {{"order", r.order}, {"coefficients", pair_of(r.coefficients)}}; }
Json written(const GhostingRanges& r) {
  return {{"num_ghosts", Json::array({r.fewest, r.most})}, {"axes", r.axes}, {"intensity", pair_of(r.intensity)},
          {"restore", r.restore}};
}
Json written(const SpikeRanges& r) {
  return {{"num_spikes", Json::array({r.fewest, r.most})}, {"intensity", pair_of(r.intensity)}};
}
Json written(const MotionRanges& r) {
  return {{"movements", r.movements}, {"degrees", pair_of(r.degrees)}, {"translation", pair_of(r.translation)}};
}

void read(Reader& in, BiasFieldRanges& r) { in.one("order", r.order), in.range("coefficients", r.coefficients); }
void read(Reader& in, GhostingRanges& r) {
  in.counts("num_ghosts", r.fewest, r.most), in.one("axes", r.axes);
  in.range("intensity", r.intensity), in.one("restore", r.restore);
}
void read(Reader& in, SpikeRanges& r) { in.counts("num_spikes", r.fewest, r.most), in.range("intensity", r.intensity); }
void read(Reader& in, MotionRanges& r) {
  in.one("movements", r.movements), in.range("degrees", r.degrees), in.range("translation", r.translation);
}

}  // namespace

Ranges default_ranges(const std::string& artefact, Dialect dialect) {
  if (dialect == Dialect::physical) return severity_ranges(artefact, dialect, 3);
  if (artefact == "bias_field") return BiasFieldRanges{};
  if (artefact == "ghosting") return GhostingRanges{};
  if (artefact == "motion") return MotionRanges{};
  if (artefact != "spike") throw UsageError(artefact, "is no artefact", "bias_field, ghosting, spike or motion");
  SpikeRanges spike;
  if (dialect == Dialect::legacy) spike.intensity = {0.1, 1};
  return spike;
}

void check_ranges(const Ranges& ranges) {
  std::visit([](const auto& r) { check_one(r); }, ranges);
}

core::Json ranges_to_json(const Ranges& ranges) {
  return std::visit([](const auto& r) { return written(r); }, ranges);
}

Ranges ranges_from_json(const core::Json& json, const std::string& artefact, const std::string& name) {
  Ranges ranges = default_ranges(artefact, Dialect::paper);
  Reader in(json, name);
  std::visit([&](auto& r) { read(in, r); }, ranges);
  in.finish();
  check_ranges(ranges);
  return ranges;
}

Artefact sample(const Ranges& ranges, Dialect dialect, std::size_t slices, RandomStream& draw) {
  check_ranges(ranges);
  return {std::visit([&](const auto& r) { return draw_one(r, dialect, slices, draw); }, ranges), dialect};
}

}  // namespace coopseg::artefact
