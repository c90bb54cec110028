// Numbering label maps anew, by the names of their classes or value by value.
//
//   LabelConversionRules rules;
//   rules.target = core::LabelNames{{"LV", 1}, {"MYO", 2}, {"RV", 3}};
//   const LabelConversion conversion = conversion_for(rules, c.labels(), "ED_seg.nii.gz");
//   convert(conversion, labels, "ED_seg.nii.gz");
//   conversion.after                                   // what the values are called now
#pragma once

#include <optional>
#include <string>

#include "coopseg/image/labels.h"

namespace coopseg::dataset {

struct LabelConversionRules {
  std::optional<image::Remap> by_number;  // value by value; names and `target` have no say then
  core::LabelNames target;                // the values that names shall have
  bool must_convert = false;  // else maps with names that `target` lacks, or without names, stay as they are
  core::LabelNames from;                  // names of the values in maps that do not say
};

// How one label map is converted, and what its values are called before and after; empty where they have no names.
struct LabelConversion {
  image::Remap remap;
  core::LabelNames before, after;
  bool by_number = false;
};

// `stated`: the names that come with the map. The value called core::kIgnoreName stays, unless it is converted by
// number. Throws core::DataError naming `where` for a map that must be converted and has no names, or one that `target`
// lacks, and for a class that would get the value of what was not drawn.
LabelConversion conversion_for(const LabelConversionRules& rules, const core::LabelNames& stated,
                               const std::string& where);

// In place. Throws core::DataError naming `file` for a value without a name among named ones, unless it goes by number.
void convert(const LabelConversion& conversion, image::LabelMap& labels, const std::string& file);

}  // namespace coopseg::dataset
