// Which number a name stands for. Tools disagree: for one pair of masks the 95 % Hausdorff distance of four well-known
// tools ranges from 2.3 to 11.3 mm (see Podobnik and Vrtovec, arXiv 2410.02630). So every choice has a name here, and
// every output of cs-dice carries it.
//
//   Definition ours;                                   // what CoopSeg means by default
//   Definition theirs = Definition::of(Tool::medpy);   // MedPy 0.5.2, to the digit, empties included
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/words.h"

namespace coopseg::metric {

enum class Metric {
  dice,
  jaccard,
  sensitivity,
  precision,
  hd,            // Hausdorff distance, mm
  hd95,          // its 95th percentile, mm
  assd,          // mean of the distances of both surfaces, pooled, mm
  masd,          // mean of the two directed means, mm
  asd_ref_pred,  // mean distance from the reference's surface to the prediction's, mm
  asd_pred_ref,  // and the other way, mm
  nsd,           // surface Dice at a tolerance
  volume_ref,    // mL
  volume_pred,   // mL
  volume_diff,   // prediction - reference, mL
};
constexpr std::size_t kMetrics = 14;

const std::array<Metric, kMetrics>& all_metrics();
const char* name_of(Metric metric);  // "asd_ref_pred", "volume_diff_ml"
bool is_distance(Metric metric);     // hd ... nsd: needs surfaces
// "dice,hd95" -> their metrics, in the order of all_metrics(). Throws core::UsageError.
std::vector<Metric> parse_metrics(const std::string& text);

enum class Tool { coopseg, medpy, monai, deepmind, metrics_reloaded, itk };
const char* name_of(Tool tool);

enum class Surface {
  eroded_faces,  // voxels that erosion by the neighbours across a face removes (6 neighbours in 3D, 4 in 2D)
  eroded_full,   // by all neighbours (26, 8)
  shifted_grid,  // points between the voxels where the 2x2x2 neighbourhood is mixed, weighted by their surface's area
  whole_object,  // no surface: every voxel of the object, 0 from the other one where both overlap (ITK)
};
// MONAI's chessboard and taxicab distances count steps from voxel to voxel, across edges and corners or across faces
// alone, whatever the spacing.
enum class Distance { euclidean, chessboard, taxicab };
enum class Outside { background, ignored };     // is what lies beyond the image background, or no reason for a surface?
enum class Percentile { directed, pooled };     // larger of the two directed percentiles, or that of all distances
enum class Rank { linear, nearest };            // between order statistics (NumPy's default), or an order statistic
enum class BothEmpty { undefined, one, zero };  // Dice and Jaccard of two empty masks

// As options and definitions name them.
extern const core::Words<Tool> kTools;
extern const core::Words<Surface> kSurfaces;
extern const core::Words<Distance> kDistances;
extern const core::Words<Outside> kOutsides;
extern const core::Words<Percentile> kPercentiles;
extern const core::Words<Rank> kRanks;
extern const core::Words<BothEmpty> kBothEmpties;

// What is asked for that may differ from a tool's own definition.
struct Changes {
  std::optional<Surface> surface;
  std::optional<Distance> distance;
  std::optional<Outside> outside;
  std::optional<Percentile> percentile;
  std::optional<Rank> rank;
  std::optional<BothEmpty> both_empty;
  double tolerance_mm = 1;
};

struct Definition {
  Tool tool = Tool::coopseg;  // decides what empty masks give
  Surface surface = Surface::eroded_faces;
  Distance distance = Distance::euclidean;
  Outside outside = Outside::background;
  Percentile percentile = Percentile::directed;
  Rank rank = Rank::linear;
  BothEmpty both_empty = BothEmpty::undefined;
  double tolerance_mm = 1;  // of surface Dice; in steps where distances are steps

  static Definition of(Tool tool);
  // Throws as check() does.
  static Definition of(Tool tool, const Changes& changes);
  // The metrics that this tool has (volumes always belong to them).
  std::vector<Metric> metrics() const;
  // Those that are asked for: "dice,hd95", "all", or where `text` is empty what is usually wanted of this tool. Throws
  // core::UsageError for a metric that this tool does not have.
  std::vector<Metric> chosen_metrics(const std::string& text) const;
  // Throws core::UsageError for combinations that mean nothing.
  void check() const;
  // "coopseg", or with what differs from it: "coopseg,surface=eroded-full".
  std::string name() const;
  // In words: "larger of the two directed 95th percentiles, ...".
  std::string describe(Metric metric) const;
  core::Json to_json(const std::vector<Metric>& metrics) const;

 private:
  const char* unit() const;  // of distances
};

const char* name_of(Surface surface);
const char* name_of(Distance distance);
const char* name_of(Outside outside);
const char* name_of(Percentile percentile);
const char* name_of(Rank rank);
const char* name_of(BothEmpty rule);

}  // namespace coopseg::metric
