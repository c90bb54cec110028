#include "coopseg/network/network.h"

#include <stdexcept>

#include "coopseg/network/libtorch.h"

namespace coopseg::network {

at::Tensor softmax_logits(const at::Tensor& logits) {
  return logits.size(1) == 1 ? at::cat({at::zeros_like(logits), logits}, 1) : logits;
}

void check_encoder_stage(std::size_t stage) {
  if (stage < 1 || stage > kEncoderStages) throw std::invalid_argument("an encoder has the stages 1 to 5");
}

void Network::give_stage(std::size_t stage) {
  if (stage > 0) throw std::invalid_argument("the network gives no stages of its encoder");
}

std::int64_t Network::channels_of_stage(std::size_t) const {
  throw std::invalid_argument("the network gives no stages of its encoder");
}

std::int64_t Network::reduction_of_stage(std::size_t) const {
  throw std::invalid_argument("the network gives no stages of its encoder");
}

namespace {
[[noreturn]] void refuse_pretraining() { throw std::invalid_argument("the network cannot be pre-trained"); }
}  // namespace

int Network::dimensions() const { refuse_pretraining(); }

std::int64_t Network::code_channels() const { refuse_pretraining(); }

std::int64_t Network::feature_channels() const { refuse_pretraining(); }

void Network::give_features(bool) { refuse_pretraining(); }

at::Tensor Network::encode(const at::Tensor&, Mode) { refuse_pretraining(); }

NamedTensors Network::code_parameters() const { refuse_pretraining(); }

NamedTensors Network::feature_parameters() const { refuse_pretraining(); }

}  // namespace coopseg::network
