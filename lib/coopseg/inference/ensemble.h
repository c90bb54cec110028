// The models of one prediction: one, or an ensemble whose class probabilities are averaged.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "coopseg/inference/model_input.h"
#include "coopseg/request/prediction.h"

namespace coopseg::inference {

// One model, and what is asked of it.
struct Member {
  UsedModel model;
  std::vector<int> stn_steps{0};  // of its segmentations, as request::PredictorOptions has it; the first one counts
  std::string mirrored = {};      // axes along which it is shown mirror images, too (mirrored.h)

  std::size_t passes() const { return std::size_t{1} << mirrored.size(); }  // of an image, or window, and its mirrors
};

// Throws core::UsageError, naming both files and what differs, unless all models have the same classes, see the same of
// an image and expect the same preprocessing, so that their probabilities can be averaged; and for a file that is given
// twice. With `by_model` their training images must have lain alike, too, as each wants to see its own orientation.
void require_alike(const std::vector<UsedModel>& models, bool by_model);

// The first model that records how its training images lay in space, else the first of all. All that record it agree.
const UsedModel& oriented_by(const std::vector<Member>& members);

// In memory, each with `how` but for the model and its segmentations. Loads LibTorch. Throws as request::OpenPredictor
// does.
std::vector<std::unique_ptr<request::Predictor>> open_networks(const std::vector<Member>& members,
                                                               request::PredictorOptions how);

}  // namespace coopseg::inference
