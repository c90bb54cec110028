#include "coopseg/dataset/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "coopseg/core/file.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/parallel.h"
#include "coopseg/core/progress.h"
#include "coopseg/core/threads.h"
#include "coopseg/dataset/check_case.h"
#include "coopseg/dataset/check_duplicates.h"
#include "coopseg/dataset/check_file.h"
#include "coopseg/dataset/check_orientation.h"
#include "coopseg/dataset/label_source.h"
#include "coopseg/image/image_files.h"

namespace coopseg::dataset {

using core::Case;
using core::Json;

namespace {

struct Job {
  std::set<std::size_t> frames;
  bool as_image = false, as_labels = false;
  bool all_frames = false;
  bool hash_only = false;
  bool unreadable = false;  // only where it is hashed alone: else it is a finding
  std::shared_ptr<const FileFacts> facts;
};

// What is to be done for each file. Lists are long, so a name is kept once and facts are shared with the verdicts.
class Jobs {
 public:
  void add(const Case& c, const char* field) {
    const auto file = c.path(field);
    if (!file) return;
    Job& job = jobs_[file->string()];
    job.hash_only = false;
    (std::string(field) == "image" ? job.as_image : job.as_labels) = true;
    const auto frame = frame_of(c);
    if (frame && *frame >= 0) {
      job.frames.insert(static_cast<std::size_t>(*frame));
    } else {
      job.all_frames = true;
    }
  }
  void add_hash(const core::fs::path& file) {
    const auto [at, is_new] = jobs_.try_emplace(file.string());
    if (is_new) at->second.hash_only = true;
  }

  void run(const CheckOptions& options, int threads) {
    std::vector<std::pair<const std::string, Job>*> order;
    for (auto& job : jobs_) order.push_back(&job);
    const core::ThreadLimit limit(threads);
    core::Progress progress("checking", order.size(), "files");
    core::for_each_index(order.size(), threads, [&](std::size_t i) {
      if (core::stop_signal() != 0) return;
      run(order[i]->first, order[i]->second, options);
      progress.advance();
    });
    core::throw_if_stopped();
  }

  const std::shared_ptr<const FileFacts>& facts(const core::fs::path& file) const {
    return jobs_.at(file.string()).facts;
  }
  std::size_t unreadable() const {
    return static_cast<std::size_t>(
        std::count_if(jobs_.begin(), jobs_.end(), [](const auto& job) { return job.second.unreadable; }));
  }
  std::size_t read_in_full() const {
    return static_cast<std::size_t>(
        std::count_if(jobs_.begin(), jobs_.end(), [](const auto& job) { return !job.second.hash_only; }));
  }

 private:
  static void run(const core::fs::path& file, Job& job, const CheckOptions& options) {
    if (!job.hash_only) {
      const std::set<std::size_t> frames = job.all_frames ? std::set<std::size_t>{} : job.frames;
      job.facts = std::make_shared<FileFacts>(read_facts({file, job.as_image, job.as_labels, frames}, options));
      return;
    }
    auto facts = std::make_shared<FileFacts>();
    try {
      facts->sha256 = image::sha256_of_image(file);
    } catch (const std::exception& error) {
      job.unreadable = true;
      core::error("not compared with the checked images: {}", error.what());
    }
    job.facts = std::move(facts);
  }

  std::map<std::string, Job> jobs_;  // by file
};

// A list of pseudo-labels is what it is; among true labels nobody expects them.
void find_pseudo_labels(std::vector<CaseVerdict>& verdicts) {
  const auto true_labels = std::count_if(verdicts.begin(), verdicts.end(), [](const CaseVerdict& v) {
    return v.checked.label() && !has_pseudo_label(v.checked);
  });
  for (CaseVerdict& verdict : verdicts) {
    const auto label = verdict.checked.label();
    if (!label || !has_pseudo_label(verdict.checked)) continue;
    const std::string others = true_labels == 0 ? ""
                               : true_labels == 1
                                   ? ", and 1 case of the list has a true one"
                                   : fmt::format(", and {} cases of the list have true ones", true_labels);
    verdict.findings.push_back({true_labels == 0 ? Level::note : Level::warning, "pseudo-label", label->string(),
                                "is a label of a model's making, no reference" + others});
  }
}

}  // namespace

const std::vector<std::string>& warning_kinds() {
  static const std::vector<std::string> kKinds = {"duplicate-id",  "duplicate-label", "similar-id",  "pseudo-label",
                                                  "missing-class", "slice-axis",      "orientation", "reading"};
  return kKinds;
}

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

CheckReport check_cases(std::vector<Case> cases, const CheckOptions& options, int threads,
                        const std::vector<OtherList>& others) {
  CheckReport report;
  report.cases.reserve(cases.size());
  std::map<core::fs::path, std::string> other_images;  // SHA-256
  {
    // Lists are long: what only reading needs is gone before cases are compared with one another.
    Jobs jobs;
    for (const Case& c : cases) {
      for (const char* field : kFields) jobs.add(c, field);
    }
    for (const OtherList& list : others) {
      for (const Case& c : list.cases) jobs.add_hash(c.image());
    }
    jobs.run(options, threads);
    report.files = jobs.read_in_full();
    report.not_compared = jobs.unreadable();
    for (Case& c : cases) {
      CaseFiles files;
      for (std::size_t i = 0; i < kFields.size(); ++i) {
        if (const auto file = c.path(kFields[i])) files[i] = jobs.facts(*file);
      }
      report.cases.push_back(judge_case(std::move(c), std::move(files), options));
    }
    for (const OtherList& list : others) {
      for (const Case& c : list.cases) other_images.emplace(c.image(), jobs.facts(c.image())->sha256);
    }
    cases = {};
  }
  find_duplicates(report.cases);
  find_pseudo_labels(report.cases);
  find_orientations(report.cases);
  const auto sha256_of = [&](const core::fs::path& image) { return other_images.at(image); };
  for (const OtherList& list : others) compare_with(list, sha256_of, report.cases);
  for (CaseVerdict& verdict : report.cases) {
    for (Finding& finding : verdict.findings) {
      if (finding.level == Level::warning && options.errors.count(finding.code)) finding.level = Level::error;
    }
  }
  return report;
}

const char* level_name(Level level) {
  return level == Level::error ? "error" : level == Level::warning ? "warning" : "note";
}

Json verdict_to_json(const CaseVerdict& verdict) {
  const Case& c = verdict.checked;
  Json json{{"schema", "coopseg.check/1"}, {"id", c.id()}};
  const Json& fields = c.fields();
  for (const char* field : {"frame", "channel", "repeat", "frame_index", "dataset"}) {
    if (fields.contains(field)) json[field] = fields[field];
  }
  json["verdict"] = verdict.worst() == Level::note ? "ok" : level_name(verdict.worst());
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    if (!verdict.files[i]) continue;
    const char* field = kFields[i];
    const FileFacts& facts = *verdict.files[i];
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
                        {"file", finding.file()},
                        {"message", finding.message()}});
  }
  json["findings"] = findings;
  return json;
}

}  // namespace coopseg::dataset
