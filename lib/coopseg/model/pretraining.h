// Models of pre-training: a part of a network that segments nothing yet. Trainings begin with it (--init).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/words.h"
#include "coopseg/model/tensor_layout.h"

namespace coopseg::model {

struct ModelDescription;

// The stages of supervised local contrast (Hu et al., MICCAI 2021, section 2).
enum class PretrainingStage {
  global,  // whole images are told apart by the code of the bottleneck
  local,   // pixels of classes by the features of the decoder's last stage
};
extern const core::Words<PretrainingStage> kPretrainingStages;  // "global", "local"

// What models of a stage give: the mean code of an image, or features at each pixel.
inline constexpr char kCodeOutput[] = "code", kFeaturesOutput[] = "features";
std::vector<std::string> outputs_of(PretrainingStage stage);

// None of models that segment.
std::optional<PretrainingStage> pretraining_stage(const ModelDescription& description);

// Of a network's tensors those that the stage trains, and its models hold: of `global` the way from the image to the
// code, of `local` all up to the last features, without heads. `network` is the whole of what the description tells of.
std::vector<TensorLayout> trained_part(const std::vector<TensorLayout>& network, const ModelDescription& description,
                                       PretrainingStage stage);

}  // namespace coopseg::model
