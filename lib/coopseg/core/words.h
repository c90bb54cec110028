// Enumerations as options, lists and files write them.
//
//   const core::Words<Ranking> kRankings{{"gradient", Ranking::gradient}, {"magnitude", Ranking::magnitude}};
//   kRankings.of(Ranking::magnitude);                          // "magnitude"
//   command.choice("Masks", "--mask-ranking", ranking, kRankings, "what the greatest gradient is");
#pragma once

#include <cassert>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace coopseg::core {

template <class Value>
class Words {
 public:
  Words(std::initializer_list<std::pair<const char*, Value>> words) {
    for (const auto& [word, value] : words) pairs_.emplace_back(word, value);
  }
  std::vector<std::string> all() const {  // in their order
    std::vector<std::string> words;
    for (const auto& [word, value] : pairs_) words.push_back(word);
    return words;
  }
  std::optional<Value> find(const std::string& word) const {
    for (const auto& [known, value] : pairs_) {
      if (known == word) return value;
    }
    return std::nullopt;
  }
  const std::string& of(Value value) const {
    for (const auto& [word, known] : pairs_) {
      if (known == value) return word;
    }
    assert(false);
    return pairs_.front().first;
  }

 private:
  std::vector<std::pair<std::string, Value>> pairs_;
};

}  // namespace coopseg::core
