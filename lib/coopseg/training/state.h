// The counters of a training in its state.safetensors, beside weights and moments; free of clock, host and path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"

namespace coopseg::training {

struct StateRecord {
  std::string settings_sha256;
  std::size_t epoch = 0, batch = 0, iteration = 0;  // complete epochs, batches of the running one, all batches
  std::optional<std::size_t> validated;             // iteration of the last validation
  std::size_t log_lines = 0;
  std::vector<double> loss_sums;              // of the running epoch: total, then the terms
  std::size_t idle = 0, idle_in_all = 0;      // batches without anything to learn, of the running epoch and of all
  std::vector<std::int64_t> training_counts;  // confusion counts of the running epoch
  core::Json last_score, best_score;
};

void put_record(core::TensorFile& content, const StateRecord& record);
// Throws core::DataError naming `file` where it is no state of a training or of a newer format.
StateRecord get_record(const core::TensorFile& content, const std::string& file);

}  // namespace coopseg::training
