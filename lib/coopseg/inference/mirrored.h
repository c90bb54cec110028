// A network that is shown mirror images, too: what it says of an image and of its mirror images is averaged. Only as
// the training mirrored them: a network that has never seen a heart on the right has nothing to say of one.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "coopseg/model/description.h"
#include "coopseg/request/prediction.h"

namespace coopseg::inference {

// The axes along which the training mirrored its images, as training.augmentation of the model's file says: some of
// "xyz", the columns, rows and planes of what the network sees. Empty: along none, or the file does not say.
std::string mirrored_axes(const model::ModelDescription& description);

// Reverses each block of size[0] x size[1] x size[2] numbers, x fastest, along the axes that are true. A whole number
// of blocks is given.
void mirror(std::vector<float>& blocks, const std::array<std::size_t, 3>& size, const std::array<bool, 3>& along);

// The mean over the image as it is and mirrored along each choice of the axes: four of "xy", eight of "xyz". What the
// network gives is mirrored back first. As thread-safe as `network`.
class MirroredPredictor : public request::Predictor {
 public:
  MirroredPredictor(std::unique_ptr<request::Predictor> network, const std::string& axes);

  std::vector<float> probabilities(const std::vector<dataset::ImagePlane>& slices) override;
  std::vector<float> windows(const std::vector<float>& values, std::size_t count,
                             const std::array<std::size_t, 3>& size, bool distances) override;
  std::string torch_version() const override { return network_->torch_version(); }
  request::Precision precision() const override { return network_->precision(); }
  double busy_seconds() const override { return network_->busy_seconds(); }

 private:
  std::unique_ptr<request::Predictor> network_;
  std::vector<std::array<bool, 3>> mirrors_;  // the image as it is first
};

}  // namespace coopseg::inference
