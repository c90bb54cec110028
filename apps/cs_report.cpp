// cs-report: the results table, plots and pictures of an experiment.
#include <fmt/core.h>

#include <algorithm>

#include "coopseg/core/command.h"
#include "coopseg/core/numbers.h"
#include "coopseg/core/text.h"
#include "coopseg/report/overlay.h"
#include "coopseg/report/page.h"
#include "coopseg/report/table.h"

using namespace coopseg;
namespace fs = std::filesystem;

namespace {

const core::About kAbout{
    "cs-report",
    "makes the results table of an experiment, and one HTML page with its plots and pictures",
    {"[options] --results FILE --out FILE", "[options] --scores METHOD:SET=LIST ... --out FILE"},
    {{"cs-report --results results.jsonl --out report.html --markdown -",
      "a whole experiment: the page, and the table for a paper on standard output"},
     {"cs-report --scores old:clean=old.jsonl --scores new:clean=new.jsonl --out two.html",
      "somebody's predictions, scored with cs-dice --cases-out: is new better than old?"},
     {"cs-report --results results.jsonl --metrics dice,hd95 --csv table.csv", "all numbers in full precision"},
     {"cs-report --results results.jsonl --picture cases.png --sentence -",
      "a case of each test set as every method segments it, and which method is ahead"}}};

struct Settings {
  std::string results;
  std::vector<std::string> scores;
  std::string metric = "dice", title = "Segmentation results";
  fs::path out;
  fs::path picture;
  std::string markdown, csv, sentence;
  std::size_t cases_per_method = 3, viewer_cases = 3;
  std::string review, bad;  // empty: not given
};

void declare(core::Command& command, Settings& s) {
  const auto execution = core::Effect::execution;
  const char* input = "Results";
  command
      .option(input, "--results", s.results,
              "JSON Lines, one object for each scored list: method, set, scores; stage, seed, fold, run if there are "
              "such; - is standard input",
              execution)
      .type_name("FILE");
  command
      .option(input, "--scores", s.scores,
              "METHOD:SET=LIST, repeatable: a case list with scores (cs-dice --cases-out), instead of --results or "
              "beside it",
              execution)
      .type_name("NAME=LIST")
      .takes(1)
      .repeated();
  command
      .option(input, "--metrics,--metric", s.metric,
              "comma-separated, as cs-dice names them; a table and plots for each, pictures by the first")
      .type_name("LIST");
  const std::string agreement = "Agreement, where lists have it (cs-predict)";
  command
      .option(agreement, "--review", s.review, "a human would see the cases whose agreement is below this, from 0 to 1")
      .type_name("BELOW")
      .default_text(fmt::format("{:g}", report::kReviewBelow));
  command.option(agreement, "--bad", s.bad, "cases whose true mean Dice is below this, from 0 to 1, are bad")
      .type_name("BELOW")
      .default_text(fmt::format("{:g}", report::kBadBelow));
  command.add_outputs(false);
  const char* output = "Outputs";
  command.option(output, "-o,--out", s.out, "HTML page to write", execution);
  command.option(output, "--markdown", s.markdown, "write the table as Markdown; - is standard output", execution)
      .type_name("FILE");
  command.option(output, "--csv", s.csv, "write all numbers as CSV, in full precision; - is standard output", execution)
      .type_name("FILE");
  command
      .option(output, "--sentence", s.sentence,
              "write in one sentence which method is ahead by the first metric, on corrupted images where there are "
              "such; - is standard output",
              execution)
      .type_name("FILE");
  command.option(output, "--picture", s.picture,
                 "PNG picture to write: the case in the middle of each test set, as each method segments it",
                 execution);
  command.option(output, "--title", s.title, "heading of the page").type_name("TEXT");
  command
      .option(output, "--cases-per-method", s.cases_per_method,
              "cases of each method to show in the page, from the best to the worst; 0: no pictures")
      .type_name("N");
  command
      .option(output, "--viewer-cases", s.viewer_cases,
              "of these, how many can be scrolled through slice by slice, from the best to the worst, a single one the "
              "median; together at most 8 MiB of the page")
      .type_name("N");
}

std::vector<fs::path> files_to_write(const Settings& s) {
  std::vector<fs::path> files;
  for (const fs::path& file : {s.out, s.picture, fs::path(s.markdown), fs::path(s.csv), fs::path(s.sentence)})
    if (!file.empty() && file != "-") files.push_back(file);
  return files;
}

// In the order given: the first one decides which cases are shown.
std::vector<metric::Metric> metrics_of(const Settings& s) {
  std::vector<metric::Metric> metrics;
  for (const std::string& name : core::split(s.metric))
    for (const metric::Metric metric : metric::parse_metrics(name))
      if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
  return metrics;
}

// Of --review and --bad the one that is given; null: none.
const char* limit_given(const Settings& s) {
  return !s.review.empty() ? "--review" : !s.bad.empty() ? "--bad" : nullptr;
}

void check_limits(const Settings& s) {
  const char* given = limit_given(s);
  if (!given) return;
  if (s.out.empty() && s.markdown.empty())
    throw core::UsageError(given, "tells nothing here: the page and Markdown alone show agreement",
                           "leave it out, or give --out or --markdown");
  const auto metrics = metrics_of(s);
  if (std::find(metrics.begin(), metrics.end(), metric::Metric::dice) == metrics.end())
    throw core::UsageError(given, "agreement is compared with the Dice, which is not among --metrics",
                           "leave it out, or add dice");
}

void check(const Settings& s, const core::Command& command) {
  if (s.results.empty() && s.scores.empty())
    throw core::UsageError("--results", "is missing", "give a results file, or --scores METHOD:SET=LIST");
  if (s.out.empty() && s.picture.empty() && s.markdown.empty() && s.csv.empty() && s.sentence.empty())
    throw core::UsageError("--out", "is missing",
                           "name the page to write, or --markdown, --csv, --sentence or --picture");
  if (s.out == "-") throw core::UsageError("--out -", "a page is not written to standard output", "name a file");
  if (s.picture == "-")
    throw core::UsageError("--picture -", "a picture is not written to standard output", "name a file");
  if (s.csv == "-" && (s.markdown == "-" || s.sentence == "-"))
    throw core::UsageError("--csv -", "standard output holds other text", "name a file for one of them");
  check_limits(s);
  std::vector<fs::path> outputs;
  for (const fs::path& file : files_to_write(s)) {
    core::refuse_existing(file, command.overwrite());
    if (!s.results.empty() && s.results != "-") core::refuse_same_file(s.results, file);
    for (const fs::path& other : outputs) core::refuse_same_file(other, file);
    outputs.push_back(file);
  }
}

std::vector<report::ResultList> lists_of(const Settings& s) {
  std::vector<report::ResultList> lists;
  if (!s.results.empty()) lists = report::read_results(s.results);
  for (const std::string& text : s.scores) lists.push_back(report::parse_scores(text));
  for (const auto& list : lists)
    for (const fs::path& file : files_to_write(s)) core::refuse_same_file(list.scores, file);
  return lists;
}

double limit_of(const std::string& text, const char* option, double initial) {
  if (text.empty()) return initial;
  const double limit = core::parse_number(text, option);
  if (limit < 0 || limit > 1) throw core::UsageError(option, text + " is no number from 0 to 1", "as in 0.75");
  return limit;
}

report::ReviewLimits limits_of(const Settings& s) {
  return {limit_of(s.review, "--review", report::kReviewBelow), limit_of(s.bad, "--bad", report::kBadBelow)};
}

// For what is written alone: its intervals take time.
std::vector<report::Agreement> agreements_of(const Settings& s, const report::Experiment& e,
                                             const report::ReviewLimits& limits) {
  if (const char* given = limit_given(s); given && !e.tells_agreement())
    throw core::UsageError(given, "no scored case has an \"agreement\"",
                           "leave it out, or let cs-predict compare both stages, or several models");
  if (s.out.empty() && s.markdown.empty()) return {};
  return report::compare_agreement(e, limits);
}

std::string markdown_of(const report::Experiment& e, const std::vector<report::Agreement>& agreements,
                        const report::ReviewLimits& limits) {
  std::string text;
  for (std::size_t m = 0; m < e.metrics.size(); ++m) {
    text += m == 0 ? "" : "\n";
    text += report::markdown_table(report::make_tables(e, m));
  }
  if (!agreements.empty()) text += "\n" + report::agreement_markdown(e, agreements, limits);
  return text;
}

std::string csv_of(const report::Experiment& e) {
  std::string text = report::csv_header(e);
  for (std::size_t m = 0; m < e.metrics.size(); ++m)
    for (std::size_t stage = 0; stage < e.stages.size(); ++stage) {
      text += report::csv_lines(report::make_table(e, m, stage));
      for (std::size_t c = 0; c < e.classes.size(); ++c) text += report::csv_lines(report::make_table(e, m, stage, c));
    }
  return text;
}

void write(const std::string& file, const std::string& text, const core::Command& command) {
  if (file != "-") core::write_file(file, text, command.overwrite());
}

bool make_report(const Settings& s, const core::Command& command) {
  check(s, command);
  const report::ReviewLimits limits = limits_of(s);
  const auto experiment = report::read_experiment(lists_of(s), metrics_of(s));
  const auto runs = s.out.empty() ? std::vector<report::Run>() : report::read_runs(experiment);
  for (const std::string& note : report::notes_of(experiment)) core::warning("{}", note);
  const auto agreements = agreements_of(s, experiment, limits);
  const std::string markdown = s.markdown.empty() ? "" : markdown_of(experiment, agreements, limits);
  const std::string csv = s.csv.empty() ? "" : csv_of(experiment);
  const std::string sentence = s.sentence.empty() ? "" : report::sentence(experiment);
  const std::string picture =
      s.picture.empty() ? "" : image::png_of(report::draw_table(experiment), s.picture.string());
  report::Page page;
  if (!s.out.empty())
    page = report::make_page({s.title, experiment, runs, s.cases_per_method, s.viewer_cases, agreements, limits});
  if (!s.out.empty()) core::write_file(s.out, page.html, command.overwrite());
  if (!s.picture.empty()) core::write_file(s.picture, picture, command.overwrite());
  if (!s.markdown.empty()) write(s.markdown, markdown, command);
  if (!s.csv.empty()) write(s.csv, csv, command);
  if (!s.sentence.empty()) write(s.sentence, sentence, command);
  if (s.markdown == "-") core::print(markdown);
  if (s.sentence == "-") core::print(sentence);
  if (s.csv == "-") core::print(csv);
  if (page.n_unreadable > 0)
    core::warning("{} chosen cases or predictions are not shown; --cases-per-method 0 leaves the pictures out",
                  page.n_unreadable);
  return page.n_unreadable == 0;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  core::Command command(kAbout);
  declare(command, settings);
  return command.run(argc, argv, [&] { return make_report(settings, command); });
}
