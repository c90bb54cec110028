// What stands behind Model. Private to this folder.
#pragma once

#include "coopseg/network/layers.h"

namespace coopseg::network {

struct Model::Modules {
  Architecture architecture;
  Layout layout = Layout::channels_last;
  Store store;
  Encoder general_encoder;
  CodeDecoupler code_decoupler;
  Decoder segmentation_decoder, image_decoder;
  Encoder shape_encoder;
  Decoder shape_decoder;

  Pass pass(Mode mode, bool fold = false) const { return {mode, layout == Layout::channels_last, fold}; }
  at::Tensor arranged(const at::Tensor& images) const;
  at::Tensor encode_image(const at::Tensor& x, Pass pass, at::Tensor* shape_code) const;
  at::Tensor correct_shape(const at::Tensor& probabilities, Pass pass, at::Tensor* code) const;
  at::Tensor refine(const at::Tensor& logits, Pass pass) const;
};

}  // namespace coopseg::network
