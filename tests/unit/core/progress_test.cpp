#include "coopseg/core/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <regex>
#include <string>
#include <thread>
#include <utility>

namespace coopseg {
namespace {

// Standard error is a terminal of so many columns as long as this lives.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : controller_(posix_openpt(O_RDWR | O_NOCTTY)), kept_(dup(STDERR_FILENO)) {
    if (controller_ < 0 || grantpt(controller_) != 0 || unlockpt(controller_) != 0) return;
    const int screen = open(ptsname(controller_), O_RDWR | O_NOCTTY);
    if (screen < 0) return;
    winsize size{};
    size.ws_col = columns;
    works_ = ioctl(screen, TIOCSWINSZ, &size) == 0;
    dup2(screen, STDERR_FILENO);
    close(screen);
  }
  ~Terminal() {
    dup2(kept_, STDERR_FILENO);
    close(kept_);
    if (controller_ >= 0) close(controller_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool works() const { return works_; }
  // What was written since the last time, at least a byte; whatever time it took is 0:00.
  std::string shown() const {
    char text[4096];
    const ssize_t count = read(controller_, text, sizeof text);
    return std::regex_replace(std::string(text, static_cast<std::size_t>(count < 0 ? 0 : count)),
                              std::regex("[0-9]:[0-9][0-9]"), "0:00");
  }

 private:
  int controller_, kept_;
  bool works_ = false;
};

// The bar after the first of two steps, and after the second.
std::pair<std::string, std::string> bars(unsigned short columns, const std::string& note) {
  const Terminal terminal(columns);
  if (!terminal.works()) return {};
  core::Progress progress("work", 2, "steps");
  std::this_thread::sleep_for(std::chrono::milliseconds(110));  // bars are not drawn more often
  progress.advance(1, note);
  std::string first = terminal.shown();
  progress.advance(1);
  return {first, terminal.shown()};
}

TEST(Progress, IsNoWiderThanTheTerminal) {
  const std::string note = "loss 0.5, " + std::string(60, 'x') + ", the end";
  const auto [first, last] = bars(60, note);
  if (first.empty()) GTEST_SKIP() << "no terminals here";
  EXPECT_EQ(first, "\r\033[Kwork [====    ] 1/2 steps, 0:00 left  loss 0.5, xxxxxxxxxxx") << "59 characters";
  EXPECT_NE(last.find("work [========================] 2/2 steps, in 0:00  " + note), std::string::npos) << last;
}

TEST(Progress, IsCutBetweenCharacters) {
  const auto [first, last] = bars(42, "\u00e4\u00f6\u00fc\u00df\u00e4\u00f6\u00fc\u00df");
  if (first.empty()) GTEST_SKIP() << "no terminals here";
  EXPECT_EQ(first, "\r\033[Kwork [====    ] 1/2 steps, 0:00 left  \u00e4\u00f6\u00fc");
}

TEST(Progress, IsWholeWhereThereIsRoom) {
  for (const unsigned short columns : {0, 80}) {
    const auto [first, last] = bars(columns, "loss 0.5");
    if (first.empty()) GTEST_SKIP() << "no terminals here";
    EXPECT_EQ(first, "\r\033[Kwork [============            ] 1/2 steps, 0:00 left  loss 0.5");
  }
}

}  // namespace
}  // namespace coopseg
