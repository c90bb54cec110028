#include "coopseg/request/latent.h"

#include <fmt/core.h>

#include "coopseg/core/error.h"

namespace coopseg::request {

const core::Words<MaskType> kMaskTypes{{"random", MaskType::random},
                                       {"dropout", MaskType::dropout},
                                       {"channel", MaskType::channel},
                                       {"spatial", MaskType::spatial}};
const core::Words<MaskRanking> kMaskRankings{{"gradient", MaskRanking::gradient},
                                             {"magnitude", MaskRanking::magnitude},
                                             {"opposite", MaskRanking::opposite}};

void check_mask_threshold(double threshold) {
  if (threshold >= 0 && threshold < 1) return;
  throw core::UsageError("--mask-threshold", fmt::format("{} is not in [0, 1)", threshold),
                         "it is the largest fraction of a code that is masked; the paper's is 0.5");
}

}  // namespace coopseg::request
