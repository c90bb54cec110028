// The picture that cs-perturb draws of hard examples.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/file.h"
#include "coopseg/image/picture.h"
#include "coopseg/inference/perturb_case.h"

namespace coopseg::apps {

// For each case the middle slice of the image and the hard images and, where segmentations were made, a second row of
// them over the image.
class Preview {
 public:
  static constexpr std::size_t kCases = 4;

  bool is_full() const { return cases_ == kCases; }

  // All cases must have the same variants. Nothing is added of a case that was not made to be looked at.
  void add(const std::string& case_name, const inference::PerturbedCase& made);

  void write(const core::fs::path& file, core::Overwrite overwrite) const;

 private:
  std::size_t cases_ = 0, columns_ = 1;
  std::vector<image::Picture> pictures_;
  std::vector<std::string> names_;
};

}  // namespace coopseg::apps
