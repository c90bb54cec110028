// What a network is judged by in the course of its training.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "coopseg/core/case_list.h"
#include "coopseg/core/json.h"
#include "coopseg/dataset/batches.h"
#include "coopseg/network/network.h"
#include "coopseg/training/confusion.h"

namespace coopseg::training {

class Validation {
 public:
  virtual ~Validation() = default;
  virtual bool empty() const = 0;  // nothing to validate with
  // For the log and the model files. `epoch` is for draws that are made anew in each. `pause` is called now and then
  // and may throw. The processes of a group (network/group.h) divide the work; all get the same scores.
  virtual core::Json scores(network::Network& network, std::size_t epoch, const std::function<void()>& pause) = 0;
  // What the best model has most of; none: the last model is the best.
  virtual std::optional<double> selection(const core::Json& scores) const = 0;
  virtual std::string selected_by() const = 0;  // its name, for people: "IoU"
  // What people should know of a model with such scores; mostly nothing.
  virtual std::string remark(const core::Json& scores) const {
    static_cast<void>(scores);
    return {};
  }
  virtual std::size_t pieces() const = 0;  // that the processes of a group divide
  // Of one validation by one process, measured on a part of it.
  virtual double seconds(network::Network& network) = 0;
};

// "mean_iou", "iou" and "dice" of a class; with the background where IoU is meant (Chen et al., MICCAI 2021).
core::Json overlap(const Confusion& confusion, const core::LabelNames& classes);
// The same, and what else is known of the pixels.
core::Json slice_scores(const Confusion& confusion, const core::LabelNames& classes);
// What SliceValidation selects by.
std::optional<double> mean_iou(const core::Json& scores);

// One confusion matrix over all slices of all validation volumes; the mean IoU over the classes, background included,
// selects (Chen et al., MICCAI 2021).
class SliceValidation : public Validation {
 public:
  SliceValidation(dataset::ValidationSource source, core::LabelNames classes, std::string device);
  bool empty() const override { return source_.empty(); }
  core::Json scores(network::Network& network, std::size_t epoch, const std::function<void()>& pause) override;
  std::optional<double> selection(const core::Json& scores) const override;
  std::string selected_by() const override { return "IoU"; }
  std::size_t pieces() const override { return source_.batch_count(); }
  double seconds(network::Network& network) override;

 protected:
  dataset::ValidationSource source_;
  core::LabelNames classes_;
  std::string device_;
};

// Of what is judged by nothing but its own loss.
class NoValidation : public Validation {
 public:
  bool empty() const override { return true; }
  core::Json scores(network::Network&, std::size_t, const std::function<void()>&) override { return {}; }
  std::optional<double> selection(const core::Json&) const override { return std::nullopt; }
  std::string selected_by() const override { return {}; }
  std::size_t pieces() const override { return 0; }
  double seconds(network::Network&) override { return 0; }
};

}  // namespace coopseg::training
