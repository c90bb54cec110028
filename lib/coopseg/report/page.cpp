#include "coopseg/report/page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/core/file.h"
#include "coopseg/core/provenance.h"
#include "coopseg/report/table.h"
#include "coopseg/report/text.h"

namespace coopseg::report {

namespace {

// `table`: HTML that stands above the explanation.
std::string figures(const std::vector<Chart>& charts, const std::string& section, const std::string& heading,
                    const std::string& explanation, const std::string& table = {}) {
  std::string text;
  for (std::size_t i = 0; i < charts.size(); ++i) {
    if (charts[i].section != section) continue;
    text += fmt::format(
        "<figure><figcaption>{}</figcaption><div class=\"chart\" data-chart=\"{}\" role=\"img\" "
        "aria-label=\"{}\"></div></figure>\n",
        html(charts[i].title), i, html(charts[i].description));
  }
  if (text.empty()) return text;
  return fmt::format(
      "<section><h2>{}</h2>\n{}<p class=\"legend\">{}</p>\n<div class=\"figures\">\n{}</div></section>\n",
      html(heading), table, explanation, text);
}

std::string number_of(std::size_t count, const char* one, const char* several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

std::string share_text(const char* name) { return core::read_file(core::share_file(name)); }

// The page must not ask for anything: what it needs is in it. Only its own scripts run.
std::string head(const Contents& c, const std::vector<std::string>& scripts, const std::string& style) {
  std::vector<std::string> hashes;
  hashes.reserve(scripts.size());
  for (const std::string& script : scripts) hashes.push_back("'sha256-" + sha256_base64(script) + "'");
  const std::string policy = fmt::format(
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {}; base-uri 'none'; form-action "
      "'none'",
      fmt::join(hashes, " "));
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"generator\" content=\"cs-report (CoopSeg) {}\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n",
      policy, core::version(), html(c.title), style);
}

std::string introduction(const Contents& c) {
  const Experiment& e = c.experiment;
  std::string text = "<header><h1>" + html(c.title) + "</h1>\n";
  text += fmt::format("<p>{}, {}, {}; classes {}.</p>\n", number_of(e.methods.size(), "method", "methods"),
                      number_of(e.sets.size(), "test set", "test sets"),
                      number_of(e.lists.size(), "scored list", "scored lists"),
                      html(fmt::format("{}", fmt::join(e.classes, ", "))));
  const auto notes = notes_of(e);
  if (!notes.empty()) {
    text += "<ul class=\"notes\" role=\"note\" aria-label=\"What to know before believing the numbers\">\n";
    for (const std::string& note : notes) text += "<li>" + html(note) + "</li>\n";
    text += "</ul>\n";
  }
  return text + "</header>\n";
}

std::string training_explanation(const std::vector<Run>& runs) {
  std::string text =
      "Thin lines: single trainings, epoch by epoch (of long ones the mean of neighbouring epochs); thick lines: "
      "the mean of a method’s trainings.";
  std::vector<std::string> stages;
  for (const std::string& stage : validated_stages(runs))
    if (!stage.empty()) stages.push_back(html(stage_title(stage)));
  if (stages.empty()) return text;
  text += " Validation: of two stages the one by which a training chooses its best model, here " +
          fmt::format("{}", fmt::join(stages, " or "));
  return text +
         (stages.size() > 1 ? "; it may differ between trainings and, with --select best, between epochs." : ".");
}

}  // namespace

std::string tables_part(const Experiment& e, std::size_t metric_index) {
  const std::string title = title_of(e.metrics[metric_index]);
  const auto later_of = [](const std::vector<ResultTable>& stages) {
    return std::vector<ResultTable>(stages.begin() + 1, stages.end());
  };
  const std::vector<ResultTable> stages = make_tables(e, metric_index);
  const ResultTable& main = stages.front();
  std::string text =
      "<section><h2>" + html(title) + "</h2>\n" + html_table(main, later_of(stages), title + ", mean of classes");
  text += "<p class=\"legend\">" + explanation(main, true) + "</p>\n";
  for (const ResultTable& later : later_of(stages)) {
    const std::string summary = later.stage == kCorrectedStage ? "With the STN’s correction"
                                : later.stage.empty()          ? "Without a stage’s name"
                                                               : "Stage " + html(later.stage);
    const std::string words = later.stage.empty() ? "" : ", " + stage_title(later.stage);
    text += "<details><summary>" + summary + ", set by set</summary>\n" +
            html_table(later, {}, fmt::format("{}, mean of classes{}", title, words)) + "</details>\n";
  }
  if (e.classes.size() > 1) {
    text += "<details><summary>By class</summary>\n";
    for (std::size_t k = 0; k < e.classes.size(); ++k) {
      const std::vector<ResultTable> of_class = make_tables(e, metric_index, k);
      text += html_table(of_class.front(), later_of(of_class), title + ", " + e.classes[k]);
    }
    text += "</details>\n";
  }
  return text + "</section>\n";
}

Page make_page(const Contents& c) {
  const Experiment& e = c.experiment;
  std::vector<Chart> charts = make_charts(e, c.runs);
  for (Chart& chart : agreement_charts(e, c.agreements, c.limits)) charts.push_back(std::move(chart));
  core::Json data = core::Json::array();
  for (const Chart& chart : charts) data.push_back(chart.data);
  std::vector<std::string> scripts{"\n" + share_text("vega/vega.js"), "\n" + share_text("report/charts.js")};
  std::string style = share_text("report/page.css");
  const CasesPart cases = cases_part(e, c.cases_per_method, c.viewer_cases);
  if (!cases.viewers.empty()) {
    scripts.push_back("\n" + share_text("report/viewer.js"));
    style += share_text("report/viewer.css");
  }

  Page page;
  page.n_unreadable = cases.n_unreadable;
  std::string& text = page.html;
  text = head(c, scripts, style) + "<body>\n" + introduction(c) + "<main>\n";
  for (std::size_t m = 0; m < e.metrics.size(); ++m) {
    const std::string title = title_of(e.metrics[m]);
    text += tables_part(e, m);
    text += figures(charts, fmt::format("learning {}", m), title + " by number of labelled cases",
                    "Means over subjects, of whose trainings and cases the mean is taken first; bars: standard error "
                    "over subjects; small marks: single trainings.");
    text += figures(charts, fmt::format("box {}", m), title + " by test set",
                    "One value a case, the mean of its classes, of all trainings. Boxes: quartiles and median; "
                    "whiskers: to the last case within 1.5 box lengths; circles: cases beyond (the farthest 30).");
    text += figures(charts, fmt::format("dose {}", m), title + " by severity",
                    "Means over cases and trainings; bands: standard error.");
  }
  if (!c.agreements.empty())
    text += figures(charts, "agreement", "Does it know when it failed?",
                    html(agreement_explanation(c.agreements, c.limits)), agreement_html(e, c.agreements, c.limits));
  text += figures(charts, "training", "Training", training_explanation(c.runs));
  if (const std::string parts = figures(
          charts, "parts", "Training, part by part",
          "As above; of curves with more than 120 points the mean of neighbouring ones. Terms of the loss with their "
          "weights. Dice of watched cases: of the teacher, where there is one, by labels that nothing is learned "
          "from.");
      !parts.empty())
    text += "<details><summary>Terms of the loss, rates, Dice of each class</summary>" + parts + "</details>\n";
  text += figures(charts, "stages", "Both stages over training",
                  "Dice of the validation: what the fast-thinking network says (FTN), what the slow-thinking network "
                  "makes of that (FTN+STN), and, thin and dotted, what it makes of the true labels.");
  if (const std::string by_class = figures(charts, "stages by class", "Both stages, class by class", "As above.");
      !by_class.empty())
    text += "<details><summary>Both stages, class by class</summary>" + by_class + "</details>\n";
  text += cases.html + provenance_part(e, c.runs) + "</main>\n";
  text += "<noscript><p>The charts need JavaScript; tables and pictures do not.</p></noscript>\n";
  text += "<script type=\"application/json\" id=\"charts\">" + script_json(data) + "</script>\n";
  if (!cases.viewers.empty())
    text += "<script type=\"application/json\" id=\"viewers\">" + script_json(cases.viewers) + "</script>\n";
  for (const std::string& script : scripts) text += "<script>" + script + "</script>\n";
  text += "</body>\n</html>\n";
  return page;
}

}  // namespace coopseg::report
