#include "coopseg/dataset/split_lists.h"

#include <set>

#include "coopseg/core/error.h"
#include "coopseg/dataset/split.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;

void write_lists(const std::vector<PartList>& lists, const std::function<fs::path(const std::string&)>& file_of,
                 const std::vector<fs::path>& stale, const std::string& source, core::Overwrite overwrite) {
  std::set<fs::path> files;
  for (const PartList& list : lists) {
    if (list.name.empty() || list.name.front() == '.' || list.name.find('/') != std::string::npos)
      throw core::UsageError("--by", "finds the value '" + list.name + "', which cannot be part of a file name");
    files.insert(file_of(list.name));
  }
  for (const fs::path& file : files) {
    if (!source.empty()) core::refuse_same_file(source, file);
    core::refuse_existing(file, overwrite);
  }
  for (const fs::path& file : stale) {
    if (files.count(file) || !fs::exists(file)) continue;
    throw core::UsageError(file.string(), "is of another division, and this one has no such part",
                           "remove it, or choose another folder");
  }
  for (const PartList& list : lists) {
    const fs::path file = file_of(list.name), folder = file.parent_path();
    // Before the lines are made: paths relative to a folder that is not there yet would come out absolute.
    std::error_code failed;
    if (!folder.empty()) fs::create_directories(folder, failed);
    if (failed) throw core::IoError(folder.string(), "cannot be made: " + failed.message());
    std::string text;
    for (const core::Case& c : list.cases) text += core::case_to_line(c, folder) + "\n";
    core::write_file(file, text, overwrite);
  }
}

void print_divided(const std::vector<PartList>& lists, const std::vector<core::Case>& cases,
                   const core::TextSink& out) {
  std::vector<std::vector<core::Case>> divided;
  for (const PartList& list : lists) divided.push_back(list.cases);
  for (const core::Case& c : in_list_order(divided, cases)) out(core::case_to_line(c, {}) + "\n");
}

}  // namespace coopseg::dataset
