// cs-check: reads and judges every file of a case list before anything is computed with it.
#include "coopseg/core/command.h"
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
  bool strict = false, require_labels = false, allow_empty = false;
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

void print_messages(const dataset::CheckReport& report) {
  constexpr std::size_t kShown = 30;
  std::size_t shown = 0, hidden = 0;
  for (const dataset::CaseVerdict& verdict : report.cases) {
    for (const dataset::Finding& finding : verdict.findings) {
      if (finding.level == Level::note) continue;
      if (shown == kShown) {
        ++hidden;
        continue;
      }
      ++shown;
      if (finding.level == Level::error)
        core::error("{}: {}: {}", finding.file(), finding.code, finding.message());
      else
        core::warning("{}: {}: {}", finding.file(), finding.code, finding.message());
    }
  }
  if (hidden > 0) core::warning("{} more findings are on standard output only", hidden);
}

bool run(const core::Command& command, const Options& options) {
  dataset::CheckOptions how;
  how.inplane_mm = range("--inplane-mm", options.inplane_mm);
  how.slice_mm = range("--slice-mm", options.slice_mm);
  if (!options.labels.empty()) how.labels = dataset::parse_label_names(options.labels);
  how.require_labels = options.require_labels;
  how.allow_empty = options.allow_empty;
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
  return errors == 0 && report.not_compared == 0 && (!options.strict || warnings == 0);
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
  command.flag("Judgement", "--strict", options.strict, "warnings, too, make the exit status 1");
  return command.run(argc, argv, [&] { return run(command, options); });
}
