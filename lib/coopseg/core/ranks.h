// Processes ("ranks") that train one network together: which of them this is, and where they meet.
//
//   const Ranks ranks = ranks_of_environment();
//   if (!ranks.alone()) log_as_rank(ranks.index);
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "coopseg/core/file.h"

namespace coopseg::core {

inline constexpr std::size_t kMostRanks = 4096;

struct Ranks {
  std::size_t index = 0, count = 1;
  std::size_t local_index = 0, local_count = 1;  // among those of this machine
  std::string address;                           // TCP: where the first one listens; empty: they meet in `file`
  int port = 0;
  bool serves = false;      // this process, rank 0, opens the port
  fs::path file;            // of processes of one machine that --ranks started
  bool supervised = false;  // a parent waits for them and tells of the ones that are killed

  bool alone() const { return count == 1; }
};

// Of supervised ranks: where one of them leaves what its parent shall say if it knows nothing better.
fs::path reason_file(const Ranks& ranks);

// What torchrun, else srun, has told this process by its environment; alone where neither has, as in a batch script.
// Throws UsageError that names the variable whose value cannot be.
Ranks ranks_of_environment();

// The hosts of SLURM's short form: "n[01-02,7],m3" is n01, n02, n7 and m3. Throws UsageError for `variable`, the list's
// origin, where it is no such form.
std::vector<std::string> expand_hosts(const std::string& list, const std::string& variable);

}  // namespace coopseg::core
