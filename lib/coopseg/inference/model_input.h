// From a case to what a model wants to see: shared by the programs that run images through a trained model.
//
//   const UsedModel model("run/best.safetensors");
//   const CaseInput input = input_of(c, model, {});
//   const image::Image image = read_input(c, model, input);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/provenance.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/preprocess.h"
#include "coopseg/model/description.h"

namespace coopseg::inference {

// A model file, and what it says of itself. The network is not loaded.
struct UsedModel {
  // Throws core::UsageError for a model that cannot be used: it is refused before anything is done.
  explicit UsedModel(const core::fs::path& path);

  core::fs::path path;
  core::InputFile file;
  model::ModelDescription description;
  image::Preprocessing expected;  // what the model's images must have been through; nothing where it does not say
};

struct InputOptions {
  bool preprocessed = false;         // the images have been through the model's preprocessing, whatever is recorded
  std::optional<std::size_t> frame;  // of 4D files, from 0, where the case names none
  std::string orient = "model";      // see placement.h
};

// What is known of a case before its image is read.
struct CaseInput {
  core::InputFile image;
  core::Json history;          // the image's sidecar, if it tells of exactly these bytes; else null
  image::Preprocessing steps;  // what is still to be done to the image
  image::ReadOptions reading;
  std::string orient = "model";
};

// Which steps are to be done, all or none, the case's field "preprocessing" tells, or else the image's sidecar. A crop
// of the model's images to their label maps cannot be repeated and is left out: an image that has been through all
// other steps is as good as one that has been through all. Throws core::DataError if something else was done than the
// model expects.
CaseInput input_of(const core::Case& c, const UsedModel& model, const InputOptions& options);

// The case's image as it is stored. Warns if it is constant, or fills little of what the network sees.
image::Image read_input(const core::Case& c, const UsedModel& model, const CaseInput& input);

// True if the model was trained on this very file, or on the one that its sidecar names as what it was made from.
bool was_trained_on(const UsedModel& model, const CaseInput& input);

// For sidecars: adds how the image was prepared and which frame it is.
void describe(const CaseInput& input, core::Json& settings);

}  // namespace coopseg::inference
