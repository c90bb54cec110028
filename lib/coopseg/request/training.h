// What a training is asked to do, and the doors behind which it is done. Programs refuse bad options before they load
// LibTorch; errors come through the doors as the exceptions of core/error.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/json.h"
#include "coopseg/core/provenance.h"
#include "coopseg/core/ranks.h"
#include "coopseg/dataset/augmentation.h"
#include "coopseg/image/paper.h"
#include "coopseg/model/network_type.h"
#include "coopseg/request/execution.h"
#include "coopseg/request/image_method.h"
#include "coopseg/request/latent.h"

namespace coopseg::request {

// What every training is told, whatever it trains.
struct RunOptions {
  std::vector<core::Case> train, validate;
  core::fs::path folder;  // the run folder
  bool resume = false;    // go on from folder/state.safetensors
  core::fs::path init;    // a model to begin with; empty: random weights
  core::Overwrite overwrite = core::Overwrite::no;
  core::LabelNames classes;     // empty: from the cases
  std::string device = "auto";  // auto, cpu, cuda, cuda:N
  Precision precision = Precision::fp32;
  std::size_t max_iterations = 0;     // 0: no limit; counted over the whole run
  std::size_t validate_every = 0;     // iterations; 0: at the end of each epoch
  std::size_t save_models_every = 0;  // iterations; 0: the best and the last model only
  std::size_t log_every = 0;          // iterations; 0: epochs only
  double save_every_s = 60;           // seconds between saved states inside an epoch; 0: at its end only
  std::uint64_t seed = 0;
  int threads = 1;        // of each process
  core::Ranks ranks;      // the processes that share each batch
  bool sync_norm = true;  // batch norms take statistics of the whole batch, not of a process's share
  core::Provenance provenance;
};

// Whose validation score says which model is the best: of the segmentation that the slow-thinking network has
// corrected, of the fast-thinking network's own, or the greater one of both.
enum class Selection { stn, ftn, best };
extern const core::Words<Selection> kSelections;

// Training of the networks of Chen et al. (MICCAI 2021) on slices.
struct TrainingRun : RunOptions {
  model::NetworkType network = model::NetworkType::fcn_16;
  bool slow_thinking = false;         // train the slow-thinking network, too
  bool separate = false;              // its losses send no gradient into the fast-thinking one
  Selection select = Selection::stn;  // where both are trained
  // Batches on which the slow-thinking network's batch norms are measured before it is validated or written; 0: they
  // are as they trained.
  std::size_t calibrate_norms = 0;
  LatentSettings latent;
  ImageMethodSettings images;  // a comparison method instead of it; none if its name is empty
  std::size_t epochs = 600;
  std::size_t batch_size = 20, crop = image::kPaperCrop;
  double learning_rate = 1e-4;
  double noise = 0.05;        // of the input, in units of the intensity range
  double image_weight = 0.5;  // of the reconstruction loss
  dataset::AugmentationPolicy augmentation;
  bool keep_empty_slices = false;  // in training
  bool paper_validation = false;   // empty validation slices replaced, anew in each epoch
};

// The settings in config.json of the run that is gone on with; null where none is.
core::Json settings_begun_with(const RunOptions& run);

// Throws core::UsageError for values of options that no training can have. What only the data can tell (classes, sizes)
// is not asked here.
void check_training(const TrainingRun& run);

// What --plan prints: data found, batches, parameters, memory, seconds per iteration (measured on a few), total time.
template <class Run>
using PlanTraining = core::Json(const Run& run);
// Trains; returns when done. Throws core::Interrupted after a stop signal, the state saved.
template <class Run>
using Train = void(const Run& run);
inline constexpr char kPlan[] = "coopseg_plan";
inline constexpr char kTrain[] = "coopseg_train";

}  // namespace coopseg::request
