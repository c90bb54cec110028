// cs-check: reads and judges every file of a case list before anything is computed with it.
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "coopseg/core/command.h"
#include "coopseg/core/text.h"
#include "coopseg/dataset/check.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/image/image_name.h"

namespace {

using namespace coopseg;
using core::fs::path;
using dataset::Level;

const core::About kAbout = {
    "cs-check",
    "reads every file of a case list in full and judges it, before a night of compute",
    {"[options] --cases LIST", "[options] IMAGE [LABEL]"},
    {{"cs-check --cases cases.jsonl > report.jsonl", "one JSON object per case; exit status 1 if a case has an error"},
     {"cs-check --cases train.jsonl --against test.jsonl --strict",
      "also refuses subjects and images that stand in both lists, and takes warnings for errors"},
     {"cs-check --labels LV:1,MYO:2,RV:3 ED_img.nii.gz ED_seg.nii.gz", "checks one image and its label map"}}};

struct Options {
  path image, label;
  std::string labels;
  std::vector<std::string> against;
  std::vector<double> inplane_mm{0.1, 10}, slice_mm{0.5, 30};
  int frame = -1;
  std::string strict;  // empty, "true", or kinds of warnings
  bool require_labels = false, allow_empty = false;
};

std::string id_from(const path& image) { return image::without_image_suffix(image.filename().string()); }

std::array<double, 2> range(const char* option, const std::vector<double>& values) {
  if (!(values[0] > 0) || !(values[1] >= values[0]))
    throw core::UsageError(option, "is not a range of lengths above 0");
  return {values[0], values[1]};
}

std::vector<core::Case> cases_to_check(const core::Command& command, const Options& options) {
  const bool single = !options.image.empty();
  if (single == command.has_cases()) {
    throw core::UsageError("", single ? "IMAGE and --cases are both given" : "neither IMAGE nor --cases is given",
                           "cs-check --cases LIST, or cs-check IMAGE [LABEL]");
  }
  if (!single) {
    if (command.given("--frame"))
      throw core::UsageError("--frame", "belongs to a single image; a list has frame_index");
    return command.cases();
  }
  core::Case c(id_from(options.image), options.image);
  if (!options.label.empty()) c.set_path("label", options.label);
  if (command.given("--frame")) {
    if (options.frame < 0) throw core::UsageError("--frame", "must be 0 or more");
    c.set("frame_index", options.frame);
  }
  return {c};
}

// The kinds of warnings that --strict=KINDS names.
std::set<std::string> strict_kinds(const std::string& strict) {
  if (strict.empty() || strict == "true" || strict == "false") return {};
  const std::vector<std::string>& known = dataset::warning_kinds();
  std::set<std::string> kinds;
  for (const std::string& kind : core::split(strict)) {
    if (std::find(known.begin(), known.end(), kind) == known.end()) {
      throw core::UsageError("--strict", fmt::format("\"{}\" is no kind of warning", kind),
                             fmt::format("give some of {}", fmt::join(known, ", ")));
    }
    kinds.insert(kind);
  }
  return kinds;
}

// Errors first: they must not be looked for among warnings. A warning that several cases have is counted.
std::vector<std::pair<Level, std::string>> messages_of(const dataset::CheckReport& report) {
  struct Same {
    std::vector<const dataset::Finding*> findings;
    std::set<const dataset::CaseVerdict*> cases;
  };
  std::vector<std::pair<Level, std::string>> messages;
  std::map<std::pair<std::string, std::string>, std::size_t> places;
  std::vector<Same> warnings;
  const auto line = [](const dataset::Finding& f) { return fmt::format("{}: {}: {}", f.file(), f.code, f.message()); };
  for (const dataset::CaseVerdict& verdict : report.cases) {
    for (const dataset::Finding& finding : verdict.findings) {
      if (finding.level == Level::error) messages.emplace_back(Level::error, line(finding));
      if (finding.level != Level::warning) continue;
      const auto [place, is_new] = places.emplace(std::pair(finding.code, finding.message()), warnings.size());
      if (is_new) warnings.emplace_back();
      Same& same = warnings[place->second];
      same.findings.push_back(&finding);
      same.cases.insert(&verdict);
    }
  }
  for (const Same& same : warnings) {
    const dataset::Finding& first = *same.findings.front();
    if (same.cases.size() > 1) {
      messages.emplace_back(Level::warning, fmt::format("{} cases: {}: {} (first: {})", same.cases.size(), first.code,
                                                        first.message(), first.file()));
      continue;
    }
    for (const dataset::Finding* finding : same.findings) messages.emplace_back(Level::warning, line(*finding));
  }
  return messages;
}

void print_messages(const dataset::CheckReport& report) {
  constexpr std::size_t kShown = 30;
  const auto messages = messages_of(report);
  for (std::size_t i = 0; i < std::min(messages.size(), kShown); ++i) {
    const auto& [level, text] = messages[i];
    if (level == Level::error)
      core::error("{}", text);
    else
      core::warning("{}", text);
  }
  if (messages.size() > kShown)
    core::warning("{} more findings are on standard output only", messages.size() - kShown);
}

bool run(const core::Command& command, const Options& options) {
  dataset::CheckOptions how;
  how.inplane_mm = range("--inplane-mm", options.inplane_mm);
  how.slice_mm = range("--slice-mm", options.slice_mm);
  if (!options.labels.empty()) how.labels = dataset::parse_label_names(options.labels);
  how.require_labels = options.require_labels;
  how.allow_empty = options.allow_empty;
  how.errors = strict_kinds(options.strict);
  std::vector<core::Case> cases = cases_to_check(command, options);
  std::vector<dataset::OtherList> others;
  for (const std::string& source : options.against) {
    if (source == "-" && command.cases_source() == "-") {
      throw core::UsageError("--against", "and --cases cannot both be standard input");
    }
    others.push_back({source == "-" ? "standard input" : source, command.cases_from(source)});
  }

  const dataset::CheckReport report = dataset::check_cases(std::move(cases), how, command.threads(), others);
  for (const auto& verdict : report.cases) core::print(core::to_line(dataset::verdict_to_json(verdict)) + "\n");
  core::flush_output();
  print_messages(report);
  const std::size_t errors = report.count(Level::error), warnings = report.count(Level::warning);
  std::string kinds;
  for (const auto& [code, count] : report.findings_by_code()) {
    kinds += fmt::format("{}{} {}", kinds.empty() ? "; findings: " : ", ", count, code);
  }
  core::info("{} cases, {} files read: {} ok, {} with warnings, {} with errors{}", report.cases.size(), report.files,
             report.cases.size() - errors - warnings, warnings, errors, kinds);
  return errors == 0 && report.not_compared == 0 && (options.strict != "true" || warnings == 0);
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  command.positional("IMAGE", options.image, "an image to check by itself");
  command.positional("LABEL", options.label, "its label map");
  command.add_cases(core::Reads::each_channel);
  command
      .option("Cases", "--against", options.against,
              "a list that must share no subject and no image with the checked one (may be given again)")
      .type_name("FILE")
      .takes(1)
      .repeated();
  command.option("Cases", "--frame", options.frame, "frame of a single 4D IMAGE and LABEL, from 0").type_name("N");
  command
      .option("Judgement", "--labels", options.labels,
              "names of the label values, as LV:1,MYO:2,RV:3, or acdc, mnms, coopseg; by default those of the cases")
      .type_name("NAMES");
  command.option("Judgement", "--inplane-mm", options.inplane_mm, "plausible in-plane spacing, least and greatest")
      .takes(2)
      .delimiter(',')
      .type_name("MM,MM");
  command.option("Judgement", "--slice-mm", options.slice_mm, "plausible distance of slices, least and greatest")
      .takes(2)
      .delimiter(',')
      .type_name("MM,MM");
  command.flag("Judgement", "--require-labels", options.require_labels, "a case without label is an error");
  command.flag("Judgement", "--allow-empty", options.allow_empty, "label maps may hold background only");
  command.flag(
      "Judgement", "--strict", options.strict, "KINDS",
      "warnings, too, make the exit status 1; with kinds of them (slice-axis,reading), those alone are errors");
  return command.run(argc, argv, [&] { return run(command, options); });
}
