#include "coopseg/report/results.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <tuple>

#include "coopseg/core/error.h"
#include "coopseg/core/json.h"

namespace coopseg::report {

namespace {

using core::Json;

const char* kForm =
    "a line reads {\"method\":\"...\",\"set\":\"...\",\"scores\":\"FILE\"}, with \"stage\" (ftn, stn or another name), "
    "\"labelled\" (a number of cases), \"seed\", \"fold\" and \"run\" where there are such";

constexpr std::uint64_t kMostLabelled = 1'000'000'000;

bool printable(const std::string& text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 32 || c == 127; });
}

std::string text_member(const Json& object, const char* key, const std::string& where, bool required) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) {
    if (required) throw core::UsageError(where, std::string("has no \"") + key + "\"", kForm);
    return {};
  }
  if (!found->is_string() || !printable(found->get<std::string>()))
    throw core::UsageError(
        where, std::string("\"") + key + "\" is " + core::to_line(*found).substr(0, 60) + ", expected a text", kForm);
  return found->get<std::string>();
}

// A whole number or a word.
std::string tag_member(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found != object.end() && found->is_number_integer()) return core::to_line(*found);
  return text_member(object, key, where, false);
}

std::optional<std::size_t> count_member(const Json& object, const char* key, const std::string& where) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() > kMostLabelled)
    throw core::UsageError(where,
                           fmt::format("\"{}\" is {}, expected a whole number from 0 to {}", key,
                                       core::to_line(*found).substr(0, 60), kMostLabelled),
                           kForm);
  return found->get<std::size_t>();
}

ResultList parse_line(const std::string& line, const fs::path& folder, const std::string& where) {
  const Json object = core::as_usage_error([&] { return core::parse_json(line, where); }, kForm);
  if (!object.is_object()) throw core::UsageError(where, "is not a JSON object", kForm);
  ResultList list;
  list.where = where;
  list.method = text_member(object, "method", where, true);
  list.set = text_member(object, "set", where, true);
  list.scores = folder / text_member(object, "scores", where, true);
  list.stage = text_member(object, "stage", where, false);
  if (list.stage == "FTN" || list.stage == "STN")
    throw core::UsageError(where, "\"stage\" is \"" + list.stage + "\", expected ftn or stn", kForm);
  list.labelled = count_member(object, "labelled", where);
  list.seed = tag_member(object, "seed", where);
  list.fold = tag_member(object, "fold", where);
  if (const std::string run = text_member(object, "run", where, false); !run.empty()) list.run = folder / run;
  return list;
}

}  // namespace

std::string stage_title(const std::string& stage) {
  return stage == kFastStage ? "FTN" : stage == kCorrectedStage ? "FTN+STN" : stage;
}

std::string with_labelled(const std::string& text, const std::optional<std::size_t>& labelled) {
  return labelled ? fmt::format("{}, {} labelled", text, *labelled) : text;
}

std::string ResultList::training() const {
  std::vector<std::string> said;
  if (labelled) said.push_back(fmt::format("{} labelled", *labelled));
  if (!seed.empty()) said.push_back("seed " + seed);
  if (!fold.empty()) said.push_back("fold " + fold);
  return fmt::format("{}", fmt::join(said, ", "));
}

std::string ResultList::name() const {
  std::string text = method;
  if (const std::string t = training(); !t.empty()) text += ", " + t;
  if (!stage.empty()) text += ", " + stage_title(stage);
  return text + ", " + set;
}

std::vector<ResultList> parse_results(const std::string& text, const fs::path& folder, const std::string& where) {
  std::vector<ResultList> lists;
  std::istringstream lines(text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    lists.push_back(parse_line(line, folder, where + ": line " + std::to_string(number)));
  }
  if (lists.empty()) throw core::UsageError(where, "names no list", kForm);
  return lists;
}

std::vector<ResultList> read_results(const std::string& source) {
  if (source == "-") return parse_results(core::read_standard_input(), {}, "standard input");
  std::error_code ignored;
  if (fs::is_fifo(source, ignored)) return parse_results(core::read_pipe(source), {}, source);
  return core::as_usage_error(
      [&] {
        return parse_results(core::read_file(source, std::uint64_t{1} << 28), fs::path(source).parent_path(), source);
      },
      "--results takes a file of JSON Lines, one a scored list");
}

ResultList parse_scores(const std::string& text) {
  const auto equals = text.find('=');
  const auto colon = equals == std::string::npos ? equals : text.rfind(':', equals);
  if (colon == std::string::npos || colon == 0 || colon + 1 == equals || equals + 1 == text.size() || !printable(text))
    throw core::UsageError("--scores", "\"" + text + "\" is not of the form METHOD:SET=FILE",
                           "as in mine:clean=scores.jsonl");
  ResultList list;
  list.method = text.substr(0, colon);
  list.set = text.substr(colon + 1, equals - colon - 1);
  list.scores = text.substr(equals + 1);
  list.where = "--scores " + text;
  return list;
}

void refuse_duplicates(const std::vector<ResultList>& lists) {
  using Key = std::tuple<std::string, std::string, std::string, std::optional<std::size_t>, std::string, std::string>;
  std::map<Key, const ResultList*> seen;
  for (const ResultList& list : lists) {
    const std::string stage = list.stage.empty() ? kFastStage : list.stage;
    const auto [place, is_new] =
        seen.emplace(Key{list.method, list.set, stage, list.labelled, list.seed, list.fold}, &list);
    if (!is_new)
      throw core::UsageError(list.where, "is " + list.name() + ", as " + place->second->where + " is",
                             "give each training its seed or fold, or its number of labelled cases");
  }
}

}  // namespace coopseg::report
