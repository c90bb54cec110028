#include "coopseg/core/shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <regex>
#include <string_view>

#include "coopseg/core/error.h"

namespace coopseg::core {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostParts = 1000000000;

std::optional<std::size_t> number_in(std::string_view text) {
  std::size_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = problem == std::errc() && end == text.data() + text.size() && number <= kMostParts;
  return is_number ? std::optional(number) : std::nullopt;
}

std::size_t from_environment(const std::string& option, const char* variable) {
  const char* text = std::getenv(variable);
  if (!text) {
    const bool in_array = std::getenv("SLURM_ARRAY_TASK_ID") != nullptr;
    throw UsageError(option, fmt::format("{} is not set", variable),
                     in_array ? "say how many tasks divide the list: --shard slurm:N" : "run it in a SLURM array job");
  }
  const auto number = number_in(text);
  if (!number) throw UsageError(option, fmt::format("{} is \"{}\", expected a number", variable, text));
  return *number;
}

Shard task_of_whole_array() {
  const std::string option = "--shard slurm";
  const std::size_t id = from_environment(option, "SLURM_ARRAY_TASK_ID");
  const std::size_t first = from_environment(option, "SLURM_ARRAY_TASK_MIN");
  const std::size_t last = from_environment(option, "SLURM_ARRAY_TASK_MAX");
  const std::size_t count = from_environment(option, "SLURM_ARRAY_TASK_COUNT");
  // SLURM tells the same of an array of one task and of the first task of many, submitted again.
  if (count == 1) {
    throw UsageError(option, fmt::format("the array has task {} alone, which may be one of many", id),
                     "say --shard slurm:1 if it is the only task, else --shard slurm:N with the number of them all");
  }
  if (first == 0 && last + 1 == count && id <= last) return {id, count};
  throw UsageError(
      option,
      fmt::format("the array has {} tasks from {} to {}, which may be a part of those that divide the list", count,
                  first, last),
      "say how many divide it: --shard slurm:N for the tasks 0 to N - 1, or submit all of them");
}

Shard task_of(const std::string& text, std::string_view total) {
  const std::string option = "--shard " + text;
  const auto count = number_in(total);
  if (!count || *count < 1) throw UsageError("--shard", "\"" + text + "\" is not slurm:N with N from 1");
  const std::size_t id = from_environment(option, "SLURM_ARRAY_TASK_ID");
  // All tasks of an array that has one too many are refused, before any has worked.
  const bool knows_last = std::getenv("SLURM_ARRAY_TASK_MAX") != nullptr;
  const std::size_t last = knows_last ? std::max(id, from_environment(option, "SLURM_ARRAY_TASK_MAX")) : id;
  if (last >= *count) {
    throw UsageError(option, fmt::format("the array has a task {}, the list's parts are 0 to {}", last, *count - 1),
                     fmt::format("count tasks from 0, as in --array=0-{}", *count - 1));
  }
  return {id, *count};
}

}  // namespace

Shard Shard::parse(const std::string& text) {
  constexpr std::string_view kSlurm = "slurm:";
  if (text == "slurm") return task_of_whole_array();
  if (text.compare(0, kSlurm.size(), kSlurm) == 0) return task_of(text, std::string_view(text).substr(kSlurm.size()));
  const std::size_t slash = text.find('/');
  const auto index = number_in(std::string_view(text).substr(0, slash));
  const auto count = slash == std::string::npos ? std::nullopt : number_in(std::string_view(text).substr(slash + 1));
  if (!index || !count || *index >= *count)
    throw UsageError("--shard", "\"" + text + "\" is not I/N with I from 0 to N - 1, or slurm, or slurm:N");
  return {*index, *count};
}

std::pair<std::size_t, std::size_t> Shard::range(std::size_t cases) const {
  return {cases * index / count, cases * (index + 1) / count};
}

std::string Shard::list_name(const std::string& stem) const {
  if (count == 1) return stem + ".jsonl";
  const std::size_t width = std::to_string(count - 1).size();
  return fmt::format("{}.{:0{}}-of-{}.jsonl", stem, index, width, count);
}

void refuse_parts_of_another(const fs::path& folder, std::size_t count) {
  static const std::regex kPart(R"(cases\.[0-9]+-of-([0-9]+)\.jsonl)");
  std::error_code error;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::smatch found;
    if (!std::regex_match(name, found, kPart) || found[1] == std::to_string(count)) continue;
    throw UsageError(
        "--shard slurm",
        fmt::format("the array has {} tasks, and {} is one of {} parts", count, at->path().string(), found[1].str()),
        fmt::format("give --shard slurm:{} if these are tasks of that array, else --shard slurm:{}", found[1].str(),
                    count));
  }
}

}  // namespace coopseg::core
