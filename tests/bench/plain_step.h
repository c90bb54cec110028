// A training step of the plain network on made-up images, for programs that measure.
#pragma once

#include <ATen/ATen.h>

#include <string>

#include "coopseg/core/random.h"
#include "measured.h"
#include "plain_network.h"

namespace coopseg::bench {

class PlainStep {
 public:
  PlainStep(const std::string& method, std::int64_t side, std::int64_t batch)
      : cooperative_(method == "cooperative"),
        code_shape_{batch, 128, side / 16, side / 16},
        clean_(at::rand({batch, 1, side, side})),
        noise_(at::randn_like(clean_)),
        labels_(at::randint(kClasses, {batch, side, side}, at::kLong)) {}

  void operator()() {
    if (!cooperative_) {
      step_.standard(clean_, noise_, labels_);
      return;
    }
    const auto draw = [this](const char* code) {
      core::RandomStream stream(0, {"latent mask", code}, {iteration_});
      return training::draw_mask({}, code_shape_, stream);
    };
    const training::MaskDraw image = draw("image code"), shape = draw("shape code");
    ++iteration_;
    step_.cooperative(clean_, noise_, labels_, image, shape);
  }

 private:
  bool cooperative_;
  std::vector<std::int64_t> code_shape_;
  at::Tensor clean_, noise_, labels_;
  plain::Step step_{plain::Network(kClasses), 1e-4};
  std::uint64_t iteration_ = 0;
};

}  // namespace coopseg::bench
