// What a training on patches of volumes is asked to do, with few labelled ones or with others beside them, and the
// doors behind which it is done; see training.h.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/words.h"
#include "coopseg/dataset/patch_augmentation.h"
#include "coopseg/model/layout_vnet.h"
#include "coopseg/request/training.h"

namespace coopseg::request {

enum class SemiMethod {
  supervised,  // the labelled volumes alone
};
extern const core::Words<SemiMethod> kSemiMethods;

// The published numbers for the left atrium (UA-MT's public code; Yu et al., MICCAI 2019).
struct SemiTrainingRun : RunOptions {
  SemiTrainingRun() { max_iterations = 6000; }

  SemiMethod method = SemiMethod::supervised;
  std::vector<core::Case> unlabelled;
  std::array<std::size_t, 3> patch{112, 112, 80};  // voxels, in the order of the voxel axes; multiples of 16
  std::array<std::size_t, 3> stride{0, 0, 0};      // from window to window in validation and prediction; 0: half a patch
  int filters = 16;                                // of the first stage
  model::Norm norm = model::Norm::batch;
  bool dropout = true;
  std::size_t batch_labelled = 4, batch_unlabelled = 0;
  double learning_rate = 0.01, momentum = 0.9, weight_decay = 1e-4;
  std::size_t rate_step = 2500;  // iterations after which the learning rate is multiplied by rate_factor; 0: never
  double rate_factor = 0.1;
  dataset::PatchAugmentation augmentation;
  core::fs::path init;  // a model to begin with; empty: random weights

  std::array<std::size_t, 3> stride_or_half() const;
};

// "L" or "L,U". Throws core::UsageError naming --batch-size.
void parse_batch(const std::string& text, std::size_t& labelled, std::size_t& unlabelled);

// Throws core::UsageError for values of options that no training can have.
void check_training(const SemiTrainingRun& run);

// Of PlanTraining and Train.
inline constexpr char kPlanSemi[] = "coopseg_plan_semi";
inline constexpr char kTrainSemi[] = "coopseg_train_semi";

}  // namespace coopseg::request
