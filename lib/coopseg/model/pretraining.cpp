#include "coopseg/model/pretraining.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "coopseg/model/description.h"

namespace coopseg::model {
namespace {

// "conv0_0.conv1" of the tensor "conv0_0.conv1.weight".
std::string layer_of(const TensorLayout& tensor) { return tensor.name.substr(0, tensor.name.rfind('.')); }

std::set<std::string> layers_of_unet(Upsampling upsampling, PretrainingStage stage) {
  std::set<std::string> layers;
  const auto& stages = unet_stages(upsampling);
  const std::size_t count = stage == PretrainingStage::global ? kUNetDepth + 1 : stages.size();
  for (std::size_t i = 0; i < count; ++i) {
    layers.insert(stages[i].convolutions.begin(), stages[i].convolutions.end());
    layers.insert(stages[i].batch_norms.begin(), stages[i].batch_norms.end());
    layers.insert(stages[i].up);
  }
  return layers;
}

// Blocks, of which the layers' names begin with the names.
std::set<std::string> blocks_of_vnet(PretrainingStage stage) {
  std::set<std::string> blocks;
  for (const VNetBlock& block : vnet_blocks()) {
    if (stage == PretrainingStage::global && block.kind == VNetBlock::Kind::up) break;
    blocks.insert(block.name);
  }
  return blocks;
}

bool is_of_two_stages(const TensorLayout& tensor, PretrainingStage stage) {
  if (tensor.module == "image_encoder") return true;
  return stage == PretrainingStage::local && tensor.module == "segmentation_decoder" &&
         layer_of(tensor) != "final_conv";
}

}  // namespace

const core::Words<PretrainingStage> kPretrainingStages{{"global", PretrainingStage::global},
                                                       {"local", PretrainingStage::local}};

std::vector<std::string> outputs_of(PretrainingStage stage) {
  return {stage == PretrainingStage::global ? kCodeOutput : kFeaturesOutput};
}

std::optional<PretrainingStage> pretraining_stage(const ModelDescription& description) {
  for (const PretrainingStage stage : {PretrainingStage::global, PretrainingStage::local})
    if (description.outputs == outputs_of(stage)) return stage;
  return std::nullopt;
}

std::vector<TensorLayout> trained_part(const std::vector<TensorLayout>& network, const ModelDescription& description,
                                       PretrainingStage stage) {
  const auto unet = layers_of_unet(description.size.upsampling, stage), vnet = blocks_of_vnet(stage);
  std::vector<TensorLayout> part;
  std::copy_if(network.begin(), network.end(), std::back_inserter(part), [&](const TensorLayout& tensor) {
    if (tensor.module == kUNetModule) return unet.count(layer_of(tensor)) > 0;
    if (tensor.module == kVNetModule) return vnet.count(tensor.name.substr(0, tensor.name.find('.'))) > 0;
    return is_of_two_stages(tensor, stage);
  });
  return part;
}

}  // namespace coopseg::model
