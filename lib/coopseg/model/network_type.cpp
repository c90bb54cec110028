#include "coopseg/model/network_type.h"

#include <fmt/core.h>

#include <algorithm>

#include "coopseg/core/error.h"

namespace coopseg::model {
namespace {

constexpr std::uint64_t kCropStep = 16;  // four stages of down-sampling by two
constexpr std::uint64_t kMaxCrop = 16384;

}  // namespace

const core::Words<NetworkType> kNetworkTypes{{"FCN_16_standard", NetworkType::fcn_16},
                                             {"FCN_16_standard_share_code", NetworkType::fcn_16_shared_code},
                                             {"FCN_16_standard_w_o_filter", NetworkType::fcn_16_unfiltered},
                                             {"V-Net", NetworkType::vnet},
                                             {"U-Net", NetworkType::unet}};

const core::Words<NetworkType> kTwoStageTypes{
    {"FCN_16_standard", NetworkType::fcn_16},
    {"FCN_16_standard_share_code", NetworkType::fcn_16_shared_code},
    {"FCN_16_standard_w_o_filter", NetworkType::fcn_16_unfiltered}};

bool is_possible_crop(std::uint64_t pixels) {
  return pixels > 0 && pixels % kCropStep == 0 && pixels <= kMaxCrop;
}

void check_crop(std::uint64_t pixels) {
  if (is_possible_crop(pixels)) return;
  const std::uint64_t below = std::clamp(pixels / kCropStep * kCropStep, kCropStep, kMaxCrop - kCropStep);
  throw core::UsageError(
      "--crop", fmt::format("{} is not a multiple of {} up to {}", pixels, kCropStep, kMaxCrop),
      fmt::format("the network halves the image four times; take {} or {}", below, below + kCropStep));
}

std::vector<std::string> two_stage_outputs(bool slow_thinking) {
  return slow_thinking ? std::vector<std::string>{kFastOutput, kSlowOutput} : std::vector<std::string>{kFastOutput};
}

std::vector<std::string> one_stage_outputs(bool distance) {
  return distance ? std::vector<std::string>{kSegmentationOutput, kDistanceOutput}
                  : std::vector<std::string>{kSegmentationOutput};
}

}  // namespace coopseg::model
