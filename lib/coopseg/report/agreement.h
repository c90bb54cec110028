// Does a low agreement of predictions of an image (of both stages, or of several models) tell that they are wrong?
//
//   const auto agreements = compare_agreement(experiment, {});
//   std::string text = agreement_markdown(experiment, agreements, {});
#pragma once

#include <string>
#include <vector>

#include "coopseg/metric/rank_correlation.h"
#include "coopseg/report/charts.h"
#include "coopseg/report/experiment.h"

namespace coopseg::report {

// Below it a case is sent to a human. Of 0.5, 0.55, ... the lowest that catches nine of ten failures among the
// validation cases of two experiments (docs/two-stages.md); never chosen on the cases that a report is about.
constexpr double kReviewBelow = 0.75;
constexpr double kBadBelow = 0.5;  // a case's true mean Dice

struct ReviewLimits {
  double review = kReviewBelow, bad = kBadBelow;  // from 0 to 1
};

// A scored case that has an agreement and a mean Dice of its classes.
struct AgreementPoint {
  const ScoredList* list = nullptr;
  const CaseScores* of = nullptr;
  double agreement = 0, dice = 0;
};

// The cases of one method, stage and number of labelled cases, over all sets and trainings.
struct Agreement {
  std::string method;
  std::size_t stage = 0, labelled = 0;  // in Experiment::stages and ::labelled
  std::vector<AgreementPoint> points;
  std::size_t n_left_out = 0;           // scored, but without agreement or Dice
  metric::RankCorrelation correlation;  // of agreement and Dice, over subjects; level, resamples and seed of cs-dice
  // Between sets alone a correlation may come about: all cases of a damaged one agree less and are worse. So here is
  // the mean of the correlations of each set, as far as it has kFewestForCorrelation subjects. Without a number: no set
  // has so many ("too-few"), or agreement or Dice of each that has is "all-equal".
  metric::Value within_sets;
  std::size_t n_within = 0, n_sets = 0;  // sets in that mean, and with a point
  std::size_t n_bad = 0;                 // Dice below ReviewLimits::bad
  std::size_t n_caught = 0;              // bad, and agreement below ReviewLimits::review
  std::size_t n_in_vain = 0;             // not bad, and agreement below it
  // Bad ones among the n_bad that agree least. Of equal agreement the best are taken first: no luck is counted.
  std::size_t n_bad_of_least = 0;

  std::size_t n_missed() const { return n_bad - n_caught; }
  std::size_t n_spared() const { return points.size() - n_bad - n_in_vain; }  // good, and not sent
};

// In the order of methods, stages and numbers of labelled cases; those without a point are left out. Empty where no
// case has an agreement, or where dice is not among the experiment's metrics.
std::vector<Agreement> compare_agreement(const Experiment& experiment, const ReviewLimits& limits);

// A scatter of each, one point a case (of more than kMostAgreementPoints each second, third, ...).
constexpr std::size_t kMostAgreementPoints = 2000;
std::vector<Chart> agreement_charts(const Experiment& experiment, const std::vector<Agreement>& agreements,
                                    const ReviewLimits& limits);

// What the table's columns mean, in a few sentences; and the table. Not for empty lists.
std::string agreement_explanation(const std::vector<Agreement>& agreements, const ReviewLimits& limits);
std::string agreement_html(const Experiment& experiment, const std::vector<Agreement>& agreements,
                           const ReviewLimits& limits);
std::string agreement_markdown(const Experiment& experiment, const std::vector<Agreement>& agreements,
                               const ReviewLimits& limits);

}  // namespace coopseg::report
