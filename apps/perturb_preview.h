// The picture that cs-perturb draws of hard examples.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/file.h"
#include "coopseg/image/picture.h"

namespace coopseg::apps {

// What one variant gives.
struct Made {
  std::optional<image::Image> image;
  std::optional<image::LabelMap> labels;  // class indices
};

// For each case the middle slice of the image and the hard images and, where segmentations were made, a second row of
// them over the image.
class Preview {
 public:
  static constexpr std::size_t kCases = 4;

  bool is_full() const { return cases_ == kCases; }

  // `labels`: of the case; null if it has none. All cases must have the same variants.
  void add(const std::string& case_name, const image::Image& original, const image::LabelMap* labels,
           const std::vector<std::pair<std::string, Made>>& made);

  void write(const core::fs::path& file, core::Overwrite overwrite) const;

 private:
  std::size_t cases_ = 0, columns_ = 1;
  std::vector<image::Picture> pictures_;
  std::vector<std::string> names_;
};

}  // namespace coopseg::apps
