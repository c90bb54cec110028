// From a case to what a model wants to see: shared by the programs that run images through a trained model.
#pragma once

#include <optional>
#include <string>

#include "coopseg/core/case_list.h"
#include "coopseg/core/provenance.h"
#include "coopseg/image/preprocess.h"
#include "coopseg/model/description.h"

namespace coopseg::inference {

// A model that cannot be used is refused before anything is done, as a UsageError.
model::ModelDescription read_model(const core::fs::path& file);

// What the model's images must have been through; nothing where it does not say. Throws core::UsageError.
image::Preprocessing expected_steps(const model::ModelDescription& description, const core::fs::path& model);

// The image's sidecar, if it tells of exactly these bytes; else null.
core::Json history_of(const core::fs::path& file, const core::InputFile& image);

// What is still to be done to the case's image, all or nothing, as its list or else its sidecar (`history`) tells.
// Throws core::DataError if something else than `expected` was done.
image::Preprocessing steps_for(const image::Preprocessing& expected, const core::Case& c, const core::Json& history);

// Which frame of the case's file: its field "frame_index", where there are frames (a list may have kept it from a 4D
// file it was made from), else the option (-1: not given). Throws core::DataError for a negative index.
std::optional<std::size_t> frame_of(const core::Case& c, int option);

}  // namespace coopseg::inference
