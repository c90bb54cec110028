// Training of the FTN, alone or together with the STN (Chen et al., MICCAI 2021): on images as they are, on hard
// examples from masked codes, or with a comparison method.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "coopseg/network/model.h"
#include "coopseg/training/calibration.h"
#include "coopseg/training/method.h"
#include "coopseg/training/methods/hard_examples.h"
#include "coopseg/training/methods/standard_objective.h"

namespace coopseg::training {

// One player without a name, no prefix in the state.
class Cooperative : public Method {
 public:
  // `hard` makes hard examples, or what a comparison method does instead; null: none. `calibration` makes the network
  // ready for use; null: it is used as it is trained. Throws std::invalid_argument as StandardObjective does.
  Cooperative(network::Model model, const ObjectiveOptions& options, std::unique_ptr<HardExampleMaker> hard,
              const OptimiserSettings& how, std::unique_ptr<Calibration> calibration = nullptr);

  std::vector<std::string> terms() const override { return objective_.terms(); }
  Losses step(const TensorBatch& batch) override { return objective_.evaluate(model_, batch); }
  std::vector<Player> players() override { return {{"", model_.parameters(), how_}}; }
  network::Network& deployed() override { return model_; }
  network::Network& in_use(const std::function<void()>& pause) override {
    return calibration_ ? calibration_->of(model_, pause) : model_;
  }
  void save(core::TensorFile& content) const override { model_.save_state(content); }
  void load(const core::TensorFile& content, const std::string& file) override { model_.load_state(content, file); }

 private:
  network::Model model_;
  std::unique_ptr<HardExampleMaker> hard_;
  StandardObjective objective_;
  OptimiserSettings how_;
  std::unique_ptr<Calibration> calibration_;
};

}  // namespace coopseg::training
