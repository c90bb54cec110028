// Models of the reference implementation (Chen et al., MICCAI 2021) on disk: a folder with a .pth file for each module,
// or the snapshot that an interrupted run leaves.
//
//   ReferenceModel model = read_reference_model("run/best/checkpoints");
//   model.content.tensors["image_encoder/general_encoder.inc.0.weight"]
//   write_reference_model(model.content, "out", core::Overwrite::no);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/provenance.h"
#include "coopseg/core/safetensors.h"

namespace coopseg::model {

struct ReferenceModel {
  core::TensorFile content;            // tensors, without metadata; has passed check_state()
  bool slow_thinking = false;          // the two files of the STN are there, too
  int classes = 0;                     // with background
  std::string network;                 // of a snapshot; .pth files do not say
  std::optional<std::int64_t> epoch;   // of a snapshot
  std::vector<core::InputFile> files;  // what was read
};

// `source` is a folder with image_encoder.pth, segmentation_decoder.pth, image_decoder.pth and perhaps
// shape_encoder.pth and shape_decoder.pth; or a snapshot NETWORK_TYPE.pkl, or a folder that holds one and no .pth.
// Throws core::DataError and core::IoError.
ReferenceModel read_reference_model(const core::fs::path& source);

// Writes the three or five .pth files of a model that has passed check_state(), all or, if one cannot be written, none.
// Returns their paths. Throws core::UsageError where files would be overwritten, or where the folder would then mix an
// FTN with another model's STN.
std::vector<core::fs::path> write_reference_model(const core::TensorFile& content, bool slow_thinking, int classes,
                                                  const core::fs::path& folder, core::Overwrite overwrite);

}  // namespace coopseg::model
