// cs-split: divides a case list by subject.
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "coopseg/core/command.h"
#include "coopseg/dataset/policy.h"
#include "coopseg/dataset/split.h"

namespace {

using namespace coopseg;
using core::fs::path;
using dataset::Parts;

const core::About kAbout = {
    "cs-split",
    "divides a case list by subject: published divisions by name, numbers or fractions, or a field's values",
    {"[options] --cases LIST --policy NAME [--fold F] --out DIR",
     "[options] --cases LIST --train N --val N --test N --out DIR", "[options] --cases LIST --by FIELD --out DIR",
     "--list-policies"},
    {{"cs-split --cases acdc.jsonl --policy acdc-few-shot-10 --fold 0 --out folds/0",
      "writes train.jsonl, validate.jsonl, test.jsonl and unlabelled.jsonl of the few-shot experiment"},
     {"cs-split --cases cases.jsonl --train 0.7 --val 0.1 --test 0.2 --stratify site --seed 1 --out parts",
      "draws parts in which every site is represented in proportion"},
     {"cs-split --cases cases.jsonl --train rest --test 2 > divided.jsonl",
      "prints one list with the field 'split' for every case"}}};

struct Options {
  std::string policy, by, stratify;
  path policy_file, out;
  unsigned fold = 0;
  std::string train, val, test, unlabelled;
  bool allow_missing = false, list_policies = false;
};

void print_policies(const Options& options) {
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

Parts divide_by_policy(const std::vector<core::Case>& cases, const Options& options) {
  const auto [file, policy] = dataset::find_policy(options.policy, options.policy_file);
  const auto subjects = dataset::subjects_of(cases);
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

Parts divide_by_size(const std::vector<core::Case>& cases, const Options& options, std::uint64_t seed) {
  std::vector<dataset::PartSize> sizes;
  for (const auto& [name, text] : {std::pair{"train", &options.train}, std::pair{"val", &options.val},
                                   std::pair{"test", &options.test}, std::pair{"unlabelled", &options.unlabelled}}) {
    if (!text->empty()) sizes.push_back(dataset::parse_part_size(name, *text));
  }
  const auto subjects = dataset::subjects_of(cases, options.stratify);
  Parts parts = dataset::divide_at_random(subjects, sizes, seed);
  std::size_t placed = 0;
  for (dataset::Part& part : parts) {
    if (part.name == "val") part.name = "validate";
    placed += part.members.size();
  }
  if (placed < subjects.size()) {
    core::warning("{} of {} subjects are in no part; 'rest' as a part's size takes them", subjects.size() - placed,
                  subjects.size());
  }
  return parts;
}

// A division by a field goes by case, any other by subject.
std::vector<core::Case> cases_of(const dataset::Part& part, const Options& options,
                                 const std::vector<core::Case>& cases) {
  return options.by.empty() ? dataset::cases_of(part, cases) : dataset::cases_with(options.by, part, cases);
}

void warn_of_overlaps(const Parts& parts, const Options& options) {
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

Parts divide(const core::Command& command, const Options& options, const std::vector<core::Case>& cases) {
  if (!options.policy.empty()) return divide_by_policy(cases, options);
  if (!options.by.empty()) return dataset::divide_by_field(cases, options.by);
  return divide_by_size(cases, options, command.seed());
}

void check(const core::Command& command, const Options& options) {
  const bool sizes =
      !options.train.empty() || !options.val.empty() || !options.test.empty() || !options.unlabelled.empty();
  const int ways = int{!options.policy.empty()} + int{!options.by.empty()} + int{sizes};
  if (ways != 1) {
    throw core::UsageError("", ways == 0 ? "nothing says how to divide" : "more than one way to divide is given",
                           "give --policy NAME, or --by FIELD, or sizes with --train, --val and --test");
  }
  const auto belongs = [&](const char* option, bool fits, const char* to) {
    if (command.given(option) && !fits) throw core::UsageError(option, std::string("belongs to ") + to);
  };
  belongs("--fold", !options.policy.empty(), "--policy");
  belongs("--policies", !options.policy.empty(), "--policy");
  belongs("--allow-missing", !options.policy.empty(), "--policy");
  belongs("--stratify", sizes, "--train, --val and --test");
  belongs("--seed", sizes, "--train, --val and --test; the folds of a policy are fixed");
}

// A folder divided before must not keep lists of the old division beside the new ones.
void refuse_stale(const path& out, const std::set<path>& files, core::Overwrite overwrite) {
  for (const path& file : files) core::refuse_existing(file, overwrite);
  for (const char* name : {"train", "validate", "test", "unlabelled"}) {
    const path file = out / (std::string(name) + ".jsonl");
    if (files.count(file) || !core::fs::exists(file)) continue;
    throw core::UsageError(file.string(), "is of another division, and this one has no such part",
                           "remove it, or choose another folder");
  }
}

void write_parts(const core::Command& command, const Options& options, const Parts& parts,
                 const std::vector<core::Case>& cases) {
  std::set<path> files;
  for (const dataset::Part& part : parts) {
    if (part.name.empty() || part.name.front() == '.' || part.name.find('/') != std::string::npos) {
      throw core::UsageError(options.by, "has the value '" + part.name + "', which cannot be part of a file name");
    }
    files.insert(options.out / (part.name + ".jsonl"));
  }
  if (command.cases_source() != "-") {
    for (const path& file : files) core::refuse_same_file(command.cases_source(), file);
  }
  refuse_stale(options.out, files, command.overwrite());
  // Before the lines are made: paths relative to a folder that is not there yet would come out absolute.
  std::error_code failed;
  core::fs::create_directories(options.out, failed);
  if (failed) throw core::IoError(options.out.string(), "cannot be made: " + failed.message());
  for (const dataset::Part& part : parts) {
    std::string text;
    for (const core::Case& c : cases_of(part, options, cases)) text += core::case_to_line(c, options.out) + "\n";
    core::write_file(options.out / (part.name + ".jsonl"), text, command.overwrite());
  }
}

void print_divided(const Parts& parts, const Options& options, const std::vector<core::Case>& cases) {
  std::vector<std::vector<core::Case>> divided;
  for (const dataset::Part& part : parts) divided.push_back(cases_of(part, options, cases));
  for (const core::Case& c : dataset::in_list_order(divided, cases)) core::print(core::case_to_line(c, {}) + "\n");
}

bool run(const core::Command& command, const Options& options) {
  if (options.list_policies) {
    print_policies(options);
    return true;
  }
  if (!command.has_cases()) throw core::UsageError("--cases", "is missing", "name a case list, as cs-list writes it");
  const std::vector<core::Case> cases = command.cases();
  check(command, options);
  Parts parts = divide(command, options, cases);
  for (const dataset::Part& part : parts) {
    if (part.members.empty()) core::warning("the part {} is empty and not written", part.name);
  }
  parts.erase(std::remove_if(parts.begin(), parts.end(), [](const auto& part) { return part.members.empty(); }),
              parts.end());
  warn_of_overlaps(parts, options);
  for (const dataset::Part& part : parts) {
    core::info("{}: {} subjects, {} images", part.name, part.members.size(),
               cases_of(part, options, cases).size());
  }
  if (options.out.empty()) {
    print_divided(parts, options, cases);
  } else {
    write_parts(command, options, parts, cases);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  command
      .option(
          "Division", "--policy", options.policy,
          "a published division by name, as acdc-few-shot-10, acdc-one-shot, acdc-standard; exact subjects, found by "
          "the number their ids end in. Some folds have subjects in training and validation at once, as the "
          "published ones had: they are kept for comparability, and a warning names them")
      .type_name("NAME");
  command.option("Division", "--fold", options.fold, "fold of the policy").type_name("F");
  command.option("Division", "--policies", options.policy_file,
                 "file of named divisions, instead of the installed ones");
  command.flag("Division", "--list-policies", options.list_policies, "print the names of the policies and exit",
               core::Effect::execution);
  command.flag("Division", "--allow-missing", options.allow_missing,
               "go on if the list lacks subjects that the policy names");
  const auto size = [&](const char* names, std::string& variable, const char* help) {
    command.option("Division", names, variable, help).type_name("N");
  };
  size("--train", options.train, "subjects that train: a number (12), a fraction of all (0.7 or 70%), or 'rest'");
  size("--val", options.val, "subjects that validate");
  size("--test", options.test, "subjects that are tested");
  size("--unlabelled", options.unlabelled, "subjects for semi-supervised training; their lines keep the label's path");
  command
      .option("Division", "--stratify", options.stratify,
              "every part gets its share of each value of this field (site, group ...)")
      .type_name("FIELD");
  command
      .option(
          "Division", "--by", options.by,
          "one part for each value of this field (split, site, artefact ...), named after the value, with the cases "
          "that have it")
      .type_name("FIELD");
  command.add_seed();
  command.add_cases(core::Reads::no_image);
  command
      .option("Outputs", "-o,--out", options.out,
              "folder for one list per part: train.jsonl, validate.jsonl ...; without it one list with the field "
              "'split' goes to standard output",
              core::Effect::execution)
      .type_name("DIR");
  command.add_outputs(false);
  return command.run(argc, argv, [&] { return run(command, options); });
}
