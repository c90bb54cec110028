// Case lists with scores, made up for tests.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "coopseg/report/experiment.h"
#include "support/support.h"

namespace coopseg::test {

// One line of a list: Dice of the classes LV and RV as JSON, null with a reason where it is a text in quotes; and other
// fields ("\"dataset\":\"acdc\",").
inline std::string scored(const std::string& id, const std::string& lv, const std::string& rv,
                          const std::string& fields = {}) {
  const auto of_class = [](const std::string& value) {
    return value.front() == '"' ? "{\"dice\":null,\"undefined\":{\"dice\":" + value + "}}" : "{\"dice\":" + value + "}";
  };
  return "{\"id\":\"" + id + "\",\"image\":\"x.nii.gz\",\"label\":\"l.nii.gz\"," + fields +
         "\"metrics\":{\"LV\":" + of_class(lv) + ",\"RV\":" + of_class(rv) + "}}\n";
}

// Cases p1, p2 ... of these Dice values, the same in both classes.
inline std::string cases_of(const std::vector<double>& dice, const std::string& fields = {}) {
  std::string lines;
  for (std::size_t i = 0; i < dice.size(); ++i) {
    const std::string value = core::to_line(core::Json(dice[i]));
    lines += scored("p" + std::to_string(i + 1), value, value, fields);
  }
  return lines;
}

class Lists {
 public:
  // A list of this method and set that holds these lines.
  report::ResultList list(const std::string& method, const std::string& lines, const std::string& set = "A",
                          const std::string& seed = {}, const std::string& stage = {},
                          std::optional<std::size_t> labelled = {}) {
    const std::filesystem::path file = folder_ / (std::to_string(++count_) + ".jsonl");
    std::ofstream(file) << lines;
    return {method, set, stage, seed, {}, file, {}, "results.jsonl: line " + std::to_string(count_), labelled};
  }
  const ScratchFolder& folder() const { return folder_; }

 private:
  ScratchFolder folder_;
  int count_ = 0;
};

inline report::Experiment read(const std::vector<report::ResultList>& lists) {
  return report::read_experiment(lists, {metric::Metric::dice});
}

}  // namespace coopseg::test
