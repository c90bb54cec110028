// Validation of networks that see windows: whole volumes, as prediction segments them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/dataset/volume_set.h"
#include "coopseg/inference/windows.h"
#include "coopseg/training/validation.h"

namespace coopseg::training {

// The Dice of each class in each volume, then the mean over volumes, then over classes: that selects. A volume in which
// neither reference nor prediction has a class says nothing of it.
//   {"mean_dice": 0.86, "dice": {"anterior": 0.87, ...}, "cases": [{"case": "hippocampus_001", "dice": {...}}, ...]}
class WindowValidation : public Validation {
 public:
  // `set`, null for none, must outlive the validation.
  WindowValidation(const dataset::VolumeSet* set, const inference::WindowPlan& plan, core::LabelNames classes,
                   std::string device);
  bool empty() const override { return !set_ || set_->volumes.empty(); }
  core::Json scores(network::Network& network, std::size_t epoch, const std::function<void()>& pause) override;
  std::optional<double> selection(const core::Json& scores) const override;
  std::string selected_by() const override { return "Dice"; }
  std::size_t pieces() const override { return set_->volumes.size(); }
  double seconds(network::Network& network) override;

 private:
  Confusion compare(network::Network& network, const dataset::TrainingVolume& volume,
                    const std::function<void()>& pause) const;

  const dataset::VolumeSet* set_;
  inference::WindowPlan plan_;
  core::LabelNames classes_;
  std::string device_;
};

}  // namespace coopseg::training
