// Scores of one pair of masks or label maps.
//
//   Score s = score(reference, prediction, Definition{});            // masks
//   if (auto d = s[Metric::dice].number) use(*d); else say(s[Metric::dice].reason);
//
//   auto scores = score_classes(reference_map, prediction_map, {{"LV", 3, 1}}, Definition{}, {Metric::dice});
//
// Both sides must lie on one grid; sizes are asserted, geometry is the caller's to check. Thread-safe.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coopseg/metric/surface.h"
#include "coopseg/metric/value.h"

namespace coopseg::metric {

enum class Empty { none, both, reference, prediction };  // which of the two masks has no voxel
const char* name_of(Empty empty);                        // "", "both", "reference", "prediction"

struct Score {
  std::size_t reference_voxels = 0, prediction_voxels = 0, common_voxels = 0;
  Empty empty = Empty::none;
  std::array<Value, kMetrics> values;

  const Value& operator[](Metric metric) const { return values[static_cast<std::size_t>(metric)]; }
};

// All metrics of the definition, or only those `wanted`; the others have the reason "not-asked". A mask with
// size[2] == 1 is measured in two dimensions.
Score score(const Mask& reference, const Mask& prediction, const Definition& definition);
Score score(const Mask& reference, const Mask& prediction, const Definition& definition,
            const std::vector<Metric>& wanted);

// One class and its value on both sides.
struct ClassPair {
  std::string name;
  int reference_value, prediction_value;
};

struct ClassScores {
  std::vector<Score> scores;                                     // in the order of the classes
  std::set<std::int32_t> unknown_reference, unknown_prediction;  // values other than 0 that no class has
};

// The classes of two label maps on one grid. With a slice, that slice alone, in two dimensions. Voxels that are
// `ignored` (not 0; as many as the maps have, or none) are in no object, count in nothing and may hold any value; what
// they do to surfaces stands at Box.
ClassScores score_classes(const image::LabelMap& reference, const image::LabelMap& prediction,
                          const std::vector<ClassPair>& classes, const Definition& definition,
                          const std::vector<Metric>& wanted, std::optional<std::size_t> slice = {},
                          const std::vector<std::uint8_t>& ignored = {});

}  // namespace coopseg::metric
