// What pre-training asks of a network, of every network that it can begin.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "coopseg/network/libtorch.h"
#include "coopseg/network/model.h"
#include "coopseg/network/unet.h"
#include "coopseg/network/vnet.h"

namespace coopseg::network {
namespace {

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Network>()> make;
  std::int64_t code_reduction;
};

template <class Made, class Shape>
Kind kind(const std::string& name, const Shape& shape, std::int64_t code_reduction = 16) {
  return {name, [shape] { return std::make_unique<Made>(shape); }, code_reduction};
}

const std::vector<Kind>& kinds() {
  using model::NetworkType;
  static const std::vector<Kind> kKinds{
      kind<UNet>("bilinear", model::UNetShape{1, 2, 3, model::Upsampling::bilinear, 2}),
      kind<UNet>("transposed", model::UNetShape{1, 2, 3, model::Upsampling::transposed, 2}, 8),
      kind<VNet>("vnet", model::VNetShape{1, 2, 3, 2, model::Norm::batch}),
      kind<VNet>("vnet_instance", model::VNetShape{1, 2, 3, 0, model::Norm::instance}),
      kind<Model>("ftn", Architecture{NetworkType::fcn_16, 3, false}),
      kind<Model>("with_stn", Architecture{NetworkType::fcn_16_shared_code, 3, true}),
      kind<Model>("unfiltered", Architecture{NetworkType::fcn_16_unfiltered, 3, false})};
  return kKinds;
}

class Pretrainable : public testing::TestWithParam<std::size_t> {
 protected:
  Pretrainable() : kind_(kinds()[GetParam()]), net_(kind_.make()) {
    net_->weights().initialise(4);
    std::vector<std::int64_t> size{2, 1, 32, 16};
    if (net_->dimensions() == 3) size.push_back(16);
    images_ = at::rand(size);
  }

  // Names of those of all parameters that have a gradient, and drops the gradients.
  std::set<std::string> reached() const {
    std::set<std::string> names;
    for (const auto& [name, tensor] : net_->weights().parameters()) {
      if (tensor.grad().defined()) names.insert(name);
      at::Tensor(tensor).mutable_grad().reset();
    }
    return names;
  }
  static std::set<std::string> names(const NamedTensors& tensors) {
    std::set<std::string> all;
    for (const auto& [name, tensor] : tensors) all.insert(name);
    return all;
  }

  const Kind& kind_;
  std::unique_ptr<Network> net_;
  at::Tensor images_;
};

TEST_P(Pretrainable, EncodesToTheCodeOfTheWholePass) {
  const at::Tensor code = net_->encode(images_, Mode::frozen);
  EXPECT_TRUE(at::equal(code, net_->forward(images_, Mode::frozen).code));
  EXPECT_EQ(code.size(1), net_->code_channels());
  EXPECT_EQ(code.size(2), images_.size(2) / kind_.code_reduction);
  EXPECT_EQ(code.dim(), net_->dimensions() + 2);
}

TEST_P(Pretrainable, EncodingLeavesTheDecodersStatisticsAlone) {
  std::vector<at::Tensor> before;
  for (const auto& [name, tensor] : net_->weights().state()) before.push_back(tensor.detach().clone());
  net_->encode(images_, Mode::train);
  const std::set<std::string> of_code = names(net_->code_parameters());
  std::size_t i = 0;
  for (const auto& [name, tensor] : net_->weights().state()) {
    if (at::equal(tensor, before[i++])) continue;
    const std::string norm = name.substr(0, name.rfind('.'));
    // The reference runs the decoupler for nothing where its code has no part in anything.
    EXPECT_TRUE(of_code.count(norm + ".weight") == 1 || norm.find("code_decoupler") != std::string::npos) << name;
  }
}

TEST_P(Pretrainable, ParametersOfCodeAndFeaturesAreThoseThatGetAGradient) {
  net_->give_features(true);
  net_->encode(images_, Mode::train).sum().backward();
  EXPECT_EQ(names(net_->code_parameters()), reached());
  net_->forward(images_, Mode::train).features.back().sum().backward();
  EXPECT_EQ(names(net_->feature_parameters()), reached());
  EXPECT_LT(net_->code_parameters().size(), net_->feature_parameters().size());
  EXPECT_LT(net_->feature_parameters().size(), net_->weights().parameters().size());
}

TEST_P(Pretrainable, GivesFeaturesOfTheImagesSizeWhereAskedToAndComputesTheSame) {
  const Output plain = net_->forward(images_, Mode::frozen);
  EXPECT_TRUE(plain.features.empty());
  net_->give_features(true);
  const Output out = net_->forward(images_, Mode::frozen);
  EXPECT_TRUE(at::equal(out.logits, plain.logits));
  EXPECT_TRUE(at::equal(out.code, plain.code));
  ASSERT_EQ(out.features.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(out.features[i].size(2), images_.size(2) >> (3 - i));
  EXPECT_EQ(out.features.back().size(1), net_->feature_channels());
  EXPECT_EQ(out.features.back().sizes().slice(2), images_.sizes().slice(2));
  out.features.back().sum().backward();  // as it is: nothing behind it has written into it
  EXPECT_TRUE(net_->predict(images_).features.empty());
  net_->use_precision(Precision::bf16);
  EXPECT_EQ(net_->forward(images_, Mode::frozen).features.back().scalar_type(), at::kFloat);
  EXPECT_EQ(net_->encode(images_, Mode::frozen).scalar_type(), at::kFloat);
  net_->give_features(false);
  EXPECT_TRUE(net_->forward(images_, Mode::frozen).features.empty());
}

INSTANTIATE_TEST_SUITE_P(Networks, Pretrainable, testing::Range<std::size_t>(0, 7),
                         [](const auto& of) { return kinds()[of.param].name; });

// With the least that a network must have.
class Mute : public Network {
 public:
  Output forward(const at::Tensor&, Mode, Dropout*) override { return {}; }
  Output predict(const at::Tensor&) override { return {}; }
  int classes() const override { return 2; }
  Weights& weights() override { return weights_; }
  const Weights& weights() const override { return weights_; }
  void use_precision(Precision) override {}
  Precision precision() const override { return Precision::fp32; }

 private:
  Weights weights_{{}};
};

TEST(Pretraining, OfANetworkThatSaysNothingOfItsInsideIsRefused) {
  Mute net;
  EXPECT_THROW(net.dimensions(), std::invalid_argument);
  EXPECT_THROW(net.code_channels(), std::invalid_argument);
  EXPECT_THROW(net.feature_channels(), std::invalid_argument);
  EXPECT_THROW(net.give_features(true), std::invalid_argument);
  EXPECT_THROW(net.encode(at::zeros({1, 1, 16, 16}), Mode::train), std::invalid_argument);
  EXPECT_THROW(net.code_parameters(), std::invalid_argument);
  EXPECT_THROW(net.feature_parameters(), std::invalid_argument);
}

}  // namespace
}  // namespace coopseg::network
