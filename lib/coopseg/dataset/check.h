// The gate before a night of compute: every file of a case list read in full and judged.
//
//   CheckReport report = check_cases(cases, {}, threads);
//   for (const CaseVerdict& verdict : report.cases) print(to_line(verdict_to_json(verdict)) + "\n");
//
// Findings. A note changes no verdict; what an error concerns would fail or spoil a later program.
//   unreadable       error    the file is missing or may not be read
//   broken           error    refused by the reader: truncated, corrupt, impossible header or geometry
//   non-finite       error    NaN or infinite voxels
//   constant-image   error    all voxels of the image are equal
//   spacing          error    a voxel spacing outside the plausible range
//   frame            error    the case's frame_index does not fit the file's frames
//   grid             error    image and label (or prediction) differ in size, spacing, origin or direction
//   not-labels       error    voxels of a label map that are not whole numbers
//   unknown-label    error    a label value that no class has
//   empty-label      error    a label map without foreground (CheckOptions::allow_empty: a note), or all ignored
//   labelled-slices  error    the case's labelled_slices name a slice that the image does not have
//   label-source     error    the case's label_source is none that there is
//   label-is-image   error    image and label are the same bytes, of one case or of two
//   duplicate-id     error    two cases of one id, frame and repeat (in two data sets: a warning)
//   duplicate-image  error    another case has the same image: the same bytes, and the same frame if it is one file
//   in-other-list    error    the subject, or an image of the same bytes, stands in another list, too
//   duplicate-label  warning  another case has the same label map
//   similar-id       warning  another id differs only in case or leading zeros
//   pseudo-label     warning  a model made the label, and other cases of the list have true ones (none has: a note)
//   missing-class    warning  a named class that does not occur in the label
//   slice-axis       warning  the slices are not stacked along the third axis
//   orientation      warning  the image lies otherwise in space than most of the list, or its header does not say how
//   reading          warning  the reader's remarks: geometry, trailing bytes
//   left-handed      note     the axes mirror the patient
//   oblique          note     the axes are more than 5 degrees off the patient's
//   unnamed-classes  note     no class names are known, so label values were not judged
//   no-label         note     the case has no label (CheckOptions::require_labels: an error)
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/json.h"
#include "coopseg/image/nifti.h"

namespace coopseg::dataset {

enum class Level { note, warning, error };

// Small to copy: a file's findings stand in the verdict of every case that names it.
class Finding {
 public:
  Finding(Level level_of_it, const char* code_of_it, std::string file, std::string message)
      : level(level_of_it),
        code(code_of_it),
        text_(std::make_shared<const Text>(Text{std::move(file), std::move(message)})) {}
  Level level;
  const char* code;  // static text
  const std::string& file() const { return text_->file; }
  const std::string& message() const { return text_->message; }

 private:
  struct Text {
    std::string file, message;
  };
  std::shared_ptr<const Text> text_;
};

struct CheckOptions {
  std::array<double, 2> inplane_mm{0.1, 10}, slice_mm{0.5, 30};  // plausible spacing, both ends included
  std::optional<core::LabelNames> labels;                        // instead of the cases' own
  bool require_labels = false, allow_empty = false;
  std::set<std::string> errors;  // kinds of warnings that are errors here
};

// The codes of findings that are warnings.
const std::vector<std::string>& warning_kinds();

using LabelVoxels = std::vector<std::pair<std::int32_t, std::size_t>>;  // values in their order, and their voxels

// What is known of one file after reading it.
struct FileFacts {
  std::string sha256;  // empty if it could not be read
  std::optional<image::NiftiSummary> summary;
  std::map<std::size_t, std::array<double, 2>> range;  // per frame read of several: minimum, maximum
  std::map<std::size_t, LabelVoxels> label_voxels;     // per frame read
  std::vector<Finding> findings;                       // about the file alone
};

// Fields of a case that name files, in the order of their findings; and what is known of them, null where not named.
constexpr std::array<const char*, 3> kFields = {"image", "label", "prediction"};
using CaseFiles = std::array<std::shared_ptr<const FileFacts>, kFields.size()>;

struct CaseVerdict {
  core::Case checked;
  CaseFiles files;
  std::vector<Finding> findings;  // in the order of the fields, then those between cases
  Level worst() const;            // note if there is nothing worse
};

struct CheckReport {
  std::vector<CaseVerdict> cases;  // in the list's order
  std::size_t files = 0;           // read in full
  std::size_t not_compared = 0;    // images of the other lists that could not be read
  std::size_t count(Level worst) const;
  std::map<std::string, std::size_t> findings_by_code() const;  // without notes
};

// A list that must not share subjects or images with the checked one.
struct OtherList {
  std::string name;
  std::vector<core::Case> cases;
};

// Reads each file once, `threads` at a time; memory for one file per thread. The images of `others` are hashed only.
// Two subjects are the same if their ids or their fields `subject` are, unless both cases name a data set and these
// differ. Throws
// core::Interrupted after a stop signal; whatever is wrong with a file is a finding, never an exception.
CheckReport check_cases(std::vector<core::Case> cases, const CheckOptions& options, int threads,
                        const std::vector<OtherList>& others = {});

// {"schema":"coopseg.check/1","id":...,"frame":...,"verdict":"ok"|"warning"|"error","image":{...},"label":{...},
//  "findings":[{"level":...,"code":...,"file":...,"message":...}]}
core::Json verdict_to_json(const CaseVerdict& verdict);

const char* level_name(Level level);

}  // namespace coopseg::dataset
