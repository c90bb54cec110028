// A training from its options: puts data, method and run folder together for the trainer.
#pragma once

#include <memory>
#include <string>

#include "coopseg/core/json.h"
#include "coopseg/dataset/batch_queue.h"
#include "coopseg/network/precision.h"
#include "coopseg/request/training.h"
#include "coopseg/training/data.h"
#include "coopseg/training/method.h"
#include "coopseg/training/validation.h"

namespace coopseg::training {

// Everything that must be the same for a run to be resumed, but the data: method, network, numbers, seed.
core::Json settings_of(const request::TrainingRun& run, const core::LabelNames& classes, network::Precision precision);

// A run that goes on with "auto" keeps what it began with.
network::Precision precision_of(const request::TrainingRun& run, const std::string& device);

// Throws core::UsageError for values that no training can have.
void check_run(const request::TrainingRun& run);

// Threads of LibTorch and a word if it is slow; once, before the first tensor.
void prepare_torch(int threads);

// What a training works on, made from its options and data, which must outlive it. Not to be moved: its parts hold each
// other.
struct Workshop {
  Workshop(const request::TrainingRun& run, const TrainingData& data, const std::string& device,
           network::Precision precision);
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  std::unique_ptr<Method> method;  // initialised, on the device
  std::unique_ptr<dataset::BatchMaker> maker;
  dataset::BatchQueue batches;
  std::unique_ptr<Validation> validation;
};

void train(const request::TrainingRun& run);
core::Json plan(const request::TrainingRun& run);

}  // namespace coopseg::training
