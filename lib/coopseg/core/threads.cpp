#include "coopseg/core/threads.h"

#include <oneapi/tbb/global_control.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "coopseg/core/error.h"

namespace coopseg::core {

namespace {

constexpr int kMostThreads = 4096;

int from_environment(const char* variable) {
  const char* text = std::getenv(variable);
  if (!text || !*text) return 0;
  char* end = nullptr;
  const long number = std::strtol(text, &end, 10);
  if (*end != '\0' || number < 1 || number > kMostThreads) {
    throw UsageError(variable, "is \"" + std::string(text) + "\", expected a number of threads from 1 to 4096");
  }
  return static_cast<int>(number);
}

// Those that this process may run on, at least 1.
int processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

}  // namespace

int choose_threads(int option, const Ranks& ranks) {
  if (option > 0) return option;
  // ENVVAR COOPSEG_THREADS: number of threads where --threads is not given.
  if (const int threads = from_environment("COOPSEG_THREADS")) return threads;
  // ENVVAR SLURM_CPUS_PER_TASK: what SLURM granted; used where neither --threads nor COOPSEG_THREADS is given.
  const int granted = from_environment("SLURM_CPUS_PER_TASK");
  const int processes = static_cast<int>(ranks.local_count);
  if (ranks.supervised) return std::max(1, (granted > 0 ? granted : processors()) / processes);
  if (granted > 0) return granted;
  // Those of srun and torchrun may be bound to a part of the machine each, or to none.
  const int of_machine = static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  return processes > 1 ? std::min(processors(), std::max(1, of_machine / processes)) : processors();
}

ThreadLimit::ThreadLimit(int threads)
    : control_(new oneapi::tbb::global_control(oneapi::tbb::global_control::max_allowed_parallelism,
                                               static_cast<std::size_t>(threads))) {}

ThreadLimit::~ThreadLimit() { delete static_cast<oneapi::tbb::global_control*>(control_); }

}  // namespace coopseg::core
