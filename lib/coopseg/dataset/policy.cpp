#include "coopseg/dataset/policy.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <random>
#include <sstream>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"

namespace coopseg::dataset {

using core::Json;

namespace {

constexpr char kUpperbound[] = "-upperbound";

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

const Json& member(const Json& object, const char* key, const std::string& name) {
  const auto found = object.find(key);
  if (found == object.end()) throw core::DataError(name, fmt::format("has no member \"{}\"", key));
  return *found;
}

}  // namespace

std::vector<std::size_t> numpy_permutation(std::uint32_t seed, std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937 generator(seed);
  for (std::size_t i = count; i-- > 1;) {
    std::uint32_t mask = 1;
    while (mask < i) mask = mask << 1 | 1;
    std::uint32_t j = 0;
    do j = static_cast<std::uint32_t>(generator()) & mask;
    while (j > i);
    std::swap(order[i], order[j]);
  }
  return order;
}

std::vector<std::string> PolicyFile::ids(const Json& text, const char* key) const {
  if (!text.is_string()) throw core::DataError(name_, fmt::format("\"{}\" is not a text of subject numbers", key));
  std::vector<std::string> result;
  std::istringstream words(text.get<std::string>());
  for (std::string word; words >> word;) {
    const auto dash = word.find('-');
    const auto number = [&](const std::string& digits) {
      unsigned value = 0;
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error != std::errc() || end != digits.data() + digits.size() || value > 999999) {
        throw core::DataError(name_, fmt::format("\"{}\" holds '{}', expected a number or a range as 7-10", key, word));
      }
      return value;
    };
    const unsigned first = number(word.substr(0, dash));
    const unsigned last = dash == std::string::npos ? first : number(word.substr(dash + 1));
    if (last < first) throw core::DataError(name_, fmt::format("\"{}\" holds the empty range '{}'", key, word));
    for (unsigned id = first; id <= last; ++id) result.push_back(fmt::format("{:0{}d}", id, width_));
  }
  return result;
}

PolicyFile PolicyFile::read(const std::filesystem::path& file) { return parse(core::read_json(file), file.string()); }

PolicyFile PolicyFile::parse(const Json& json, const std::string& name) {
  PolicyFile file;
  file.name_ = name;
  if (!json.is_object() || core::get_or(json, "schema", std::string(), name) != "coopseg.splits/1") {
    throw core::DataError(name, "is not a file of named divisions (no \"schema\": \"coopseg.splits/1\")");
  }
  file.dataset_ = core::get_or(json, "dataset", std::string(), name);
  file.width_ = core::get_or(json, "id_width", std::size_t{3}, name);
  if (file.width_ > 9) throw core::DataError(name, "\"id_width\" is above 9");
  const auto optional_ids = [&](const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() ? std::vector<std::string>() : file.ids(*found, key);
  };
  file.test_ = optional_ids(json, "test");
  file.unlabelled_ = optional_ids(json, "unlabelled");
  file.pool_ = optional_ids(json, "pool");
  const auto per_fold = [&](const Json& value, const char* key) {
    std::vector<std::vector<std::string>> folds;
    if (!value.is_array()) {
      folds.push_back(file.ids(value, key));
    } else {
      for (const Json& fold : value) folds.push_back(file.ids(fold, key));
    }
    if (folds.empty()) throw core::DataError(name, fmt::format("\"{}\" has no folds", key));
    return folds;
  };
  for (const auto& [policy_name, entry] : member(json, "policies", name).items()) {
    const std::string where = fmt::format("{}: policy {}", name, policy_name);
    if (!entry.is_object()) throw core::DataError(where, "is not an object");
    Policy policy;
    policy.about = core::get_or(entry, "about", std::string(), where);
    policy.validate = per_fold(member(entry, "validate", where), "validate");
    const std::string drawn_from = core::get_or(entry, "draw", std::string(), where);
    policy.draws = !drawn_from.empty();
    if (policy.draws) {
      if (drawn_from != "pool")
        throw core::DataError(where, fmt::format("draws from '{}', expected 'pool'", drawn_from));
      if (file.pool_.empty()) throw core::DataError(where, "draws from the pool, which is empty");
    } else {
      policy.train = per_fold(member(entry, "train", where), "train");
      if (policy.train.size() != policy.validate.size() && policy.train.size() > 1 && policy.validate.size() > 1) {
        throw core::DataError(where, "has different numbers of folds for training and validation");
      }
    }
    policy.unlabelled = entry.contains("unlabelled") ? file.ids(entry["unlabelled"], "unlabelled") : file.unlabelled_;
    file.policies_.emplace(policy_name, std::move(policy));
  }
  return file;
}

std::vector<std::string> PolicyFile::descriptions() const {
  std::vector<std::string> lines;
  for (const auto& [name, policy] : policies_) {
    const std::string folds = policy.folds() > 1 ? fmt::format("folds 0 to {}", policy.folds() - 1) : "one division";
    lines.push_back(fmt::format("{}-{}{}\t{}\t{}", dataset_, name, policy.draws ? "-N" : "", folds, policy.about));
    if (!policy.unlabelled.empty()) {
      lines.push_back(fmt::format("{}-{}{}{}\t{}\tthe same, and the unlabelled subjects train with labels", dataset_,
                                  name, policy.draws ? "-N" : "", kUpperbound, folds));
    }
  }
  return lines;
}

std::vector<std::string> PolicyFile::draw(const std::string& amount, const std::string& name, unsigned fold) const {
  const bool is_fraction = amount.find('.') != std::string::npos;
  double value = 0;
  const auto [end, error] =
      std::from_chars(amount.data(), amount.data() + amount.size(), value, std::chars_format::fixed);
  const double pool = static_cast<double>(pool_.size());
  const double count = is_fraction ? std::floor(value * pool) : value;
  if (error != std::errc() || end != amount.data() + amount.size() || !(count >= 1) || count > pool) {
    throw core::UsageError(name, fmt::format("asks for '{}' training subjects", amount),
                           fmt::format("give a number from 1 to {}, or a fraction of them as 0.25", pool_.size()));
  }
  const auto n = static_cast<std::size_t>(count);
  // The whole pool is not shuffled by the reference implementation: it stays in its own order.
  if (n == pool_.size()) return pool_;
  const std::vector<std::size_t> order = numpy_permutation(fold, pool_.size());
  std::vector<std::string> drawn;
  for (std::size_t i = pool_.size() - n; i < pool_.size(); ++i) drawn.push_back(pool_[order[i]]);
  return drawn;
}

Parts PolicyFile::divide(const std::string& full_name, unsigned fold) const {
  std::string name = full_name;
  std::replace(name.begin(), name.end(), '_', '-');
  const bool upperbound = ends_with(name, kUpperbound);
  if (upperbound) name.resize(name.size() - (sizeof kUpperbound - 1));
  auto found = policies_.find(name);
  std::string amount;
  if (found == policies_.end()) {
    const auto dash = name.rfind('-');
    if (dash != std::string::npos) {
      found = policies_.find(name.substr(0, dash));
      amount = name.substr(dash + 1);
      if (found != policies_.end() && !found->second.draws) found = policies_.end();
    }
  } else if (found->second.draws) {
    throw core::UsageError(full_name, "does not say how many subjects train", "for example " + name + "-10");
  }
  if (found == policies_.end()) {
    throw core::UsageError(full_name, fmt::format("is no policy of {}", name_), "--list-policies shows them");
  }
  const Policy& policy = found->second;
  if (upperbound && policy.unlabelled.empty()) {
    throw core::UsageError(full_name, "has no unlabelled subjects to train with, so no upper bound");
  }
  if (fold >= std::max<std::size_t>(policy.folds(), 1)) {
    throw core::UsageError(full_name, fmt::format("has no fold {}", fold),
                           policy.folds() > 1 ? fmt::format("its folds are 0 to {}", policy.folds() - 1)
                                              : "it is one division: leave --fold out");
  }
  const auto of_fold = [&](const std::vector<std::vector<std::string>>& folds) {
    return folds[folds.size() > 1 ? fold : 0];
  };
  Parts parts{{"train", policy.draws ? draw(amount, full_name, fold) : of_fold(policy.train)},
              {"validate", of_fold(policy.validate)},
              {"test", test_},
              {"unlabelled", upperbound ? std::vector<std::string>() : policy.unlabelled}};
  if (upperbound) {
    parts[0].members.insert(parts[0].members.end(), policy.unlabelled.begin(), policy.unlabelled.end());
  }
  parts.erase(std::remove_if(parts.begin(), parts.end(), [](const Part& part) { return part.members.empty(); }),
              parts.end());
  return parts;
}

std::vector<std::filesystem::path> installed_policy_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(core::share_file("splits"))) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

PolicyFile read_policy_file(const std::filesystem::path& file) {
  return core::as_usage_error([&] { return PolicyFile::read(file); });
}

NamedPolicy find_policy(const std::string& name, const std::filesystem::path& file) {
  if (!file.empty()) {
    const PolicyFile policies = read_policy_file(file);
    const std::string prefix = policies.dataset() + "-";
    return {policies, name.compare(0, prefix.size(), prefix) == 0 ? name.substr(prefix.size()) : name};
  }
  for (const auto& installed : installed_policy_files()) {
    const std::string prefix = installed.stem().string();
    if (name.size() > prefix.size() && name.compare(0, prefix.size(), prefix) == 0 &&
        (name[prefix.size()] == '-' || name[prefix.size()] == '_')) {
      return {read_policy_file(installed), name.substr(prefix.size() + 1)};
    }
  }
  throw core::UsageError("--policy", "'" + name + "' is not known", "--list-policies shows the names");
}

}  // namespace coopseg::dataset
