// The processes of one training, connected by LibTorch's c10d: Gloo between processors, NCCL between GPUs.
//
//   RankGroup ranks(run.ranks, run.sync_norm);
//   const network::GroupScope together(&ranks);
//   ...
//   ranks.any(core::stop_signal())   // the same answer in all of them
//
// Who may fail, fails alone: the first process that ends with an error says so to the others, which end with its exit
// status and without a word. What they wait for is waited for a second at a time, so that none waits for the dead.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/ranks.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/network/group.h"

namespace coopseg::training {

// What the processes have sent each other since the last look.
struct Traffic {
  std::uint64_t sums = 0;   // calls
  std::uint64_t bytes = 0;  // that one process sends: 2 (n - 1) / n of what is summed, as in a ring
  double waited_s = 0;      // in which this process did nothing else
};

class RankGroup : public network::Group {
 public:
  // Meets the others: all that `place` counts, within the time that COOPSEG_RANKS_WAIT says. Throws core::DataError
  // where one does not come.
  RankGroup(const core::Ranks& place, bool shares_statistics);
  ~RankGroup() override;
  RankGroup(const RankGroup&) = delete;
  RankGroup& operator=(const RankGroup&) = delete;

  // From now on sums of tensors on a GPU are taken by NCCL. Throws core::UsageError where this build has none.
  void use_device(const std::string& device);

  std::size_t index() const override;
  std::size_t count() const override;
  bool shares_statistics() const override;
  void sum(at::Tensor& numbers) override;
  std::function<void()> begin_sum(at::Tensor numbers) override;

  // The first process's.
  core::TensorFile broadcast(const core::TensorFile& content);
  // The greatest of all numbers, none of them negative.
  int any(int number);
  // Throws core::UsageError, in all processes, where one has other values in the JSON object: the first that differs,
  // by its name.
  void require_same(const core::Json& own);

  Traffic take_traffic();

  // Runs `work`, which all processes do together. What ends it early is thrown by the process that was the first to
  // fail; in all others it becomes core::Ended. A process that is gone without a word is a core::DataError of one of
  // those that are left, or core::Ended where a parent tells of it.
  void together(const std::function<void()>& work);

 private:
  struct Connection;
  [[noreturn]] void end();
  std::unique_ptr<Connection> connection_;
};

}  // namespace coopseg::training
