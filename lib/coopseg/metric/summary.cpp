#include "coopseg/metric/summary.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/subject.h"

namespace coopseg::metric {

namespace {

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

}  // namespace

Statistic statistic_of(const std::vector<double>& values) {
  Statistic s;
  s.n_scored = values.size();
  for (double v : values) s.n_infinite += std::isinf(v);
  if (values.empty() || s.n_infinite > 0) {
    s.mean.reason = s.sd.reason = s.median.reason = values.empty() ? "nothing-scored" : "infinite-values";
    return s;
  }
  const double mean = mean_of(values);
  s.mean.number = mean;
  s.median.number = median_of(values);
  if (values.size() == 1) {
    s.sd.reason = "one-value";
    return s;
  }
  double squares = 0;
  for (double v : values) squares += (v - mean) * (v - mean);
  s.sd.number = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return s;
}

std::vector<Summary> summarise(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                               const std::vector<Metric>& metrics, const std::string& by) {
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> place;
  std::vector<Summary> summaries;
  struct Collected {
    std::array<std::vector<double>, kMetrics> values;
    std::size_t common = 0, total = 0;
  };
  std::vector<Collected> collected;
  std::string dataset, group;
  bool seen = false;
  const core::Case* last = nullptr;  // a case's rows stand together
  for (const Row& row : rows) {
    if (const core::Case* c = cases.empty() ? nullptr : &cases[row.case_index]; c != last) {
      dataset = c->text("dataset");
      group = by.empty() ? "" : c->text(by.c_str());
      seen = seen_in_training(*c);
      last = c;
    }
    const auto [found, is_new] = place.try_emplace({dataset, group, row.class_name}, summaries.size());
    if (is_new) {
      summaries.emplace_back();
      summaries.back().dataset = dataset;
      summaries.back().class_name = row.class_name;
      summaries.back().by = by;
      summaries.back().group = group;
      collected.emplace_back();
    }
    Summary& s = summaries[found->second];
    Collected& all = collected[found->second];
    ++s.n_rows;
    s.n_missing += row.status == Status::missing;
    s.n_failed += row.status == Status::failed;
    s.n_seen_in_training += seen;
    if (row.status != Status::scored) continue;
    s.n_empty_both += row.score.empty == Empty::both;
    s.n_empty_reference += row.score.empty == Empty::reference;
    s.n_empty_prediction += row.score.empty == Empty::prediction;
    all.common += row.score.common_voxels;
    all.total += row.score.reference_voxels + row.score.prediction_voxels;
    for (Metric metric : metrics)
      if (const auto& value = row.score[metric]; value.number)
        all.values[static_cast<std::size_t>(metric)].push_back(*value.number);
  }
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    for (Metric metric : metrics) {
      const auto m = static_cast<std::size_t>(metric);
      summaries[i].statistics[m] = statistic_of(collected[i].values[m]);
    }
    if (collected[i].total > 0)
      summaries[i].pooled_dice.number =
          2.0 * static_cast<double>(collected[i].common) / static_cast<double>(collected[i].total);
    else
      summaries[i].pooled_dice.reason = "both-empty";
  }
  return summaries;
}

std::vector<Comparison> compare(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                                const std::vector<core::Case>& other_cases, const std::vector<Row>& other_rows,
                                const std::vector<Metric>& metrics, const CompareOptions& options) {
  const auto key_of = [](const core::Case& c) { return c.name() + "\n" + c.text("dataset"); };
  const auto refuse_twin = [](const core::Case& c) {
    throw core::UsageError("--compare", "a list holds " + c.name() + " twice: pairs would be arbitrary",
                           "give the cases other ids, or name their data sets");
  };
  // A case's rows stand together; of the other list's they begin at `first`.
  struct Partner {
    std::size_t case_index, first;
    bool taken = false;
  };
  std::map<std::string, Partner> partners;
  std::map<std::string, std::size_t> unmatched;  // of the other list, by class
  for (std::size_t i = 0; i < other_rows.size(); ++i) {
    const std::size_t index = other_rows[i].case_index;
    if ((i == 0 || other_rows[i - 1].case_index != index) &&
        !partners.emplace(key_of(other_cases[index]), Partner{index, i}).second) {
      refuse_twin(other_cases[index]);
    }
    ++unmatched[other_rows[i].class_name];
  }
  const auto row_like = [&](const Row& row, const Partner& partner) -> const Row* {
    for (std::size_t i = partner.first; i < other_rows.size() && other_rows[i].case_index == partner.case_index; ++i)
      if (other_rows[i].class_name == row.class_name && other_rows[i].slice.value_or(0) == row.slice.value_or(0))
        return &other_rows[i];
    return nullptr;
  };
  std::set<std::string> alone;  // cases without a partner
  const core::Case* last = nullptr;
  const Partner* partner = nullptr;
  std::vector<std::string> classes;
  std::map<std::string, std::vector<std::pair<const Row*, const Row*>>> pairs;
  std::map<std::string, std::size_t> only_here;
  bool any = false;
  for (const Row& row : rows) {
    if (std::find(classes.begin(), classes.end(), row.class_name) == classes.end()) classes.push_back(row.class_name);
    if (const core::Case* c = &cases[row.case_index]; c != last) {
      last = c;
      const std::string key = key_of(*c);
      const auto found = partners.find(key);
      const bool is_new = found == partners.end() ? alone.insert(key).second : !std::exchange(found->second.taken, true);
      if (!is_new) refuse_twin(*c);
      partner = found == partners.end() ? nullptr : &found->second;
    }
    const Row* other = partner ? row_like(row, *partner) : nullptr;
    if (!other) {
      ++only_here[row.class_name];
      continue;
    }
    any = true;
    --unmatched[row.class_name];
    pairs[row.class_name].push_back({&row, other});
  }
  if (!any)
    throw core::UsageError("--compare", "no case and class of this list stands in the other",
                           "cases are paired by id, frame, artefact, repeat and dataset");
  std::vector<Comparison> comparisons;
  for (const auto& name : classes)
    for (Metric metric : metrics) {
      Comparison c;
      c.class_name = name;
      c.metric = metric;
      c.n_only_here = only_here[name];
      c.n_only_there = unmatched[name];
      NamedNumbers of_rows;
      for (const auto& [here, there] : pairs[name]) {
        const auto &a = here->score[metric].number, &b = there->score[metric].number;
        if (a && b && std::isfinite(*a) && std::isfinite(*b))
          of_rows.emplace_back(core::subject_of(cases[here->case_index]), *a - *b);
        else
          ++c.n_undefined;
      }
      std::vector<double> differences;
      for (const auto& [subject, difference] : means_by_name(of_rows)) differences.push_back(difference);
      c.n_pairs = of_rows.size();
      c.n_subjects = differences.size();
      c.test = signed_rank_test(differences);
      if (!differences.empty()) {
        c.mean_difference = mean_of(differences);
        c.median_difference = median_of(differences);
        c.interval =
            bootstrap_mean(differences, options.level, options.resamples, options.seed, name + "/" + name_of(metric));
      }
      comparisons.push_back(std::move(c));
    }
  return comparisons;
}

}  // namespace coopseg::metric
