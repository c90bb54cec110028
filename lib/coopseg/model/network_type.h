// The networks that this version can build and run, by the names that model files give them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/core/words.h"

namespace coopseg::model {

// The first three are those of the reference implementation (Chen et al., MICCAI 2021). They have the same modules and
// parameters; see layout_fcn16.h and network/model.h.
enum class NetworkType {
  fcn_16,              // both codes
  fcn_16_shared_code,  // the image decoder reads the shape code
  fcn_16_unfiltered,   // the segmentation decoder reads the image code
  vnet,                // of three dimensions, one stage; see layout_vnet.h and network/vnet.h
  unet,                // of two dimensions, one stage; see layout_unet.h and network/unet.h
};
extern const core::Words<NetworkType> kNetworkTypes;   // "FCN_16_standard", ..., "V-Net", "U-Net"
extern const core::Words<NetworkType> kTwoStageTypes;  // those of the reference implementation

// A multiple of 16, to which they halve the image four times, up to 16384.
bool is_possible_crop(std::uint64_t pixels);
void check_crop(std::uint64_t pixels);  // throws core::UsageError naming --crop

// What the networks of two stages give, as --stage and results lists say it.
inline constexpr char kFastOutput[] = "ftn", kSlowOutput[] = "stn";
std::vector<std::string> two_stage_outputs(bool slow_thinking);  // the first, or both

// What the networks of one stage give.
inline constexpr char kSegmentationOutput[] = "segmentation", kDistanceOutput[] = "distance";
std::vector<std::string> one_stage_outputs(bool distance);  // the first, or both

}  // namespace coopseg::model
