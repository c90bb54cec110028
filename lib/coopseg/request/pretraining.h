// What a contrastive pre-training is asked to do, and the doors behind which it is done; see training.h.
#pragma once

#include <cstddef>
#include <string>

#include "coopseg/core/words.h"
#include "coopseg/dataset/view_augmentation.h"
#include "coopseg/model/layout_unet.h"
#include "coopseg/model/layout_vnet.h"
#include "coopseg/model/pretraining.h"
#include "coopseg/request/patch.h"
#include "coopseg/request/training.h"

namespace coopseg::request {

// Of which trainings begin with a part: of cs-train-semi, in two and in three dimensions, and of the other two.
enum class PretrainingNetwork { unet, vnet, ftn };
extern const core::Words<PretrainingNetwork> kPretrainingNetworks;  // "unet", "vnet", "ftn"

// The numbers of Hu et al. (MICCAI 2021), as their public code has them; of the V-Net and the FTN they are ours.
struct PretrainingRun : RunOptions {
  model::PretrainingStage stage = model::PretrainingStage::global;
  PretrainingNetwork network = PretrainingNetwork::unet;
  model::Upsampling upsampling = model::Upsampling::transposed;  // of the U-Net
  model::Norm norm = model::Norm::batch;                         // of the V-Net
  int filters = 64;                                              // of the first stage; the FTN has one size
  Patch patch{160, 160, 1};
  std::size_t epochs = 100;
  std::size_t batch_size = 120;     // images, each seen twice
  double learning_rate = 3e-4, weight_decay = 1e-5;  // of Adam
  bool cosine = true;               // the learning rate falls to 0 ...
  std::size_t constant_epochs = 10;  // ... after these
  double tau = 0.5;
  // Of `local`, against the quadratic cost: every so manyth row and column (and plane), and sides of the tiles within
  // which positions are compared; 0: all positions are compared.
  std::size_t stride = 4, block = 0;
  dataset::ViewAugmentation augmentation = dataset::ViewAugmentation::named("global");

  bool is_flat() const { return request::is_flat(patch); }
};

// Where nothing else is said: stages as they were published, volumes as many as fit.
PretrainingRun published_pretraining(model::PretrainingStage stage, PretrainingNetwork network);

// Throws core::UsageError for values of options that no pre-training can have.
void check_pretraining(const PretrainingRun& run);

// Of PlanTraining and Train.
inline constexpr char kPlanPretraining[] = "coopseg_plan_pretraining";
inline constexpr char kPretrain[] = "coopseg_pretrain";

}  // namespace coopseg::request
