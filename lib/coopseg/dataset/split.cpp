#include "coopseg/dataset/split.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/random.h"
#include "coopseg/dataset/natural_order.h"

namespace coopseg::dataset {

using core::Case;

namespace {

struct NaturalOrder {
  bool operator()(const std::string& a, const std::string& b) const { return natural_less(a, b); }
};

std::string require_field(const Case& c, const std::string& field) {
  std::string value = c.text(field.c_str());
  if (value.empty()) {
    throw core::UsageError(c.name(), fmt::format("has no field '{}' to divide by", field),
                           "give the list that field, or name another one");
  }
  return value;
}

std::string digits_at_end(const std::string& id) {
  std::size_t start = id.size();
  while (start > 0 && id[start - 1] >= '0' && id[start - 1] <= '9') --start;
  if (id.find_first_of("0123456789") != start) return {};
  const std::size_t value = id.find_first_not_of('0', start);
  return start == id.size() ? std::string() : value == std::string::npos ? "0" : id.substr(value);
}

std::uint64_t draw_key(std::uint64_t seed, const char* purpose, const std::string& name) {
  core::RandomStream draw(seed, {"split", purpose, name});
  const std::uint64_t high = draw.bits();
  return high << 32 | draw.bits();
}

// How many of `wanted` each stratum gives, in proportion to what it still holds: floors, then the largest remainders,
// equal ones in the order of `turn`.
std::vector<std::size_t> apportion(std::size_t wanted, const std::vector<std::size_t>& left,
                                   const std::vector<std::uint64_t>& turn) {
  const std::size_t total = std::accumulate(left.begin(), left.end(), std::size_t{0});
  std::vector<std::size_t> given(left.size()), order(left.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::size_t sum = 0;
  for (std::size_t s = 0; s < left.size(); ++s) sum += given[s] = wanted * left[s] / total;
  const auto remainder = [&](std::size_t s) { return wanted * left[s] % total; };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return remainder(a) != remainder(b) ? remainder(a) > remainder(b) : turn[a] < turn[b];
  });
  for (std::size_t i = 0; sum < wanted; ++i, ++sum) ++given[order[i]];
  return given;
}

}  // namespace

Grouping Grouping::of(const std::vector<Case>& cases, const std::string& field) {
  if (field.empty()) {
    const bool all = std::all_of(cases.begin(), cases.end(), [](const Case& c) { return !c.text("subject").empty(); });
    return all ? Grouping("subject") : Grouping();
  }
  for (const Case& c : cases) {
    if (c.text(field.c_str()).empty())
      throw core::UsageError("--group", fmt::format("{} has no field '{}'", c.name(), field),
                             "give every case that field, or name another one");
  }
  return Grouping(field);
}

Subject Grouping::subject(const Case& c) const { return {c.text(field_.c_str()), c.text("dataset"), {}}; }

std::vector<Subject> subjects_of(const std::vector<Case>& cases, const std::string& field, const Grouping& grouping) {
  std::map<std::string, Subject, NaturalOrder> found;
  for (const Case& c : cases) {
    Subject subject = grouping.subject(c);
    if (!field.empty()) subject.stratum = require_field(c, field);
    const auto [at, is_new] = found.emplace(subject.key(), subject);
    if (!is_new && at->second.stratum != subject.stratum) {
      throw core::UsageError(
          c.name(),
          fmt::format("has {} '{}', another case of this subject '{}'", field, subject.stratum, at->second.stratum),
          "stratify by a field that belongs to the subject");
    }
  }
  std::vector<Subject> subjects;
  subjects.reserve(found.size());
  for (auto& [key, subject] : found) subjects.push_back(std::move(subject));
  return subjects;
}

std::vector<Case> cases_of(const Part& part, const std::vector<Case>& cases, const Grouping& grouping) {
  const std::set<std::string> members(part.members.begin(), part.members.end());
  std::vector<Case> result;
  for (const Case& c : cases) {
    if (!members.count(grouping.subject(c).key())) continue;
    result.push_back(c);
    result.back().set("split", part.name);
  }
  return result;
}

std::vector<std::pair<std::string, std::vector<std::string>>> overlaps(const Parts& parts) {
  std::map<std::string, std::vector<std::string>, NaturalOrder> parts_of;
  for (const Part& part : parts) {
    for (const std::string& member : part.members) parts_of[member].push_back(part.name);
  }
  std::vector<std::pair<std::string, std::vector<std::string>>> result;
  for (auto& [member, names] : parts_of) {
    if (names.size() > 1) result.emplace_back(member, names);
  }
  return result;
}

PartSize parse_part_size(const std::string& name, const std::string& text) {
  PartSize size{name, {}, {}};
  if (text == "rest") return size;
  const bool percent = !text.empty() && text.back() == '%';
  const char* end = text.data() + text.size() - (percent ? 1 : 0);
  if (!percent && text.find('.') == std::string::npos) {
    std::size_t count = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, count);
    if (error == std::errc() && stop == end && count > 0) {
      size.count = count;
      return size;
    }
  } else {
    double value = 0;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (percent) value /= 100;
    if (error == std::errc() && stop == end && value > 0 && value <= 1) {
      size.fraction = value;
      return size;
    }
  }
  throw core::UsageError("--" + name, fmt::format("is '{}'", text),
                         "give a number of subjects (12), a fraction of them (0.7 or 70%) or 'rest'");
}

std::vector<std::size_t> resolve_sizes(const std::vector<PartSize>& sizes, std::size_t subjects) {
  const double n = static_cast<double>(subjects);
  std::vector<std::size_t> result(sizes.size());
  std::optional<std::size_t> rest;
  std::size_t used = 0;
  double fractions = 0;
  for (std::size_t p = 0; p < sizes.size(); ++p) {
    if (sizes[p].fraction) {
      fractions += *sizes[p].fraction;
      // 0.7 * 10 is 6.999... in binary: a hair is forgiven.
      result[p] = static_cast<std::size_t>(std::floor(*sizes[p].fraction * n + 1e-9));
    } else if (sizes[p].count) {
      result[p] = *sizes[p].count;
      if (result[p] > subjects) {
        throw core::UsageError("--" + sizes[p].name,
                               fmt::format("{} subjects are wanted, the list holds {}", result[p], subjects));
      }
      fractions = std::nan("");
    } else {
      if (rest) throw core::UsageError("--" + sizes[p].name, "is 'rest', but another part is, too");
      rest = p;
      fractions = std::nan("");
    }
    used += result[p];
  }
  if (std::abs(fractions - 1) < 1e-9) {
    std::vector<std::size_t> order(sizes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return *sizes[a].fraction * n - double(result[a]) > *sizes[b].fraction * n - double(result[b]) + 1e-9;
    });
    for (std::size_t i = 0; used < subjects; ++i, ++used) ++result[order[i]];
  }
  if (used > subjects) {
    throw core::UsageError("", fmt::format("the parts need {} subjects, the list holds {}", used, subjects),
                           "ask for fewer, or use fractions");
  }
  if (rest) result[*rest] = subjects - used;
  for (std::size_t p = 0; p < sizes.size(); ++p) {
    if (result[p] == 0) {
      throw core::UsageError("--" + sizes[p].name, fmt::format("would be empty with {} subjects", subjects),
                             "leave the part out, or give it a number of subjects");
    }
  }
  return result;
}

Parts divide_at_random(const std::vector<Subject>& subjects, const std::vector<PartSize>& sizes, std::uint64_t seed) {
  const std::vector<std::size_t> wanted = resolve_sizes(sizes, subjects.size());
  std::map<std::string, std::vector<std::pair<std::uint64_t, std::string>>> strata;
  for (const Subject& subject : subjects) {
    strata[subject.stratum].emplace_back(draw_key(seed, "subject", subject.key()), subject.key());
  }
  std::vector<std::vector<std::pair<std::uint64_t, std::string>>> queues;
  std::vector<std::size_t> left;
  std::vector<std::uint64_t> turn;
  for (auto& [stratum, queue] : strata) {
    std::sort(queue.begin(), queue.end());
    left.push_back(queue.size());
    turn.push_back(draw_key(seed, "stratum", stratum));
    queues.push_back(std::move(queue));
  }
  Parts parts;
  for (std::size_t p = 0; p < sizes.size(); ++p) {
    Part part{sizes[p].name, {}};
    const std::vector<std::size_t> given = apportion(wanted[p], left, turn);
    for (std::size_t s = 0; s < queues.size(); ++s) {
      for (std::size_t i = 0; i < given[s]; ++i) part.members.push_back(queues[s][queues[s].size() - left[s]--].second);
    }
    std::sort(part.members.begin(), part.members.end(), natural_less);
    parts.push_back(std::move(part));
  }
  return parts;
}

Parts divide_by_field(const std::vector<Case>& cases, const std::string& field, const Grouping& grouping) {
  std::map<std::string, std::set<std::string, NaturalOrder>, NaturalOrder> members;
  for (const Case& c : cases) members[require_field(c, field)].insert(grouping.subject(c).key());
  Parts parts;
  for (const auto& [value, keys] : members) parts.push_back({value, {keys.begin(), keys.end()}});
  return parts;
}

std::vector<Case> cases_with(const std::string& field, const Part& part, const std::vector<Case>& cases) {
  std::vector<Case> result;
  for (const Case& c : cases) {
    if (c.text(field.c_str()) != part.name) continue;
    result.push_back(c);
    result.back().set("split", part.name);
  }
  return result;
}

Parts divide_in_turn(const std::vector<Case>& cases, std::size_t count, const Grouping& grouping) {
  Parts parts(count);
  for (std::size_t p = 0; p < count; ++p) parts[p].name = std::to_string(p);
  std::set<std::string> seen;
  for (const Case& c : cases) {
    const std::string key = grouping.subject(c).key();
    const std::size_t turn = seen.size();
    if (seen.insert(key).second) parts[turn % count].members.push_back(key);
  }
  if (seen.size() < count)
    throw core::UsageError("--parts", fmt::format("{} parts are wanted, the list has {} subjects", count, seen.size()));
  for (Part& part : parts) std::sort(part.members.begin(), part.members.end(), natural_less);
  return parts;
}

namespace {

struct Candidate {
  std::uint64_t turn;
  std::string key;
  std::size_t cases;
};

// Row i: which numbers of cases, from 0 on, the candidates from the i-th on can add up to.
std::vector<std::vector<bool>> reachable_sums(const std::vector<Candidate>& candidates, std::size_t largest) {
  std::vector<std::vector<bool>> rows(candidates.size() + 1, std::vector<bool>(largest + 1, false));
  rows.back()[0] = true;
  for (std::size_t i = candidates.size(); i-- > 0;) {
    rows[i] = rows[i + 1];
    for (std::size_t sum = candidates[i].cases; sum <= largest; ++sum) {
      if (rows[i + 1][sum - candidates[i].cases]) rows[i][sum] = true;
    }
  }
  return rows;
}

[[noreturn]] void refuse_number(const std::vector<Candidate>& candidates, std::size_t wanted, std::size_t all) {
  const std::vector<bool> sums = reachable_sums(candidates, all).front();
  std::vector<std::string> nearest;
  for (std::size_t below = std::min(wanted, all + 1); below-- > 1;) {
    if (!sums[below]) continue;
    nearest.push_back(std::to_string(below));
    break;
  }
  for (std::size_t above = wanted + 1; above <= all; ++above) {
    if (!sums[above]) continue;
    nearest.push_back(std::to_string(above));
    break;
  }
  throw core::UsageError("--labelled",
                         fmt::format("{} cases are wanted; whole subjects with labels have {} in all", wanted, all),
                         nearest.empty() ? "" : fmt::format("nearest are {}", fmt::join(nearest, " and ")));
}

}  // namespace

Parts divide_labelled(const std::vector<Case>& cases, std::size_t labelled, std::uint64_t seed,
                      const Grouping& grouping, const std::optional<PartSize>& test) {
  std::map<std::string, std::pair<std::size_t, bool>> subjects;  // cases, and whether all have a label
  for (const Case& c : cases) {
    auto& [count, all_labelled] = subjects.try_emplace(grouping.subject(c).key(), 0, true).first->second;
    ++count;
    all_labelled = all_labelled && c.label();
  }
  std::vector<Candidate> candidates;
  for (const auto& [key, subject] : subjects) {
    if (subject.second) candidates.push_back({draw_key(seed, "subject", key), key, subject.first});
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return a.turn != b.turn ? a.turn < b.turn : a.key < b.key;
  });
  // First, so that they are the same however many others keep their labels.
  Part tested{"test", {}};
  std::size_t left = cases.size();
  if (test) {
    const auto end =
        candidates.begin() + static_cast<std::ptrdiff_t>(resolve_sizes({*test}, candidates.size()).front());
    for (auto candidate = candidates.begin(); candidate != end; ++candidate) {
      tested.members.push_back(candidate->key);
      left -= candidate->cases;
      subjects.erase(candidate->key);
    }
    candidates.erase(candidates.begin(), end);
  }
  const std::size_t all =
      std::accumulate(candidates.begin(), candidates.end(), std::size_t{0},
                      [](std::size_t sum, const Candidate& candidate) { return sum + candidate.cases; });
  if (labelled > all) refuse_number(candidates, labelled, all);
  if (labelled == left)
    throw core::UsageError("--labelled", fmt::format("{} are all cases: none is left without label", labelled));
  const auto reachable = reachable_sums(candidates, labelled);
  if (!reachable.front()[labelled]) refuse_number(candidates, labelled, all);

  Part with{"labelled", {}}, without{"unlabelled", {}};
  std::size_t missing = labelled;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::size_t count = candidates[i].cases;
    if (count > missing || !reachable[i + 1][missing - count]) continue;
    missing -= count;
    with.members.push_back(candidates[i].key);
  }
  std::sort(with.members.begin(), with.members.end());
  for (const auto& subject : subjects) {
    if (!std::binary_search(with.members.begin(), with.members.end(), subject.first))
      without.members.push_back(subject.first);
  }
  for (Part* part : {&with, &without, &tested}) std::sort(part->members.begin(), part->members.end(), natural_less);
  return test ? Parts{with, without, tested} : Parts{with, without};
}

std::vector<Case> without_labels(std::vector<Case> cases) {
  for (Case& c : cases) {
    for (const char* field : {"label", "labels", "labelled_slices", "label_source", "label_probabilities", "true_label",
                              "true_labels", "true_labelled_slices", "distance", "distance_classes"})
      c.erase(field);
  }
  return cases;
}

Matched match_ids(const Parts& policy, const std::vector<Subject>& subjects) {
  std::map<std::string, std::string> by_number;
  for (const Subject& subject : subjects) {
    const std::string number = digits_at_end(subject.id);
    if (number.empty()) continue;
    const auto [at, is_new] = by_number.emplace(number, subject.key());
    if (!is_new) {
      throw core::UsageError(subject.key(), fmt::format("and {} have the same number {}", at->second, number),
                             "a policy finds subjects by their number: give it the list of one data set");
    }
  }
  Matched result;
  std::set<std::string> missing, named;
  for (const Part& part : policy) {
    Part matched{part.name, {}};
    for (const std::string& id : part.members) {
      const auto found = by_number.find(digits_at_end(id));
      if (found == by_number.end()) {
        if (missing.insert(id).second) result.missing.push_back(id);
      } else {
        matched.members.push_back(found->second);
        named.insert(found->second);
      }
    }
    result.parts.push_back(std::move(matched));
  }
  std::sort(result.missing.begin(), result.missing.end(), natural_less);
  for (const Subject& subject : subjects) {
    if (!named.count(subject.key())) result.not_named.push_back(subject.key());
  }
  return result;
}

std::vector<Case> in_list_order(const std::vector<std::vector<Case>>& parts, const std::vector<Case>& cases) {
  std::vector<const Case*> taken(cases.size(), nullptr);
  for (const std::vector<Case>& part : parts) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < cases.size() && next < part.size(); ++i) {
      if (cases[i].name() != part[next].name() || cases[i].image() != part[next].image()) continue;
      if (!taken[i]) taken[i] = &part[next];
      ++next;
    }
  }
  std::vector<Case> all;
  for (const Case* c : taken) {
    if (c) all.push_back(*c);
  }
  return all;
}

}  // namespace coopseg::dataset
