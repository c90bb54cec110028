// Distance maps of cases: the label map of each, one frame a class, written with its sidecar.
//
//   const CaseDistances distances(options);
//   const core::Case made = distances.make(c, "out/patient007/ED_dist.nii.gz");
//
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/output.h"
#include "coopseg/image/distance_map.h"

namespace coopseg::dataset {

struct DistanceOptions {
  image::DistanceMapOptions map;
  core::LabelNames labels;           // of label maps whose list does not name them
  std::vector<std::string> classes;  // those to map, in this order; empty: all that have a name, by their values
  core::OutputRules rules;
  core::Provenance provenance;  // of the run
};

class CaseDistances {
 public:
  explicit CaseDistances(DistanceOptions options) : options_(std::move(options)) {}

  // Writes the maps of the case's label to `to`, a 4D file on the label's grid. Where nobody names the label values,
  // each value that occurs is a class, called by its number. Returns the case with `distance` and, the names of its
  // frames, `distance_classes`. Throws core::Error: also for a case without label, a label map that is not drawn
  // everywhere, a label value without a name among named ones, a class that the case does not name, and label maps
  // without names and without foreground.
  core::Case make(const core::Case& c, const core::fs::path& to) const;

 private:
  DistanceOptions options_;
};

}  // namespace coopseg::dataset
