#include "coopseg/model/network_layout.h"

#include <map>
#include <utility>

#include "coopseg/model/layout_fcn16.h"
#include "coopseg/model/layout_unet.h"
#include "coopseg/model/layout_vnet.h"
#include "coopseg/model/pretraining.h"

namespace coopseg::model {

std::vector<TensorLayout> layout_of_network(const ModelDescription& description) {
  const auto type = kNetworkTypes.find(description.network);
  if (!type) return {};
  switch (*type) {
    case NetworkType::vnet: return layout_vnet(vnet_shape(description));
    case NetworkType::unet: return layout_unet(unet_shape(description));
    case NetworkType::fcn_16:
    case NetworkType::fcn_16_shared_code:
    case NetworkType::fcn_16_unfiltered: break;
  }
  return layout_fcn16(description.class_count(), description.has_output(kSlowOutput));
}

std::vector<TensorLayout> layout_of(const ModelDescription& description) {
  const auto stage = pretraining_stage(description);
  const auto network = layout_of_network(description);
  return stage ? trained_part(network, description, *stage) : network;
}

void keep_trained_part(core::TensorFile& content, const ModelDescription& description) {
  if (!pretraining_stage(description)) return;
  std::map<std::string, core::StoredTensor> part;
  for (const TensorLayout& tensor : layout_of(description)) {
    const auto found = content.tensors.find(tensor.full_name());
    if (found != content.tensors.end()) part.insert(content.tensors.extract(found));
  }
  content.tensors = std::move(part);
}

}  // namespace coopseg::model
