#include "coopseg/core/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <mutex>

#include "coopseg/core/terminal.h"

namespace coopseg::core {

namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: break;
  }
  return spdlog::level::err;
}

LogLevel current_level = LogLevel::info;
std::string rank;  // "rank 2: "

std::shared_ptr<spdlog::logger> make_logger(const std::string& program) {
  // ENVVAR NO_COLOR: no colours in messages, whatever the terminal.
  const char* no_color = std::getenv("NO_COLOR");
  const bool plain = (no_color && *no_color) || !obeys_escapes();
  const auto mode = plain ? spdlog::color_mode::never : spdlog::color_mode::automatic;
  auto logger = std::make_shared<spdlog::logger>(program, std::make_shared<spdlog::sinks::stderr_color_sink_mt>(mode));
  logger->flush_on(spdlog::level::debug);
  return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
  static auto instance = make_logger("coopseg");
  return instance;
}

}  // namespace

void start_log(const std::string& program, LogLevel level) {
  logger() = make_logger(program);
  logger()->set_level(to_spdlog(level));
  current_level = level;
  rank.clear();
}

LogLevel log_level() { return current_level; }

void log_as_rank(std::size_t index) {
  if (index == 0) return;
  rank = fmt::format("rank {}: ", index);
  current_level = LogLevel::error;
}

void log_message(LogLevel level, const std::string& message) {
  if (level < current_level) return;
  // The pattern is the logger's, not the message's: another thread's message must not come in between.
  static std::mutex writing;
  const std::lock_guard<std::mutex> lock(writing);
  // Plain information stands without a word for its level, as people expect of Unix programs.
  if (level == LogLevel::info) {
    logger()->set_pattern("%n: %v");
  } else {
    logger()->set_pattern("%n: %^%l:%$ %v");
  }
  logger()->log(to_spdlog(level), rank + message);
}

}  // namespace coopseg::core
