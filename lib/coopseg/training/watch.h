// Tells those who wait for the other ranks of a training whether it is any use. Each rank lets the others see that it
// is alive, by a number in their store that goes up, and watches the next one's. Private to ranks.cpp.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <torch/csrc/distributed/c10d/Store.hpp>

namespace coopseg::training {

inline constexpr char kFailed[] = "failed";  // the key of the first failure, its exit status

class Watch {
 public:
  // To be made by all ranks before any of them looks.
  Watch(c10::intrusive_ptr<c10d::Store> store, std::size_t index, std::size_t count);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // From now on the next rank is watched: all have come.
  void begin();
  // Why there is nothing to wait for any more: a rank that has failed, is gone, or has not been seen for half
  // a minute, as when its machine is lost; empty while all seem well.
  std::string problem() const;
  bool store_answers() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // the thread's, too, which may have to be left behind
};

}  // namespace coopseg::training
