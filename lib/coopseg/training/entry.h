// The doors of libcoopseg_training.so, through which programs reach LibTorch when they need it (core/late_library.h).
// Nothing of LibTorch stands here. Errors come through as the exceptions of core/error.h.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/json.h"
#include "coopseg/core/provenance.h"
#include "coopseg/dataset/augmentation.h"
#include "coopseg/dataset/slices.h"
#include "coopseg/training/method_settings.h"

namespace coopseg::training {

// Latent space data augmentation as options say it; see latent_mask.h for what the words mean.
struct LatentSettings {
  bool image = false, shape = false;  // which codes are masked; neither: no hard examples
  std::string mask = "random";        // random, dropout, channel, spatial
  double threshold = 0.5;             // the largest fraction of a code that is masked, in [0, 1)
  bool fixed_threshold = false;       // that fraction always, instead of a random one up to it
  bool hard = false;                  // masked entries become 0 instead of weaker
  std::string ranking = "gradient";   // gradient, magnitude, opposite
};

// Everything that a training program has resolved from its options.
struct TrainingRun {
  std::vector<core::Case> train, validate;
  core::fs::path folder;            // the run folder
  bool resume = false;              // go on from folder/state.safetensors
  core::Overwrite overwrite = core::Overwrite::no;
  std::string network = "FCN_16_standard";
  bool slow_thinking = false;       // train the slow-thinking network, too
  bool separate = false;            // its losses send no gradient into the fast-thinking one
  LatentSettings latent;
  ImageMethodSettings images;       // a comparison method instead of it; none if its name is empty
  core::LabelNames classes;         // empty: from the cases
  std::size_t epochs = 600;
  std::size_t max_iterations = 0;   // 0: no limit; counted over the whole run
  std::size_t batch_size = 20, crop = 192;
  double learning_rate = 1e-4;
  double noise = 0.05;              // of the input, in units of the intensity range
  double image_weight = 0.5;        // of the reconstruction loss
  dataset::AugmentationPolicy augmentation;
  bool keep_empty_slices = false;   // in training
  bool paper_validation = false;    // empty validation slices replaced, anew in each epoch
  std::string device = "auto";      // auto, cpu, cuda, cuda:N
  std::string precision = "fp32";   // fp32, bf16, auto
  std::size_t log_every = 0;        // iterations; 0: epochs only
  double save_every_s = 60;         // seconds between saved states inside an epoch; 0: at its end only
  std::uint64_t seed = 0;
  int threads = 1;
  core::Provenance provenance;
};

// What --plan prints: data found, batches, parameters, memory, seconds per iteration (measured on a few), total time.
using Plan = core::Json(const TrainingRun& run);
// Trains; returns when done. Throws core::Interrupted after a stop signal, the state saved.
using Train = void(const TrainingRun& run);

// A model in memory that segments stacks of slices.
class Predictor {
 public:
  virtual ~Predictor() = default;
  // Slices of crop x crop pixels; returns class probabilities, [slice][class][row][column] as one flat vector.
  virtual std::vector<float> probabilities(const std::vector<dataset::ImagePlane>& slices) = 0;
  virtual std::string torch_version() const = 0;  // "1.13.1", for sidecars
  virtual std::string precision() const = 0;      // "fp32" or "bf16": what was taken for auto
  virtual double busy_seconds() const = 0;        // that the network worked
};
struct PredictorOptions {
  core::fs::path model;
  int stn_steps = 0;           // 0: the FTN alone
  std::size_t batch_size = 10; // slices
  std::string device = "auto";
  std::string precision = "fp32";
  int threads = 1;
};
using OpenPredictor = Predictor*(const PredictorOptions& options);  // the caller deletes it

// One way of making hard examples of a volume: latent masks, or with images.method a comparison method, for which what
// is said of masks has no meaning and only an image is made.
struct Perturbation {
  std::string mask = "random";       // as LatentSettings; "none": the codes as they are (reconstruction, segmentation)
  double threshold = 0.5;            // the fraction that is masked, always
  bool hard = false;
  std::string ranking = "gradient";
  bool image = true, shape = true;   // which codes are masked and decoded
  ImageMethodSettings images;
  std::uint64_t seed = 0;
  std::string id, frame;             // of the case, which numbers are drawn for
  std::uint64_t repeat = 0;
};

// A model in memory that makes hard examples, as its training did: codes of the whole stack with the stack's own batch
// statistics, without input noise; nothing of the model changes.
class Perturber {
 public:
  virtual ~Perturber() = default;
  // Slices of crop x crop pixels and, for targeted masks of the shape code, their class indices (else empty). Returns
  // [slice][map][row][column] as one flat vector: with `image` the decoded or changed image, then, with `shape`, the
  // class probabilities of the decoded segmentation.
  virtual std::vector<float> perturb(const std::vector<dataset::ImagePlane>& slices,
                                     const std::vector<dataset::LabelPlane>& labels, const Perturbation& how) = 0;
  virtual std::string torch_version() const = 0;
};
using OpenPerturber = Perturber*(const PredictorOptions& options);  // stn_steps, batch_size and precision have no say

// Names of the functions above in the library.
inline constexpr char kLibrary[] = "coopseg_training";
inline constexpr char kPlan[] = "coopseg_plan";
inline constexpr char kTrain[] = "coopseg_train";
inline constexpr char kOpenPredictor[] = "coopseg_open_predictor";
inline constexpr char kOpenPerturber[] = "coopseg_open_perturber";

}  // namespace coopseg::training
