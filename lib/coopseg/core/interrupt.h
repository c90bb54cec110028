// SIGINT, SIGTERM and SIGUSR1 ask a program to stop; it stops at the next safe place, leaving nothing half-written.
// A second SIGINT stops it at once.
#pragma once

namespace coopseg::core {

// Installs the handlers; called by Command::run. SIGUSR1 is caught only where `with_usr1` (trainings).
void catch_stop_signals(bool with_usr1);

// To a process of ours, of a signal that its user may have sent to both: where it has got that one, this is not a second.
void repeat_stop_signal(int process, int signal);

// The signal received, or 0.
int stop_signal();

// Thrown at a safe place after a stop signal; the exit status is 128 + signal.
struct Interrupted {
  int signal;
};
void throw_if_stopped();

}  // namespace coopseg::core
