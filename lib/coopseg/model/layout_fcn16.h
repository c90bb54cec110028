// The tensors of FCN-16: the five modules of the networks of Chen et al., MICCAI 2021.
#pragma once

#include <string>
#include <vector>

#include "coopseg/model/tensor_layout.h"

namespace coopseg::model {

// The five modules, or the three of the FTN, in the order of the reference's state_dicts. `classes` counts the
// background. All of kTwoStageTypes have the same tensors.
std::vector<TensorLayout> layout_fcn16(int classes, bool slow_thinking);
std::vector<std::string> module_names(bool slow_thinking);

}  // namespace coopseg::model
