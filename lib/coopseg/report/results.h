// What was evaluated: which method's predictions of which test set are scored in which list.
//
//   {"method":"cooperative","set":"RandBias","stage":"ftn","seed":0,"fold":0,
//    "scores":"scores/cooperative-0-0-ftn-RandBias.jsonl","run":"run/cooperative-0-0"}
//   {"method":"mt","set":"test","labelled":5,"seed":0,"scores":"5/mt-0.jsonl"}
//
// JSON Lines, one object per list (share/schemas/results.schema.json). `method`, `set` and `scores` are required, other
// members may stand beside the known ones. Paths are relative to the folder of the file, on standard input to the
// current folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/file.h"

namespace coopseg::report {

namespace fs = std::filesystem;

struct ResultList {
  std::string method, set;
  std::string stage;       // whose output it is, "ftn" or any other name; empty: not said
  std::string seed, fold;  // numbers or words; empty: not said
  fs::path scores, run;    // can be opened from the current folder; `run` may be empty
  std::string where;       // for messages: "results.jsonl: line 3"
  std::optional<std::size_t> labelled;  // how many labelled cases the method has learned from; none: not said

  std::string training() const;  // "5 labelled, seed 0, fold 1"; empty if nothing of these is said
  std::string name() const;      // "cooperative, seed 0, FTN, RandBias"
};

// What is of trainings with so many labelled cases: "RandBias, 5 labelled"; the text as it is where there is no number.
std::string with_labelled(const std::string& text, const std::optional<std::size_t>& labelled);

// The stages of cooperative networks, and how people read of a stage: "FTN" of ftn, "FTN+STN" of stn, which corrects
// what the fast-thinking network says; any other name as it is.
inline constexpr char kFastStage[] = "ftn", kCorrectedStage[] = "stn";
std::string stage_title(const std::string& stage);

// Throws core::UsageError naming file and line: nothing there, not JSON, a member missing or of a wrong type.
std::vector<ResultList> read_results(const std::string& source);  // a file, or "-"
std::vector<ResultList> parse_results(const std::string& text, const fs::path& folder, const std::string& where);

// "METHOD:SET=FILE"; a method may hold colons, a set neither ':' nor '='. Throws core::UsageError naming --scores.
ResultList parse_scores(const std::string& text);

// Throws core::UsageError if two lists have the same method, set, stage (not said: ftn), number of labelled cases, seed
// and fold.
void refuse_duplicates(const std::vector<ResultList>& lists);

}  // namespace coopseg::report
