// The V-Net of UA-MT's public code (Yu et al., MICCAI 2019), and with a second head for signed distances that of SASSNet
// (Li et al., MICCAI 2020): stages of 3 x 3 x 3 convolutions, strided 2 x 2 x 2 ones between them, skips that are added,
// every convolution with a norm and ReLU behind it.
//
// Images x are [N, channels, X, Y, Z], sides multiples of 16; logits [N, 1 or classes, X, Y, Z]; distances, by tanh in
// (-1, 1), [N, classes without background, X, Y, Z]; the code is the bottleneck before its dropout, [N, 16 * filters,
// X/16, Y/16, Z/16]; features, if asked for, of the four stages on the way up, before any dropout, from [N, 8 *
// filters, X/8, Y/8, Z/8] to [N, filters, X, Y, Z].
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "coopseg/model/layout_vnet.h"
#include "coopseg/network/network.h"

namespace coopseg::network {

//   VNet net({/*channels=*/1, /*filters=*/16, /*logits=*/3});
//   net.weights().initialise(/*seed=*/0);
//   Dropout dropout{core::RandomStream(seed, {"dropout"}, {iteration})};
//   Output out = net.forward(x, Mode::train, &dropout);
class VNet : public Network {
 public:
  // Weights are 0 (those of norms 1) until they are initialised or loaded. Throws core::UsageError for a shape that no
  // network can have.
  explicit VNet(const model::VNetShape& shape);
  ~VNet() override;

  const model::VNetShape& shape() const;

  // With which probability forward() drops whole channels of the bottleneck and of the last stage, where it is given
  // draws; the others are divided by the rest of it. 1/2 unless told otherwise. Throws core::UsageError outside [0, 1).
  void set_dropout(double probability);

  // Throws std::invalid_argument if an input's shape does not fit, which is never the user's doing.
  Output forward(const at::Tensor& x, Mode mode, Dropout* dropout = nullptr) override;
  // Batch norms are folded into the convolutions, which changes results by rounding only. No code.
  Output predict(const at::Tensor& x) override;
  int classes() const override;
  void give_stage(std::size_t stage) override;
  std::int64_t channels_of_stage(std::size_t stage) const override;
  std::int64_t reduction_of_stage(std::size_t stage) const override;
  int dimensions() const override { return 3; }
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
