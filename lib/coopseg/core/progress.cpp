#include "coopseg/core/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "coopseg/core/log.h"
#include "coopseg/core/terminal.h"

namespace coopseg::core {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kRedraw = std::chrono::milliseconds(100);
// Where nothing can be redrawn: a line now and then, more seldom the longer it takes.
constexpr auto kFirstLine = std::chrono::seconds(10), kLastLine = std::chrono::seconds(300);
constexpr std::size_t kBarWidth = 24, kNarrowBarWidth = 8;

std::string duration(double seconds) {
  const long s = static_cast<long>(seconds + 0.5);
  if (s >= 3600) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
  return fmt::format("{}:{:02}", s / 60, s % 60);
}

}  // namespace

Progress::Progress(std::string label, std::size_t total, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      redraws_(obeys_escapes()),
      silent_(log_level() > LogLevel::info),
      start_(Clock::now()),
      shown_(start_) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\n", stderr);
}

void Progress::advance(std::size_t steps, const std::string& note) {
  const std::lock_guard<std::mutex> lock(mutex_);
  done_ += steps;
  if (!note.empty()) note_ = note;
  if (silent_) return;
  const auto now = Clock::now();
  const bool last = done_ >= total_;
  const Clock::duration line = std::clamp<Clock::duration>((now - start_) / 10, kFirstLine, kLastLine);
  // Where it is redrawn the finished bar is drawn once more; elsewhere short work stays silent.
  if (now - shown_ < (redraws_ ? Clock::duration(kRedraw) : line) && !(redraws_ && last)) return;
  shown_ = now;
  show(last);
}

void Progress::show(bool last) {
  const double elapsed = std::chrono::duration<double>(Clock::now() - start_).count();
  const double fraction = total_ ? static_cast<double>(done_) / static_cast<double>(total_) : 1;
  const std::string time =
      last ? "in " + duration(elapsed)
      : done_ ? duration(elapsed / static_cast<double>(done_) * static_cast<double>(total_ - done_)) + " left"
              : "";
  const std::string tail = note_.empty() ? "" : "  " + note_;
  if (redraws_) {
    const auto line = [&](std::size_t width) {
      const auto filled = static_cast<std::size_t>(fraction * static_cast<double>(width));
      return fmt::format("{} [{}{}] {}/{} {}, {}{}", label_, std::string(filled, '='), std::string(width - filled, ' '),
                         done_, total_, unit_, time, tail);
    };
    std::string text = line(kBarWidth);
    // A line that wraps cannot be drawn over: its upper rows would stay. The last one is told whole, in several.
    const std::size_t room = terminal_columns() - 1;
    if (cut_to_columns(text, room) != text)
      text = last ? fold_to_columns(line(kNarrowBarWidth), room) : cut_to_columns(line(kNarrowBarWidth), room);
    fmt::print(stderr, "\r\033[K{}", text);
    std::fflush(stderr);
    drawn_ = true;
    if (last) {
      std::fputs("\n", stderr);
      drawn_ = false;
    }
  } else {
    info("{}: {} of {} {}, {}{}", label_, done_, total_, unit_, time, tail);
  }
}

}  // namespace coopseg::core
