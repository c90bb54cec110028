// cs-split: divides a case list by subject.
#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/core/command.h"
#include "coopseg/dataset/policy.h"
#include "coopseg/dataset/split.h"
#include "coopseg/dataset/split_lists.h"
#include "split_options.h"

namespace {

using namespace coopseg;
using core::fs::path;
using dataset::Parts;

const core::About kAbout = {
    "cs-split",
    "divides a case list by subject: published divisions by name, numbers or fractions, or a field's values",
    {"[options] --cases LIST --policy NAME [--fold F] --out DIR",
     "[options] --cases LIST --train N --validate N --test N --out DIR", "[options] --cases LIST --by FIELD --out DIR",
     "[options] --cases LIST --labelled N [--test N] --out DIR", "[options] --cases LIST --parts K --out NAME",
     "--list-policies"},
    {{"cs-split --cases acdc.jsonl --policy acdc-few-shot-10 --fold 0 --out folds/0",
      "writes train.jsonl, validate.jsonl, test.jsonl and unlabelled.jsonl of the few-shot experiment"},
     {"cs-split --cases cases.jsonl --train 0.7 --validate 0.1 --test 0.2 --stratify site --seed 1 --out parts",
      "draws parts in which every site is represented in proportion"},
     {"cs-split --cases cases.jsonl --labelled 10 --seed 1 --out few",
      "writes few/labelled.jsonl, ten cases of whole subjects, and few/unlabelled.jsonl, the others without labels"},
     {"cs-split --cases few/unlabelled.jsonl --parts 2 --out pool",
      "writes pool.0.jsonl and pool.1.jsonl, subjects in turn"},
     {"cs-split --cases cases.jsonl --train rest --test 2 > divided.jsonl",
      "prints one list with the field 'split' for every case"}}};

void print_policies(const apps::SplitOptions& options) {
  const std::vector<path> files = options.policy_file.empty() ? dataset::installed_policy_files()
                                                              : std::vector<path>{options.policy_file};
  for (const path& file : files) {
    for (const std::string& line : dataset::read_policy_file(file).descriptions()) core::print(line + "\n");
  }
}

std::string names_of(const std::vector<std::string>& all) {
  constexpr std::size_t kShown = 20;
  const std::vector<std::string> first(all.begin(),
                                       all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), kShown)));
  return fmt::format("{}{}", fmt::join(first, " "),
                     all.size() > kShown ? fmt::format(" and {} more", all.size() - kShown) : "");
}

Parts divide_by_policy(const std::vector<core::Case>& cases, const apps::SplitOptions& options,
                       const dataset::Grouping& grouping) {
  const auto [file, policy] = dataset::find_policy(options.policy, options.policy_file);
  const auto subjects = dataset::subjects_of(cases, {}, grouping);
  for (const dataset::Subject& subject : subjects) {
    if (subject.dataset.empty() || subject.dataset == file.dataset()) continue;
    core::warning("the policy divides the data set '{}', the list is of '{}': its numbers may mean other subjects",
                  file.dataset(), subject.dataset);
    break;
  }
  const dataset::Matched matched = dataset::match_ids(file.divide(policy, options.fold), subjects);
  if (!matched.missing.empty()) {
    const std::string problem = fmt::format("names {} subjects that the list does not have: {}", matched.missing.size(),
                                            names_of(matched.missing));
    if (!options.allow_missing) throw core::UsageError(options.policy, problem, "--allow-missing goes on without them");
    core::warning("{} {}", options.policy, problem);
  }
  if (!matched.not_named.empty()) {
    core::info("{} subjects are in no part of {}: {}", matched.not_named.size(), options.policy,
               names_of(matched.not_named));
  }
  return matched.parts;
}

Parts divide_by_size(const std::vector<core::Case>& cases, const apps::SplitOptions& options, std::uint64_t seed,
                     const dataset::Grouping& grouping) {
  std::vector<dataset::PartSize> sizes;
  for (const auto& [name, text] : {std::pair{"train", &options.train}, std::pair{"validate", &options.validate},
                                   std::pair{"test", &options.test}, std::pair{"unlabelled", &options.unlabelled}}) {
    if (!text->empty()) sizes.push_back(dataset::parse_part_size(name, *text));
  }
  const auto subjects = dataset::subjects_of(cases, options.stratify, grouping);
  Parts parts = dataset::divide_at_random(subjects, sizes, seed);
  std::size_t placed = 0;
  for (const dataset::Part& part : parts) placed += part.members.size();
  if (placed < subjects.size()) {
    core::warning("{} of {} subjects are in no part; 'rest' as a part's size takes them", subjects.size() - placed,
                  subjects.size());
  }
  return parts;
}

// A division by a field goes by case, any other by subject.
dataset::PartList list_of(const dataset::Part& part, const apps::SplitOptions& options,
                          const std::vector<core::Case>& cases, const dataset::Grouping& grouping) {
  dataset::PartList list{part.name, part.members.size(), {}};
  list.cases = options.by.empty() ? dataset::cases_of(part, cases, grouping)
                                  : dataset::cases_with(options.by, part, cases);
  if (options.labelled > 0 && part.name == "unlabelled") list.cases = dataset::without_labels(std::move(list.cases));
  return list;
}

void warn_of_overlaps(const Parts& parts, const apps::SplitOptions& options) {
  const auto overlaps = dataset::overlaps(parts);
  if (!options.by.empty()) {
    if (overlaps.empty()) return;
    core::warning("{} subjects have cases in several parts (first: {}, in {}): such parts cannot be training and test",
                  overlaps.size(), overlaps.front().first, fmt::join(overlaps.front().second, " and "));
    return;
  }
  for (const auto& [subject, names] : overlaps) {
    core::warning("{} is in {} at once{}", subject, fmt::join(names, " and "),
                  options.out.empty() ? "; the list shows it in " + names.front() + " only, --out writes both" : "");
  }
}

Parts divide(const core::Command& command, const apps::SplitOptions& options, const std::vector<core::Case>& cases,
             const dataset::Grouping& grouping) {
  if (!options.policy.empty()) return divide_by_policy(cases, options, grouping);
  if (!options.by.empty()) return dataset::divide_by_field(cases, options.by, grouping);
  if (options.parts > 0) return dataset::divide_in_turn(cases, static_cast<std::size_t>(options.parts), grouping);
  if (options.labelled > 0) {
    std::optional<dataset::PartSize> test;
    if (!options.test.empty()) test = dataset::parse_part_size("test", options.test);
    return dataset::divide_labelled(cases, static_cast<std::size_t>(options.labelled), command.seed(), grouping, test);
  }
  return divide_by_size(cases, options, command.seed(), grouping);
}

void write_lists(const core::Command& command, const apps::SplitOptions& options,
                 const std::vector<dataset::PartList>& lists) {
  const bool beside = options.parts > 0;
  const auto file_of = [&](const std::string& part) {
    return beside ? path(options.out.string() + "." + part + ".jsonl") : options.out / (part + ".jsonl");
  };
  // A folder divided before must not keep lists of the old division beside the new ones.
  std::vector<path> stale;
  if (beside) {
    stale.push_back(file_of(std::to_string(options.parts)));
  } else {
    for (const char* name : {"train", "validate", "test", "labelled", "unlabelled"}) stale.push_back(file_of(name));
  }
  const std::string source = command.cases_source() == "-" ? std::string() : command.cases_source();
  dataset::write_lists(lists, file_of, stale, source, command.overwrite());
}

bool run(const core::Command& command, const apps::SplitOptions& options) {
  if (options.list_policies) {
    print_policies(options);
    return true;
  }
  if (!command.has_cases()) throw core::UsageError("--cases", "is missing", "name a case list, as cs-list writes it");
  const std::vector<core::Case> cases = command.cases();
  apps::check(command, options);
  const dataset::Grouping grouping = dataset::Grouping::of(cases, options.group);
  Parts parts = divide(command, options, cases, grouping);
  for (const dataset::Part& part : parts) {
    if (part.members.empty()) core::warning("the part {} is empty and not written", part.name);
  }
  parts.erase(std::remove_if(parts.begin(), parts.end(), [](const auto& part) { return part.members.empty(); }),
              parts.end());
  warn_of_overlaps(parts, options);
  std::vector<dataset::PartList> lists;
  for (const dataset::Part& part : parts) {
    lists.push_back(list_of(part, options, cases, grouping));
    core::info("{}: {} subjects, {} images", part.name, part.members.size(), lists.back().cases.size());
  }
  if (options.out.empty()) {
    dataset::print_divided(lists, cases, core::print);
  } else {
    write_lists(command, options, lists);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  apps::SplitOptions options;
  apps::declare(command, options);
  return command.run(argc, argv, [&] { return run(command, options); });
}
