#include "coopseg/core/ranks.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/core/threads.h"

using namespace coopseg::core;

namespace {

using Texts = std::map<std::string, std::string>;
using Names = std::vector<std::string>;

// This process's, of all that is read, for as long as it lives; those of the test's own surroundings are put aside.
class Environment {
 public:
  explicit Environment(const Texts& given) {
    for (const char* name :
         {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT",
          "TORCHELASTIC_USE_AGENT_STORE", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID",
          "SLURM_STEP_TASKS_PER_NODE", "SLURM_TASKS_PER_NODE", "SLURM_STEP_NODELIST", "SLURM_LAUNCH_NODE_IPADDR",
          "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_CPUS_PER_TASK", "COOPSEG_THREADS"}) {
      if (const char* text = std::getenv(name)) before_[name] = text;
      unsetenv(name);
    }
    for (const auto& [name, text] : given) setenv(name.c_str(), text.c_str(), 1);
    given_ = given;
  }
  ~Environment() {
    for (const auto& [name, text] : given_) unsetenv(name.c_str());
    for (const auto& [name, text] : before_) setenv(name.c_str(), text.c_str(), 1);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  Texts before_, given_;
};

Ranks ranks_of(const Texts& given) {
  const Environment environment(given);
  return ranks_of_environment();
}

// The variable that a UsageError names.
std::string refused(const Texts& given) {
  try {
    ranks_of(given);
  } catch (const UsageError& e) {
    return e.subject();
  }
  return "nothing";
}

const Texts kTorchrun{{"RANK", "3"},
                      {"WORLD_SIZE", "4"},
                      {"LOCAL_RANK", "1"},
                      {"MASTER_PORT", "29500"},
                      {"LOCAL_WORLD_SIZE", "2"},
                      {"MASTER_ADDR", "node7"}};
const Texts kStep{{"SLURM_STEP_NUM_TASKS", "5"},
                  {"SLURM_PROCID", "4"},
                  {"SLURM_LOCALID", "0"},
                  {"SLURM_NODEID", "2"},
                  {"SLURM_STEP_TASKS_PER_NODE", "2(x2),1"},
                  {"SLURM_STEP_NODELIST", "localhost,n[2-3]"},
                  {"SLURM_JOB_ID", "1234"},
                  {"SLURM_STEP_ID", "2"}};

Texts with(Texts texts, const std::string& name, const std::string& text) {
  texts[name] = text;
  return texts;
}
Texts without(Texts texts, const std::string& name) {
  texts.erase(name);
  return texts;
}

}  // namespace

TEST(Ranks, OfNothingAreAlone) {
  const Ranks ranks = ranks_of({});
  EXPECT_TRUE(ranks.alone());
  EXPECT_EQ(ranks.local_count, 1U);
  EXPECT_FALSE(ranks.serves);
}

TEST(Ranks, AreThoseOfTorchrun) {
  const Ranks ranks = ranks_of(kTorchrun);
  EXPECT_EQ(ranks.index, 3U);
  EXPECT_EQ(ranks.count, 4U);
  EXPECT_EQ(ranks.local_index, 1U);
  EXPECT_EQ(ranks.local_count, 2U);
  EXPECT_EQ(ranks.address, "node7");
  EXPECT_EQ(ranks.port, 29500);
  EXPECT_FALSE(ranks.serves);
  EXPECT_FALSE(ranks.supervised);
  EXPECT_TRUE(ranks.file.empty());
  const Texts first = with(with(kTorchrun, "RANK", "0"), "LOCAL_RANK", "0");
  EXPECT_TRUE(ranks_of(first).serves);
  const int port = ranks_of(first).port;
  EXPECT_EQ(ranks_of(with(first, "TORCHELASTIC_USE_AGENT_STORE", "False")).port, port);
  // Where torchrun listens itself.
  const Ranks beside = ranks_of(with(first, "TORCHELASTIC_USE_AGENT_STORE", "True"));
  EXPECT_TRUE(beside.serves);
  EXPECT_EQ(beside.port, port + 1);
  EXPECT_EQ(ranks_of(with(with(first, "TORCHELASTIC_USE_AGENT_STORE", "True"), "MASTER_PORT", "65535")).port, 65534);
}

TEST(Ranks, OfTorchrunWinOverTheStepThatItRunsIn) {
  Texts both = kStep;
  both.insert(kTorchrun.begin(), kTorchrun.end());
  EXPECT_EQ(ranks_of(both).index, 3U);
  EXPECT_TRUE(ranks_of(with(with(both, "WORLD_SIZE", "1"), "RANK", "0")).alone());
}

TEST(Ranks, AreThoseOfAStepOfSlurm) {
  const Ranks ranks = ranks_of(kStep);
  EXPECT_EQ(ranks.index, 4U);
  EXPECT_EQ(ranks.count, 5U);
  EXPECT_EQ(ranks.local_index, 0U);
  EXPECT_EQ(ranks.local_count, 1U);
  EXPECT_EQ(ranks.address, "localhost");
  EXPECT_GE(ranks.port, 20000);
  EXPECT_LT(ranks.port, 30000);
  EXPECT_FALSE(ranks.serves);

  const Ranks other = ranks_of(with(with(with(kStep, "SLURM_PROCID", "0"), "SLURM_NODEID", "0"), "SLURM_LOCALID", "1"));
  EXPECT_EQ(other.local_count, 2U);
  EXPECT_EQ(other.local_index, 1U);
  EXPECT_EQ(other.port, ranks.port);
  EXPECT_TRUE(other.serves);
  EXPECT_NE(ranks_of(with(kStep, "SLURM_STEP_ID", "3")).port, ranks.port);
  EXPECT_NE(ranks_of(with(kStep, "SLURM_JOB_ID", "1235")).port, ranks.port);
  EXPECT_EQ(ranks_of(with(kStep, "MASTER_PORT", "77")).port, 77);
  EXPECT_EQ(ranks_of(with(kStep, "MASTER_ADDR", "10.0.0.1")).address, "10.0.0.1");
}

TEST(Ranks, OfABatchScriptAndOfAStepOfOneAreAlone) {
  EXPECT_TRUE(ranks_of(without(kStep, "SLURM_STEP_NUM_TASKS")).alone());
  EXPECT_TRUE(ranks_of(with(kStep, "SLURM_STEP_NUM_TASKS", "1")).alone());
}

TEST(Ranks, MeetWhereTheStepWasLaunchedIfItsNodesAreNoHosts) {
  const Texts unknown = with(kStep, "SLURM_STEP_NODELIST", "no-such-host.invalid");
  EXPECT_EQ(ranks_of(with(unknown, "SLURM_LAUNCH_NODE_IPADDR", "127.0.0.1")).address, "127.0.0.1");
  EXPECT_EQ(refused(unknown), "SLURM_STEP_NODELIST");
}

TEST(Ranks, AbsurdVariablesAreNamed) {
  for (const char* text : {"4", "-1", "x", "1.5", "99999999999999999999"})
    EXPECT_EQ(refused(with(kTorchrun, "RANK", text)), "RANK") << text;
  for (const char* text : {"0", "5000", "four"})
    EXPECT_EQ(refused(with(kTorchrun, "WORLD_SIZE", text)), "WORLD_SIZE") << text;
  for (const char* text : {"0", "65536", "http"})
    EXPECT_EQ(refused(with(kTorchrun, "MASTER_PORT", text)), "MASTER_PORT") << text;
  EXPECT_EQ(refused(without(kTorchrun, "MASTER_PORT")), "MASTER_PORT");
  EXPECT_EQ(refused(without(kTorchrun, "MASTER_ADDR")), "MASTER_ADDR");
  EXPECT_EQ(refused(with(kTorchrun, "LOCAL_RANK", "2")), "LOCAL_RANK");
  EXPECT_EQ(refused(with(kTorchrun, "LOCAL_WORLD_SIZE", "5")), "LOCAL_WORLD_SIZE");
  EXPECT_EQ(refused(with(kStep, "SLURM_PROCID", "5")), "SLURM_PROCID");
  EXPECT_EQ(refused(with(kStep, "SLURM_LOCALID", "1")), "SLURM_LOCALID");
  EXPECT_EQ(refused(with(kStep, "SLURM_STEP_NUM_TASKS", "many")), "SLURM_STEP_NUM_TASKS");
  for (const char* text : {"2", "2(x2)", "2(x0),1", "2(x", "2,,1", "9,9,9", "(x3)"})
    EXPECT_EQ(refused(with(kStep, "SLURM_STEP_TASKS_PER_NODE", text)), "SLURM_STEP_TASKS_PER_NODE") << text;
  for (const char* name : {"SLURM_PROCID", "SLURM_LOCALID", "SLURM_NODEID", "SLURM_STEP_NODELIST", "SLURM_JOB_ID"})
    EXPECT_EQ(refused(without(kStep, name)), name);
}

TEST(Ranks, HostsOfSlurmsShortForm) {
  const auto hosts = [](const char* list) { return expand_hosts(list, "LIST"); };
  EXPECT_EQ(hosts("n1"), Names{"n1"});
  EXPECT_EQ(hosts("n[01-04,7],m3"), (Names{"n01", "n02", "n03", "n04", "n7", "m3"}));
  EXPECT_EQ(hosts("a,b-2"), (Names{"a", "b-2"}));
  EXPECT_EQ(hosts("r[1-2]n[09-10].x"), (Names{"r1n09.x", "r1n10.x", "r2n09.x", "r2n10.x"}));
  EXPECT_EQ(hosts("n[8-11]"), (Names{"n8", "n9", "n10", "n11"}));
  for (const char* bad : {"", "n1,", ",n1", "n[", "n]", "n[]", "n[1-]", "n[3-1]", "n[a-b]", "n[1,]", "n[1-999999999]",
                          "n[1-300]m[1-300]", "n[1", "[1-2"})
    EXPECT_THROW(hosts(bad), UsageError) << bad;
}

TEST(Threads, AreDividedAmongTheProcessesOfAMachine) {
  Ranks two;
  two.count = two.local_count = 2;
  {
    const Environment environment(Texts{});
    EXPECT_GE(choose_threads(0, two), 1);
    EXPECT_LE(choose_threads(0, two), choose_threads(0));
    EXPECT_EQ(choose_threads(6, two), 6);
  }
  const Environment environment(Texts{{"SLURM_CPUS_PER_TASK", "7"}});
  EXPECT_EQ(choose_threads(0, two), 7);  // of each task
  two.supervised = true;
  EXPECT_EQ(choose_threads(0, two), 3);  // of the one that has started both
  two.local_count = 8;
  EXPECT_EQ(choose_threads(0, two), 1);
}
