// What cs-predict is asked to do, and what follows from it for each model.
#pragma once

#include <string>
#include <vector>

#include "coopseg/inference/predict_case.h"
#include "model_options.h"

namespace coopseg::apps {

struct PredictOptions : ModelOptions {
  std::vector<core::fs::path> models;
  std::string stage = "auto";
  request::Precision precision = request::Precision::fp32;
  int steps = 1, batch_size = 10;
  bool probabilities = false, distances = false, pseudo_labels = false, largest_component = false, plan = false;
  bool flips = false;
  double review = 0;
  std::string window, stride;
  inference::Blend blend = inference::Blend::mean;
};

void add_predict_options(core::Command& command, PredictOptions& options);

// Both throw core::UsageError for options that do not go together or not with the models. members_of() tells which
// stage --stage auto takes, and why.
void check_predict_options(const core::Command& command, const PredictOptions& options);
std::vector<inference::Member> members_of(const core::Command& command, const PredictOptions& options);

inference::PredictionOptions how_to_predict(const core::Command& command, const PredictOptions& options,
                                            const std::vector<inference::Member>& members);

}  // namespace coopseg::apps
