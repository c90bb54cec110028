// Segmentation by the labelled images alone: what semi-supervised methods are compared with, and begin with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "coopseg/network/network.h"
#include "coopseg/training/method.h"

namespace coopseg::training {

// 1/2 (cross-entropy + Dice loss) of the labelled images (UA-MT's public code; Yu et al., MICCAI 2019). Images without
// label, where a batch has any, go through the network with the others and have no part in the loss: batch norms see
// them, as in the methods that learn from them.
class Supervised : public Method {
 public:
  // The network is initialised and on its device. With `dropout` in training, its masks drawn for each iteration.
  Supervised(std::unique_ptr<network::Network> network, bool dropout, const OptimiserSettings& how);

  std::vector<std::string> terms() const override { return {"cross_entropy", "dice"}; }
  Losses step(const TensorBatch& batch) override;
  std::vector<Player> players() override { return {{"", network_->weights().parameters(), how_}}; }
  network::Network& deployed() override { return *network_; }
  void save(core::TensorFile& content) const override { network_->weights().save(content); }
  void load(const core::TensorFile& content, const std::string& file) override;

 private:
  std::unique_ptr<network::Network> network_;
  bool dropout_;
  OptimiserSettings how_;
};

}  // namespace coopseg::training
