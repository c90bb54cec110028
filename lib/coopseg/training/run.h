// A training from its options: puts data, networks, objective and run folder together for the trainer.
#pragma once

#include <memory>
#include <string>

#include "coopseg/core/json.h"
#include "coopseg/dataset/batches.h"
#include "coopseg/network/model.h"
#include "coopseg/request/training.h"
#include "coopseg/training/data.h"
#include "coopseg/training/methods/hard_examples.h"
#include "coopseg/training/objective.h"

namespace coopseg::training {

// Everything that must be the same for a run to be resumed, but the data: method, network, numbers, seed.
core::Json settings_of(const request::TrainingRun& run, const core::LabelNames& classes, network::Precision precision);

// A run that goes on with "auto" keeps what it began with.
network::Precision precision_of(const request::TrainingRun& run, const std::string& device);

// Throws core::UsageError for values that no training can have.
void check_run(const request::TrainingRun& run);

// Threads of LibTorch and a word if it is slow; once, before the first tensor.
void prepare_torch(int threads);

// What a training works on, made from its options and data, which must outlive it.
struct Workshop {
  Workshop(const request::TrainingRun& run, const TrainingData& data, const std::string& device,
           network::Precision precision);

  dataset::BatchSource source;
  dataset::ValidationSource validation;
  network::Model model;  // initialised, on the device
  std::unique_ptr<HardExampleMaker> hard;
  StandardObjective objective;
};

void train(const request::TrainingRun& run);
core::Json plan(const request::TrainingRun& run);

}  // namespace coopseg::training
