#include "coopseg/training/watch.h"

#include <fmt/core.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace coopseg::training {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kLook{1}, kBeat{5}, kSilent{30};

}  // namespace

struct Watch::State {
  c10::intrusive_ptr<c10d::Store> store;
  std::size_t index, count;
  mutable std::mutex mutex;
  std::condition_variable changed;
  std::string problem;
  Clock::time_point answered = Clock::now();  // the store's last answer
  bool begun = false, stop = false;

  std::string key(std::size_t of) const { return fmt::format("alive/{}", of); }

  void beat(std::uint64_t number) const {
    const std::string text = std::to_string(number);
    store->set(key(index), std::vector<std::uint8_t>(text.begin(), text.end()));
  }

  // Looks every second, and is seen every few.
  void run() {
    const std::size_t next = (index + 1) % count;
    std::vector<std::uint8_t> seen;
    Clock::time_point moved = Clock::now(), beaten = moved;
    std::uint64_t number = 1;
    for (;;) {
      std::string found;
      bool watches = false;
      {
        std::unique_lock lock(mutex);
        changed.wait_for(lock, kLook, [this] { return stop; });
        if (stop) return;
        watches = begun;
      }
      try {
        const auto now = Clock::now();
        if (now - beaten >= kBeat) {
          beat(number++);
          beaten = now;
        }
        if (store->check({kFailed})) found = "another rank has failed";
        if (auto value = store->get(key(next)); !watches || value != seen) {
          seen = std::move(value);
          moved = now;
        } else if (now - moved > kSilent) {
          found = fmt::format("rank {} has not been heard of for {} s", next, kSilent.count());
        }
      } catch (const std::exception&) {
        found = "rank 0 is gone";
      }
      const std::lock_guard lock(mutex);
      answered = Clock::now();
      if (problem.empty()) problem = found;
    }
  }
};

Watch::Watch(c10::intrusive_ptr<c10d::Store> store, std::size_t index, std::size_t count)
    : state_(std::make_shared<State>()) {
  state_->store = std::move(store);
  state_->index = index;
  state_->count = count;
  state_->beat(0);
}

// A call of the store may never return, where rank 0's machine is lost: the thread is not waited for.
Watch::~Watch() {
  const std::lock_guard lock(state_->mutex);
  state_->stop = true;
  state_->changed.notify_all();
}

void Watch::begin() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->begun = true;
    state_->answered = Clock::now();
  }
  std::thread([state = state_] { state->run(); }).detach();
}

std::string Watch::problem() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->begun && state_->problem.empty() && Clock::now() - state_->answered > kSilent)
    return fmt::format("rank 0 has not been heard of for {} s", kSilent.count());
  return state_->problem;
}

bool Watch::store_answers() const {
  const std::lock_guard lock(state_->mutex);
  return !state_->begun || Clock::now() - state_->answered <= kSilent;
}

}  // namespace coopseg::training
