// How many threads a program may use.
#pragma once

#include "coopseg/core/ranks.h"

namespace coopseg::core {

// `option` (0: not given), else COOPSEG_THREADS, else SLURM_CPUS_PER_TASK, else the processors this process may run
// on; these and SLURM's are divided among the processes that have them together. At least 1. Throws UsageError if a
// variable holds something else than a positive whole number.
int choose_threads(int option, const Ranks& ranks = {});

// Holds oneTBB to `threads` for as long as it lives. ITK and LibTorch are held by their own rooms.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  void* control_;
};

}  // namespace coopseg::core
