#include "coopseg/core/threads.h"

#include <oneapi/tbb/global_control.h>
#include <sched.h>

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

}  // namespace

int choose_threads(int option) {
  if (option > 0) return option;
  // ENVVAR COOPSEG_THREADS: number of threads where --threads is not given.
  if (const int threads = from_environment("COOPSEG_THREADS")) return threads;
  // ENVVAR SLURM_CPUS_PER_TASK: what SLURM granted; used where neither --threads nor COOPSEG_THREADS is given.
  if (const int threads = from_environment("SLURM_CPUS_PER_TASK")) return threads;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
  return 1;
}

ThreadLimit::ThreadLimit(int threads)
    : control_(new oneapi::tbb::global_control(oneapi::tbb::global_control::max_allowed_parallelism,
                                               static_cast<std::size_t>(threads))) {}

ThreadLimit::~ThreadLimit() { delete static_cast<oneapi::tbb::global_control*>(control_); }

}  // namespace coopseg::core
