// The processes of one training on this machine, started and looked after by the one that the user has started.
#pragma once

#include <chrono>
#include <cstddef>

#include "coopseg/core/ranks.h"

namespace coopseg::core {

// Once one process has failed: how long the others may take to end by themselves, and then to obey SIGTERM.
struct Patience {
  std::chrono::milliseconds by_themselves{10'000}, after_sigterm{15'000};
};

// Forks `count` processes, which return what each of them is and go on with all that this one knows; so there must be
// no other thread yet, and no LibTorch. They meet in a file of a private folder (in TMPDIR), which is removed in the
// end. This process does not return: it waits, passes SIGTERM, SIGINT and SIGUSR1 on, says which process was killed by
// a signal, and throws Ended: 0 if all have ended with 0; 128 + n where one was killed by signal n; else the status of
// the first that failed. No process outlives it, however it ends. Throws IoError where a process cannot be started.
Ranks start_ranks(std::size_t count, const Patience& patience = {});

}  // namespace coopseg::core
