// Who trains, who validates, who is tested: division of a case list by subject, never by image.
//
//   const Grouping grouping = Grouping::of(cases);
//   std::vector<Subject> subjects = subjects_of(cases, "site", grouping);
//   Parts parts = divide_at_random(subjects, {parse_part_size("train", "0.7"), parse_part_size("test", "rest")}, 0);
//   std::vector<Case> train = cases_of(parts[0], cases, grouping);
//
// A subject is an `id`, or what another field says, within a `dataset`: "001" of two data sets are two subjects.
// Nothing but divide_in_turn() depends on the order of the list.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/case_list.h"

namespace coopseg::dataset {

struct Subject {
  std::string id;       // or the value of the grouping's field
  std::string dataset;  // empty if the list does not say
  std::string stratum;  // value of the field it is stratified by; empty without one
  // What tells subjects apart, for messages, too: "acdc/patient007", or the bare id where the list has one data set.
  std::string key() const { return dataset.empty() ? id : dataset + "/" + id; }
};

// Which cases are of one subject and stay together: those that agree in a field.
class Grouping {
 public:
  Grouping() = default;  // by id
  // By `field`; where it is empty by `subject` if every case has that (several volumes of one person), else by id.
  // Throws core::UsageError if a case lacks the field.
  static Grouping of(const std::vector<core::Case>& cases, const std::string& field = {});
  Subject subject(const core::Case& c) const;  // without stratum

 private:
  explicit Grouping(std::string field) : field_(std::move(field)) {}
  std::string field_ = "id";
};

// The subjects of a list in natural order, each once. With `field` the stratum is that field's value; throws
// core::UsageError if a case lacks it or the cases of one subject disagree.
std::vector<Subject> subjects_of(const std::vector<core::Case>& cases, const std::string& field = {},
                                 const Grouping& grouping = {});

struct Part {
  std::string name;                // "train"
  std::vector<std::string> members;  // subjects' keys; in a policy's parts the ids of the policy
};
using Parts = std::vector<Part>;

// Cases of the part's subjects in the list's order, their field `split` set to the part's name.
std::vector<core::Case> cases_of(const Part& part, const std::vector<core::Case>& cases,
                                 const Grouping& grouping = {});

// Members of more than one part, each with the parts' names: {"002", {"train", "validate"}}.
std::vector<std::pair<std::string, std::vector<std::string>>> overlaps(const Parts& parts);

struct PartSize {
  std::string name;
  std::optional<std::size_t> count;
  std::optional<double> fraction;  // in (0, 1]; neither: what is left
};

// "12" is a number of subjects, "0.7" or "70%" a fraction of them, "rest" what the other parts leave.
// Throws core::UsageError.
PartSize parse_part_size(const std::string& name, const std::string& text);

// Sizes of the parts. Fractions are rounded down; where all parts are fractions that add up to 1, what rounding leaves
// goes to the largest remainders, so that everybody is in a part. Throws core::UsageError if the subjects do not
// suffice or a part would be empty.
std::vector<std::size_t> resolve_sizes(const std::vector<PartSize>& sizes, std::size_t subjects);

// Draws the parts. Each stratum gives to each part in proportion to its size, to within one subject. A subject's place
// depends on the seed and its key alone, so a list that grows is shuffled alike.
Parts divide_at_random(const std::vector<Subject>& subjects, const std::vector<PartSize>& sizes, std::uint64_t seed);

// One part for each value of a field, in natural order; throws core::UsageError if a case lacks it. A subject whose
// cases differ is in several parts (see overlaps()), each with the cases of its value: see cases_with().
Parts divide_by_field(const std::vector<core::Case>& cases, const std::string& field, const Grouping& grouping = {});
// The cases in whose `field` the part's name stands, in the list's order, their field `split` set to it.
std::vector<core::Case> cases_with(const std::string& field, const Part& part, const std::vector<core::Case>& cases);

// One list of what the parts hold, in the order of `cases`. A case that several parts hold is the first one's: training
// comes first.
std::vector<core::Case> in_list_order(const std::vector<std::vector<core::Case>>& parts,
                                      const std::vector<core::Case>& cases);

// Parts "0", "1" ...: the first subject of the list is in the first part, the next one in the next, and after the last
// part the first one's turn comes again. Throws core::UsageError if a part would be empty.
Parts divide_in_turn(const std::vector<core::Case>& cases, std::size_t parts, const Grouping& grouping = {});

// The parts "labelled", with exactly so many cases, and "unlabelled", the others: for semi-supervised training.
// Subjects are drawn as divide_at_random() draws them, those whose cases all have a label; one that would make the
// number impossible to reach is passed over. `test` is so many, or such a fraction, of the same subjects, drawn before
// the others, and a third part, "test". Throws core::UsageError, with the nearest numbers that can be reached, if
// whole subjects do not add up to the number, or if no case would be left.
Parts divide_labelled(const std::vector<core::Case>& cases, std::size_t labelled, std::uint64_t seed,
                      const Grouping& grouping = {}, const std::optional<PartSize>& test = {});
// Cases without what tells of their labels: nobody who is given the list can read them.
std::vector<core::Case> without_labels(std::vector<core::Case> cases);

struct Matched {
  Parts parts;                          // members are keys of `subjects`, in the policy's order
  std::vector<std::string> missing;     // ids of the policy that no subject has, each once
  std::vector<std::string> not_named;   // keys of subjects that the policy does not name
};

// Finds a policy's ids among subjects by their trailing number: "007" is "7", "007", "patient007", "sub-007", but not
// "A0S9V7", whose front part holds digits. Throws core::UsageError where two subjects have the same number.
Matched match_ids(const Parts& policy, const std::vector<Subject>& subjects);

}  // namespace coopseg::dataset
