// Two U-Nets for images of two dimensions: that of Duo-SegNet (Peiris et al., MICCAI 2021) and that of supervised local
// contrast (Hu et al., MICCAI 2021), as their public codes have them. Stages of two 3 x 3 convolutions, max pooling
// between them on the way down; on the way up skips that are concatenated.
//
// Images x are [N, channels, H, W], sides multiples of 16; logits [N, 1 or classes, H, W]; distances, of a second head
// that neither code has, by tanh in (-1, 1), [N, classes without background, H, W]; features, if asked for, of the four
// stages on the way up, from [N, 8 * filters, H/8, W/8] to [N, filters, H, W]. The code of Duo-SegNet's is the widest
// stage, [N, 16 * filters, H/16, W/16]; of the other one what comes of that on the first step up, [N, 8 * filters, H/8,
// W/8].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "coopseg/model/layout_unet.h"
#include "coopseg/network/network.h"

namespace coopseg::network {

//   UNet net({/*channels=*/1, /*filters=*/64, /*logits=*/4, model::Upsampling::transposed});
//   net.weights().initialise(/*seed=*/0);
//   Output out = net.forward(x, Mode::train);
class UNet : public Network {
 public:
  // Weights are 0 (those of norms 1) until they are initialised or loaded. Throws core::UsageError for a shape that no
  // network can have.
  explicit UNet(const model::UNetShape& shape);
  ~UNet() override;

  const model::UNetShape& shape() const;

  // There is no dropout in these networks. Throws std::invalid_argument if an input's shape does not fit, which is
  // never the user's doing.
  Output forward(const at::Tensor& x, Mode mode, Dropout* dropout = nullptr) override;
  // Batch norms are folded into the convolutions, which changes results by rounding only. No code, no features.
  Output predict(const at::Tensor& x) override;
  int classes() const override;
  void give_stage(std::size_t stage) override;
  std::int64_t channels_of_stage(std::size_t stage) const override;
  std::int64_t reduction_of_stage(std::size_t stage) const override;
  int dimensions() const override { return 2; }
  std::int64_t code_channels() const override;
  std::int64_t feature_channels() const override;
  void give_features(bool given) override;
  at::Tensor encode(const at::Tensor& x, Mode mode) override;
  NamedTensors code_parameters() const override;
  NamedTensors feature_parameters() const override;
  Weights& weights() override;
  const Weights& weights() const override;
  void use_precision(Precision precision) override;
  Precision precision() const override;

 private:
  struct Blocks;
  std::unique_ptr<Blocks> blocks_;
};

}  // namespace coopseg::network
