#include "coopseg/report/agreement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "coopseg/core/interrupt.h"
#include "coopseg/core/subject.h"
#include "coopseg/metric/summary.h"
#include "coopseg/report/table.h"
#include "coopseg/report/text.h"

namespace coopseg::report {

namespace {

using core::Json;

void correlate_within(const std::map<std::string, std::vector<metric::Observation>>& by_set, Agreement& made) {
  made.n_sets = by_set.size();
  made.within_sets.reason = "too-few";
  double sum = 0;
  for (const auto& [set, observations] : by_set) {
    std::set<std::string> subjects;
    for (const metric::Observation& o : observations) subjects.insert(o.cluster);
    if (subjects.size() < metric::kFewestForCorrelation) continue;
    const metric::Value rho = metric::spearman_rho(observations);
    if (!rho.number) {
      made.within_sets.reason = rho.reason;
      continue;
    }
    sum += *rho.number;
    ++made.n_within;
  }
  if (made.n_within > 0) made.within_sets = {sum / static_cast<double>(made.n_within), {}};
}

Agreement agreement_of(const Experiment& e, const std::string& method, std::size_t stage, std::size_t labelled,
                       const ReviewLimits& limits) {
  core::throw_if_stopped();
  Agreement made{method, stage, labelled, {}, 0, {}, {}};
  const std::size_t dice = *e.index_of(metric::Metric::dice);
  std::vector<metric::Observation> observations;
  std::map<std::string, std::vector<metric::Observation>> by_set;
  for (const ScoredList& list : e.lists) {
    if (list.from.method != method || list.stage != stage || list.labelled != labelled) continue;
    for (const CaseScores& c : list.cases) {
      if (c.status != CaseStatus::scored) continue;
      const metric::Value mean = c.mean(dice);
      if (!c.agreement || !mean.number) {
        ++made.n_left_out;
        continue;
      }
      made.points.push_back({&list, &c, *c.agreement, *mean.number});
      observations.push_back({core::subject_of(c.of), *c.agreement, *mean.number});
      by_set[list.from.set].push_back(observations.back());
    }
  }
  if (made.points.empty()) return made;

  const metric::CompareOptions house;
  made.correlation = metric::rank_correlation(observations, house.level, house.resamples, house.seed,
                                              fmt::format("agreement/{}/{}", method, e.stages[stage]));
  correlate_within(by_set, made);
  const auto is_bad = [&](const AgreementPoint& p) { return p.dice < limits.bad; };
  for (const AgreementPoint& p : made.points) {
    made.n_bad += is_bad(p);
    if (p.agreement < limits.review) ++(is_bad(p) ? made.n_caught : made.n_in_vain);
  }
  std::vector<AgreementPoint> by_agreement = made.points;
  std::sort(by_agreement.begin(), by_agreement.end(), [](const AgreementPoint& a, const AgreementPoint& b) {
    return a.agreement != b.agreement ? a.agreement < b.agreement : a.dice > b.dice;
  });
  made.n_bad_of_least = static_cast<std::size_t>(
      std::count_if(by_agreement.begin(), by_agreement.begin() + static_cast<std::ptrdiff_t>(made.n_bad), is_bad));
  return made;
}

// Dashes and limits want no more digits than they need: 0.5, 0.75.
std::string limit(double number) { return fmt::format("{:g}", number); }

// "0.91 [0.85, 0.95]", or why there is no number or interval.
std::string correlation_text(const metric::RankCorrelation& r) {
  if (!r.rho.number) return r.rho.reason == "too-few" ? "– (fewer than 3 cases)" : "– (all are equal)";
  const std::string rho = fmt::format("{:.2f}", *r.rho.number);
  if (!r.interval) return rho + " (too few subjects)";
  return fmt::format("{} [{:.2f}, {:.2f}]", rho, r.interval->low, r.interval->high);
}

// "0.61", "0.61 (5 of 7 sets)" where the others have none, or why there is no number.
std::string within_text(const Agreement& a) {
  if (!a.within_sets.number)
    return a.within_sets.reason == "too-few" ? "– (fewer than 3 subjects)" : "– (all are equal)";
  const std::string mean = fmt::format("{:.2f}", *a.within_sets.number);
  return a.n_within == a.n_sets ? mean : fmt::format("{} ({} of {} sets)", mean, a.n_within, a.n_sets);
}

bool any_of_several_sets(const std::vector<Agreement>& agreements) {
  return std::any_of(agreements.begin(), agreements.end(), [](const Agreement& a) { return a.n_sets > 1; });
}

// Columns that tell nothing apart are left out.
struct Shown {
  bool stage, labelled, within_sets;
  Shown(const Experiment& e, const std::vector<Agreement>& agreements)
      : stage(e.stages.size() > 1), labelled(e.labelled.size() > 1), within_sets(any_of_several_sets(agreements)) {}
};

std::vector<std::string> head_of(const Shown& shown, const ReviewLimits& limits) {
  std::vector<std::string> titles{"method"};
  if (shown.stage) titles.emplace_back("stage");
  if (shown.labelled) titles.emplace_back("labelled");
  titles.emplace_back("cases");
  titles.emplace_back("rank correlation [95 %]");
  if (shown.within_sets) titles.emplace_back("within sets");
  titles.push_back("bad (Dice < " + limit(limits.bad) + ")");
  titles.push_back("caught (agreement < " + limit(limits.review) + ")");
  for (const char* title : {"missed", "sent in vain", "bad among as many that agree least"}) titles.emplace_back(title);
  return titles;
}

std::vector<std::string> cells_of(const Experiment& e, const Shown& shown, const Agreement& a) {
  std::vector<std::string> cells{a.method};
  if (shown.stage) cells.push_back(e.stages[a.stage].empty() ? "–" : stage_title(e.stages[a.stage]));
  if (shown.labelled) cells.push_back(e.labelled[a.labelled] ? std::to_string(*e.labelled[a.labelled]) : "–");
  cells.push_back(std::to_string(a.points.size()));
  cells.push_back(correlation_text(a.correlation));
  if (shown.within_sets) cells.push_back(within_text(a));
  cells.push_back(std::to_string(a.n_bad));
  cells.push_back(std::to_string(a.n_caught));
  cells.push_back(std::to_string(a.n_missed()));
  cells.push_back(fmt::format("{} of {}", a.n_in_vain, a.points.size() - a.n_bad));
  cells.push_back(fmt::format("{} of {}", a.n_bad_of_least, a.n_bad));
  return cells;
}

// With blanks at which no line ends, from there on.
std::string unbroken(const std::string& text, std::size_t from) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) out += text[i] == ' ' && i >= from ? "\u00a0" : text.substr(i, 1);
  return out;
}

// A head's line may end before a bracket, not in it; a cell's nowhere else.
std::string unbroken_head(const std::string& title) { return unbroken(title, title.find_first_of("([")); }

std::string unbroken_cell(const std::string& cell) {
  const std::size_t bracket = cell.find_first_of("([");
  return bracket == std::string::npos ? unbroken(cell, 0) : unbroken_head(cell);
}

bool any_between(const std::vector<Agreement>& agreements, Between between) {
  return std::any_of(agreements.begin(), agreements.end(), [&](const Agreement& a) {
    return std::any_of(a.points.begin(), a.points.end(),
                       [&](const AgreementPoint& p) { return p.of->between == between; });
  });
}

// "both stages", "the models (mean over their pairs)", or both of them.
std::string what_agrees(const std::vector<Agreement>& agreements) {
  const bool stages = any_between(agreements, Between::stages), models = any_between(agreements, Between::models);
  return stages && models ? "both stages, or the models (mean over their pairs)"
         : models         ? "the models (mean over their pairs)"
         : stages         ? "both stages"
                          : "two predictions";
}

double short_number(double number) { return std::round(number * 1000) / 1000; }

// Series of a set, and in it of each training: its cases' places in the set's names, agreement and Dice.
Json points_of(const Experiment& e, const Agreement& a, std::size_t step) {
  Json sets = Json::array();
  for (const std::string& set : e.sets) {
    Json names = Json::array(), trainings = Json::array();
    std::map<std::string, std::size_t> places;
    const ScoredList* last = nullptr;
    for (std::size_t i = 0; i < a.points.size(); i += step) {
      const AgreementPoint& p = a.points[i];
      if (p.list->from.set != set) continue;
      if (p.list != last) trainings.push_back({{"training", p.list->from.training()}, {"points", Json::array()}});
      last = p.list;
      const auto [place, is_new] = places.emplace(p.of->key(), names.size());
      if (is_new) names.push_back(p.of->of.name());
      trainings.back()["points"].push_back({place->second, short_number(p.agreement), short_number(p.dice)});
    }
    if (!names.empty())
      sets.push_back({{"set", set}, {"cases", std::move(names)}, {"trainings", std::move(trainings)}});
  }
  return sets;
}

std::string further_explanation(const std::vector<Agreement>& agreements) {
  std::string text = " Spared: good ones that are not sent.";
  if (any_of_several_sets(agreements))
    text +=
        " Within sets: the mean of the rank correlations of each set of at least 3 subjects; over all sets a difference "
        "between sets alone makes it high.";
  std::size_t left_out = 0;
  for (const Agreement& a : agreements) left_out += a.n_left_out;
  if (left_out > 0) text += fmt::format(" {} scored cases without agreement or Dice are left out.", left_out);
  return text;
}

}  // namespace

std::vector<Agreement> compare_agreement(const Experiment& e, const ReviewLimits& limits) {
  std::vector<Agreement> agreements;
  if (!e.tells_agreement() || !e.index_of(metric::Metric::dice)) return agreements;
  for (const std::string& method : e.methods)
    for (std::size_t stage = 0; stage < e.stages.size(); ++stage)
      for (std::size_t labelled = 0; labelled < e.labelled.size(); ++labelled)
        if (Agreement a = agreement_of(e, method, stage, labelled, limits); !a.points.empty())
          agreements.push_back(std::move(a));
  return agreements;
}

std::vector<Chart> agreement_charts(const Experiment& e, const std::vector<Agreement>& agreements,
                                    const ReviewLimits& limits) {
  std::vector<Chart> charts;
  for (const Agreement& a : agreements) {
    const std::size_t step = (a.points.size() + kMostAgreementPoints - 1) / kMostAgreementPoints;
    const std::string stage = e.stages.size() > 1 ? stage_title(e.stages[a.stage]) : "";
    std::string title = with_labelled(stage.empty() ? a.method : a.method + " " + stage, e.labelled[a.labelled]);
    if (step > 1) title += fmt::format(", one of {} cases", step);
    charts.push_back(
        {"agreement",
         title,
         fmt::format("Agreement and true Dice of {} cases, {}: rank correlation {}; of {} bad cases {} "
                     "caught and {} missed, {} good ones sent in vain and {} spared.",
                     a.points.size(), title, correlation_text(a.correlation), a.n_bad, a.n_caught, a.n_missed(),
                     a.n_in_vain, a.n_spared()),
         {{"kind", "agreement"},
          {"axes", {"agreement of " + what_agrees({a}), "true Dice, mean of classes"}},
          {"limits", {limits.review, limits.bad}},
          {"counts",
           {{"caught", a.n_caught}, {"missed", a.n_missed()}, {"in_vain", a.n_in_vain}, {"spared", a.n_spared()}}},
          {"sets", points_of(e, a, step)}}});
  }
  return charts;
}

std::string agreement_explanation(const std::vector<Agreement>& agreements, const ReviewLimits& limits) {
  const metric::CompareOptions house;
  return fmt::format(
      "Agreement: the Dice of the segmentations by {}, mean of the classes, of which one that neither found counts 0; "
      "it needs no label. Rank correlation: Spearman’s, of agreement and true Dice (mean of the classes), with its "
      "bootstrap interval over subjects ({} resamples); over all test sets and trainings. Bad: a true Dice below {}. A "
      "case whose agreement is below {} is sent to a human: so bad ones are caught or missed, good ones sent in vain. "
      "Last: how many of the bad are among as many cases as are bad that agree least.{}",
      what_agrees(agreements), house.resamples, limit(limits.bad), limit(limits.review),
      further_explanation(agreements));
}

std::string agreement_html(const Experiment& e, const std::vector<Agreement>& agreements, const ReviewLimits& limits) {
  const Shown shown(e, agreements);
  std::string text =
      "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Agreement and true Dice\">"
      "<table class=\"results counts\"><caption>Agreement and true Dice</caption><thead><tr>";
  for (const std::string& title : head_of(shown, limits))
    text += "<th scope=\"col\">" + html(unbroken_head(title)) + "</th>";
  text += "</tr></thead><tbody>\n";
  for (const Agreement& a : agreements) {
    const auto cells = cells_of(e, shown, a);
    text += "<tr><th scope=\"row\">" + html(cells.front()) + "</th>";
    for (std::size_t i = 1; i < cells.size(); ++i) text += "<td>" + html(unbroken_cell(cells[i])) + "</td>";
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string agreement_markdown(const Experiment& e, const std::vector<Agreement>& agreements,
                               const ReviewLimits& limits) {
  const Shown shown(e, agreements);
  const auto titles = head_of(shown, limits);
  std::string text = "**Agreement and true Dice**\n\n|";
  for (const std::string& title : titles) text += " " + markdown(title) + " |";
  text += "\n| --- |";
  for (std::size_t i = 1; i < titles.size(); ++i) text += " ---: |";
  for (const Agreement& a : agreements) {
    text += "\n|";
    for (const std::string& cell : cells_of(e, shown, a)) text += " " + markdown(cell) + " |";
  }
  return text + "\n\n" + agreement_explanation(agreements, limits) + "\n";
}

}  // namespace coopseg::report
