// The networks as graphs: from the image, as it was normalised, to what they give. Private to this folder. Each is what
// its namesake in network/ computes in evaluation.
#pragma once

#include <string>

#include "coopseg/model/description.h"
#include "coopseg/onnx/graph.h"

namespace coopseg::onnx {

// network/model.h: logits of the FTN, and of the STN that corrects what the FTN said.
Value fcn16(Graph& graph, const Value& image, const model::ModelDescription& description);
Value corrected_by_fcn16(Graph& graph, const Value& logits);

struct Heads {
  Value logits;
  Value distances;  // by tanh; empty of networks without
};
Heads unet(Graph& graph, const Value& image, const model::UNetShape& shape);  // network/unet.h
Heads vnet(Graph& graph, const Value& image, const model::VNetShape& shape);  // network/vnet.h

}  // namespace coopseg::onnx
