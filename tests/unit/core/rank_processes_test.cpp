#include "coopseg/core/rank_processes.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"

using namespace coopseg::core;
using namespace std::chrono_literals;

namespace {

constexpr Patience kShort{200ms, 300ms};

// Waits for what other processes do: true as soon as it is so.
bool comes(const std::function<bool()>& condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

class RankProcesses : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    setenv("TMPDIR", folder_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("TMPDIR");
    fs::remove_all(folder_);
  }

  // A process of its own starts `count` of them, which do `work` and end with its result; its errors go to a file.
  pid_t start(std::size_t count, const std::function<int(const Ranks&)>& work) {
    const pid_t id = ::fork();
    if (id != 0) return id;
    ::setpgid(0, 0);
    if (!std::freopen((folder_ / "errors").c_str(), "w", stderr)) std::_Exit(99);
    catch_stop_signals(true);
    start_log("program", LogLevel::info);
    int status = 99;
    try {
      const Ranks ranks = start_ranks(count, kShort);
      std::ofstream(folder_ / std::to_string(ranks.index)) << ::getpid();
      status = work(ranks);
      fs::remove(folder_ / std::to_string(ranks.index));
    } catch (const Ended& ended) {
      status = ended.status;
    } catch (const Interrupted& interrupted) {
      status = 128 + interrupted.signal;
    }
    std::_Exit(status);
  }
  int status_of(pid_t id) {
    int status = 0;
    ::waitpid(id, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  int run(std::size_t count, const std::function<int(const Ranks&)>& work) { return status_of(start(count, work)); }

  // Of the process with this index, once it runs.
  pid_t id_of(std::size_t index) {
    pid_t id = 0;
    EXPECT_TRUE(comes([&] { return static_cast<bool>(std::ifstream(folder_ / std::to_string(index)) >> id); }));
    return id;
  }
  std::string errors() {
    std::ifstream file(folder_ / "errors");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool left_a_folder() {
    for (const auto& entry : fs::directory_iterator(folder_))
      if (entry.is_directory()) return true;
    return false;
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / ("ranks-" + std::to_string(::getpid()));
};

int wait_for_a_signal() {
  while (true) {
    throw_if_stopped();
    std::this_thread::sleep_for(5ms);
  }
}
int ignore_sigterm() {
  std::signal(SIGTERM, SIG_IGN);
  while (true) ::pause();
}
// One that has ended may stay in the table until somebody asks for its status.
bool lives(pid_t id) {
  std::string number, name, state;
  std::ifstream("/proc/" + std::to_string(id) + "/stat") >> number >> name >> state;
  return !state.empty() && state != "Z";
}

}  // namespace

TEST_F(RankProcesses, KnowWhoTheyAreAndMeetInAFileThatIsGoneAfterwards) {
  const auto work = [](const Ranks& ranks) {
    const bool well = ranks.count == 3 && ranks.local_count == 3 && ranks.index == ranks.local_index &&
                      ranks.supervised && !ranks.serves && ranks.address.empty() && !fs::exists(ranks.file);
    // Together: each waits for the marks of all.
    std::ofstream(ranks.file.string() + std::to_string(ranks.index)) << "here";
    return comes([&] {
             return fs::exists(ranks.file.string() + "0") && fs::exists(ranks.file.string() + "1") &&
                    fs::exists(ranks.file.string() + "2");
           }) && well
               ? 0
               : 1;
  };
  EXPECT_EQ(run(3, work), 0);
  EXPECT_EQ(errors(), "");
  EXPECT_FALSE(left_a_folder());
}

TEST_F(RankProcesses, TheFirstFailureIsTheStatusAndTheOthersEnd) {
  const auto work = [](const Ranks& ranks) { return ranks.index == 1 ? 7 : wait_for_a_signal(); };
  EXPECT_EQ(run(3, work), 7);
  EXPECT_EQ(errors(), "");
}

TEST_F(RankProcesses, OneThatIgnoresSigtermIsKilled) {
  const auto work = [](const Ranks& ranks) { return ranks.index == 1 ? 2 : ignore_sigterm(); };
  EXPECT_EQ(run(2, work), 2);
  EXPECT_EQ(errors(), "");
  EXPECT_FALSE(left_a_folder());
}

TEST_F(RankProcesses, OneThatSucceedsMakesNobodyImpatient) {
  const auto work = [](const Ranks& ranks) {
    if (ranks.index == 0) std::this_thread::sleep_for(kShort.by_themselves + kShort.after_sigterm + 100ms);
    throw_if_stopped();
    return 0;
  };
  EXPECT_EQ(run(2, work), 0);
}

TEST_F(RankProcesses, AKilledOneIsNamed) {
  const pid_t parent = start(2, [](const Ranks&) { return wait_for_a_signal(); });
  id_of(0);
  ::kill(id_of(1), SIGKILL);
  EXPECT_EQ(status_of(parent), 128 + SIGKILL);
  EXPECT_EQ(errors().rfind("program: error: rank 1 of 2 was killed by signal 9; ", 0), 0U) << errors();
  EXPECT_EQ(errors().find('\n'), errors().size() - 1) << errors();
}

TEST_F(RankProcesses, AKilledOneExplainsWhatAnotherEndedWithBefore) {
  const auto work = [](const Ranks& ranks) {
    if (ranks.index == 0) return 1;
    std::this_thread::sleep_for(50ms);
    std::signal(SIGSEGV, SIG_DFL);
    return std::raise(SIGSEGV);
  };
  EXPECT_EQ(run(2, work), 128 + SIGSEGV);
  EXPECT_NE(errors().find("rank 1 of 2 was killed by signal 11"), std::string::npos) << errors();
}

TEST_F(RankProcesses, GetTheSignalsOfTheirParent) {
  for (const int signal : {SIGTERM, SIGUSR1, SIGINT}) {
    const pid_t parent = start(2, [](const Ranks&) { return wait_for_a_signal(); });
    id_of(0);
    id_of(1);
    ::kill(parent, signal);
    EXPECT_EQ(status_of(parent), 128 + signal);
    EXPECT_EQ(errors(), "");
    for (const char* name : {"0", "1"}) fs::remove(folder_ / name);
  }
}

// Where a second SIGINT would end them at once, without what they have to save.
TEST_F(RankProcesses, GetOneSigintOfAUserWhoInterruptsTheWholeGroup) {
  const auto saves = [this](const Ranks& ranks) {
    try {
      wait_for_a_signal();
    } catch (const Interrupted&) {
      std::this_thread::sleep_for(150ms);
      std::ofstream(folder_ / ("saved" + std::to_string(ranks.index)));
      throw;
    }
    return 0;
  };
  const pid_t parent = start(2, saves);
  id_of(0);
  id_of(1);
  ::kill(-parent, SIGINT);
  EXPECT_EQ(status_of(parent), 128 + SIGINT);
  EXPECT_TRUE(fs::exists(folder_ / "saved0"));
  EXPECT_TRUE(fs::exists(folder_ / "saved1"));
}

TEST_F(RankProcesses, EndAtOnceAfterASecondSigint) {
  const auto work = [this](const Ranks& ranks) {
    try {
      wait_for_a_signal();
    } catch (const Interrupted&) {
      std::ofstream(folder_ / ("told" + std::to_string(ranks.index)));
      while (true) ::pause();
    }
    return 0;
  };
  const pid_t parent = start(2, work);
  id_of(0);
  id_of(1);
  ::kill(parent, SIGINT);
  EXPECT_TRUE(comes([&] { return fs::exists(folder_ / "told0") && fs::exists(folder_ / "told1"); }));
  ::kill(parent, SIGINT);
  EXPECT_EQ(status_of(parent), 128 + SIGINT);
  EXPECT_EQ(errors(), "");
}

TEST_F(RankProcesses, DoNotOutliveAKilledParent) {
  const pid_t parent = start(2, [](const Ranks&) { return wait_for_a_signal(); });
  const pid_t first = id_of(0), second = id_of(1);
  ::kill(parent, SIGKILL);
  EXPECT_EQ(status_of(parent), -SIGKILL);
  EXPECT_TRUE(comes([&] { return !lives(first) && !lives(second); }));
}
