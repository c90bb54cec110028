#include "coopseg/core/interrupt.h"

#include <atomic>
#include <csignal>

namespace coopseg::core {

namespace {

// Set by whichever thread gets the signal, read by all.
std::atomic<int> received{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may not wait for a lock");

extern "C" void on_stop_signal(int signal, siginfo_t* info, void*) {
  const bool repeated = info->si_code == SI_QUEUE;            // by repeat_stop_signal()
  if (received == SIGINT && signal == SIGINT && !repeated) {  // the user insists
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
  }
  received = signal;
}

}  // namespace

void catch_stop_signals(bool with_usr1) {
  struct sigaction action = {};
  action.sa_sigaction = on_stop_signal;
  action.sa_flags = SA_RESTART | SA_SIGINFO;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  if (with_usr1) sigaction(SIGUSR1, &action, nullptr);
  // A reader that goes away is seen as a failed write, so that temporary files are removed on the way out.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // likewise a file-size limit
}

void repeat_stop_signal(int process, int signal) { sigqueue(process, signal, {}); }

int stop_signal() { return received; }

void throw_if_stopped() {
  if (const int signal = received) throw Interrupted{signal};
}

}  // namespace coopseg::core
