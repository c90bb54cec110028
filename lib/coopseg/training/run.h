// Standard training of the fast-thinking network: puts objective, data and run folder together for the trainer.
#pragma once

#include <string>

#include "coopseg/core/json.h"
#include "coopseg/training/data.h"
#include "coopseg/training/entry.h"

namespace coopseg::training {

// Everything that must be the same for a run to be resumed, but the data: method, network, numbers, seed.
core::Json ftn_settings(const FtnRun& run, const core::LabelNames& classes);

// Throws core::UsageError for values that no training can have.
void check(const FtnRun& run);

// Threads of LibTorch and a word if it is slow; once, before the first tensor.
void prepare_torch(int threads);

void train_ftn(const FtnRun& run);
core::Json plan_ftn(const FtnRun& run);

}  // namespace coopseg::training
