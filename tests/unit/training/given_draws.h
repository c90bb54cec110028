// Hard examples from draws that a test gives.
#pragma once

#include <optional>

#include "coopseg/training/methods/hard_examples.h"

namespace coopseg::test {

class GivenDraws : public training::HardExampleMaker {
 public:
  std::optional<training::MaskDraw> image, shape;
  training::HardExamples made;  // at the last call

  bool makes_images() const override { return image.has_value(); }
  bool makes_segmentations() const override { return shape.has_value(); }
  training::HardExamples make(network::Model& model, const training::StandardPass& pass) override {
    made = training::make_hard_examples(model, pass.output, pass.batch.clean, pass.batch.labels, image, shape,
                                        network::Mode::train);
    return made;
  }
};

}  // namespace coopseg::test
