#include "coopseg/metric/definition.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "coopseg/core/error.h"
#include "coopseg/core/text.h"

namespace coopseg::metric {

namespace {

constexpr const char* kNames[kMetrics] = {"dice", "jaccard",       "sensitivity",    "precision",     "hd",
                                          "hd95", "assd",          "masd",           "asd_ref_pred",  "asd_pred_ref",
                                          "nsd",  "volume_ref_ml", "volume_pred_ml", "volume_diff_ml"};

std::string list_of_names() { return fmt::format("{}", fmt::join(kNames, ", ")); }

}  // namespace

const std::array<Metric, kMetrics>& all_metrics() {
  static const std::array<Metric, kMetrics> all = [] {
    std::array<Metric, kMetrics> list{};
    for (std::size_t i = 0; i < kMetrics; ++i) list[i] = static_cast<Metric>(i);
    return list;
  }();
  return all;
}

const char* name_of(Metric metric) { return kNames[static_cast<std::size_t>(metric)]; }

bool is_distance(Metric metric) { return metric >= Metric::hd && metric <= Metric::nsd; }

std::vector<Metric> parse_metrics(const std::string& text) {
  std::array<bool, kMetrics> wanted{};
  bool any = false;
  for (const std::string& word : core::words(text)) {
    const auto found = std::find(std::begin(kNames), std::end(kNames), word);
    if (found == std::end(kNames))
      throw core::UsageError("--metrics", fmt::format("'{}' is no metric", word), "known: " + list_of_names());
    wanted[static_cast<std::size_t>(found - std::begin(kNames))] = any = true;
  }
  if (!any) throw core::UsageError("--metrics", "names no metric", "known: " + list_of_names());
  std::vector<Metric> chosen;
  for (Metric metric : all_metrics())
    if (wanted[static_cast<std::size_t>(metric)]) chosen.push_back(metric);
  return chosen;
}

const core::Words<Tool> kTools{{"coopseg", Tool::coopseg},   {"medpy", Tool::medpy},
                               {"monai", Tool::monai},       {"deepmind", Tool::deepmind},
                               {"metrics-reloaded", Tool::metrics_reloaded}, {"itk", Tool::itk}};
const core::Words<Surface> kSurfaces{{"eroded-faces", Surface::eroded_faces},
                                     {"eroded-full", Surface::eroded_full},
                                     {"shifted-grid", Surface::shifted_grid},
                                     {"whole-object", Surface::whole_object}};
const core::Words<Distance> kDistances{{"euclidean", Distance::euclidean},
                                       {"chessboard", Distance::chessboard},
                                       {"taxicab", Distance::taxicab}};
const core::Words<Outside> kOutsides{{"background", Outside::background}, {"ignored", Outside::ignored}};
const core::Words<Percentile> kPercentiles{{"directed", Percentile::directed}, {"pooled", Percentile::pooled}};
const core::Words<Rank> kRanks{{"linear", Rank::linear}, {"nearest", Rank::nearest}};
const core::Words<BothEmpty> kBothEmpties{{"null", BothEmpty::undefined},
                                          {"both-empty-is-1", BothEmpty::one},
                                          {"both-empty-is-0", BothEmpty::zero}};

const char* name_of(Tool tool) { return kTools.of(tool).c_str(); }
const char* name_of(Surface surface) { return kSurfaces.of(surface).c_str(); }
const char* name_of(Distance distance) { return kDistances.of(distance).c_str(); }
const char* name_of(Outside outside) { return kOutsides.of(outside).c_str(); }
const char* name_of(Percentile percentile) { return kPercentiles.of(percentile).c_str(); }
const char* name_of(Rank rank) { return kRanks.of(rank).c_str(); }
const char* name_of(BothEmpty rule) { return kBothEmpties.of(rule).c_str(); }

Definition Definition::of(Tool tool) {
  Definition d;
  d.tool = tool;
  if (tool == Tool::medpy) d.percentile = Percentile::pooled;
  if (tool == Tool::medpy || tool == Tool::metrics_reloaded) d.both_empty = BothEmpty::one;
  if (tool == Tool::deepmind) {
    d.surface = Surface::shifted_grid;
    d.rank = Rank::nearest;
  }
  if (tool == Tool::itk) d.surface = Surface::whole_object;
  return d;
}

Definition Definition::of(Tool tool, const Changes& changes) {
  Definition d = of(tool);
  d.surface = changes.surface.value_or(d.surface);
  // Area weights have no linear rule between order statistics.
  if (changes.surface == Surface::shifted_grid) d.rank = Rank::nearest;
  d.distance = changes.distance.value_or(d.distance);
  d.outside = changes.outside.value_or(d.outside);
  d.percentile = changes.percentile.value_or(d.percentile);
  d.rank = changes.rank.value_or(d.rank);
  d.both_empty = changes.both_empty.value_or(d.both_empty);
  d.tolerance_mm = changes.tolerance_mm;
  d.check();
  return d;
}

std::vector<Metric> Definition::chosen_metrics(const std::string& text) const {
  const std::vector<Metric> available = metrics();
  if (text == "all") return available;
  std::vector<Metric> chosen;
  if (text.empty()) {
    // One mean of surface distances is enough for a table.
    const auto usual = [this](Metric m) {
      return tool != Tool::coopseg || (m != Metric::masd && m != Metric::asd_ref_pred && m != Metric::asd_pred_ref);
    };
    std::copy_if(available.begin(), available.end(), std::back_inserter(chosen), usual);
    return chosen;
  }
  chosen = parse_metrics(text);
  for (const Metric m : chosen)
    if (std::find(available.begin(), available.end(), m) == available.end())
      throw core::UsageError("--metrics", fmt::format("{} has no {}", name_of(tool), name_of(m)),
                             "choose another with --metrics");
  return chosen;
}

std::vector<Metric> Definition::metrics() const {
  std::vector<Metric> has;
  const auto lacks = [&](Metric m) {
    switch (tool) {
      case Tool::medpy: return m == Metric::masd || m == Metric::nsd;
      case Tool::monai: return m == Metric::masd || m == Metric::asd_ref_pred;
      case Tool::deepmind:
        return m == Metric::jaccard || m == Metric::sensitivity || m == Metric::precision || m == Metric::assd ||
               m == Metric::masd;
      case Tool::metrics_reloaded: return m == Metric::asd_ref_pred || m == Metric::asd_pred_ref;
      // Its average Hausdorff distance is the mean of the two directed means.
      case Tool::itk: return m != Metric::dice && m != Metric::hd && m != Metric::masd && m < Metric::volume_ref;
      case Tool::coopseg: break;
    }
    return false;
  };
  for (Metric m : all_metrics())
    if (!lacks(m)) has.push_back(m);
  return has;
}

void Definition::check() const {
  if (!(tolerance_mm >= 0)) throw core::UsageError("--tolerance", "must not be negative");
  if ((surface == Surface::shifted_grid || surface == Surface::whole_object) && outside == Outside::ignored)
    throw core::UsageError("--outside", fmt::format("'ignored' has no meaning with --surface {}", name_of(surface)),
                           "use --outside background");
  if (distance != Distance::euclidean && tool != Tool::monai)
    throw core::UsageError("--distance", fmt::format("{} measures no {} distance", name_of(tool), name_of(distance)),
                           "MONAI does: --as monai");
  if (surface == Surface::shifted_grid && rank == Rank::linear)
    throw core::UsageError("--rank", "'linear' is not defined for the area weights of --surface shifted-grid",
                           "use --rank nearest");
}

std::string Definition::name() const {
  const Definition plain = of(tool);
  std::string text = name_of(tool);
  if (surface != plain.surface) text += fmt::format(",surface={}", name_of(surface));
  if (distance != plain.distance) text += fmt::format(",distance={}", name_of(distance));
  if (outside != plain.outside) text += fmt::format(",outside={}", name_of(outside));
  if (percentile != plain.percentile) text += fmt::format(",percentile={}", name_of(percentile));
  if (rank != plain.rank) text += fmt::format(",rank={}", name_of(rank));
  if (both_empty != plain.both_empty) text += fmt::format(",empty={}", name_of(both_empty));
  if (tolerance_mm != plain.tolerance_mm)
    text += fmt::format(",tolerance={}{}", tolerance_mm, distance == Distance::euclidean ? "mm" : "steps");
  return text;
}

const char* Definition::unit() const {
  return distance == Distance::euclidean    ? "mm"
         : distance == Distance::chessboard ? "chessboard steps from voxel to voxel whatever the spacing"
                                            : "taxicab steps from voxel to voxel whatever the spacing";
}

std::string Definition::describe(Metric metric) const {
  const bool weighted = surface == Surface::shifted_grid;
  const std::string surfaces = fmt::format("surface {}, outside the image {}", name_of(surface), name_of(outside));
  const bool itk_rule = tool == Tool::itk && both_empty == of(tool).both_empty;
  const std::string empties =
      tool == Tool::monai ? "an empty reference: null"
                          : fmt::format("two empty masks: {}", itk_rule ? "infinite" : name_of(both_empty));
  const char* mean = weighted ? "area-weighted mean" : "mean";
  switch (metric) {
    case Metric::dice: return fmt::format("2|A and B| / (|A| + |B|); {}", empties);
    case Metric::jaccard: return fmt::format("|A and B| / |A or B|; {}", empties);
    case Metric::sensitivity: return "true positives / reference";
    case Metric::precision: return "true positives / prediction";
    case Metric::hd:
      return fmt::format("largest distance of a surface element to the other surface, {}; {}", unit(), surfaces);
    case Metric::hd95:
      return fmt::format("{}, rank {}{}, {}; {}",
                         percentile == Percentile::directed ? "larger of the two directed 95th percentiles"
                                                            : "95th percentile of the pooled distances",
                         name_of(rank), weighted ? ", area-weighted" : "", unit(), surfaces);
    case Metric::assd:
      return fmt::format("{} of the pooled distances of both surfaces, {}; {}", mean, unit(), surfaces);
    case Metric::masd: return fmt::format("mean of the two directed {}s, {}; {}", mean, unit(), surfaces);
    case Metric::asd_ref_pred:
      return fmt::format("{} distance from reference to prediction, {}; {}", mean, unit(), surfaces);
    case Metric::asd_pred_ref:
      return fmt::format("{} distance from prediction to reference, {}; {}", mean, unit(), surfaces);
    case Metric::nsd:
      return fmt::format("share of both surfaces within {} {} of the other{}; {}", tolerance_mm, unit(),
                         weighted ? ", by area" : ", by number of surface voxels", surfaces);
    case Metric::volume_ref: return "reference voxels x voxel volume, mL";
    case Metric::volume_pred: return "prediction voxels x voxel volume, mL";
    case Metric::volume_diff: return "prediction - reference, mL";
  }
  return {};
}

core::Json Definition::to_json(const std::vector<Metric>& metrics) const {
  core::Json words = core::Json::object();
  for (Metric metric : metrics) words[name_of(metric)] = describe(metric);
  return {{"name", name()},
          {"as", name_of(tool)},
          {"surface", name_of(surface)},
          {"distance", name_of(distance)},
          {"outside", name_of(outside)},
          {"percentile", name_of(percentile)},
          {"rank", name_of(rank)},
          {"empty", name_of(both_empty)},
          {"tolerance_mm", tolerance_mm},
          {"metrics", std::move(words)}};
}

}  // namespace coopseg::metric
