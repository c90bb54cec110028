#include "coopseg/dataset/check.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <set>

#include "coopseg/core/file.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/progress.h"
#include "coopseg/core/threads.h"
#include "coopseg/dataset/check_file.h"

namespace coopseg::dataset {

using core::Case;
using core::Json;

namespace {

const std::array<const char*, 3> kFields = {"image", "label", "prediction"};

// The case's frame_index; nothing if it has none, or something that is no number (which is a finding, see judge_frame).
std::optional<long> frame_of(const Case& c) {
  const auto found = c.fields().find("frame_index");
  if (found == c.fields().end() || !found->is_number_integer()) return std::nullopt;
  return found->get<long>();
}

struct Job {
  FileRequest request;
  bool all_frames = false;
  bool hash_only = false;
  bool unreadable = false;  // only where it is hashed alone: else it is a finding
  FileFacts facts;
};

class Jobs {
 public:
  void add(const Case& c, const char* field) {
    const auto file = c.path(field);
    if (!file) return;
    Job& job = of(*file);
    job.hash_only = false;
    (std::string(field) == "image" ? job.request.as_image : job.request.as_labels) = true;
    const auto frame = frame_of(c);
    if (frame && *frame >= 0) {
      job.request.frames.insert(static_cast<std::size_t>(*frame));
    } else {
      job.all_frames = true;
    }
  }
  void add_hash(const core::fs::path& file) {
    const bool is_new = !index_.count(file.string());
    Job& job = of(file);
    if (is_new) job.hash_only = true;
  }

  void run(const CheckOptions& options, int threads) {
    const core::ThreadLimit limit(threads);
    core::Progress progress("checking", jobs_.size(), "files");
    tbb::parallel_for(
        tbb::blocked_range<std::size_t>(0, jobs_.size(), 1),
        [&](const tbb::blocked_range<std::size_t>& range) {
          for (std::size_t i = range.begin(); i < range.end() && !core::stop_signal(); ++i) {
            run(jobs_[i], options);
            progress.advance();
          }
        },
        tbb::simple_partitioner());
    core::throw_if_stopped();
  }

  const FileFacts& facts(const core::fs::path& file) const { return jobs_[index_.at(file.string())].facts; }
  std::size_t unreadable() const {
    return static_cast<std::size_t>(
        std::count_if(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.unreadable; }));
  }
  std::size_t read_in_full() const {
    return static_cast<std::size_t>(
        std::count_if(jobs_.begin(), jobs_.end(), [](const Job& j) { return !j.hash_only; }));
  }

 private:
  Job& of(const core::fs::path& file) {
    const auto [at, is_new] = index_.emplace(file.string(), jobs_.size());
    if (is_new) {
      jobs_.emplace_back();
      jobs_.back().request.file = file;
    }
    return jobs_[at->second];
  }
  static void run(Job& job, const CheckOptions& options) {
    if (job.all_frames) job.request.frames.clear();
    if (!job.hash_only) {
      job.facts = read_facts(job.request, options);
      return;
    }
    try {
      job.facts.sha256 = core::sha256_of_file(job.request.file);
    } catch (const std::exception& error) {
      job.unreadable = true;
      core::error("not compared with the checked images: {}", error.what());
    }
  }

  std::vector<Job> jobs_;
  std::map<std::string, std::size_t> index_;
};

class CaseJudge {
 public:
  CaseJudge(const Case& c, const CheckOptions& options, const Jobs& jobs)
      : case_(c), options_(options), verdict_{c, {}, {}} {
    for (const char* field : kFields) {
      const auto file = c.path(field);
      if (!file) continue;
      const FileFacts& facts = jobs.facts(*file);
      verdict_.files[field] = facts;
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
    if (!c.label()) {
      add(options.require_labels ? Level::error : Level::note, "no-label", c.image().string(), "the case has no label");
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
    const auto field = case_.fields().find("frame_index");
    const bool is_given = field != case_.fields().end() && !field->is_null();
    const auto wanted = frame_of(case_);
    if (is_given && !wanted) {
      add(Level::error, "frame", file,
          fmt::format("frame_index is {}, expected a whole number", core::to_line(*field)));
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
      const auto found = facts.range.find(frame);
      if (found == facts.range.end() || found->second[0] != found->second[1]) continue;
      const std::string which = facts.summary->frames > 1 ? fmt::format(" in frame {}", frame) : "";
      add(Level::error, "constant-image", file, fmt::format("all voxels{} are {:g}", which, found->second[0]));
    }
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
    if (voxels.size() == 1 && voxels.count(0)) {
      const bool tolerated = options_.allow_empty || is_prediction;
      add(tolerated ? Level::note : Level::error, "empty-label", file, "holds background only");
      return;
    }
    const core::LabelNames classes = names(field);
    if (classes.empty()) {
      std::vector<std::int32_t> values;
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
    const FileFacts& image = verdict_.files.at("image");
    if (!image.sha256.empty() && image.sha256 == facts.sha256) {
      add(Level::error, "label-is-image", file, fmt::format("the {} holds the same bytes as the image", field));
    }
    if (!image.summary) return;
    const std::string difference = image::grid_difference(facts.summary->grid, image.summary->grid);
    if (!difference.empty()) {
      add(Level::error, "grid", file, fmt::format("is not on the image's grid: {}", difference));
    } else if (facts.summary->frames > 1 && image.summary->frames > 1 &&
               facts.summary->frames != image.summary->frames) {
      add(Level::error, "grid", file,
          fmt::format("has {} frames, the image {}", facts.summary->frames, image.summary->frames));
    }
  }

  const Case& case_;
  const CheckOptions& options_;
  CaseVerdict verdict_;
};

// A "duplicate" of the list's own making: outputs are named after id, frame and repeat.
void find_duplicate_names(std::vector<CaseVerdict>& verdicts) {
  std::map<std::string, std::vector<CaseVerdict*>> by_name;
  for (CaseVerdict& verdict : verdicts) by_name[verdict.checked.name()].push_back(&verdict);
  for (auto& [name, group] : by_name) {
    if (group.size() < 2) continue;
    for (CaseVerdict* verdict : group) {
      const CaseVerdict* other = group[0] == verdict ? group[1] : group[0];
      const bool same = other->checked.text("dataset") == verdict->checked.text("dataset");
      verdict->findings.push_back(
          {same ? Level::error : Level::warning, "duplicate-id", verdict->checked.image().string(),
           fmt::format("{} is {}, too: their outputs would have one name", other->checked.image().string(), name)});
    }
  }
}

bool same_dataset(const Case& a, const Case& b) {
  const std::string x = a.text("dataset"), y = b.text("dataset");
  return x.empty() || y.empty() || x == y;
}

void find_duplicates(std::vector<CaseVerdict>& verdicts) {
  for (const char* field : {"image", "label"}) {
    const bool is_image = std::string(field) == "image";
    std::map<std::string, std::vector<CaseVerdict*>> by_content;
    for (CaseVerdict& verdict : verdicts) {
      const auto file = verdict.files.find(field);
      if (file == verdict.files.end() || file->second.sha256.empty()) continue;
      // Frames of one 4D file are different images.
      by_content[file->second.sha256 + " " + verdict.checked.text("frame_index")].push_back(&verdict);
    }
    for (auto& [content, group] : by_content) {
      for (CaseVerdict* verdict : group) {
        if (group.size() < 2) continue;
        const CaseVerdict* other = group[0] == verdict ? group[1] : group[0];
        // Repeats of one case (corrupted versions) rightly share their label.
        if (!is_image && other->checked.id() == verdict->checked.id() &&
            other->checked.frame() == verdict->checked.frame()) {
          continue;
        }
        const std::string more = group.size() > 2 ? fmt::format(" and {} more", group.size() - 2) : "";
        verdict->findings.push_back(
            {is_image ? Level::error : Level::warning, is_image ? "duplicate-image" : "duplicate-label",
             verdict->checked.path(field)->string(),
             fmt::format("is the same {} as that of {}{}", field, other->checked.name(), more)});
      }
    }
  }
}

// "Patient07" and "patient7" become equal.
std::string folded_id(const std::string& id) {
  std::string folded;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool leading_zero = id[i] == '0' && (i == 0 || !std::isdigit(static_cast<unsigned char>(id[i - 1]))) &&
                              i + 1 < id.size() && std::isdigit(static_cast<unsigned char>(id[i + 1]));
    if (leading_zero) {
      while (id[i] == '0' && i + 1 < id.size() && std::isdigit(static_cast<unsigned char>(id[i + 1]))) ++i;
    }
    folded += static_cast<char>(std::tolower(static_cast<unsigned char>(id[i])));
  }
  return folded;
}

void find_similar_ids(std::vector<CaseVerdict>& verdicts) {
  std::map<std::string, std::set<std::string>> spellings;
  const auto key = [](const Case& c) { return c.text("dataset") + "/" + folded_id(c.id()); };
  for (const CaseVerdict& verdict : verdicts) spellings[key(verdict.checked)].insert(verdict.checked.id());
  for (CaseVerdict& verdict : verdicts) {
    for (const std::string& other : spellings[key(verdict.checked)]) {
      if (other == verdict.checked.id()) continue;
      verdict.findings.push_back({Level::warning, "similar-id", verdict.checked.image().string(),
                                  fmt::format("the list also has the id '{}': one subject or two?", other)});
    }
  }
}

void compare_with(const OtherList& list, const Jobs& jobs, std::vector<CaseVerdict>& verdicts) {
  std::map<std::string, std::vector<const Case*>> by_id;
  std::map<std::string, const Case*> by_content;
  for (const Case& c : list.cases) {
    by_id[c.id()].push_back(&c);
    const std::string& sha256 = jobs.facts(c.image()).sha256;
    if (!sha256.empty()) by_content.emplace(sha256, &c);
  }
  for (CaseVerdict& verdict : verdicts) {
    const auto add = [&](const std::string& message) {
      verdict.findings.push_back({Level::error, "in-other-list", verdict.checked.image().string(), message});
    };
    bool found = false;
    const auto same_id = by_id.find(verdict.checked.id());
    if (same_id != by_id.end()) {
      found = std::any_of(same_id->second.begin(), same_id->second.end(),
                          [&](const Case* c) { return same_dataset(*c, verdict.checked); });
    }
    if (found) {
      add(fmt::format("the subject {} stands in {}, too", verdict.checked.id(), list.name));
      continue;
    }
    const std::string& sha256 = verdict.files.at("image").sha256;
    const auto same_bytes = by_content.find(sha256);
    if (!sha256.empty() && same_bytes != by_content.end()) {
      add(fmt::format("holds the same bytes as {} of {}", same_bytes->second->name(), list.name));
    }
  }
}

}  // namespace

Level CaseVerdict::worst() const {
  Level worst = Level::note;
  for (const Finding& finding : findings) worst = std::max(worst, finding.level);
  return worst;
}

std::size_t CheckReport::count(Level worst) const {
  return static_cast<std::size_t>(
      std::count_if(cases.begin(), cases.end(), [&](const CaseVerdict& v) { return v.worst() == worst; }));
}

std::map<std::string, std::size_t> CheckReport::findings_by_code() const {
  std::map<std::string, std::size_t> counts;
  for (const CaseVerdict& verdict : cases) {
    for (const Finding& finding : verdict.findings) {
      if (finding.level != Level::note) ++counts[finding.code];
    }
  }
  return counts;
}

CheckReport check_cases(const std::vector<Case>& cases, const CheckOptions& options, int threads,
                        const std::vector<OtherList>& others) {
  Jobs jobs;
  for (const Case& c : cases) {
    for (const char* field : kFields) jobs.add(c, field);
  }
  for (const OtherList& list : others) {
    for (const Case& c : list.cases) jobs.add_hash(c.image());
  }
  jobs.run(options, threads);

  CheckReport report;
  report.files = jobs.read_in_full();
  report.not_compared = jobs.unreadable();
  for (const Case& c : cases) report.cases.push_back(CaseJudge(c, options, jobs).take());
  find_duplicate_names(report.cases);
  find_duplicates(report.cases);
  find_similar_ids(report.cases);
  for (const OtherList& list : others) compare_with(list, jobs, report.cases);
  return report;
}

const char* level_name(Level level) {
  return level == Level::error ? "error" : level == Level::warning ? "warning" : "note";
}

Json verdict_to_json(const CaseVerdict& verdict) {
  const Case& c = verdict.checked;
  Json json{{"schema", "coopseg.check/1"}, {"id", c.id()}};
  for (const char* field : {"frame", "repeat", "frame_index", "dataset"}) {
    if (c.fields().contains(field)) json[field] = c.fields()[field];
  }
  json["verdict"] = verdict.worst() == Level::note ? "ok" : level_name(verdict.worst());
  for (const char* field : kFields) {
    const auto found = verdict.files.find(field);
    if (found == verdict.files.end()) continue;
    const FileFacts& facts = found->second;
    Json file{{"file", c.path(field)->string()}};
    if (!facts.sha256.empty()) file["sha256"] = facts.sha256;
    if (facts.summary) {
      file["size"] = facts.summary->grid.size;
      file["spacing_mm"] = facts.summary->grid.spacing_mm;
      file["frames"] = facts.summary->frames;
      file["data_type"] = facts.summary->data_type;
      file["minimum"] = facts.summary->minimum;
      file["maximum"] = facts.summary->maximum;
    }
    const bool has_frames = facts.summary && facts.summary->frames > 1;
    const auto frame = static_cast<std::size_t>(std::max(0L, has_frames ? frame_of(c).value_or(0) : 0L));
    const auto voxels = facts.label_voxels.find(frame);
    if (voxels != facts.label_voxels.end()) {
      Json counts = Json::object();
      for (const auto& [value, count] : voxels->second) counts[std::to_string(value)] = count;
      file["voxels"] = counts;
    }
    json[field] = file;
  }
  Json findings = Json::array();
  for (const Finding& finding : verdict.findings) {
    findings.push_back({{"level", level_name(finding.level)},
                        {"code", finding.code},
                        {"file", finding.file},
                        {"message", finding.message}});
  }
  json["findings"] = findings;
  return json;
}

}  // namespace coopseg::dataset
