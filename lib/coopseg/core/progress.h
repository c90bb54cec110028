// Progress of long work, on standard error: a bar that is redrawn on a terminal, no wider than that is at the moment;
// elsewhere, and on a terminal that cannot redraw (TERM=dumb), a line now and then.
// Thread-safe. Silent at --log-level warning and error.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

namespace coopseg::core {

class Progress {
 public:
  // `unit` is what is counted: "cases", "iterations".
  Progress(std::string label, std::size_t total, std::string unit);
  ~Progress();  // ends the bar's line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `note` stands behind the bar: "loss 0.213, Dice 0.87"; on a narrow terminal its end is seen at last only.
  void advance(std::size_t steps = 1, const std::string& note = {});

 private:
  void show(bool last);
  std::string label_, unit_, note_;
  std::size_t total_, done_ = 0;
  bool redraws_, silent_, drawn_ = false;
  std::chrono::steady_clock::time_point start_, shown_;
  std::mutex mutex_;
};

}  // namespace coopseg::core
