// Scores of label maps during training: one confusion matrix over all pixels seen, and what follows from it.
//
//   Confusion confusion(4);
//   confusion.add(counts);                  // counts[reference * 4 + predicted], e.g. of one batch
//   double score = *confusion.mean_iou();   // what selects the best model
//
// Chen et al., MICCAI 2021 select by the mean IoU over the classes, background included, from one matrix over all
// slices of all validation volumes. These are scores of pixels in crops; papers' tables come from cs-dice.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/json.h"

namespace coopseg::training {

class Confusion {
 public:
  explicit Confusion(int classes);

  // Adds pixel counts, row-major [reference][predicted]; classes * classes of them.
  void add(const std::vector<std::int64_t>& counts);
  void clear();
  const std::vector<std::int64_t>& counts() const { return counts_; }
  int classes() const { return classes_; }
  std::int64_t pixels() const;

  // Per class; empty where it is 0/0.
  std::optional<double> iou(int c) const;     // TP / (TP + FP + FN)
  std::optional<double> dice(int c) const;    // 2 TP / (2 TP + FP + FN)
  std::optional<double> recall(int c) const;  // TP / (TP + FN)
  // Means over all classes with a value; empty if there is none.
  std::optional<double> mean_iou() const;
  std::optional<double> mean_recall() const;
  std::optional<double> accuracy() const;  // pixels

 private:
  struct Counts {
    double hit, predicted, reference;
  };
  Counts of(int c) const;
  int classes_;
  std::vector<std::int64_t> counts_;
};

// {"LV":0.91,"MYO":null}: one value per class, undefined ones null. With the background first where `background`.
core::Json per_class(const Confusion& confusion, const core::LabelNames& names, bool background,
                     std::optional<double> (Confusion::*value)(int) const);

}  // namespace coopseg::training
