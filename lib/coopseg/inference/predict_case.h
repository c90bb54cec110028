// Predicts cases: each image through a model and back onto its own grid, written with its sidecar.
//
//   CasePredictor predictor(model, options);
//   const Prediction made = predictor.predict(c, {"predictions/ED_pred.nii.gz", std::nullopt});
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "coopseg/core/output.h"
#include "coopseg/inference/model_input.h"
#include "coopseg/request/prediction.h"

namespace coopseg::inference {

struct PredictionOptions {
  request::PredictorOptions network;
  InputOptions input;
  bool largest_component = false;  // of each class the largest connected component alone is kept
  core::OutputRules rules;
  core::Provenance provenance;  // of the run
};

struct PredictionFiles {
  core::fs::path labels;
  std::optional<core::fs::path> probabilities;  // 4D, background first

  std::vector<core::fs::path> all() const;
};

struct Prediction {
  core::Case result;  // for the list of outputs
  bool seen_in_training = false;
  bool kept = false;  // the files were up to date
};

class CasePredictor {
 public:
  // `model` must live as long.
  CasePredictor(const UsedModel& model, PredictionOptions options);

  // Loads LibTorch and the network, once. Called by predict() where it must be: a program that calls it first says what
  // is wrong with the model or the device once, and not for each case. Throws as request::OpenPredictor does.
  void open();

  // Thread-safe. Throws core::Error.
  Prediction predict(const core::Case& c, const PredictionFiles& files);

  double busy_seconds() const;  // that the network worked

 private:
  core::Provenance provenance_for(const CaseInput& input);
  core::Case result_for(const core::Case& c, const PredictionFiles& files, bool seen) const;

  const UsedModel& model_;
  PredictionOptions options_;
  std::unique_ptr<request::Predictor> network_;
  std::once_flag opened_;
};

}  // namespace coopseg::inference
