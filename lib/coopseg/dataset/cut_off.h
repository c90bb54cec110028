// Labels that a crop about the middle of the slices leaves outside: of hearts that do not lie in the middle.
//
//   CutOffs found;
//   for (const Case& c : cases) found.add(c.name(), cut_off(labels_of(c), 2, 192));
//   found.warn("the middle 192 x 192 pixels", "give a larger --crop");
#pragma once

#include <cstddef>
#include <string>

#include "coopseg/dataset/slices.h"
#include "coopseg/image/labels.h"

namespace coopseg::dataset {

// Voxels of label maps; add up those of several slices.
struct CutOff {
  std::size_t labelled = 0;  // neither background nor kIgnoredLabel
  std::size_t outside = 0;   // those of them outside the crop
  double share() const { return labelled == 0 ? 0 : static_cast<double>(outside) / static_cast<double>(labelled); }
};

// Of the middle crop x crop pixels, which begin at image::middle_start().
CutOff cut_off(const LabelPlane& label, std::size_t crop);
// The same of all slices across the axis. `labels` are values of which 0 is background.
CutOff cut_off(const image::LabelMap& labels, std::size_t axis, std::size_t crop);

// Of the cases of a list, in any order of adding that is the same in equal runs. Not thread-safe.
class CutOffs {
 public:
  void add(const std::string& case_name, const CutOff& of_case);

  // Logs one line for all cases together, which names the worst one (the first of equals); none if nothing is outside.
  // `window` is what remains: "the middle 192 x 192 pixels". `cases` names what was added, where it is not all.
  void warn(const std::string& window, const std::string& remedy, const std::string& cases = "cases") const;

 private:
  std::size_t cases_ = 0, cut_ = 0;
  CutOff worst_;
  std::string worst_case_;
};

}  // namespace coopseg::dataset
