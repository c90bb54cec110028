// A training from its options to the parts that the trainer needs: its data, its method, what it leaves in its files.
// One class for each kind of request; trainings and their plans (run.h) know no other difference between them.
//
//   task.check();
//   task.load();
//   Workshop workshop = task.workshop(device, precision);
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/dataset/batch_queue.h"
#include "coopseg/model/description.h"
#include "coopseg/network/precision.h"
#include "coopseg/request/training.h"
#include "coopseg/training/method.h"
#include "coopseg/training/validation.h"

namespace coopseg::training {

// What a training works with. Its parts hold each other, and the task's data.
struct Workshop {
  std::unique_ptr<Method> method;  // initialised, on the device
  std::unique_ptr<dataset::BatchMaker> maker;
  std::unique_ptr<dataset::BatchQueue> batches;
  std::unique_ptr<Validation> validation;
  std::unique_ptr<Validation> watch;  // of whoever labels unlabelled images; it selects nothing; null: none
};

class Task {
 public:
  virtual ~Task() = default;
  virtual const request::RunOptions& options() const = 0;
  // Throws core::UsageError for values that no training can have.
  virtual void check() const = 0;
  // Reads the data; all below comes after it.
  virtual void load() = 0;

  // Everything that must be the same for a run to be resumed, but the data: method, network, numbers, seed.
  virtual core::Json settings(network::Precision precision) const = 0;
  // The data likewise, by their hashes: "preprocessing", "train", "validate", ...
  virtual core::Json data() const = 0;
  // The same in a few numbers, for people.
  virtual core::Json data_in_brief() const = 0;
  virtual std::string summary() const = 0;  // likewise, in words
  virtual std::uint64_t data_bytes() const = 0;
  virtual std::string unit() const = 0;                          // what batches are made of: "slices", "patches"
  virtual std::string data_unit() const = 0;                     // what they are cut from: "slices", "volumes"
  virtual std::vector<std::string> training_images() const = 0;  // SHA-256

  // Whether the best of its models can be told by a validation.
  virtual bool selects() const { return true; }

  virtual Workshop workshop(const std::string& device, network::Precision precision) const = 0;
  virtual std::size_t epochs(std::size_t batches_per_epoch) const = 0;
  // Of the model files: network, input, outputs and classes. What a run adds is left empty.
  virtual model::ModelDescription description() const = 0;
};

// Of each batch, what this process makes.
inline dataset::Share share_of(const request::RunOptions& run) { return {run.ranks.index, run.ranks.count}; }

// On a processor the network has all threads, and a batch is a small part of a step: one thread beside it makes them
// ahead, and with one thread in all the network's own does. A GPU leaves all threads to the batches.
struct BatchThreads {
  BatchThreads(const request::RunOptions& run, const std::string& device)
      : threads(device == "cpu" ? 1 : run.threads), ahead(device == "cpu" && run.threads == 1 ? 0 : 2) {}
  int threads;
  std::size_t ahead;
};

}  // namespace coopseg::training
