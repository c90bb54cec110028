#include "coopseg/core/case_twins.h"

#include <map>
#include <utility>

#include "coopseg/core/log.h"

namespace coopseg::core {

void warn_of_twins(const std::vector<Case>& cases, const std::string& where) {
  std::map<std::pair<std::string, std::string>, std::size_t> first;
  std::size_t twins = 0;
  std::string example;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& c = cases[i];
    const auto [place, is_new] = first.emplace(std::pair(c.text("dataset"), c.output_path("img").string()), i);
    if (is_new) continue;
    if (twins++ == 0) example = c.name() + " (" + cases[place->second].text("image") + ", " + c.text("image") + ")";
  }
  if (twins == 0) return;
  warning("{}: {} of {} cases have the name of another, and all count: first {}", where, twins, cases.size(), example);
}

}  // namespace coopseg::core
