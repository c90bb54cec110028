#include "coopseg/dataset/check_case.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <set>

#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/label_source.h"

namespace coopseg::dataset {

using core::Case;

namespace {

class CaseJudge {
 public:
  CaseJudge(Case c, CaseFiles files, const CheckOptions& options)
      : options_(options), verdict_{std::move(c), std::move(files), {}}, case_(verdict_.checked) {
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      const char* field = kFields[i];
      const auto file = case_.path(field);
      if (!file) continue;
      const FileFacts& facts = *verdict_.files[i];
      verdict_.findings.insert(verdict_.findings.end(), facts.findings.begin(), facts.findings.end());
      if (!facts.summary) continue;
      const std::vector<std::size_t> frames = judge_frame(*file, facts, std::string(field) == "image");
      if (std::string(field) == "image") {
        judge_range(*file, facts, frames);
      } else {
        judge_labels(field, *file, facts, frames);
        judge_pair(field, *file, facts);
      }
    }
    judge_slices();
    if (const std::string problem = problem_of_label_source(case_); !problem.empty())
      add(Level::error, "label-source", case_.label().value_or(case_.image()), problem);
    if (!case_.label()) {
      add(options.require_labels ? Level::error : Level::note, "no-label", case_.image().string(),
          "the case has no label");
    }
  }

  CaseVerdict take() { return std::move(verdict_); }

 private:
  void add(Level level, const char* code, const core::fs::path& file, const std::string& message) {
    verdict_.findings.push_back({level, code, file.string(), message});
  }

  // The frames of this file that the case means. A label map of three dimensions beside a cine is of the frame meant.
  std::vector<std::size_t> judge_frame(const core::fs::path& file, const FileFacts& facts, bool is_image) {
    const std::size_t frames = facts.summary->frames;
    if (frames == 1 && !is_image) return {0};
    const core::Json field = case_.field("frame_index");
    const bool is_given = !field.is_null();
    const auto wanted = frame_of(case_);
    if (is_given && !wanted) {
      add(Level::error, "frame", file,
          fmt::format("frame_index is {}, expected a whole number", core::to_line(field)));
    } else if (!is_given && frames == 1) {
      return {0};
    } else if (!is_given) {
      add(Level::error, "frame", file,
          fmt::format("has {} frames, the case names none; give it a frame_index, or cut frames out with cs-preprocess",
                      frames));
    } else if (frames == 1) {
      add(Level::error, "frame", file,
          fmt::format("has one frame, the case names frame_index {}; leave it out", *wanted));
    } else if (*wanted < 0 || static_cast<std::size_t>(*wanted) >= frames) {
      add(Level::error, "frame", file,
          fmt::format("has frames 0 to {}, the case names frame_index {}", frames - 1, *wanted));
      return {};
    } else {
      return {static_cast<std::size_t>(*wanted)};
    }
    std::vector<std::size_t> all(frames);
    for (std::size_t f = 0; f < frames; ++f) all[f] = f;
    return all;
  }

  void judge_range(const core::fs::path& file, const FileFacts& facts, const std::vector<std::size_t>& frames) {
    for (const std::size_t frame : frames) {
      const bool is_one = facts.summary->frames == 1;
      const auto found = facts.range.find(frame);
      if (!is_one && found == facts.range.end()) continue;
      const auto [low, high] = is_one ? std::array{facts.summary->minimum, facts.summary->maximum} : found->second;
      if (low != high) continue;
      const std::string which = is_one ? "" : fmt::format(" in frame {}", frame);
      add(Level::error, "constant-image", file, fmt::format("all voxels{} are {:g}", which, low));
    }
  }

  void judge_slices() {
    const auto slices = case_.labelled_slices();
    const FileFacts& image = *verdict_.files[0];
    if (!slices || !image.summary) return;
    const image::Grid& grid = image.summary->grid;
    const std::size_t axis = image::slice_axis(grid);
    if (slices->back() < grid.size[axis]) return;
    add(Level::error, "labelled-slices", case_.image(),
        fmt::format("has the slices 0 to {} along axis {}, labelled_slices names slice {}", grid.size[axis] - 1,
                    axis + 1, slices->back()));
  }

  core::LabelNames names(const char* field) const {
    if (options_.labels) return *options_.labels;
    if (std::string(field) == "prediction" && !case_.prediction_labels().empty()) return case_.prediction_labels();
    return case_.labels();
  }

  void judge_labels(const char* field, const core::fs::path& file, const FileFacts& facts,
                    const std::vector<std::size_t>& frames) {
    const bool is_prediction = std::string(field) == "prediction";
    std::map<std::int32_t, std::size_t> voxels;
    bool known = false;
    for (const std::size_t frame : frames) {
      const auto found = facts.label_voxels.find(frame);
      if (found == facts.label_voxels.end()) continue;
      known = true;
      for (const auto& [value, count] : found->second) voxels[value] += count;
    }
    if (!known) return;
    // A prediction has a say everywhere.
    const auto ignored = is_prediction ? std::nullopt : core::ignored_value(names(field));
    if (ignored && voxels.erase(*ignored) > 0 && voxels.empty()) {
      add(Level::error, "empty-label", file,
          fmt::format("is not drawn anywhere: all voxels are {}, ignored", *ignored));
      return;
    }
    if (voxels.size() == 1 && voxels.count(0)) {
      const bool tolerated = options_.allow_empty || is_prediction;
      add(tolerated ? Level::note : Level::error, "empty-label", file, "holds background only");
      return;
    }
    const core::LabelNames classes = core::without_ignored(names(field));
    if (classes.empty()) {
      std::vector<std::int32_t> values;
      values.reserve(voxels.size());
      for (const auto& entry : voxels) values.push_back(entry.first);
      add(Level::note, "unnamed-classes", file,
          fmt::format("holds the values {}, not judged: no class names are known (--labels)", fmt::join(values, ", ")));
      if (values.front() < 0)
        add(Level::error, "unknown-label", file, fmt::format("holds the value {}", values.front()));
      return;
    }
    std::set<std::int32_t> expected = {0};
    std::vector<std::string> described;
    for (const auto& [name, value] : classes) {
      expected.insert(value);
      described.push_back(fmt::format("{} {}", value, name));
      if (!voxels.count(value) && !is_prediction) {
        add(Level::warning, "missing-class", file, fmt::format("has no voxel of {} (value {})", name, value));
      }
    }
    for (const auto& [value, count] : voxels) {
      if (expected.count(value)) continue;
      add(Level::error, "unknown-label", file,
          fmt::format("holds the value {} ({} voxels), expected 0, {}", value, count, fmt::join(described, ", ")));
    }
  }

  void judge_pair(const char* field, const core::fs::path& file, const FileFacts& facts) {
    const FileFacts& image = *verdict_.files[0];
    if (!image.sha256.empty() && image.sha256 == facts.sha256) {
      add(Level::error, "label-is-image", file, fmt::format("the {} holds the same bytes as the image", field));
    }
    if (!image.summary) return;
    const std::string difference = image::grid_difference(facts.summary->grid, image.summary->grid);
    if (!difference.empty()) {
      const std::string remedy = remedy_for_grid({facts.summary->grid, file, true},
                                                 {image.summary->grid, case_.image(), false}, "LABEL_ON_IMAGE.nii.gz");
      add(Level::error, "grid", file, fmt::format("is not on the image's grid: {}; {}", difference, remedy));
    } else if (facts.summary->frames > 1 && image.summary->frames > 1 &&
               facts.summary->frames != image.summary->frames) {
      add(Level::error, "grid", file,
          fmt::format("has {} frames, the image {}", facts.summary->frames, image.summary->frames));
    }
  }

  const CheckOptions& options_;
  CaseVerdict verdict_;
  const Case& case_;  // of the verdict
};

}  // namespace

std::optional<long> frame_of(const Case& c) {
  const core::Json found = c.field("frame_index");
  if (!found.is_number_integer()) return std::nullopt;
  return found.get<long>();
}

CaseVerdict judge_case(Case c, CaseFiles files, const CheckOptions& options) {
  return CaseJudge(std::move(c), std::move(files), options).take();
}

}  // namespace coopseg::dataset
