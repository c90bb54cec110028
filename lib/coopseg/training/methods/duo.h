// Duo-SegNet (Peiris, Chen, Egan, Harandi, MICCAI 2021): two networks, each trained on its own half of the labelled
// images, shall agree on the others; a critic learns to tell segmentations from labels, and they to deceive it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/network/critic.h"
#include "coopseg/training/methods/student.h"

namespace coopseg::training {

struct DuoSettings {
  double difference_weight = 0.4, adversarial_weight = 0.2;  // a weight of 0 leaves a term out
  // As the public code, whose Dice loss and difference are numbers without gradients.
  bool faithful = false;
};

class Duo : public Method {
 public:
  struct Parts {
    std::unique_ptr<network::Network> first, second;  // initialised, on their device; the first is deployed
    std::unique_ptr<network::Critic> critic;          // null where the adversarial term has no weight
    bool dropout = false;
    OptimiserSettings how, critics;
  };
  Duo(Parts parts, const DuoSettings& settings) : parts_(std::move(parts)), settings_(settings) {}

  std::vector<std::string> terms() const override;
  // The first half of the labelled images is the first network's, the second the second's. The total holds the critic's
  // own loss, too, whose gradients reach the critic alone.
  Losses step(const TensorBatch& batch) override;
  std::vector<Player> players() override;
  network::Network& deployed() override { return *parts_.first; }
  network::NamedTensors others() const override;
  void save(core::TensorFile& content) const override;  // behind "student/", "second/" and "critic/"
  void load(const core::TensorFile& content, const std::string& file) override;

 private:
  Parts parts_;
  DuoSettings settings_;
};

}  // namespace coopseg::training
