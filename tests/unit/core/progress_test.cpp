#include "coopseg/core/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>
#include <regex>
#include <string>
#include <thread>
#include <utility>

namespace coopseg {
namespace {

// Standard error is a terminal of this kind and so many columns as long as this lives.
class Terminal {
 public:
  explicit Terminal(unsigned short columns, const char* kind = "xterm")
      : controller_(posix_openpt(O_RDWR | O_NOCTTY)), kept_(dup(STDERR_FILENO)) {
    const char* term = std::getenv("TERM");
    if (term) kept_kind_ = term;
    if (kind) setenv("TERM", kind, 1);
    else unsetenv("TERM");
    if (controller_ < 0 || grantpt(controller_) != 0 || unlockpt(controller_) != 0) return;
    const int screen = open(ptsname(controller_), O_RDWR | O_NOCTTY);
    if (screen < 0) return;
    dup2(screen, STDERR_FILENO);
    close(screen);
    works_ = resize(columns);
  }
  ~Terminal() {
    if (kept_kind_) setenv("TERM", kept_kind_->c_str(), 1);
    else unsetenv("TERM");
    dup2(kept_, STDERR_FILENO);
    close(kept_);
    if (controller_ >= 0) close(controller_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool works() const { return works_; }
  static bool resize(unsigned short columns) {
    winsize size{};
    size.ws_col = columns;
    return ioctl(STDERR_FILENO, TIOCSWINSZ, &size) == 0;
  }
  // All that was written since the last time; whatever time it took is 0:00. The kernel hands it over in pieces, so
  // that a mark is written behind it and read up to.
  std::string shown() const {
    constexpr char kEnd = '\a';
    std::string text;
    for (ssize_t count = write(STDERR_FILENO, &kEnd, 1); count > 0;) {
      char piece[256];
      count = read(controller_, piece, sizeof piece);
      text.append(piece, static_cast<std::size_t>(count < 0 ? 0 : count));
      if (!text.empty() && text.back() == kEnd) break;
    }
    if (!text.empty()) text.pop_back();
    return std::regex_replace(text, std::regex("[0-9]:[0-9][0-9]"), "0:00");
  }

 private:
  int controller_, kept_;
  std::optional<std::string> kept_kind_;
  bool works_ = false;
};

void wait_for_the_next_bar() { std::this_thread::sleep_for(std::chrono::milliseconds(110)); }

// The bar after the first of two steps, and after the second.
std::pair<std::string, std::string> bars(unsigned short columns, const std::string& note) {
  const Terminal terminal(columns);
  if (!terminal.works()) return {};
  core::Progress progress("work", 2, "steps");
  wait_for_the_next_bar();
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
  EXPECT_EQ(last, "\r\033[Kwork [========] 2/2 steps, in 0:00  loss 0.5,\r\n  " + std::string(57, 'x') +
                      "\r\n  xxx, the end\r\n")
      << "told whole";
}

TEST(Progress, IsCutBetweenCharacters) {
  const auto [first, last] = bars(42, "\u00e4\u00f6\u00fc\u00df\u00e4\u00f6\u00fc\u00df");
  if (first.empty()) GTEST_SKIP() << "no terminals here";
  EXPECT_EQ(first, "\r\033[Kwork [====    ] 1/2 steps, 0:00 left  \u00e4\u00f6\u00fc");
}

TEST(Progress, IsWholeWhereThereIsRoom) {
  const auto [first, last] = bars(80, "loss 0.5");
  if (first.empty()) GTEST_SKIP() << "no terminals here";
  EXPECT_EQ(first, "\r\033[Kwork [============            ] 1/2 steps, 0:00 left  loss 0.5");
}

// Serial lines and some containers do not tell their width.
TEST(Progress, TakesATerminalOfUnknownWidthForOneOf80Columns) {
  const auto [first, last] = bars(0, std::string(100, 'x'));
  if (first.empty()) GTEST_SKIP() << "no terminals here";
  EXPECT_EQ(first, "\r\033[Kwork [====    ] 1/2 steps, 0:00 left  " + std::string(41, 'x')) << "79 characters";
}

// The window may be made narrower while the work goes on.
TEST(Progress, AsksForTheWidthAtEachRedraw) {
  const Terminal terminal(80);
  if (!terminal.works()) GTEST_SKIP() << "no terminals here";
  core::Progress progress("work", 4, "steps");
  wait_for_the_next_bar();
  progress.advance(1, "loss 0.5");
  EXPECT_EQ(terminal.shown(), "\r\033[Kwork [======                  ] 1/4 steps, 0:00 left  loss 0.5");
  Terminal::resize(20);
  wait_for_the_next_bar();
  progress.advance();
  EXPECT_EQ(terminal.shown(), "\r\033[Kwork [====    ] 2/4");
}

// Emacs' shell and the consoles of build services show escape sequences as rubbish.
TEST(Progress, DrawsNoBarWhereTheTerminalCannotErase) {
  for (const char* kind : {"dumb", "", static_cast<const char*>(nullptr)}) {
    const Terminal terminal(80, kind);
    if (!terminal.works()) GTEST_SKIP() << "no terminals here";
    core::Progress progress("work", 2, "steps");
    wait_for_the_next_bar();
    progress.advance(2);
    EXPECT_EQ(terminal.shown(), "");
  }
}

}  // namespace
}  // namespace coopseg
