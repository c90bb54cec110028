// What a dataset.json says of a data set: names of label values, channels, parts. The Decathlon's, nnU-Net's of both
// versions, and that which coopseg folders may have.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"

namespace coopseg::dataset {

// Names that can stand in tables and in "--labels LV:1,MYO:2"; some data sets give whole sentences instead.
bool is_class_name(const std::string& name);

// The class names of {"0":"background","1":"LV"} or {"background":0,"LV":1}; a value of 0 is the background and has no
// name. A name for several values ({"whole tumour":[1,2]}, nnU-Net's regions) is no label value: it is left out with a
// remark, and values that only such names hold are called by their numbers. Nothing, with a remark, for names that are
// none and for values that label maps cannot hold.
std::optional<core::LabelNames> described_labels(const core::Json& labels, const std::string& file,
                                                 std::vector<std::string>& remarks);

// The names of {"0":"FLAIR","1":"T1w"}, in the order of their numbers, which must be 0, 1, 2 ... Names that are not
// distinct or that cannot be part of a file name give way to the numbers, with a remark. Throws core::DataError.
std::vector<std::string> described_channels(const core::Json& channels, const std::string& file,
                                            std::vector<std::string>& remarks);

// The JSON object in `file`. Throws core::Error.
core::Json read_description(const std::filesystem::path& file);

// {"splits":{"train":[ids], ...}}: the part of each id. Throws core::DataError naming `file` for an id in two parts.
std::map<std::string, std::string> described_splits(const core::Json& description, const std::string& file);

}  // namespace coopseg::dataset
