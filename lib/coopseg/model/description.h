// What a trained model says of itself: the metadata of its .safetensors file, all that prediction needs to know.
// A room of its own, below network/, because programs judge a model before they load LibTorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"

namespace coopseg::model {

// The network types of the reference implementation; see network/model.h.
const std::vector<std::string>& network_types();

// A multiple of 16, to which the network halves the image four times, up to 16384.
bool is_possible_crop(std::uint64_t pixels);

// Metadata key "coopseg" of the .safetensors file holds this as one JSON text.
struct ModelDescription {
  int format = 1;                           // files of a newer format are refused
  std::string network = "FCN_16_standard";
  bool slow_thinking = false;
  core::LabelNames classes;                 // names and label values, without background
  std::size_t crop = 192;                   // pixels
  bool minmax_slices = true;                // per-slice min-max after the crop
  core::Json preprocessing;                 // as written by cs-preprocess; null if the cases carried none
  core::Json training;                      // settings, seed, iterations, epoch, validation score
  std::vector<std::string> training_images; // SHA-256 of every training image
  core::Json provenance;                    // program, version, command, libraries

  int class_count() const { return static_cast<int>(classes.size()) + 1; }
};

core::Json to_json(const ModelDescription& description);
ModelDescription model_description_from_json(const core::Json& json, const std::string& file);

// Reads and checks the header only. Throws core::DataError (no CoopSeg model, newer format, inconsistent).
ModelDescription read_model_description(const core::fs::path& file);
ModelDescription model_description(const core::TensorFile& content, const std::string& file);
void put_description(core::TensorFile& content, const ModelDescription& description);

}  // namespace coopseg::model
