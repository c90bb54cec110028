// Real processes, connected by Gloo over this machine's loopback.
#include "coopseg/training/ranks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/network/device.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/gradient_sum.h"
#include "support/support.h"

namespace coopseg::training {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Exit statuses of processes that end as they say.
constexpr int kWell = 0, kFailed = 1, kUsage = 2, kWrong = 77;

core::Ranks place_of(std::size_t index, std::size_t count, const core::fs::path& file) {
  core::Ranks place;
  place.index = place.local_index = index;
  place.count = place.local_count = count;
  place.file = file;
  return place;
}

// What a process says on its way out, in a file of its own; the exit status as core::Command has it.
int run_as(const core::Ranks& place, const core::fs::path& word, const std::function<void(RankGroup&)>& work) {
  const auto say = [&](const std::string& text) { core::write_file(word, text, core::Overwrite::yes); };
  try {
    RankGroup ranks(place, true);
    ranks.together([&] { work(ranks); });
    return kWell;
  } catch (const core::Ended& ended) {
    return ended.status;
  } catch (const core::Interrupted& stop) {
    return 128 + stop.signal;
  } catch (const core::UsageError& error) {
    say(error.what());
    return kUsage;
  } catch (const std::exception& error) {
    say(error.what());
    return kFailed;
  }
}

struct Ends {
  std::vector<int> statuses;  // 128 + signal of one that was killed
  std::string words;          // of all
};

// `started` of `count` processes.
Ends run_all(std::size_t count, const std::function<void(RankGroup&)>& work, std::size_t started = 0) {
  const test::ScratchFolder scratch;
  std::vector<pid_t> children;
  for (std::size_t i = 0; i < (started ? started : count); ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(60);
      std::signal(SIGPIPE, SIG_IGN);
      ::_exit(run_as(place_of(i, count, scratch / "meet"), scratch / std::to_string(i), work));
    }
    children.push_back(child);
  }
  Ends ends;
  for (std::size_t i = 0; i < children.size(); ++i) {
    int status = 0;
    ::waitpid(children[i], &status, 0);
    ends.statuses.push_back(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    const core::fs::path word = scratch / std::to_string(i);
    if (core::fs::exists(word)) ends.words += core::read_file(word) + "\n";
  }
  return ends;
}

// In a process that a test has started, where GoogleTest's own checks would tell nobody.
void require(bool holds) {
  if (!holds) ::_exit(kWrong);
}

TEST(Ranks, SumWhatAllHave) {
  const Ends ends = run_all(3, [](RankGroup& ranks) {
    const auto i = static_cast<double>(ranks.index());
    at::Tensor numbers = at::tensor({1., i, -2 * i}, at::kDouble);
    ranks.sum(numbers);
    require(numbers.equal(at::tensor({3., 3., -6.}, at::kDouble)));
    at::Tensor later = at::full({1000}, i, at::kFloat), meanwhile = at::tensor({std::int64_t{7}});
    const auto wait = ranks.begin_sum(later);
    ranks.sum(meanwhile);
    wait();
    require(later.eq(3).all().item<bool>() && meanwhile.item<std::int64_t>() == 21);
    const Traffic traffic = ranks.take_traffic();
    require(traffic.sums == 3 && traffic.bytes == 2 * (24 + 4000 + 8) * 2 / 3);
  });
  EXPECT_THAT(ends.statuses, ElementsAre(kWell, kWell, kWell)) << ends.words;
}

// NCCL wants a GPU for each process, and one GPU shows that it is there. Only the new process may begin to use it: what
// CUDA has in its parent is no good there.
TEST(Ranks, SumByNcclOnAGpu) {
  const char* const device = std::getenv("COOPSEG_TEST_DEVICE");
  if (!device || std::string(device).rfind("cuda", 0) != 0) GTEST_SKIP() << "COOPSEG_TEST_DEVICE names no GPU";
  RecordProperty("device", device);
  const Ends ends = run_all(1, [&](RankGroup& ranks) {
    const std::string found = network::choose_device(device);
    ranks.use_device(found);
    const at::Tensor numbers = at::full({1000}, 2, at::TensorOptions(at::kFloat).device(at::Device(found)));
    at::Tensor meanwhile = at::tensor({std::int64_t{7}});
    const auto wait = ranks.begin_sum(numbers);
    ranks.sum(meanwhile);
    wait();
    require(numbers.eq(2).all().item<bool>() && meanwhile.item<std::int64_t>() == 7);
  });
  EXPECT_THAT(ends.statuses, ElementsAre(kWell)) << ends.words;
}

TEST(Ranks, ShareWhatTheFirstHas) {
  const Ends ends = run_all(2, [](RankGroup& ranks) {
    core::TensorFile content;
    if (ranks.index() == 0) {
      content.metadata["key"] = "value";
      content.tensors["a"] = {"F32", {2}, std::string("\0\1\2\3\4\5\6\7", 8)};
      content.tensors["empty"] = {"I64", {0}, ""};
    }
    const core::TensorFile got = ranks.broadcast(content);
    require(got.metadata.at("key") == "value" && got.tensors.size() == 2);
    require(got.tensors.at("a").dtype == "F32" && got.tensors.at("a").bytes == std::string("\0\1\2\3\4\5\6\7", 8));
    require(got.tensors.at("empty").shape == std::vector<std::int64_t>{0});
    require(ranks.any(ranks.index() == 1 ? 15 : 0) == 15 && ranks.any(0) == 0);
  });
  EXPECT_THAT(ends.statuses, ElementsAre(kWell, kWell)) << ends.words;
}

TEST(Ranks, NameWhatTheyDisagreeOn) {
  const Ends ends = run_all(3, [](RankGroup& ranks) {
    ranks.require_same({{"settings", {{"seed", 1}}}});
    ranks.require_same({{"settings", {{"seed", 1}, {"lr", ranks.index() == 2 ? 0.5 : 0.25}}}});
  });
  EXPECT_THAT(ends.statuses, ElementsAre(kUsage, kUsage, kUsage));
  EXPECT_EQ(
      ends.words,
      "--ranks: rank 2 differs from rank 0: settings/lr is 0.5, there 0.25; start all of them with the same options "
      "and data, or each by itself with --ranks 1\n");
}

TEST(Ranks, OneErrorIsToldOnce) {
  const Ends ends = run_all(3, [](RankGroup& ranks) {
    if (ranks.index() == 1) throw core::UsageError("--device", "is not there");
    ranks.any(0);
  });
  EXPECT_THAT(ends.statuses, ElementsAre(kUsage, kUsage, kUsage));
  EXPECT_EQ(ends.words, "--device: is not there\n");
}

TEST(Ranks, AnErrorOfAllIsToldOnce) {
  const Ends ends = run_all(4, [](RankGroup&) { throw core::DataError("a.nii.gz", "is damaged"); });
  EXPECT_THAT(ends.statuses, ElementsAre(kFailed, kFailed, kFailed, kFailed));
  EXPECT_EQ(ends.words, "a.nii.gz: is damaged\n");
}

TEST(Ranks, GpusNeedWhatConnectsThem) {
  if (at::hasCUDA()) GTEST_SKIP() << "there is a GPU";
  const Ends ends = run_all(2, [](RankGroup& ranks) { ranks.use_device("cuda:0"); });
  EXPECT_THAT(ends.statuses, ElementsAre(kUsage, kUsage));
  EXPECT_EQ(std::count(ends.words.begin(), ends.words.end(), '\n'), 1) << ends.words;
  EXPECT_THAT(ends.words, HasSubstr("NCCL"));
}

TEST(Ranks, StopTogether) {
  const Ends ends = run_all(2, [](RankGroup& ranks) {
    if (const int signal = ranks.any(ranks.index() == 1 ? SIGTERM : 0)) throw core::Interrupted{signal};
  });
  EXPECT_THAT(ends.statuses, ElementsAre(128 + SIGTERM, 128 + SIGTERM)) << ends.words;
}

TEST(Ranks, AKilledOneIsNoticed) {
  const Ends ends = run_all(3, [](RankGroup& ranks) {
    ranks.any(0);
    if (ranks.index() == 1) ::raise(SIGKILL);
    while (true) ranks.any(0);
  });
  EXPECT_THAT(ends.statuses, ElementsAre(kFailed, 128 + SIGKILL, kFailed));
  EXPECT_THAT(ends.words, HasSubstr("another rank of the training is gone"));
  EXPECT_EQ(std::count(ends.words.begin(), ends.words.end(), '\n'), 1) << ends.words;
}

TEST(Ranks, OneThatNeverComesIsNamed) {
  ::setenv("COOPSEG_RANKS_WAIT", "4", 1);
  const Ends ends = run_all(
      3, [](RankGroup&) {}, /*started=*/2);
  ::unsetenv("COOPSEG_RANKS_WAIT");
  EXPECT_THAT(ends.statuses, ElementsAre(kFailed, kFailed));
  EXPECT_EQ(ends.words,
            "--ranks: rank 2 of 3 has not come; see why it has not started; COOPSEG_RANKS_WAIT is how many seconds "
            "to wait\n");
}

// A group that finds the same numbers in another process.
class Twins : public network::Group {
 public:
  std::size_t index() const override { return 0; }
  std::size_t count() const override { return 2; }
  void sum(at::Tensor& numbers) override { numbers.mul_(2); }
  std::function<void()> begin_sum(at::Tensor numbers) override {
    order.push_back(numbers.numel());
    return [numbers] { at::Tensor(numbers).mul_(2); };
  }
  std::vector<std::int64_t> order;
};

TEST(GradientSum, IsThatOfTheWholeBatchInFixedBuckets) {
  const auto parameter = [](std::int64_t rows, std::int64_t columns) {
    return at::ones({rows, columns}, at::kFloat).set_requires_grad(true);
  };
  at::Tensor first = parameter(1024, 1024), unused = parameter(2, 2), last = parameter(3, 5);
  at::Tensor across = parameter(5, 3).detach().t().set_requires_grad(true);  // columns lie next to each other
  Twins twins;
  for (int step = 0; step < 2; ++step) {
    for (at::Tensor* p : {&first, &unused, &last, &across}) p->mutable_grad().reset();
    GradientSum gradients(twins, {{"first", first}, {"unused", unused}, {"across", across}, {"last", last}});
    EXPECT_EQ(gradients.buckets(), 2u);
    gradients.begin();
    const at::Tensor y = (last * across).sum() * 3 + first.sum();
    (y + last.sum()).backward();
    EXPECT_TRUE(last.grad().eq(4).all().item<bool>());
    gradients.finish(step == 0 ? 1 : 0.5);
    const double times = step == 0 ? 2 : 1;
    EXPECT_TRUE(last.grad().eq(4 * times).all().item<bool>());
    EXPECT_TRUE(across.grad().eq(3 * times).all().item<bool>());
    EXPECT_TRUE(first.grad().eq(times).all().item<bool>());
    EXPECT_FALSE(unused.grad().defined());
  }
  // The last layers' bucket is sent first, however early the gradients of others come.
  EXPECT_THAT(twins.order, ElementsAre(34, 1024 * 1024, 34, 1024 * 1024));
}

}  // namespace
}  // namespace coopseg::training
