#include "coopseg/training/confusion.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <numeric>

namespace coopseg::training {
namespace {

std::optional<double> ratio(double numerator, double denominator) {
  if (denominator == 0) return std::nullopt;
  return numerator / denominator;
}

std::optional<double> mean_of_defined(int classes, const std::function<std::optional<double>(int)>& value) {
  double sum = 0;
  int defined = 0;
  for (int c = 0; c < classes; ++c) {
    if (const auto v = value(c)) {
      sum += *v;
      ++defined;
    }
  }
  return ratio(sum, defined);
}

}  // namespace

Confusion::Confusion(int classes) : classes_(classes), counts_(static_cast<std::size_t>(classes * classes), 0) {}

void Confusion::add(const std::vector<std::int64_t>& counts) {
  assert(counts.size() == counts_.size());
  std::transform(counts.begin(), counts.end(), counts_.begin(), counts_.begin(), std::plus<>());
}

void Confusion::clear() { std::fill(counts_.begin(), counts_.end(), 0); }

std::int64_t Confusion::pixels() const { return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0}); }

Confusion::Counts Confusion::of(int c) const {
  assert(c >= 0 && c < classes_);
  std::int64_t predicted = 0, reference = 0;
  for (int other = 0; other < classes_; ++other) {
    reference += counts_[static_cast<std::size_t>(c * classes_ + other)];
    predicted += counts_[static_cast<std::size_t>(other * classes_ + c)];
  }
  return {static_cast<double>(counts_[static_cast<std::size_t>(c * classes_ + c)]), static_cast<double>(predicted),
          static_cast<double>(reference)};
}

std::optional<double> Confusion::iou(int c) const {
  const Counts n = of(c);
  return ratio(n.hit, n.predicted + n.reference - n.hit);
}

std::optional<double> Confusion::dice(int c) const {
  const Counts n = of(c);
  return ratio(2 * n.hit, n.predicted + n.reference);
}

std::optional<double> Confusion::recall(int c) const {
  const Counts n = of(c);
  return ratio(n.hit, n.reference);
}

std::optional<double> Confusion::mean_iou() const {
  return mean_of_defined(classes_, [this](int c) { return iou(c); });
}

std::optional<double> Confusion::mean_recall() const {
  return mean_of_defined(classes_, [this](int c) { return recall(c); });
}

std::optional<double> Confusion::accuracy() const {
  double hits = 0;
  for (int c = 0; c < classes_; ++c) hits += of(c).hit;
  return ratio(hits, static_cast<double>(pixels()));
}

core::Json per_class(const Confusion& confusion, const core::LabelNames& names, bool background,
                     std::optional<double> (Confusion::*value)(int) const) {
  core::Json json = core::Json::object();
  const auto put = [&](const std::string& name, int c) {
    const auto v = (confusion.*value)(c);
    json[name] = v ? core::Json(*v) : core::Json();
  };
  if (background) put("background", 0);
  for (std::size_t i = 0; i < names.size(); ++i) put(names[i].first, static_cast<int>(i) + 1);
  return json;
}

}  // namespace coopseg::training
