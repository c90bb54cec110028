// The cases of a list scored: files read, grids compared, classes matched by name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/metric/score.h"

namespace coopseg::metric {

struct ScoreOptions {
  Definition definition;
  std::vector<Metric> metrics;
  std::vector<std::string> classes;    // names to score; empty: all
  core::LabelNames labels;             // for cases that do not name their classes
  core::LabelNames prediction_labels;  // empty: as labels
  bool ignore_unnamed = false;         // values that no class has are left out, not refused
  bool per_slice = false;              // each slice in two dimensions
};

// Field "seen_in_training" of a case: the model was trained on it. Throws core::DataError if it is no boolean.
bool seen_in_training(const core::Case& c);

enum class Status { scored, missing, failed };  // missing: no prediction

struct Row {
  std::size_t case_index = 0;
  std::string class_name;
  std::optional<std::size_t> slice;
  Status status = Status::scored;
  bool partly_drawn = false;  // a part of the reference is ignored: volumes are those of the rest
  Score score;
  double voxel_ml = 0;
};

struct CaseScores {
  std::vector<Row> rows;
  bool no_label = false;  // nothing to compare with: reported, not counted
  bool named = false;     // classes go by names, not by the values found
  std::vector<std::size_t> slices;  // that are scored by themselves: those of which something was drawn
};

// The classes to score, and the values that have a name on each side, scored or not.
struct Classes {
  std::vector<ClassPair> scored;
  std::set<std::int32_t> reference_values, prediction_values;
};

// The classes that both sides name, in the order of the reference's values; core::kIgnoreName is none. A name that one
// side lacks is refused unless `only` leaves it out. Throws core::UsageError naming `where`.
Classes match_classes(const core::LabelNames& reference, const core::LabelNames& prediction,
                      const std::vector<std::string>& only, const std::string& where);

// The classes of a case by what the list and the options say; nothing if neither names any. A case that names one side
// only is refused, not guessed (core::UsageError): LV is 3 in raw ACDC and 1 in CoopSeg.
std::optional<Classes> classes_of(const core::Case& c, const ScoreOptions& options);

// The case's prediction against its label where that was drawn (see dataset::ignored_voxels(); of names in the options
// where the case has none); of files of several frames the case's. Throws core::DataError (grids differ, values without
// a class, nothing was drawn) or what reading throws.
CaseScores score_case(const core::Case& c, const ScoreOptions& options);

// All cases of a list, in parallel; `all_well` becomes false if one failed. The rows stand in the list's order and
// every case has a row for every class, scored, missing or failed.
struct ListScores {
  std::vector<Row> rows;
  std::vector<std::size_t> without_label;  // indices of cases
  bool all_well = true;
};
ListScores score_list(const std::vector<core::Case>& cases, const ScoreOptions& options, int threads);

// Index 0 for all rows.
ListScores score_pair(const std::filesystem::path& reference, const std::filesystem::path& prediction,
                      const ScoreOptions& options);

}  // namespace coopseg::metric
