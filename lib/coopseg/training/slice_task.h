// Training of the networks of Chen et al. (MICCAI 2021) on slices of labelled volumes.
#pragma once

#include <string>
#include <vector>

#include "coopseg/training/data.h"
#include "coopseg/training/initial.h"
#include "coopseg/training/task.h"

namespace coopseg::training {

class SliceTask : public Task {
 public:
  explicit SliceTask(const request::TrainingRun& run) : run_(run), beginning_(run.init) {}  // which must outlive it
  const request::RunOptions& options() const override { return run_; }
  void check() const override;
  void load() override;
  core::Json settings(network::Precision precision) const override;
  core::Json data() const override;
  core::Json data_in_brief() const override;
  std::string summary() const override;
  std::uint64_t data_bytes() const override;
  std::string unit() const override { return "slices"; }
  std::string data_unit() const override { return "slices"; }
  std::vector<std::string> training_images() const override;
  Workshop workshop(const std::string& device, network::Precision precision) const override;
  std::size_t epochs(std::size_t) const override { return run_.epochs; }
  model::ModelDescription description() const override;

 private:
  const request::TrainingRun& run_;
  Beginning beginning_;
  TrainingData data_;
};

}  // namespace coopseg::training
