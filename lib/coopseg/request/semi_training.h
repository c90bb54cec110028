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
#include "coopseg/model/layout_unet.h"
#include "coopseg/model/layout_vnet.h"
#include "coopseg/request/patch.h"
#include "coopseg/request/semi_method.h"
#include "coopseg/request/training.h"

namespace coopseg::request {

enum class SemiOptimiser { sgd, adam, adamw };
extern const core::Words<SemiOptimiser> kSemiOptimisers;

// What is learned of cases that a model has labelled: its label maps, or its class probabilities.
enum class PseudoTargets { hard, soft };
extern const core::Words<PseudoTargets> kPseudoTargets;

// The published numbers for the left atrium (UA-MT's public code; Yu et al., MICCAI 2019).
struct SemiTrainingRun : RunOptions {
  SemiTrainingRun() { max_iterations = 6000; }

  SemiMethod method = SemiMethod::supervised;
  SemiMethodSettings method_settings = published(SemiMethod::supervised);
  std::vector<core::Case> unlabelled;
  std::vector<core::Case> watch;   // cases of `unlabelled` with labels, which are scored and never learned from
  std::vector<core::Case> pseudo;  // cases with pseudo-labels (dataset/label_source.h); supervised alone learns them
  PseudoTargets pseudo_targets = PseudoTargets::hard;
  double pseudo_weight = 1;    // of their loss; that of the labelled ones is 1, and the sum is divided by both
  bool allow_overlap = false;  // of the subjects of labelled cases and the others
  Patch patch{112, 112, 80};   // sides are multiples of 16
  std::array<std::size_t, 3> stride{0, 0, 0};  // from window to window in validation and prediction; 0: half a patch
  int filters = 16;                            // of the first stage
  model::Norm norm = model::Norm::batch;       // of the network of volumes
  model::Upsampling upsampling = model::Upsampling::bilinear;  // of the network of slices
  double dropout = 0.5;                                        // probability, of a channel
  std::size_t batch_labelled = 4, batch_unlabelled = 0, batch_pseudo = 0;
  SemiOptimiser optimiser = SemiOptimiser::sgd;
  double learning_rate = 0.01, momentum = 0.9, weight_decay = 1e-4;
  std::size_t rate_step = 2500;  // iterations after which the learning rate is multiplied by rate_factor; 0: never
  double rate_factor = 0.1;
  dataset::PatchAugmentation augmentation;

  std::size_t batch_images() const { return batch_labelled + batch_unlabelled + batch_pseudo; }
  std::array<std::size_t, 3> stride_or_half() const;
  bool is_flat() const { return request::is_flat(patch); }  // slices instead of volumes
};

// Where nothing else is said: of each method as it was published, for the left atrium.
SemiTrainingRun published_training(SemiMethod method);

// As many sides as the patch has, or one number for all. Throws core::UsageError naming --stride.
std::array<std::size_t, 3> parse_stride(const std::string& text, const std::array<std::size_t, 3>& patch);

// "L" or "L,U", of labelled patches and others. Throws core::UsageError naming --batch-size.
void parse_batch(const std::string& text, std::size_t& labelled, std::size_t& others);

// Throws core::UsageError for values of options that no training can have.
void check_training(const SemiTrainingRun& run);

// Of PlanTraining and Train.
inline constexpr char kPlanSemi[] = "coopseg_plan_semi";
inline constexpr char kTrainSemi[] = "coopseg_train_semi";

}  // namespace coopseg::request
