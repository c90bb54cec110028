// Predicts cases: each image through a model and back onto its own grid, written with its sidecar.
//
//   CasePredictor predictor(members, options);
//   const Prediction made = predictor.predict(c, {"predictions/ED_pred.nii.gz", std::nullopt});
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/output.h"
#include "coopseg/inference/agreement.h"
#include "coopseg/inference/ensemble.h"
#include "coopseg/inference/model_input.h"
#include "coopseg/inference/placement.h"
#include "coopseg/inference/segment_volume.h"
#include "coopseg/request/prediction.h"

namespace coopseg::inference {

struct PredictionOptions {
  request::PredictorOptions network;  // all but the model and its segmentations, which are the members'
  InputOptions input;
  bool largest_component = false;     // of each class the largest connected component alone is kept
  bool pseudo_labels = false;         // cases get their label maps as labels, not as predictions
  std::optional<WindowPlan> windows;  // of models that see windows
  std::optional<double> review;       // cases of less agreement are marked in the list
  core::OutputRules rules;
  core::Provenance provenance;  // of the run
};

// What a model of windows sees, unless told otherwise; of two dimensions, windows of one plane, slice by slice. Throws
// core::UsageError naming --window or --stride for sides that its network cannot have, and for windows that this
// machine's memory cannot hold.
WindowPlan windows_of(const model::ModelDescription& description, const std::optional<WindowSize>& window,
                      const std::optional<WindowSize>& stride);

struct PredictionFiles {
  core::fs::path labels;
  std::optional<core::fs::path> probabilities;  // 4D, background first
  std::optional<core::fs::path> distances;      // 4D, of the classes without background; of models that give them

  std::vector<core::fs::path> all() const;
};

struct Prediction {
  core::Case result;  // for the list of outputs
  bool seen_in_training = false;
  bool kept = false;  // the files were up to date
  std::optional<Agreement> agreement = std::nullopt;
  bool review = false;
  std::optional<Placed> placed = std::nullopt;  // of images that were shown to the networks now
};

// What the agreement of a prediction is of: "stages", the segmentations of one model's two networks, or "models", those
// of an ensemble. Empty: there is one segmentation, which agrees with itself.
std::string compared(const std::vector<Member>& members);

class CasePredictor {
 public:
  // `members`, which require_alike(), must live as long.
  CasePredictor(const std::vector<Member>& members, PredictionOptions options);

  // Loads LibTorch and the networks, once. Called by predict() where it must be: a program that calls it first says
  // what is wrong with the model or the device once, and not for each case. Throws as request::OpenPredictor does.
  void open();

  // Thread-safe. Throws core::Error.
  Prediction predict(const core::Case& c, const PredictionFiles& files);

  double busy_seconds() const;  // that the networks worked

 private:
  const model::ModelDescription& description() const { return members_.front().model.description; }
  void describe_stages();
  core::Provenance provenance_for(const CaseInput& input);
  core::Case result_for(const core::Case& c, const PredictionFiles& files, bool seen) const;
  std::optional<Agreement> recorded_agreement(const core::fs::path& labels) const;
  core::Json judged(Prediction& done) const;
  std::vector<float> show(std::size_t n, const std::function<std::vector<float>(request::Predictor&)>& ask);
  VolumeSegmentation segmented(const core::Case& c, const CaseInput& input, const PredictionFiles& files,
                               Placed& placed);
  VolumeSegmentation segmented(image::Image image, const image::Preprocessing& steps, const PredictionFiles& files);
  void write_maps(const core::Origin& origin, const core::fs::path& file, const std::vector<image::Image>& maps,
                  const core::Json& frames) const;

  const std::vector<Member>& members_;
  const UsedModel& oriented_by_;  // the member whose training images say how images are to lie
  PredictionOptions options_;
  std::string compared_;
  std::vector<std::unique_ptr<request::Predictor>> networks_;
  std::once_flag opened_;
  std::mutex turn_;
};

}  // namespace coopseg::inference
