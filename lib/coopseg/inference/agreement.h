// Whether segmentations of one image agree: where two of them differ, at least one is wrong, and nobody had to draw the
// image to see it.
//
//   const Agreement agreement = agreement_of({ftn, stn}, /*classes=*/4);
//   if (agreement.below(0.8)) send_to_a_human();
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/json.h"
#include "coopseg/image/volume.h"

namespace coopseg::inference {

struct Agreement {
  // Of each class but the background, in the order of their indices: in [0, 1], or none where nobody found it.
  std::vector<std::optional<double>> dice;

  // Of all classes, of which one that nobody found counts 0: what is missing in every map is what a human should see.
  double mean() const;
  bool below(double limit) const { return mean() < limit; }
};

// The Dice of two label maps of class indices on one grid; of more the mean over all pairs, without those in which both
// are empty. Two or more maps are given.
Agreement agreement_of(const std::vector<image::LabelMap>& maps, std::size_t classes);

// {"LV": 0.93, "MYO": null}
core::Json to_json(const Agreement& agreement, const core::LabelNames& classes);
// None where `json` is not such an object of exactly these classes.
std::optional<Agreement> agreement_from_json(const core::Json& json, const core::LabelNames& classes);

}  // namespace coopseg::inference
