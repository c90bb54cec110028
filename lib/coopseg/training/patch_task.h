// Training on patches of volumes, of which some have labels.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/dataset/patches.h"
#include "coopseg/dataset/volume_set.h"
#include "coopseg/inference/windows.h"
#include "coopseg/request/semi_training.h"
#include "coopseg/training/initial.h"
#include "coopseg/training/task.h"

namespace coopseg::training {

class PatchTask : public Task {
 public:
  explicit PatchTask(const request::SemiTrainingRun& run) : run_(run), beginning_(run.init) {}  // which must outlive it
  const request::RunOptions& options() const override { return run_; }
  void check() const override;
  void load() override;
  core::Json settings(network::Precision precision) const override;
  core::Json data() const override;
  core::Json data_in_brief() const override;
  std::string summary() const override;
  std::uint64_t data_bytes() const override;
  std::string unit() const override { return "patches"; }
  std::string data_unit() const override { return "volumes"; }
  std::vector<std::string> training_images() const override;
  Workshop workshop(const std::string& device, network::Precision precision) const override;
  std::size_t epochs(std::size_t batches_per_epoch) const override;
  model::ModelDescription description() const override;

 private:
  inference::WindowPlan windows() const;
  model::NetworkType network() const;
  std::unique_ptr<network::Network> make_network(std::uint64_t seed, const std::string& device,
                                                 network::Precision precision) const;
  const dataset::VolumeSet* others() const;  // of a batch, besides the labelled ones; null: none
  dataset::PatchOptions patches(int threads) const;

  const request::SemiTrainingRun& run_;
  core::Json preprocessing_;
  Beginning beginning_;
  dataset::VolumeSet labelled_;
  std::optional<dataset::VolumeSet> unlabelled_, pseudo_, validate_, watch_;
};

}  // namespace coopseg::training
