#include "coopseg/request/patch.h"

#include <fmt/core.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/numbers.h"
#include "coopseg/core/text.h"
#include "coopseg/model/layout_vnet.h"

namespace coopseg::request {
namespace {

constexpr std::size_t kMaxSide = 4096;  // voxels
constexpr std::size_t kMaxBatchVoxels = std::size_t{1} << 31;

}  // namespace

Patch parse_patch(const std::string& text, const std::string& option) {
  return core::split(text).size() == 2 ? core::parse_sides(text + ",1", option) : core::parse_sides(text, option);
}

std::size_t check_patch(const Patch& patch, std::size_t images) {
  std::size_t voxels = images;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t side = patch[a];
    if (a == 2 && is_flat(patch)) continue;
    if (side == 0 || side % model::kVNetReduction != 0 || side > kMaxSide) {
      const std::size_t below = std::max<std::size_t>(side / model::kVNetReduction, 1) * model::kVNetReduction;
      throw core::UsageError(
          "--patch", fmt::format("{} is not a multiple of {} up to {}", side, model::kVNetReduction, kMaxSide),
          fmt::format("the network halves each side four times; take {} or {}: smaller volumes are padded", below,
                      below + model::kVNetReduction));
    }
    if (voxels > kMaxBatchVoxels / side)
      throw core::UsageError("--patch", "and --batch-size give batches beyond all memory", "take less");
    voxels *= side;
  }
  return voxels;
}

}  // namespace coopseg::request
