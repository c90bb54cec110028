// The layouts that go by lists of names: train.list and its like, one name a line.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "coopseg/core/file.h"
#include "coopseg/dataset/layout_files.h"
#include "coopseg/dataset/layout_kinds.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;
using core::Case;

namespace {

constexpr std::uint64_t kLongestList = std::uint64_t{16} << 20;
constexpr const char* kSplits[] = {"train", "val", "test"};

// Names, each once, and where it stands: a case that trains and tests, or counts twice, is an error of the lists.
class Names {
 public:
  std::vector<std::string> read(const fs::path& list) {
    std::vector<std::string> names;
    std::istringstream lines(core::read_file(list, kLongestList));
    std::size_t number = 0;
    for (std::string line; std::getline(lines, line);) {
      ++number;
      line.erase(line.find_last_not_of(" \t\r") + 1);
      if (line.empty()) continue;
      const std::string place = fmt::format("{}: line {}", list.string(), number);
      require_name(line, place);
      add(line, place);
      names.push_back(line);
    }
    return names;
  }
  void add(const std::string& name, const std::string& place) {
    const auto [before, is_new] = places_.emplace(name, place);
    if (is_new) return;
    throw core::DataError(place, fmt::format("names {}, which {} names, too", name, before->second),
                          "take it out of one of them");
  }
  const std::string& place(const std::string& name) const { return places_.at(name); }

 private:
  static void require_name(const std::string& line, const std::string& place) {
    const bool is_name = line != "." && line != ".." && std::none_of(line.begin(), line.end(), [](unsigned char c) {
                           return c == '/' || c < 32 || c == 127;
                         });
    if (is_name) return;
    throw core::DataError(place, "does not hold the name of a case", "one name a line, without a folder");
  }
  std::map<std::string, std::string> places_;
};

bool has_list(const fs::path& folder) {
  return std::any_of(std::begin(kSplits), std::end(kSplits),
                     [&](const char* split) { return fs::is_regular_file(folder / fmt::format("{}.list", split)); });
}

Case hdf5_case(const std::string& id, const std::string& frame, const fs::path& file, const char* split,
               const char* axes) {
  require_file(file);
  // Both arrays are in one file.
  Case c = make_case(id, frame, file, file);
  c.set("split", split);
  c.set("h5_axes", axes);
  return c;
}

constexpr char kAtrium[] = "mri_norm2.h5";

// NAME/mri_norm2.h5 in the data set's folder, or in a folder of it.
fs::path atrium_of(const fs::path& folder, const std::vector<fs::path>& below, const std::string& name) {
  std::vector<fs::path> found;
  if (is_file(folder / name / kAtrium)) found.push_back(folder / name / kAtrium);
  for (const fs::path& part : below) {
    if (is_file(part / name / kAtrium)) found.push_back(part / name / kAtrium);
  }
  if (found.size() > 1)
    throw core::DataError(found[1].string(), fmt::format("and {} are both {}", found[0].string(), name),
                          "name the folder of one of them");
  return found.empty() ? folder / name / kAtrium : found.front();
}

// "patient001_frame01" is frame01 of patient001.
std::pair<std::string, std::string> subject_and_frame(const std::string& name) {
  const auto mark = name.rfind("_frame");
  if (mark == std::string::npos || mark == 0) return {name, ""};
  return {name.substr(0, mark), name.substr(mark + 1)};
}

struct Slice {
  std::string file_name;  // without its ending
  long number;
};

// What train_slices.list names.
struct Slices {
  std::vector<std::string> volumes;  // in the order of their first slices
  std::map<std::string, std::vector<Slice>> of_volume;
};

Slices read_slices(const fs::path& list) {
  Slices slices;
  if (!fs::exists(list)) return slices;
  Names names;
  for (const std::string& name : names.read(list)) {
    const std::string mark = "_slice_";
    const auto at = name.rfind(mark);
    const std::string digits = at == std::string::npos ? "" : name.substr(at + mark.size());
    if (at == 0 || digits.empty() || digits.size() > 6 || digits.find_first_not_of("0123456789") != std::string::npos)
      throw core::DataError(names.place(name), fmt::format("is '{}', expected NAME_slice_N", name));
    std::vector<Slice>& of_volume = slices.of_volume[name.substr(0, at)];
    if (of_volume.empty()) slices.volumes.push_back(name.substr(0, at));
    of_volume.push_back({name, std::stol(digits)});
  }
  return slices;
}

}  // namespace

void list_uamt(const fs::path& folder, Listing& listing) {
  std::vector<fs::path> below = entries(folder);
  below.erase(std::remove_if(below.begin(), below.end(), [](const fs::path& p) { return !fs::is_directory(p); }),
              below.end());
  const fs::path whole = fs::absolute(folder).lexically_normal();
  const fs::path above = (whole.filename().empty() ? whole.parent_path() : whole).parent_path();
  const fs::path lists = has_list(folder) ? folder : above;
  if (!has_list(lists)) {
    throw core::DataError(folder.string(), "holds no train.list or test.list, and neither does the folder above it",
                          "name the folder of the cases, or the one of the lists");
  }
  Names names;
  for (const char* split : kSplits) {
    const fs::path list = lists / fmt::format("{}.list", split);
    if (!fs::exists(list)) continue;
    for (const std::string& name : names.read(list)) {
      list_or_leave_out(name, listing, [&] {
        listing.cases.push_back(hdf5_case(name, "", atrium_of(folder, below, name), split, "xyz"));
      });
    }
  }
}

void list_ssl4mis(const fs::path& folder, Listing& listing) {
  entries(folder);  // says what is wrong with a folder that is none
  const Slices slices = read_slices(folder / "train_slices.list");
  if (!has_list(folder) && slices.volumes.empty()) {
    throw core::DataError(folder.string(), "holds no train.list, train_slices.list, val.list or test.list",
                          "name the folder of the lists, in which data/ is");
  }
  const auto add = [&](const std::string& name, const char* split) {
    const auto [id, frame] = subject_and_frame(name);
    const fs::path volume = folder / "data" / (name + ".h5");
    const auto parts = slices.of_volume.find(name);
    if (is_file(volume) || split != kSplits[0] || parts == slices.of_volume.end()) {
      listing.cases.push_back(hdf5_case(id, frame, volume, split, "zyx"));
      return;
    }
    for (const Slice& slice : parts->second) {
      const fs::path file = folder / "data" / "slices" / (slice.file_name + ".h5");
      // The slice is part of the frame's name, as one file is made of each.
      listing.cases.push_back(hdf5_case(id, slice.file_name.substr(id.size() + 1), file, split, "yx"));
      listing.cases.back().set("slice", slice.number);
    }
  };
  Names names;
  for (const char* split : kSplits) {
    const fs::path list = folder / fmt::format("{}.list", split);
    std::vector<std::string> of_split;
    if (fs::exists(list)) {
      of_split = names.read(list);
    } else if (split == kSplits[0]) {
      // SSL4MIS trains on slices, so that some who made such folders left out train.list.
      of_split = slices.volumes;
      for (const std::string& name : of_split) names.add(name, (folder / "train_slices.list").string());
    }
    for (const std::string& name : of_split) list_or_leave_out(name, listing, [&] { add(name, split); });
  }
}

}  // namespace coopseg::dataset
