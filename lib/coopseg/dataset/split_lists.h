// The lists that a division makes of a case list: a file for each part, or one list in which every case says its part.
//
//   write_lists(lists, [&](const std::string& part) { return folder / (part + ".jsonl"); }, overwrite);
//   print_divided(lists, cases, core::print);
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/file.h"

namespace coopseg::dataset {

struct PartList {
  std::string name;  // of the part
  std::size_t subjects = 0;
  std::vector<core::Case> cases;
};

// Throws core::UsageError, before anything is written, for a name that cannot be part of a file name, a file that is
// `source` (the list that was divided; empty: none), a file that exists and may not be replaced, and for one of
// `stale`, lists of another division, that is there and would stand beside the new ones.
void write_lists(const std::vector<PartList>& lists,
                 const std::function<std::filesystem::path(const std::string& part)>& file_of,
                 const std::vector<std::filesystem::path>& stale, const std::string& source,
                 core::Overwrite overwrite);

// One list of all parts in the order of `cases`, paths relative to the current folder.
void print_divided(const std::vector<PartList>& lists, const std::vector<core::Case>& cases, const core::TextSink& out);

}  // namespace coopseg::dataset
