// Messages for people, on standard error: "cs-dice: warning: ...". Standard output carries results only.
// Thread-safe. Nothing below the chosen level is printed; --log-level error is silent when all is well.
#pragma once

#include <fmt/core.h>

#include <string>

namespace coopseg::core {

enum class LogLevel { debug, info, warning, error };

// Sets the name before each message and the lowest level printed. Called once by Command.
void start_log(const std::string& program, LogLevel level);
LogLevel log_level();
// Of processes that do one thing together the first speaks for all; the others tell of errors alone: "rank 2: ...".
void log_as_rank(std::size_t index);

void log_message(LogLevel level, const std::string& message);

template <class... A>
void debug(fmt::format_string<A...> text, A&&... a) {
  if (log_level() <= LogLevel::debug) log_message(LogLevel::debug, fmt::format(text, std::forward<A>(a)...));
}
template <class... A>
void info(fmt::format_string<A...> text, A&&... a) {
  log_message(LogLevel::info, fmt::format(text, std::forward<A>(a)...));
}
template <class... A>
void warning(fmt::format_string<A...> text, A&&... a) {
  log_message(LogLevel::warning, fmt::format(text, std::forward<A>(a)...));
}
template <class... A>
void error(fmt::format_string<A...> text, A&&... a) {
  log_message(LogLevel::error, fmt::format(text, std::forward<A>(a)...));
}

}  // namespace coopseg::core
