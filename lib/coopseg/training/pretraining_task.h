// Contrastive pre-training on two views of images.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coopseg/dataset/views.h"
#include "coopseg/dataset/volume_set.h"
#include "coopseg/request/pretraining.h"
#include "coopseg/training/data.h"
#include "coopseg/training/initial.h"
#include "coopseg/training/schedule.h"
#include "coopseg/training/task.h"

namespace coopseg::training {

class PretrainingTask : public Task {
 public:
  explicit PretrainingTask(const request::PretrainingRun& run)
      : run_(run), beginning_(run.init) {}  // which must outlive it
  const request::RunOptions& options() const override { return run_; }
  void check() const override;
  void load() override;
  core::Json settings(network::Precision precision) const override;
  core::Json data() const override;
  core::Json data_in_brief() const override;
  std::string summary() const override;
  std::uint64_t data_bytes() const override { return bytes_of(images_); }
  std::string unit() const override { return "patches"; }
  std::string data_unit() const override { return "volumes"; }
  std::vector<std::string> training_images() const override;
  bool selects() const override { return false; }
  Workshop workshop(const std::string& device, network::Precision precision) const override;
  std::size_t epochs(std::size_t batches_per_epoch) const override;
  model::ModelDescription description() const override;

 private:
  bool is_local() const { return run_.stage == model::PretrainingStage::local; }
  dataset::ViewOptions views(int threads) const;
  Schedule schedule() const;
  std::unique_ptr<network::Network> make_network() const;

  const request::PretrainingRun& run_;
  Beginning beginning_;
  core::Json preprocessing_;
  dataset::VolumeSet images_;
  std::size_t images_of_epoch_ = 0, batches_of_epoch_ = 0;
};

}  // namespace coopseg::training
