// Models as ONNX files, which ONNX Runtime, TensorRT, OpenVINO and others run without this toolkit.
//
//   const ModelFile model = read_model_file("run/best.safetensors");
//   const OnnxFile file = to_onnx(model, {/*with_stn=*/true, record});
//   core::write_file("best.onnx", file.bytes);
//
// The graph is the network in evaluation, with the scaling of each slice to [0, 1] at its beginning where the model has
// one. What needs the whole volume (percentiles, spacing, z-scores) cannot stand in the graph of a slice or a window;
// the metadata name it. Tensors are float32, and the number of images in a batch is open:
//   image              [batch, 1, rows, columns] of slices, where rows lie along the second voxel axis, or
//                      [batch, 1, X, Y, Z] of volumes: the crop or the window, as the preprocessing leaves it, of
//                      images that lie as the member "orientation" says
//   probabilities      [batch, classes with background, ...], in [0, 1]
//   probabilities_ftn  likewise, before the STN has corrected them; of graphs with an STN
//   distances          [batch, classes without background, ...], in (-1, 1); of networks that give them
// The metadata are the members of the model's description, and "channels" (names, in their order), "stage" ("ftn" or
// "stn"; of networks of two), "normalisation" (in the graph), "spacing_mm" and "export", each as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/model/model_file.h"

namespace coopseg::model {

struct OnnxOptions {
  bool with_stn = false;  // the probabilities are those that the slow-thinking network has corrected
  core::Json record;      // how the file comes about, for its metadata
};

struct OnnxTensor {
  std::string name;
  std::vector<std::int64_t> sides;  // behind the batch
};

struct OnnxFile {
  std::string bytes;  // the same for equal models and options
  int opset = 0;
  std::vector<OnnxTensor> inputs, outputs;
  core::Json metadata;
};

// Throws core::DataError as check_model() does, for a pre-trained part of a network, which segments nothing, and for
// weights beyond the 2 GiB that such a file can hold; core::UsageError for an STN that is not there. Opens the library
// that holds the room onnx (core/late_library.h): the ONNX library would add a third to the start of a program.
OnnxFile to_onnx(const ModelFile& model, const OnnxOptions& options);

// What that library offers; `options` have been checked.
inline constexpr char kOnnxLibrary[] = "coopseg_onnx";
using WriteOnnx = void(const ModelFile& model, const OnnxOptions& options, OnnxFile& written);
inline constexpr char kWriteOnnx[] = "coopseg_onnx_write";

}  // namespace coopseg::model
