// The tensors that a model file holds, by its description.
#pragma once

#include <vector>

#include "coopseg/model/description.h"
#include "coopseg/model/tensor_layout.h"

namespace coopseg::model {

// Of the whole network, heads included; empty for one that this version does not have.
std::vector<TensorLayout> layout_of_network(const ModelDescription& description);
// Of the model's file: the same, or of a pre-training the part that it has trained.
std::vector<TensorLayout> layout_of(const ModelDescription& description);

// Takes what layout_of() does not have out of the content of a pre-training's file.
void keep_trained_part(core::TensorFile& content, const ModelDescription& description);

}  // namespace coopseg::model
