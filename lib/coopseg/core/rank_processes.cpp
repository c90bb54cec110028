#include "coopseg/core/rank_processes.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/core/exit_status.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"

namespace coopseg::core {

namespace {

using Clock = std::chrono::steady_clock;

fs::path make_private_folder() {
  // ENVVAR TMPDIR: folder for the file in which the processes of --ranks meet; /tmp where unset.
  const char* base = std::getenv("TMPDIR");
  std::string name = (fs::path(base && *base ? base : "/tmp") / "coopseg-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw_io_error(name, "cannot be made", errno);
  return name;
}

// Held back while it lives: what arrives is taken by wait().
class HeldSignals {
 public:
  HeldSignals() {
    sigemptyset(&held_);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1, SIGCHLD}) sigaddset(&held_, signal);
    sigprocmask(SIG_BLOCK, &held_, &before_);
    std::signal(SIGCHLD, SIG_DFL);  // where the caller ignored it, nobody could wait for a process
  }
  ~HeldSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  // The next one, within `time`; else none.
  std::optional<siginfo_t> wait(std::chrono::milliseconds time) const {
    const timespec most{time.count() / 1000, time.count() % 1000 * 1'000'000};
    siginfo_t info;
    if (sigtimedwait(&held_, &info, &most) < 0) return std::nullopt;
    return info;
  }

 private:
  sigset_t held_, before_;
};

// The processes that have been started, from their start to the last one's end.
class Family {
 public:
  Family(std::size_t count, const Patience& patience) : children_(count), patience_(patience) {}

  void add(std::size_t index, pid_t id) { children_[index] = id; }

  void end() { send(SIGKILL); }

  // Of the terminal's signals, each process of the foreground has got its own.
  void pass_on(const siginfo_t& info) {
    const bool insists = info.si_signo == SIGINT && told_ == SIGINT;
    told_ = info.si_signo;
    if (info.si_code == SI_KERNEL) return;
    // Who signals a whole group of processes reaches them, too; theirs must come before ours, which repeats nothing.
    ::usleep(50'000);
    if (insists) {
      killed_by_ = SIGINT;
      return end();
    }
    for (const pid_t id : children_)
      if (id > 0) repeat_stop_signal(id, info.si_signo);
  }

  // Takes note of those that have ended.
  void reap() {
    int status = 0;
    for (pid_t id; (id = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      const auto place = std::find(children_.begin(), children_.end(), id);
      if (place == children_.end()) continue;
      *place = 0;
      note(static_cast<std::size_t>(place - children_.begin()), status);
    }
  }

  // The others of one that has failed would wait for it forever.
  void lose_patience() {
    if (!failed_) return;
    const auto waited = Clock::now() - failed_at_;
    if (sent_ == 0 && waited >= patience_.by_themselves) send(SIGTERM);
    if (sent_ == SIGTERM && waited >= patience_.by_themselves + patience_.after_sigterm) send(SIGKILL);
  }

  bool all_ended() const {
    return std::all_of(children_.begin(), children_.end(), [](pid_t id) { return id == 0; });
  }
  bool has_told() const { return killed_by_ != 0; }
  int status() const { return killed_by_ != 0 ? kSignal + killed_by_ : status_; }

 private:
  void send(int signal) {
    sent_ = signal;
    for (const pid_t id : children_)
      if (id > 0) ::kill(id, signal);
  }

  void note(std::size_t index, int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    if (!failed_) failed_at_ = Clock::now();
    failed_ = true;
    if (WIFEXITED(status)) {
      if (status_ == 0) status_ = WEXITSTATUS(status);
      return;
    }
    const int signal = WTERMSIG(status);
    if (killed_by_ != 0 || signal == sent_ || (sent_ == SIGKILL && signal == SIGTERM)) return;
    killed_by_ = signal;
    if (signal == told_) return;
    error("rank {} of {} was killed by signal {}{}", index, children_.size(), signal,
          signal == SIGKILL ? "; the memory may not have sufficed (--plan tells what a training takes)" : "");
  }

  std::vector<pid_t> children_;  // 0: has ended
  Patience patience_;
  int told_ = 0, sent_ = 0;  // signals: the user's last, ours
  int status_ = 0, killed_by_ = 0;
  bool failed_ = false;
  Clock::time_point failed_at_;
};

// In a child: it ends with its parent, also with one that has ended by now.
void follow(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) std::raise(SIGTERM);
}

}  // namespace

Ranks start_ranks(std::size_t count, const Patience& patience) {
  assert(count > 1 && count <= kMostRanks);
  constexpr std::chrono::milliseconds kLook{200};
  const fs::path folder = make_private_folder();
  const HeldSignals held;
  Family family(count, patience);
  const pid_t parent = ::getpid();
  int fork_error = 0;
  std::fflush(nullptr);
  for (std::size_t index = 0; index < count && fork_error == 0; ++index) {
    const pid_t id = ::fork();
    if (id == 0) {
      follow(parent);
      Ranks ranks;
      ranks.index = ranks.local_index = index;
      ranks.count = ranks.local_count = count;
      ranks.file = folder / "ranks";
      ranks.supervised = true;
      return ranks;
    }
    if (id < 0) {
      fork_error = errno;
      family.end();
    } else {
      family.add(index, id);
    }
  }
  while (!family.all_ended()) {
    if (const auto info = held.wait(kLook); info && info->si_signo != SIGCHLD) family.pass_on(*info);
    family.reap();
    family.lose_patience();
  }
  Ranks any;
  any.file = folder / "ranks";
  if (!family.has_told() && fs::exists(reason_file(any))) error("{}", read_file(reason_file(any)));
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  if (fork_error != 0) throw_io_error("--ranks", fmt::format("cannot start {} processes", count), fork_error);
  throw Ended{family.status()};
}

}  // namespace coopseg::core
