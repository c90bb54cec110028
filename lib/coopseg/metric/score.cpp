#include "coopseg/metric/score.h"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "coopseg/image/overlap.h"

namespace coopseg::metric {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Extent {
  std::array<std::size_t, 3> first, last;
  Extent() { first.fill(std::numeric_limits<std::size_t>::max()), last.fill(0); }
  void include(std::size_t i, std::size_t j, std::size_t k) {
    const std::array<std::size_t, 3> p{i, j, k};
    for (int a = 0; a < 3; ++a) first[a] = std::min(first[a], p[a]), last[a] = std::max(last[a], p[a]);
  }
};

template <class T, class InReference, class InPrediction>
Box crop(const image::Volume<T>& reference, const image::Volume<T>& prediction, const Extent& extent, int dimensions,
         Outside outside, const std::vector<std::uint8_t>& ignored, InReference in_reference,
         InPrediction in_prediction) {
  const image::Grid& grid = reference.grid;
  Box box;
  box.spacing_mm = grid.spacing_mm;
  box.dimensions = dimensions;
  for (int a = 0; a < 3; ++a) box.size[a] = a < dimensions ? extent.last[a] - extent.first[a] + 3 : 1;
  const std::size_t count = box.size[0] * box.size[1] * box.size[2];
  box.reference.assign(count, 0);
  box.prediction.assign(count, 0);
  if (!ignored.empty()) box.ignored.assign(count, 0);
  const std::uint8_t beyond = outside == Outside::ignored;
  std::size_t at = 0;
  for (std::size_t k = 0; k < box.size[2]; ++k)
    for (std::size_t j = 0; j < box.size[1]; ++j)
      for (std::size_t i = 0; i < box.size[0]; ++i, ++at) {
        // Index in the image plus one: unsigned arithmetic that stays right for the margin.
        const std::size_t x = extent.first[0] + i, y = extent.first[1] + j;
        const std::size_t z = dimensions == 3 ? extent.first[2] + k : extent.first[2] + 1;
        if (x < 1 || y < 1 || z < 1 || x > grid.size[0] || y > grid.size[1] || z > grid.size[2]) {
          box.reference[at] = box.prediction[at] = beyond;
          continue;
        }
        if (!ignored.empty() && ignored[((z - 1) * grid.size[1] + y - 1) * grid.size[0] + x - 1]) {
          box.ignored[at] = 1;
          continue;
        }
        box.reference[at] = in_reference(reference.at(x - 1, y - 1, z - 1));
        box.prediction[at] = in_prediction(prediction.at(x - 1, y - 1, z - 1));
      }
  return box;
}

// What the tools give for empty masks, measured by running them (MedPy 0.5.2, MONAI 1.5, DeepMind's surface-distance,
// MetricsReloaded, ITK 5.2.1); ours is a number only where the definition is one.
Value value_of_empty(Metric metric, Empty empty, const Definition& d) {
  const bool both = empty == Empty::both, no_reference = empty != Empty::prediction;
  const bool no_prediction = empty != Empty::reference;
  const auto number = [](double x) { return Value{x, {}}; };
  const auto nan = [&] { return Value{{}, fmt::format("{}-gives-nan", name_of(d.tool))}; };
  Value undefined{{}, fmt::format("{}-empty", name_of(empty))};

  if (metric == Metric::dice || metric == Metric::jaccard) {
    if (d.tool == Tool::monai && no_reference) return nan();
    if (!both) return number(0);
    const bool own_rule = d.both_empty != Definition::of(d.tool).both_empty;
    if (d.tool == Tool::deepmind && !own_rule) return nan();
    if (d.tool == Tool::metrics_reloaded && metric == Metric::jaccard && !own_rule) return nan();
    if (d.tool == Tool::itk && !own_rule) return number(kInfinity);
    if (d.both_empty == BothEmpty::undefined) return undefined;
    return number(d.both_empty == BothEmpty::one ? 1 : 0);
  }
  if (metric == Metric::sensitivity || metric == Metric::precision) {
    const bool denominator_is_zero = metric == Metric::sensitivity ? no_reference : no_prediction;
    if (!denominator_is_zero || d.tool == Tool::medpy) return number(0);
    if (d.tool == Tool::monai) return nan();
    if (d.tool == Tool::metrics_reloaded) return metric == Metric::precision && !both ? number(0) : nan();
    return undefined;
  }
  switch (d.tool) {
    case Tool::coopseg: return metric == Metric::nsd && !both ? number(0) : undefined;
    case Tool::medpy: return {{}, "medpy-raises"};
    case Tool::monai:
      if (both || metric == Metric::hd95) return nan();
      return number(metric == Metric::nsd ? 0 : kInfinity);
    case Tool::deepmind:
      if (metric == Metric::hd || metric == Metric::hd95) return number(kInfinity);
      if (metric == Metric::nsd && !both) return number(0);
      if (metric == Metric::asd_ref_pred && empty == Empty::prediction) return number(kInfinity);
      if (metric == Metric::asd_pred_ref && empty == Empty::reference) return number(kInfinity);
      return nan();
    case Tool::metrics_reloaded: return both && metric != Metric::nsd ? number(0) : nan();
    case Tool::itk: return {{}, "itk-raises"};
  }
  return undefined;
}

double ratio(std::size_t a, std::size_t b) { return static_cast<double>(a) / static_cast<double>(b); }

double overlap_value(Metric metric, const Score& s) {
  switch (metric) {
    case Metric::dice:
      return image::Overlap{s.reference_voxels, s.prediction_voxels, s.common_voxels}.dice().value();
    case Metric::jaccard: return ratio(s.common_voxels, s.reference_voxels + s.prediction_voxels - s.common_voxels);
    case Metric::sensitivity: return ratio(s.common_voxels, s.reference_voxels);
    default: return ratio(s.common_voxels, s.prediction_voxels);
  }
}

double share_within(const SurfaceDistances& distances, double tolerance_mm) {
  double within = 0, total = 0;
  for (const auto* list : {&distances.reference_to_prediction, &distances.prediction_to_reference})
    for (const auto& element : *list) {
      total += element.weight;
      if (element.distance_mm <= tolerance_mm) within += element.weight;
    }
  return within / total;
}

double distance_value(Metric metric, const SurfaceDistances& s, const Definition& d) {
  const auto& there = s.reference_to_prediction;
  const auto& back = s.prediction_to_reference;
  switch (metric) {
    case Metric::hd: return std::max(there.back().distance_mm, back.back().distance_mm);
    case Metric::hd95:
      if (d.percentile == Percentile::pooled) return percentile_of(merged(s), 95, d.rank);
      return std::max(percentile_of(there, 95, d.rank), percentile_of(back, 95, d.rank));
    case Metric::assd: return mean_of(merged(s));
    case Metric::masd: return 0.5 * (mean_of(there) + mean_of(back));
    case Metric::asd_ref_pred: return mean_of(there);
    case Metric::asd_pred_ref: return mean_of(back);
    default: return share_within(s, d.tolerance_mm);
  }
}

// Fills the values; `make_box` is called only if a distance is asked for and defined.
template <class MakeBox>
void fill(Score& s, double voxel_ml, const Definition& d, const std::vector<Metric>& wanted, MakeBox make_box) {
  s.empty = s.reference_voxels && s.prediction_voxels ? Empty::none
            : s.reference_voxels                      ? Empty::prediction
            : s.prediction_voxels                     ? Empty::reference
                                                      : Empty::both;
  static const Reason kNotAsked("not-asked");
  for (auto& value : s.values) value.reason = kNotAsked;
  std::optional<SurfaceDistances> distances;
  bool partly_drawn = false;
  for (Metric metric : wanted) {
    Value& value = s.values[static_cast<std::size_t>(metric)];
    value.reason = {};
    if (metric >= Metric::volume_ref) {
      const double reference = static_cast<double>(s.reference_voxels),
                   prediction = static_cast<double>(s.prediction_voxels);
      value.number = voxel_ml * (metric == Metric::volume_ref    ? reference
                                 : metric == Metric::volume_pred ? prediction
                                                                 : prediction - reference);
    } else if (s.empty != Empty::none) {
      value = value_of_empty(metric, s.empty, d);
    } else if (!is_distance(metric)) {
      value.number = overlap_value(metric, s);
    } else {
      if (!distances) {
        const Box box = make_box();
        distances = surface_distances(box, d.surface, d.distance);
        partly_drawn = !box.ignored.empty();
      }
      if (distances->reference_to_prediction.empty() || distances->prediction_to_reference.empty())
        value.reason = partly_drawn ? "no-surface-in-what-was-drawn" : "no-surface-inside-the-image";
      else
        value.number = distance_value(metric, *distances, d);
    }
  }
}

}  // namespace

const char* name_of(Empty empty) {
  switch (empty) {
    case Empty::both: return "both";
    case Empty::reference: return "reference";
    case Empty::prediction: return "prediction";
    case Empty::none: break;
  }
  return "";
}

Score score(const Mask& reference, const Mask& prediction, const Definition& definition) {
  return score(reference, prediction, definition, definition.metrics());
}

Score score(const Mask& reference, const Mask& prediction, const Definition& definition,
            const std::vector<Metric>& wanted) {
  assert(reference.grid.size == prediction.grid.size);
  Score s;
  Extent extent;
  std::size_t at = 0;
  const auto& size = reference.grid.size;
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i, ++at) {
        const bool r = reference.voxels[at] != 0, p = prediction.voxels[at] != 0;
        s.reference_voxels += r;
        s.prediction_voxels += p;
        s.common_voxels += r && p;
        if (r || p) extent.include(i, j, k);
      }
  const auto inside = [](std::uint8_t v) -> std::uint8_t { return v != 0; };
  fill(s, reference.grid.voxel_volume_ml(), definition, wanted, [&] {
    return crop(reference, prediction, extent, size[2] == 1 ? 2 : 3, definition.outside, {}, inside, inside);
  });
  return s;
}

namespace {

// Value -> class, quick for the small values that label maps hold.
class ClassOf {
 public:
  static constexpr int kNone = -1, kUnknown = -2;
  void add(std::int32_t value, int index) {
    if (value >= 0 && value < 256)
      small_[static_cast<std::size_t>(value)] = index;
    else
      large_[value] = index;
  }
  ClassOf() {
    small_.fill(kUnknown);
    small_[0] = kNone;
  }
  int operator()(std::int32_t value) const {
    if (value >= 0 && value < 256) return small_[static_cast<std::size_t>(value)];
    const auto found = large_.find(value);
    return found == large_.end() ? kUnknown : found->second;
  }

 private:
  std::array<int, 256> small_;
  std::unordered_map<std::int32_t, int> large_;
};

}  // namespace

ClassScores score_classes(const image::LabelMap& reference, const image::LabelMap& prediction,
                          const std::vector<ClassPair>& classes, const Definition& definition,
                          const std::vector<Metric>& wanted, std::optional<std::size_t> slice,
                          const std::vector<std::uint8_t>& ignored) {
  assert(reference.grid.size == prediction.grid.size);
  assert(ignored.empty() || ignored.size() == reference.voxels.size());
  const auto& size = reference.grid.size;
  ClassOf reference_class, prediction_class;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    reference_class.add(classes[c].reference_value, static_cast<int>(c));
    prediction_class.add(classes[c].prediction_value, static_cast<int>(c));
  }
  ClassScores result;
  result.scores.resize(classes.size());
  std::vector<Extent> extents(classes.size());
  const std::size_t k0 = slice.value_or(0), k1 = slice ? *slice + 1 : size[2];
  std::size_t at = k0 * size[0] * size[1];
  for (std::size_t k = k0; k < k1; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i, ++at) {
        const std::int32_t rv = reference.voxels[at], pv = prediction.voxels[at];
        if (rv == 0 && pv == 0) continue;
        if (!ignored.empty() && ignored[at]) continue;
        const int r = reference_class(rv), p = prediction_class(pv);
        if (r >= 0) {
          ++result.scores[static_cast<std::size_t>(r)].reference_voxels;
          extents[static_cast<std::size_t>(r)].include(i, j, k);
          if (r == p) ++result.scores[static_cast<std::size_t>(r)].common_voxels;
        } else if (r == ClassOf::kUnknown) {
          result.unknown_reference.insert(rv);
        }
        if (p >= 0) {
          ++result.scores[static_cast<std::size_t>(p)].prediction_voxels;
          if (p != r) extents[static_cast<std::size_t>(p)].include(i, j, k);
        } else if (p == ClassOf::kUnknown) {
          result.unknown_prediction.insert(pv);
        }
      }
  const int dimensions = slice || size[2] == 1 ? 2 : 3;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const std::int32_t rv = classes[c].reference_value, pv = classes[c].prediction_value;
    fill(result.scores[c], reference.grid.voxel_volume_ml(), definition, wanted, [&] {
      return crop(
          reference, prediction, extents[c], dimensions, definition.outside, ignored,
          [rv](std::int32_t v) -> std::uint8_t { return v == rv; },
          [pv](std::int32_t v) -> std::uint8_t { return v == pv; });
    });
  }
  return result;
}

}  // namespace coopseg::metric
