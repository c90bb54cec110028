#include "coopseg/model/network_type.h"

namespace coopseg::model {

const core::Words<NetworkType> kNetworkTypes{{"FCN_16_standard", NetworkType::fcn_16},
                                             {"FCN_16_standard_share_code", NetworkType::fcn_16_shared_code},
                                             {"FCN_16_standard_w_o_filter", NetworkType::fcn_16_unfiltered}};

const std::vector<std::string>& network_types() {
  static const std::vector<std::string> kTypes = kNetworkTypes.all();
  return kTypes;
}

std::vector<std::string> two_stage_outputs(bool slow_thinking) {
  return slow_thinking ? std::vector<std::string>{kFastOutput, kSlowOutput} : std::vector<std::string>{kFastOutput};
}

}  // namespace coopseg::model
