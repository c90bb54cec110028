// Validation of networks of two stages: of what the fast-thinking network says, of that corrected by the slow-thinking
// one, and of what the slow-thinking one makes of true labels: how much of a shape it keeps, although its batch norms
// may be measured for predictions.
#pragma once

#include <string>

#include "coopseg/dataset/batches.h"
#include "coopseg/request/training.h"
#include "coopseg/training/validation.h"

namespace coopseg::training {

// SliceValidation's scores of the stage that selects, and
//   "stage": "stn", "stages": {"ftn": {"mean_iou","iou","dice"}, "stn": {...}}, "stn_of_labels": {...}
class StageValidation : public SliceValidation {
 public:
  StageValidation(dataset::ValidationSource source, core::LabelNames classes, std::string device,
                  request::Selection select);
  // Of a network::Model with an STN.
  core::Json scores(network::Network& network, std::size_t epoch, const std::function<void()>& pause) override;
  // Where the correction lowers the IoU.
  std::string remark(const core::Json& scores) const override;
  double seconds(network::Network& network) override;

 private:
  request::Selection select_;
};

}  // namespace coopseg::training
