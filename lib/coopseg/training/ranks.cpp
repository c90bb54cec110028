#include "coopseg/training/ranks.h"

#include <fmt/core.h>

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#ifdef COOPSEG_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <algorithm>
#include <chrono>
#include <cstring>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/exit_status.h"
#include "coopseg/core/file.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/meeting.h"
#include "coopseg/training/watch.h"

namespace coopseg::training {
namespace {

using core::Json;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr char kOption[] = "--ranks";
constexpr milliseconds kLook{1000};  // how long one waits before looking whether another has failed
// Of a sum: no limit for those that are alive (watch.h), who may validate or write for long.
constexpr std::chrono::hours kLongestSum{24 * 7};
constexpr milliseconds kFarewell{5000};
constexpr int kThreads = 4;  // of Gloo: sums that wait for other processes must not keep later ones from starting

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Another process is gone, or has failed.
struct PeerLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }
std::string text_of(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

at::Tensor tensor_of(const std::string& bytes) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(bytes.size())}, at::kByte);
  if (!bytes.empty()) std::memcpy(tensor.data_ptr(), bytes.data(), bytes.size());
  return tensor;
}

// The exit status that an error leads to, as Command::run() has it.
int status_of_current_error() {
  try {
    throw;
  } catch (const core::UsageError&) {
    return core::kUsage;
  } catch (...) {
    return core::kCaseFailed;
  }
}

}  // namespace

struct RankGroup::Connection {
  core::Ranks place;
  bool shares_statistics = true;
  c10::intrusive_ptr<c10d::Store> store;
  std::unique_ptr<Watch> watch;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
#ifdef COOPSEG_NCCL
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> nccl;
#endif
  Traffic traffic;

  int index() const { return static_cast<int>(place.index); }
  int count() const { return static_cast<int>(place.count); }

  // Of the store: 0 where it cannot be reached.
  std::int64_t counted(const std::string& key, std::int64_t more) const {
    if (!watch->store_answers()) return 0;
    try {
      return store->add(key, more);
    } catch (const std::exception&) {
      return 0;
    }
  }

  // Until all have come, and count alike.
  void meet(Clock::time_point until) {
    const auto key = [](int i) { return fmt::format("here/{}", i); };
    const std::string own = std::to_string(count());
    store->set(key(index()), bytes_of(own));
    for (int i = 0; i < count(); ++i) {
      while (!store->check({key(i)})) {
        core::throw_if_stopped();
        if (store->check({kFailed})) throw PeerLost("another rank has failed");
        if (Clock::now() >= until)
          throw core::DataError(kOption, fmt::format("rank {} of {} has not come", i, place.count),
                                "see why it has not started; COOPSEG_RANKS_WAIT is how many seconds to wait");
        std::this_thread::sleep_for(milliseconds(10));
      }
      if (const std::string theirs = text_of(store->get(key(i))); theirs != own)
        throw core::UsageError(kOption, fmt::format("rank {} counts {} ranks, rank {} {}", i, theirs, index(), own),
                               "start all of them as one training");
    }
    store->setTimeout(kLongestSum);
  }

  // Gloo's connections, in a thread that is left behind where another rank fails meanwhile: it would wait for it.
  void connect(Clock::time_point until) {
    auto options = c10d::ProcessGroupGloo::Options::create();
    options->timeout = kLongestSum;
    options->threads = kThreads;
    // ENVVAR GLOO_SOCKET_IFNAME: as c10d defines it: the network interface that connects the processes.
    const char* const interface = std::getenv("GLOO_SOCKET_IFNAME");
    try {
      const std::string own = place.local_count == place.count ? "127.0.0.1" : own_address_towards(place.address);
      if (interface && *interface) {
        options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface(interface));
      } else if (!own.empty()) {
        options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(own));
      } else {
        options->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
      }
    } catch (const std::exception& error) {
      throw core::UsageError(interface && *interface ? "GLOO_SOCKET_IFNAME" : kOption,
                             "no network to connect the ranks by: " + first_line_of(error),
                             "name one of this machine's interfaces with GLOO_SOCKET_IFNAME");
    }
    using Made = c10::intrusive_ptr<c10d::ProcessGroupGloo>;
    std::packaged_task<Made()> task([to = store, own = index(), all = count(), options] {
      return c10::make_intrusive<c10d::ProcessGroupGloo>(to, own, all, options);
    });
    std::future<Made> made = task.get_future();
    std::thread(std::move(task)).detach();
    while (made.wait_for(milliseconds(10)) != std::future_status::ready) {
      core::throw_if_stopped();
      if (const std::string problem = watch->problem(); !problem.empty()) throw PeerLost(problem);
      if (Clock::now() >= until) throw PeerLost("the ranks do not reach each other");
    }
    try {
      gloo = made.get();
    } catch (const std::exception& error) {
      throw PeerLost(error.what());
    }
  }

  // Waits for a collective call, and looks now and then whether another process has failed: it would never come.
  template <class Work>
  void wait(const Work& work) {
    while (true) {
      try {
        work->wait(kLook);
        return;
      } catch (const std::exception& error) {
        if (work->isCompleted()) throw PeerLost(error.what());
        if (const std::string problem = watch->problem(); !problem.empty()) throw PeerLost(problem);
      }
    }
  }

  std::function<void()> begin_sum(at::Tensor numbers) {
    traffic.sums += 1;
    traffic.bytes += static_cast<std::uint64_t>(numbers.nbytes());
    std::vector<at::Tensor> tensors{numbers};
#ifdef COOPSEG_NCCL
    if (numbers.is_cuda()) {
      // The GPU waits, not this process; a peer that is gone is noticed by the next exchange between processors.
      auto work = nccl->allreduce(tensors);
      return [work] { work->wait(); };
    }
#endif
    try {
      auto work = gloo->allreduce(tensors);
      return [this, work, numbers] {
        const auto from = Clock::now();
        wait(work);
        traffic.waited_s += seconds_since(from);
      };
    } catch (const std::exception& error) {
      throw PeerLost(error.what());
    }
  }

  void broadcast(at::Tensor bytes) {
    std::vector<at::Tensor> tensors{bytes};
    try {
      wait(gloo->broadcast(tensors));
    } catch (const std::exception& error) {
      throw PeerLost(error.what());
    }
  }

  void let_another_fail_first() const {
    const auto until = Clock::now() + kLook;
    try {
      while (watch->store_answers() && Clock::now() < until && !store->check({kFailed}))
        std::this_thread::sleep_for(milliseconds(20));
    } catch (const std::exception& error) {
      core::debug("{}", error.what());
    }
  }

  void tell_status(int status) const {
    try {
      store->set(kFailed, bytes_of(std::to_string(status)));
    } catch (const std::exception& error) {
      core::debug("{}", error.what());
    }
  }

  // What the first one that failed has told; else `own`.
  int told_status(int own) const {
    try {
      store->wait({kFailed}, kFarewell);
      return std::stoi(text_of(store->get(kFailed)));
    } catch (const std::exception& error) {
      core::debug("{}", error.what());
      return own;
    }
  }

  // Without its end: the threads of a group wait for processes that are gone.
  void abandon() {
    gloo.release();
#ifdef COOPSEG_NCCL
    nccl.release();
#endif
  }
};

RankGroup::RankGroup(const core::Ranks& place, bool shares_statistics) : connection_(std::make_unique<Connection>()) {
  connection_->place = place;
  connection_->shares_statistics = shares_statistics;
  const auto until = Clock::now() + time_to_meet();
  connection_->store = open_store(place, until);
  connection_->watch = std::make_unique<Watch>(connection_->store, place.index, place.count);
  together([&] {
    connection_->meet(until);
    connection_->watch->begin();
    connection_->connect(Clock::now() + time_to_meet());
  });
}

RankGroup::~RankGroup() {
#ifdef COOPSEG_NCCL
  if (connection_->nccl) connection_->nccl->shutdown();
#endif
}

void RankGroup::use_device(const std::string& device) {
  if (device == "cpu") return;
#ifdef COOPSEG_NCCL
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = kLongestSum;
  try {
    connection_->nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(connection_->store, connection_->index(),
                                                                    connection_->count(), options);
  } catch (const std::exception& error) {
    throw core::UsageError(kOption, "NCCL does not connect the GPUs: " + first_line_of(error), "choose --device cpu");
  }
#else
  throw core::UsageError(kOption, "needs NCCL to train on several GPUs, and this build has none",
                         "choose --device cpu, or build with a LibTorch that has it");
#endif
}

std::size_t RankGroup::index() const { return connection_->place.index; }
std::size_t RankGroup::count() const { return connection_->place.count; }
bool RankGroup::shares_statistics() const { return connection_->shares_statistics; }

void RankGroup::sum(at::Tensor& numbers) { connection_->begin_sum(numbers)(); }

std::function<void()> RankGroup::begin_sum(at::Tensor numbers) { return connection_->begin_sum(std::move(numbers)); }

core::TensorFile RankGroup::broadcast(const core::TensorFile& content) {
  std::string head, body;
  if (index() == 0) {
    Json json{{"metadata", content.metadata}, {"tensors", Json::array()}};
    for (const auto& [name, tensor] : content.tensors) {
      json["tensors"].push_back({name, tensor.dtype, tensor.shape, tensor.bytes.size()});
      body += tensor.bytes;
    }
    head = core::to_line(json);
  }
  at::Tensor sizes = at::tensor({static_cast<std::int64_t>(head.size()), static_cast<std::int64_t>(body.size())});
  connection_->broadcast(sizes);
  const auto received = [&](const std::string& own, std::int64_t size) {
    at::Tensor bytes = index() == 0 ? tensor_of(own) : at::empty({size}, at::kByte);
    if (size > 0) connection_->broadcast(bytes);
    return std::string(static_cast<const char*>(bytes.data_ptr()), static_cast<std::size_t>(size));
  };
  head = received(head, sizes[0].item<std::int64_t>());
  body = received(body, sizes[1].item<std::int64_t>());
  if (index() == 0) return content;
  const Json json = core::parse_json(head, kOption);
  core::TensorFile result;
  result.metadata = json.at("metadata").get<std::map<std::string, std::string>>();
  std::size_t at = 0;
  for (const Json& entry : json.at("tensors")) {
    const std::size_t size = entry.at(3);
    result.tensors[entry.at(0)] = {entry.at(1), entry.at(2).get<std::vector<std::int64_t>>(), body.substr(at, size)};
    at += size;
  }
  return result;
}

int RankGroup::any(int number) {
  at::Tensor all = at::zeros({static_cast<std::int64_t>(count())}, at::kLong);
  all[static_cast<std::int64_t>(index())] = number;
  sum(all);
  return static_cast<int>(all.max().item<std::int64_t>());
}

void RankGroup::require_same(const Json& own) {
  // Texts are long, hashes are not.
  const auto hash_of = [](const Json& json) { return core::sha256(core::to_line(json)); };
  const auto all_of = [this](const std::string& text) {
    const at::Tensor length = gather(at::tensor({static_cast<std::int64_t>(text.size())}));
    const at::Tensor bytes = gather(tensor_of(text).to(at::kLong)).to(at::kByte);
    std::vector<std::string> texts;
    std::int64_t at = 0;
    for (std::size_t i = 0; i < count(); ++i) {
      const auto size = length[static_cast<std::int64_t>(i)].item<std::int64_t>();
      texts.emplace_back(static_cast<const char*>(bytes.data_ptr()) + at, static_cast<std::size_t>(size));
      at += size;
    }
    return texts;
  };
  const std::vector<std::string> hashes = all_of(hash_of(own));
  if (std::all_of(hashes.begin(), hashes.end(), [&](const auto& hash) { return hash == hashes.front(); })) return;
  const std::vector<std::string> texts = all_of(core::to_line(own));
  for (std::size_t i = 1; i < count(); ++i) {
    const Json first = core::parse_json(texts[0], kOption), other = core::parse_json(texts[i], kOption);
    if (const std::string difference = core::first_difference("", other, first, "there"); !difference.empty())
      throw core::UsageError(kOption, fmt::format("rank {} differs from rank 0: {}", i, difference),
                             "start all of them with the same options and data, or each by itself with --ranks 1");
  }
}

Traffic RankGroup::take_traffic() {
  Traffic traffic = std::exchange(connection_->traffic, {});
  traffic.bytes = 2 * traffic.bytes * (count() - 1) / count();
  return traffic;
}

void RankGroup::together(const std::function<void()>& work) {
  try {
    work();
  } catch (const core::Ended&) {
    throw;
  } catch (...) {
    end();
  }
}

void RankGroup::end() {
  Connection& c = *connection_;
  bool lost = false, stopped = false;
  std::string why;
  int status = core::kCaseFailed;
  try {
    throw;
  } catch (const core::Interrupted& stop) {
    stopped = true;
    status = core::kSignal + stop.signal;
  } catch (const PeerLost& peer) {
    lost = true;
    why = first_line_of(peer);
  } catch (...) {
    status = status_of_current_error();
  }
  core::debug("rank {} of {} ends: {}", index(), count(), lost ? why : "an error of its own");
  c.abandon();
  // What all of them meet, rank 0 tells of.
  if (!lost && !stopped && index() != 0) c.let_another_fail_first();
  // Whoever fails first has the word; what another has said since then is only what came of it.
  const std::int64_t claims = c.counted("claims", 1);
  const bool first = claims == 1;
  if (first) c.tell_status(status);
  if (claims > 1) status = c.told_status(status);
  // The store lives as long as the process that keeps it: it stays until all have read.
  c.counted("read", 1);
  const auto until = Clock::now() + kFarewell;
  while (c.place.serves && c.counted("read", 0) < c.count() && Clock::now() < until)
    std::this_thread::sleep_for(milliseconds(20));
  // They stop together, and the first one tells of it.
  if (index() == 0 && (stopped || status > core::kSignal)) throw core::Interrupted{status - core::kSignal};
  if (stopped) throw core::Ended{status};
  if (!first && !(lost && claims == 0 && index() == 1)) throw core::Ended{status};
  if (!lost) throw;
  const core::DataError error(kOption, "another rank of the training is gone (" + why + ")",
                              "see what has become of it");
  if (!c.place.supervised) throw error;
  // Of one that was killed the parent tells; else it finds here what to say.
  core::write_file(core::reason_file(c.place), error.what(), core::Overwrite::yes);
  throw core::Ended{status};
}

}  // namespace coopseg::training
