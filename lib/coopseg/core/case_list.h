// Case lists: JSON Lines, one object per image; the currency between the programs.
//
//   {"id":"patient007","frame":"ED","image":"patient007/ED_img.nii.gz","label":"patient007/ED_seg.nii.gz",
//    "labels":{"LV":3,"MYO":2,"RV":1}}
//
// `labels` says which value stands for which name in `label`; `prediction_labels` does so for `prediction`. `distance`
// is a file of distance maps, `distance_classes` names its frames. Where a label map was drawn in part only, the name
// `ignore` among its labels is the value of what was not drawn, or `labelled_slices` lists the slices that were.
// `label_source` says whose label it is where nobody drew it; see dataset/label_source.h. Fields that a program does
// not know are kept. A field that is null is as if it were not there, and leaves the list. Ids and frames may be
// numbers, whole numbers may be written as 1.0, and a "background" of 0 among the labels says what is so anyway.
// Relative paths are relative to the folder of the list they stand in, on standard input to the current folder.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/shard.h"

namespace coopseg::core {

namespace fs = std::filesystem;

// Class names and their values, in the order of their values; the background (value 0) is not listed.
using LabelNames = std::vector<std::pair<std::string, int>>;

// Without those that are null and without "background" (in any case of letters) as 0. Throws DataError naming `name`.
LabelNames label_names_from_json(const Json& object, const std::string& name);
Json label_names_to_json(const LabelNames& names);

// What the value of undrawn voxels is called: no class.
inline constexpr const char* kIgnoreName = "ignore";
std::optional<int> ignored_value(const LabelNames& names);
LabelNames without_ignored(LabelNames names);

// Fields that name a file.
inline constexpr const char* kPathFields[] = {"image",    "label",      "prediction",
                                              "distance", "true_label", "label_probabilities"};

// A copy shares the fields with its original until one of the two changes. Const functions may be called by several
// threads at once.
// One channel of a case's image (an MR contrast): a file, of a 4D one a frame of it, from 0. See channels.h.
struct Channel {
  std::string name;
  fs::path file;  // as it can be opened from the current folder
  std::optional<long> frame_index;
};

class Case {
 public:
  // Throws DataError if `id` or `image` is missing, a known field has the wrong type, or the id cannot be part of a
  // file name (empty, ".", "..", holds '/' or a control character). `folder` is what relative paths are relative to.
  Case(const Json& fields, const fs::path& folder, const std::string& where);
  // A new case; the image's path is relative to the current folder or absolute.
  Case(const std::string& id, const fs::path& image);

  std::string id() const { return text("id"); }
  std::string text(const char* field, const std::string& fallback = {}) const;  // numbers are given as text, too
  std::string frame() const { return text("frame"); }
  std::optional<long> integer(const char* field) const;

  // Paths that can be opened from the current folder.
  fs::path image() const;
  std::optional<fs::path> label() const { return path("label"); }
  std::optional<fs::path> prediction() const { return path("prediction"); }
  std::optional<fs::path> path(const char* field) const;
  void set_path(const char* field, const fs::path& path);  // relative to the current folder, or absolute

  // Empty where the image has no channels of its own.
  std::vector<Channel> channels() const;
  void set_channels(const std::vector<Channel>& channels);  // files as set_path() takes them

  LabelNames labels() const { return names("labels"); }  // empty if not given
  LabelNames prediction_labels() const { return names("prediction_labels"); }
  void set_labels(const char* field, const LabelNames& names);

  // The slices that were drawn in `label`, in ascending order; none: all of them. They are counted from 0 along
  // image::slice_axis() of the label map, in the order in which its file holds them.
  std::optional<std::vector<std::size_t>> labelled_slices() const;

  // For messages: "patient007 ED".
  std::string name() const;
  // Where an output of this case goes, below a program's --out: "patient007/ED_img.nii.gz" for the kind "img", with
  // the other fields that tell images of one id apart "patient007/ED_motion_s3_r2_img.nii.gz", without any
  // "patient007/img.nii.gz".
  fs::path output_path(const std::string& kind) const;

  Json fields() const;
  Json field(const char* field) const;  // null where there is none; reads the text of this field alone
  void set(const char* field, const Json& value);
  void erase(const char* field);

 private:
  // Lists are long and lie in memory: the members of a case are one text, and where each of them stands in it.
  struct Member {
    std::uint32_t name, value, end;  // places in the text: where they begin, the value behind the name
  };
  struct Fields {
    std::string text;
    std::vector<Member> members;
  };
  Case(std::shared_ptr<const fs::path> folder, const Json& fields, const std::string& where);
  LabelNames names(const char* field) const;
  void store(const Json& fields);
  std::string_view find(const char* field) const;  // the value as JSON; empty where there is none
  std::shared_ptr<const Fields> fields_;
  std::shared_ptr<const fs::path> folder_;  // of the list, shared by its cases; none is the current folder
  std::vector<std::pair<std::string, std::string>> changed_paths_;  // field and path
  bool own_channels_ = false;  // set by set_channels(): not relative to the list's folder
  friend std::string case_to_line(const Case&, const fs::path&);
  friend std::vector<Case> parse_cases(const std::string&, const fs::path&, const std::string&);
};

// Reads a list from a file, or from standard input where `source` is "-". An empty list, a line that is not a JSON
// object, or two cases of the same name throw UsageError with the line's number. Blank lines are allowed.
std::vector<Case> read_cases(const std::string& source);
std::vector<Case> parse_cases(const std::string& text, const fs::path& folder, const std::string& where);

// Throws UsageError if outputs of two cases would go to one file.
void refuse_shared_outputs(const std::vector<Case>& cases, const std::string& where);

// One line without its newline, for a list that will stand in `folder` (empty: the current folder). Absolute paths
// stay absolute, relative ones are made relative to `folder`.
std::string case_to_line(const Case& c, const fs::path& folder);

}  // namespace coopseg::core
