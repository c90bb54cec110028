// Divisions with a name: who trained and who was tested in a published experiment, exactly.
//
//   PolicyFile acdc = PolicyFile::read(core::share_file("splits/acdc.json"));
//   Parts parts = acdc.divide("few-shot-10", 0);   // train, validate, test, unlabelled
//
// The file (share/splits/<data set>.json) names subjects by number, as lists ("11 71 62") and ranges ("7-10"):
//   test, unlabelled   in every policy that does not say otherwise
//   pool               whom the policies with "draw" draw their training subjects from
//   policies           each with `validate` and either `train` or "draw": "pool"; both one text for all folds, or a
//                      list with one text per fold
// A policy with "draw" takes a number behind its name, "few-shot-10", or a fraction of the pool, "few-shot-0.25".
// "-upperbound" behind a name moves the unlabelled subjects to the training ones, as labelled.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/dataset/split.h"

namespace coopseg::dataset {

// A permutation of 0 ... count - 1 as numpy.random.RandomState(seed).permutation(count) makes it, for count < 2^32:
// MT19937 numbers, masked to the bits of i and rejected above it, swap entries i and j for i = count - 1 ... 1. The
// reference implementation draws its few-shot subjects so, through scikit-learn's train_test_split.
std::vector<std::size_t> numpy_permutation(std::uint32_t seed, std::size_t count);

class PolicyFile {
 public:
  // Throws core::IoError, or core::DataError for a file that is not of this form.
  static PolicyFile read(const std::filesystem::path& file);
  static PolicyFile parse(const core::Json& json, const std::string& name);

  const std::string& dataset() const { return dataset_; }
  // For people: "few-shot-N  folds 0 to 4  N training subjects ...".
  std::vector<std::string> descriptions() const;

  // Parts train, validate, test and unlabelled, the empty ones left out; ids are numbers of the file's width ("007").
  // Training subjects of a drawing policy come in the order of the draw. '_' in `name` is read as '-'.
  // Throws core::UsageError for unknown names and folds.
  Parts divide(const std::string& name, unsigned fold) const;

 private:
  struct Policy {
    std::string about;
    bool draws = false;
    std::vector<std::vector<std::string>> train, validate;  // one for all folds, or one per fold
    std::vector<std::string> unlabelled;
    std::size_t folds() const { return std::max(train.size(), validate.size()); }
  };
  std::vector<std::string> ids(const core::Json& text, const char* key) const;
  std::vector<std::string> draw(const std::string& amount, const std::string& name, unsigned fold) const;

  std::string name_, dataset_;
  std::size_t width_ = 3;
  std::vector<std::string> test_, unlabelled_, pool_;
  std::map<std::string, Policy> policies_;
};

// The installed files, in the order of their names. Throws core::IoError.
std::vector<std::filesystem::path> installed_policy_files();

// Reads a file that the command line names: what is wrong with it is a core::UsageError.
PolicyFile read_policy_file(const std::filesystem::path& file);

struct NamedPolicy {
  PolicyFile file;
  std::string name;  // as divide() takes it
};
// "acdc-few-shot-10": few-shot-10 of acdc.json among the installed files, or, if it is not empty, of `file`, where the
// data set's name may be left out. Throws core::UsageError.
NamedPolicy find_policy(const std::string& name, const std::filesystem::path& file);

}  // namespace coopseg::dataset
