// cs-dice: compares label maps with references, class by class.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "coopseg/core/case_twins.h"
#include "coopseg/core/command.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/metric/output.h"

using namespace coopseg;

namespace {

const core::About kAbout{
    "cs-dice",
    "measures overlap, surface distances and volumes of label maps against references",
    {"[options] PREDICTION REFERENCE", "[options] --cases LIST"},
    {{"cs-dice --labels acdc prediction.nii.gz reference.nii.gz", "one pair of label maps, classes by ACDC's names"},
     {"cs-dice --cases predicted/cases.jsonl --summary", "means per class and data set, with what they are means of"},
     {"cs-dice --cases predicted/cases.jsonl --summary --by artefact", "the same for each kind of artefact"},
     {"cs-dice --cases a.jsonl --compare b.jsonl --metrics dice,hd95", "is method a better than method b?"},
     {"cs-dice --cases a.jsonl --as medpy --json > scores.jsonl", "MedPy's numbers, machine-readable"}}};

struct Settings {
  std::string prediction, reference;
  std::string metrics, as = "coopseg", surface, distance, outside, hd95, rank, empty;
  double tolerance_mm = 1;
  std::string labels, prediction_labels, classes, ef_class = "LV";
  bool ignore_unnamed = false, per_slice = false, summary = false;
  std::string by, compare, csv, cases_out;
  double level = 0.95;
  std::size_t resamples = 10000;
};

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> list;
  std::stringstream stream(text);
  for (std::string word; std::getline(stream, word, ',');)
    if (!word.empty()) list.push_back(word);
  return list;
}

metric::ScoreOptions score_options(const Settings& s) {
  using namespace metric;
  ScoreOptions options;
  Definition& d = options.definition = Definition::of(parse_tool(s.as));
  if (!s.surface.empty()) {
    d.surface = s.surface == "eroded-faces"   ? Surface::eroded_faces
                : s.surface == "eroded-full"  ? Surface::eroded_full
                : s.surface == "shifted-grid" ? Surface::shifted_grid
                                              : Surface::whole_object;
    // Area weights have no linear rule between order statistics.
    if (d.surface == Surface::shifted_grid && s.rank.empty()) d.rank = Rank::nearest;
  }
  if (!s.distance.empty())
    d.distance = s.distance == "euclidean"    ? Distance::euclidean
                 : s.distance == "chessboard" ? Distance::chessboard
                                              : Distance::taxicab;
  if (!s.outside.empty()) d.outside = s.outside == "background" ? Outside::background : Outside::ignored;
  if (!s.hd95.empty()) d.percentile = s.hd95 == "directed" ? Percentile::directed : Percentile::pooled;
  if (!s.rank.empty()) d.rank = s.rank == "linear" ? Rank::linear : Rank::nearest;
  if (!s.empty.empty())
    d.both_empty = s.empty == "null"              ? BothEmpty::undefined
                   : s.empty == "both-empty-is-1" ? BothEmpty::one
                                                  : BothEmpty::zero;
  d.tolerance_mm = s.tolerance_mm;
  d.check();

  const std::vector<Metric> available = d.metrics();
  if (s.metrics.empty()) {
    for (Metric m : available)
      if (d.tool != Tool::coopseg || (m != Metric::masd && m != Metric::asd_ref_pred && m != Metric::asd_pred_ref))
        options.metrics.push_back(m);
  } else {
    options.metrics = s.metrics == "all" ? available : parse_metrics(s.metrics);
    for (Metric m : options.metrics)
      if (std::find(available.begin(), available.end(), m) == available.end())
        throw core::UsageError("--metrics", fmt::format("{} has no {}", s.as, name_of(m)),
                               "choose another with --metrics");
  }
  options.classes = words(s.classes);
  if (!s.labels.empty()) options.labels = dataset::parse_label_names(s.labels);
  if (!s.prediction_labels.empty()) options.prediction_labels = dataset::parse_label_names(s.prediction_labels);
  options.ignore_unnamed = s.ignore_unnamed;
  options.per_slice = s.per_slice;
  return options;
}

void print_record(const core::Json& record) { core::print(core::to_line(record) + "\n"); }

void warn_of(const std::vector<core::Case>& cases, const metric::ListScores& list) {
  std::size_t missing = 0, seen = 0;
  for (const auto& c : cases) {
    missing += c.label() && !c.prediction();
    seen += metric::seen_in_training(c);
  }
  if (!list.without_label.empty())
    core::warning("{} of {} cases have no label and are not scored (first: {})", list.without_label.size(),
                  cases.size(), cases[list.without_label.front()].name());
  if (missing) core::warning("{} of {} cases have no prediction and count as missing", missing, cases.size());
  if (seen)
    core::warning("{} of {} cases were seen in training: their scores say nothing about new ones", seen, cases.size());
}

void write_csv(core::Command& command, const Settings& s, const metric::ListScores& list, const metric::Labelled& of,
               const metric::ScoreOptions& options) {
  if (s.csv.empty()) return;
  core::write_file(
      s.csv, [&](const core::TextSink& out) { metric::write_score_csv(list.rows, of, options, out); },
      command.overwrite());
}

bool score_one_pair(core::Command& command, const Settings& s, const metric::ScoreOptions& options) {
  const auto list = metric::score_pair(s.reference, s.prediction, options);
  const metric::Labelled of{nullptr, core::fs::path(s.prediction).filename().string(),
                            core::fs::path(s.reference).filename().string()};
  if (list.rows.empty()) core::warning("both label maps are empty: no class to score; name classes with --labels");
  write_csv(command, s, list, of, options);
  if (command.json()) {
    print_record(metric::header_record(options, core::version()));
    for (const auto& row : list.rows) print_record(metric::score_record(row, of, options));
  } else {
    metric::write_score_table(list.rows, of, options, core::print);
    core::print(metric::definition_lines(options));
  }
  return true;
}

void write_cases(core::Command& command, const Settings& s, const std::vector<core::Case>& cases,
                 const metric::ListScores& list, const metric::ScoreOptions& options) {
  const core::fs::path folder = s.cases_out == "-" ? core::fs::path() : core::fs::path(s.cases_out).parent_path();
  const auto produce = [&](const core::TextSink& out) {
    auto row = list.rows.begin();
    for (std::size_t index = 0; index < cases.size(); ++index) {
      std::vector<const metric::Row*> scored;
      for (; row != list.rows.end() && row->case_index == index; ++row)
        if (row->status == metric::Status::scored) scored.push_back(&*row);
      core::Case c = cases[index];
      if (!scored.empty()) {
        c.set("metrics", metric::metrics_of_case(scored, options));
        c.set("metrics_definition", options.definition.name());
      }
      out(core::case_to_line(c, folder) + "\n");
    }
  };
  if (s.cases_out == "-")
    produce(core::print);
  else
    core::write_file(s.cases_out, produce, command.overwrite());
}

bool score_cases(core::Command& command, const Settings& s, const metric::ScoreOptions& options) {
  const std::vector<core::Case> cases = command.cases();
  std::vector<core::Case> other_cases;
  if (!s.compare.empty()) other_cases = core::read_cases(s.compare);
  if (!s.by.empty() && std::all_of(cases.begin(), cases.end(),
                                   [&](const core::Case& c) { return c.text(s.by.c_str()).empty(); })) {
    throw core::UsageError("--by " + s.by, "is a field that no case of the list has", "name one that some have");
  }
  const auto list = metric::score_list(cases, options, command.threads());
  warn_of(cases, list);
  core::warn_of_twins(cases, command.cases_source());
  if (std::none_of(cases.begin(), cases.end(), [](const core::Case& c) { return c.prediction() && c.label(); })) {
    throw core::UsageError(command.cases_source(), "no case has both a prediction and a label",
                           "give the list that cs-predict wrote");
  }
  bool all_well = list.all_well;

  const metric::Labelled of{&cases, {}, {}};
  const auto summaries = metric::summarise(cases, list.rows, options.metrics, s.by);
  const auto fractions = metric::ejection_fractions(cases, list.rows, s.ef_class);
  using Group = std::pair<std::string, std::string>;  // data set, value of the field --by
  std::map<Group, std::vector<metric::EjectionFraction>> grouped_fractions;
  for (const auto& f : fractions) {
    const core::Case& c = cases[f.ed_case];
    grouped_fractions[{c.text("dataset"), s.by.empty() ? "" : c.text(s.by.c_str())}].push_back(f);
  }
  const metric::CompareOptions how{s.level, s.resamples, command.seed()};
  std::vector<metric::Comparison> comparisons;
  if (!s.compare.empty()) {
    const auto other = metric::score_list(other_cases, options, command.threads());
    warn_of(other_cases, other);
    all_well = all_well && other.all_well;
    comparisons = metric::compare(cases, list.rows, other_cases, other.rows, options.metrics, how);
  }
  write_csv(command, s, list, of, options);
  if (!s.cases_out.empty()) write_cases(command, s, cases, list, options);
  if (s.cases_out == "-") return all_well;

  const bool rows_wanted = !s.summary && s.compare.empty();
  if (command.json()) {
    print_record(metric::header_record(options, core::version()));
    if (rows_wanted) {
      for (const auto& row : list.rows) print_record(metric::score_record(row, of, options));
      for (const auto& f : fractions) print_record(metric::ejection_record(f, cases, s.ef_class));
    }
    if (s.compare.empty() || s.summary) {
      for (const auto& summary : summaries) print_record(metric::summary_record(summary, options));
      for (const auto& [group, of_group] : grouped_fractions)
        print_record(metric::ejection_summary_record(of_group, group.first, s.ef_class, s.by, group.second));
    }
    for (const auto& c : comparisons) print_record(metric::comparison_record(c, options, how));
    return all_well;
  }
  std::string text;
  if (rows_wanted) {
    metric::write_score_table(list.rows, of, options, core::print);
    core::print("\n");
    if (!fractions.empty()) {
      metric::write_ejection_table(fractions, cases, s.ef_class, core::print);
      core::print("\n");
    }
  }
  if (s.compare.empty() || s.summary) {
    text += metric::summary_table(summaries, options) + "\n";
    for (const auto& [group, of_group] : grouped_fractions) {
      const std::string space = group.first.empty() || group.second.empty() ? "" : " ";
      text += metric::ejection_summary_line(of_group, group.first + space + group.second, s.ef_class);
    }
    if (!fractions.empty()) text += "\n";
  }
  if (!comparisons.empty()) text += metric::comparison_table(comparisons, how) + "\n";
  core::print(text + metric::definition_lines(options));
  return all_well;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Settings s;
  command.positional("prediction", s.prediction, "label map to judge (NIfTI)");
  command.positional("reference", s.reference, "label map to compare with (NIfTI)");
  command.add_cases();
  const char* metrics = "Metrics";
  command.option(
      metrics, "--metrics", s.metrics,
      "comma-separated, or 'all': dice, jaccard, sensitivity, precision, hd, hd95, assd, masd, asd_ref_pred, "
      "asd_pred_ref, nsd, volume_ref_ml, volume_pred_ml, volume_diff_ml; default: all but masd and asd_*");
  command.choice(metrics, "--as", s.as, {"coopseg", "medpy", "monai", "deepmind", "metrics-reloaded", "itk"},
                 "whose definitions, empty masks included");
  command.choice(metrics, "--surface", s.surface, {"eroded-faces", "eroded-full", "shifted-grid", "whole-object"},
                 "what the surface is, if not as --as has it (coopseg: eroded-faces): voxels that erosion by 6 (2D: 4) "
                 "or 26 (8) neighbours removes, points between the voxels weighted by area, or all voxels (itk)");
  command.choice(metrics, "--distance", s.distance, {"euclidean", "chessboard", "taxicab"},
                 "if not euclidean, with --as monai only: steps from voxel to voxel across edges and corners, or "
                 "across faces alone, whatever the spacing");
  command.choice(metrics, "--outside", s.outside, {"background", "ignored"},
                 "what lies beyond the image, if not background");
  command.choice(metrics, "--hd95", s.hd95, {"directed", "pooled"},
                 "if not as --as has it (coopseg: directed): the larger of the two directed percentiles, or that of "
                 "all distances");
  command.choice(metrics, "--rank", s.rank, {"linear", "nearest"},
                 "if not as --as has it (coopseg: linear): percentiles between order statistics, or one of them");
  command.option(metrics, "--tolerance", s.tolerance_mm,
                 "of the surface Dice nsd, in mm (in steps where --distance counts steps)");
  command.choice(metrics, "--empty", s.empty, {"null", "both-empty-is-1", "both-empty-is-0"},
                 "Dice and Jaccard of two empty masks (both-empty-is-0: MedPy before 0.5), if not as --as has it "
                 "(coopseg: null)");
  command.flag(metrics, "--per-slice", s.per_slice, "measure every slice by itself, in 2D");
  command.option(metrics, "--ef-class", s.ef_class, "class whose ED and ES volumes give the ejection fraction");

  const char* classes = "Classes";
  command.option(
      classes, "--labels", s.labels,
      "names and values, as in LV:1,MYO:2,RV:3, or a scheme: acdc, mnms, coopseg; for files whose list does not say");
  command.option(classes, "--prediction-labels", s.prediction_labels,
                 "the same for the predictions; default: --labels");
  command.option(classes, "--classes", s.classes, "comma-separated names of the classes to score; default: all");
  command.flag(classes, "--ignore-unnamed", s.ignore_unnamed,
               "leave out values that no class has instead of refusing them");

  const char* results = "Results";
  command.add_json();
  command.flag(results, "--summary", s.summary, "mean, SD, median per class and data set instead of a line per case");
  command.option(results, "--by", s.by, "means per value of this field, too (artefact, severity, site ...)")
      .type_name("FIELD");
  command.option(
      results, "--compare", s.compare,
      "another case list: paired by case, Wilcoxon signed-rank test and bootstrap interval of the difference");
  command.option(results, "--interval", s.level, "confidence level of the bootstrap interval");
  command.option(results, "--resamples", s.resamples, "bootstrap resamples");
  command.option(results, "--csv", s.csv, "write the line of each case and class to this file, too",
                 core::Effect::execution);
  command.option(results, "--cases-out", s.cases_out,
                 "write the case list with the scores in field 'metrics' to this file; - is standard output, "
                 "instead of the table",
                 core::Effect::execution);
  command.add_seed();
  command.add_outputs(false);

  return command.run(argc, argv, [&] {
    const metric::ScoreOptions options = score_options(s);
    if (!(s.level > 0 && s.level < 1)) throw core::UsageError("--interval", "must lie between 0 and 1");
    if (s.resamples == 0) throw core::UsageError("--resamples", "must be positive");
    if (!s.csv.empty()) core::refuse_existing(s.csv, command.overwrite());
    if (!command.has_cases()) {
      if (s.prediction.empty() || s.reference.empty())
        throw core::UsageError("", "needs PREDICTION and REFERENCE, or --cases LIST", "see cs-dice --help");
      for (const char* option : {"--summary", "--by", "--compare", "--cases-out"})
        if (command.given(option)) throw core::UsageError(option, "needs a case list", "give --cases LIST");
      return score_one_pair(command, s, options);
    }
    if (!s.prediction.empty()) throw core::UsageError(s.prediction, "is given beside --cases", "give one or the other");
    if (s.cases_out == "-" && command.json())
      throw core::UsageError("--cases-out -", "standard output holds the list, so --json has no place", "give a file");
    if (!s.cases_out.empty() && s.cases_out != "-") core::refuse_existing(s.cases_out, command.overwrite());
    if (!s.by.empty() && (s.cases_out == "-" || (!s.compare.empty() && !s.summary)))
      throw core::UsageError("--by", "groups means, and none are asked for", "add --summary, or leave --by out");
    if (!s.compare.empty() && command.given("--shard"))
      throw core::UsageError("--compare", "needs whole lists", "leave --shard out");
    return score_cases(command, s, options);
  });
}
