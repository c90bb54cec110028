// A training, and the plan of one, from its task (task.h) to its run folder.
#pragma once

#include <functional>
#include <string>

#include "coopseg/core/json.h"
#include "coopseg/network/precision.h"
#include "coopseg/training/ranks.h"
#include "coopseg/training/task.h"

namespace coopseg::training {

// The device of this process, which its ranks then sum on. Throws core::UsageError where it is not there.
std::string device_of(const request::RunOptions& run, RankGroup* ranks);

// A run that goes on with "auto" keeps what it began with. Of ranks it is the first one's, which alone needs to see the
// run folder.
network::Precision precision_of(const request::RunOptions& run, const std::string& device, RankGroup* ranks);

// Throws core::UsageError in all ranks where one has other settings, data, length, folder or kind of device.
void require_same(RankGroup& ranks, const Task& task, const core::Json& settings, const std::string& device);

// Of the task, and of what all trainings have.
core::Json settings_of(const Task& task, network::Precision precision);

// Threads of LibTorch and a word if it is slow; once, before the first tensor.
void prepare_torch(int threads);

// Runs `work` in this process: null where it is alone, else with the others of its training.
void with_ranks(const request::RunOptions& run, const std::function<void(RankGroup*)>& work);

void train(Task& task);
// What the training would do and take: found out from its data and a few real iterations, without writing anything.
core::Json plan(Task& task);

}  // namespace coopseg::training
