// What a prediction is asked to do, and the door behind which the network stands. Errors come through it as the
// exceptions of core/error.h.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "coopseg/core/file.h"
#include "coopseg/dataset/slices.h"
#include "coopseg/request/execution.h"

namespace coopseg::request {

struct PredictorOptions {
  core::fs::path model;
  // Of each segmentation that is wanted, how often the STN corrects it: {0} is the FTN's alone, and that of all
  // networks of one stage; {1, 0} is the corrected one, and the FTN's.
  std::vector<int> stn_steps{0};
  std::size_t batch_size = 10;  // slices
  std::string device = "auto";
  Precision precision = Precision::fp32;
  int threads = 1;
};

// A model in memory that segments stacks of slices, or windows of volumes, as its description says.
class Predictor {
 public:
  virtual ~Predictor() = default;
  // Slices of crop x crop pixels; returns class probabilities, [slice][segmentation][class][row][column] as one flat
  // vector, with the segmentations in the order of stn_steps.
  virtual std::vector<float> probabilities(const std::vector<dataset::ImagePlane>& slices) = 0;
  // `count` windows of size[0] x size[1] x size[2] voxels, [window][z][y][x]; returns [window][map][z][y][x]: class
  // probabilities and then, if asked for, the signed distances of the classes without background.
  virtual std::vector<float> windows(const std::vector<float>& values, std::size_t count,
                                     const std::array<std::size_t, 3>& size, bool distances) = 0;
  virtual std::string torch_version() const = 0;  // "1.13.1", for sidecars
  virtual Precision precision() const = 0;        // what was taken for automatic
  virtual double busy_seconds() const = 0;        // that the network worked
};

using OpenPredictor = Predictor*(const PredictorOptions& options);  // the caller deletes it
inline constexpr char kOpenPredictor[] = "coopseg_open_predictor";

}  // namespace coopseg::request
