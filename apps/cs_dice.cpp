// cs-dice: compares label maps with references, class by class.
#include "coopseg/core/command.h"
#include "coopseg/core/text.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/dataset/label_source.h"
#include "coopseg/metric/evaluation.h"
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
  std::string prediction, reference, metrics;
  metric::Tool as = metric::Tool::coopseg;
  metric::Changes changes;
  std::string labels, prediction_labels, classes, ef_class = "LV";
  bool ignore_unnamed = false, per_slice = false, summary = false;
  std::string by, compare, csv, cases_out;
  metric::CompareOptions how_to_compare;
};

metric::ScoreOptions score_options(const Settings& s) {
  metric::ScoreOptions options;
  options.definition = metric::Definition::of(s.as, s.changes);
  options.metrics = options.definition.chosen_metrics(s.metrics);
  options.classes = core::words(s.classes);
  if (!s.labels.empty()) options.labels = dataset::parse_label_names(s.labels);
  if (!s.prediction_labels.empty()) options.prediction_labels = dataset::parse_label_names(s.prediction_labels);
  options.ignore_unnamed = s.ignore_unnamed;
  options.per_slice = s.per_slice;
  return options;
}

bool rows_wanted(const Settings& s) { return !s.summary && s.compare.empty(); }
bool means_wanted(const Settings& s) { return s.summary || s.compare.empty(); }

void print_record(const core::Json& record) { core::print(core::to_line(record) + "\n"); }

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
  if (s.cases_out.empty()) return;
  const core::fs::path folder = s.cases_out == "-" ? core::fs::path() : core::fs::path(s.cases_out).parent_path();
  const auto produce = [&](const core::TextSink& out) {
    metric::write_scored_cases(cases, list.rows, options, folder, out);
  };
  if (s.cases_out == "-")
    produce(core::print);
  else
    core::write_file(s.cases_out, produce, command.overwrite());
}

void print_records(const Settings& s, const std::vector<core::Case>& cases, const metric::Evaluation& found,
                   const metric::ScoreOptions& options) {
  print_record(metric::header_record(options, core::version()));
  if (rows_wanted(s)) {
    for (const auto& row : found.list.rows) print_record(metric::score_record(row, {&cases, {}, {}}, options));
    for (const auto& f : found.fractions) print_record(metric::ejection_record(f, cases, s.ef_class));
  }
  if (means_wanted(s)) {
    for (const auto& summary : found.summaries) print_record(metric::summary_record(summary, options));
    for (const auto& [group, subjects] : found.grouped_fractions)
      print_record(metric::ejection_summary_record(subjects, group.first, s.ef_class, s.by, group.second));
  }
  for (const auto& c : found.comparisons) print_record(metric::comparison_record(c, options, s.how_to_compare));
}

void print_tables(const Settings& s, const std::vector<core::Case>& cases, const metric::Evaluation& found,
                  const metric::ScoreOptions& options) {
  if (rows_wanted(s)) {
    metric::write_score_table(found.list.rows, {&cases, {}, {}}, options, core::print);
    core::print("\n");
    if (!found.fractions.empty()) {
      metric::write_ejection_table(found.fractions, cases, s.ef_class, core::print);
      core::print("\n");
    }
  }
  if (means_wanted(s)) {
    core::print(metric::summary_table(found.summaries, options) + "\n");
    for (const auto& [group, subjects] : found.grouped_fractions) {
      const std::string space = group.first.empty() || group.second.empty() ? "" : " ";
      core::print(metric::ejection_summary_line(subjects, group.first + space + group.second, s.ef_class));
    }
    if (!found.fractions.empty()) core::print("\n");
  }
  if (!found.comparisons.empty())
    core::print(metric::comparison_table(found.comparisons, s.how_to_compare) + "\n");
  core::print(metric::definition_lines(options));
}

bool score_cases(core::Command& command, const Settings& s, const metric::ScoreOptions& options) {
  const std::vector<core::Case> cases = command.cases();
  std::vector<core::Case> other_cases;
  if (!s.compare.empty()) other_cases = core::read_cases(s.compare);
  dataset::warn_of_pseudo_labels(cases);
  const metric::Evaluation found = metric::evaluate(cases, other_cases, {options, s.by, s.ef_class, s.how_to_compare},
                                                    command.cases_source(), command.threads());
  write_csv(command, s, found.list, {&cases, {}, {}}, options);
  write_cases(command, s, cases, found.list, options);
  if (s.cases_out == "-") return found.all_well();
  if (command.json()) {
    print_records(s, cases, found, options);
  } else {
    print_tables(s, cases, found, options);
  }
  return found.all_well();
}

// Throws core::UsageError for options that contradict each other or the form of the command.
void check(const core::Command& command, const Settings& s) {
  if (!(s.how_to_compare.level > 0 && s.how_to_compare.level < 1))
    throw core::UsageError("--interval", "must lie between 0 and 1");
  if (s.how_to_compare.resamples == 0) throw core::UsageError("--resamples", "must be positive");
  if (!s.csv.empty()) core::refuse_existing(s.csv, command.overwrite());
  if (!command.has_cases()) {
    if (s.prediction.empty() || s.reference.empty())
      throw core::UsageError("", "needs PREDICTION and REFERENCE, or --cases LIST", "see cs-dice --help");
    for (const char* option : {"--summary", "--by", "--compare", "--cases-out"})
      if (command.given(option)) throw core::UsageError(option, "needs a case list", "give --cases LIST");
    return;
  }
  if (!s.prediction.empty()) throw core::UsageError(s.prediction, "is given beside --cases", "give one or the other");
  if (s.cases_out == "-" && command.json())
    throw core::UsageError("--cases-out -", "standard output holds the list, so --json has no place", "give a file");
  if (!s.cases_out.empty() && s.cases_out != "-") core::refuse_existing(s.cases_out, command.overwrite());
  if (!s.by.empty() && (s.cases_out == "-" || !means_wanted(s)))
    throw core::UsageError("--by", "groups means, and none are asked for", "add --summary, or leave --by out");
  if (!s.compare.empty() && command.given("--shard"))
    throw core::UsageError("--compare", "needs whole lists", "leave --shard out");
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Settings s;
  command.positional("prediction", s.prediction, "label map to judge (NIfTI, NRRD, MetaImage)");
  command.positional("reference", s.reference, "label map to compare with (NIfTI, NRRD, MetaImage)");
  command.add_cases(core::Reads::no_image);
  const char* metrics = "Metrics";
  command.option(
      metrics, "--metrics", s.metrics,
      "comma-separated, or 'all': dice, jaccard, sensitivity, precision, hd, hd95, assd, masd, asd_ref_pred, "
      "asd_pred_ref, nsd, volume_ref_ml, volume_pred_ml, volume_diff_ml; default: all but masd and asd_*");
  command.choice(metrics, "--as", s.as, metric::kTools,
                 "whose definitions, empty masks included");
  command.choice(metrics, "--surface", s.changes.surface, metric::kSurfaces,
                 "what the surface is, if not as --as has it (coopseg: eroded-faces): voxels that erosion by 6 (2D: 4) "
                 "or 26 (8) neighbours removes, points between the voxels weighted by area, or all voxels (itk)");
  command.choice(metrics, "--distance", s.changes.distance, metric::kDistances,
                 "if not euclidean, with --as monai only: steps from voxel to voxel across edges and corners, or "
                 "across faces alone, whatever the spacing");
  command.choice(metrics, "--outside", s.changes.outside, metric::kOutsides,
                 "what lies beyond the image, if not background");
  command.choice(metrics, "--hd95", s.changes.percentile, metric::kPercentiles,
                 "if not as --as has it (coopseg: directed): the larger of the two directed percentiles, or that of "
                 "all distances");
  command.choice(metrics, "--rank", s.changes.rank, metric::kRanks,
                 "if not as --as has it (coopseg: linear): percentiles between order statistics, or one of them");
  command.option(metrics, "--tolerance", s.changes.tolerance_mm,
                 "of the surface Dice nsd, in mm (in steps where --distance counts steps)");
  command.choice(metrics, "--empty", s.changes.both_empty, metric::kBothEmpties,
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
      "another case list: paired by case, tested by subject: Wilcoxon signed-rank test and bootstrap interval of the "
      "difference");
  command.option(results, "--interval", s.how_to_compare.level, "confidence level of the bootstrap interval");
  command.option(results, "--resamples", s.how_to_compare.resamples, "bootstrap resamples");
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
    check(command, s);
    s.how_to_compare.seed = command.seed();
    return command.has_cases() ? score_cases(command, s, options) : score_one_pair(command, s, options);
  });
}
