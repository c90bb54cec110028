// What stands behind Model. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "coopseg/network/layers.h"

namespace coopseg::network {

struct Model::Modules {
  explicit Modules(const Architecture& architecture);

  Architecture architecture;
  MemoryOrder order = MemoryOrder::channels_last;
  Precision precision = Precision::fp32;
  bool gives_features = false;
  Weights weights;
  Encoder general_encoder;
  CodeDecoupler code_decoupler;
  Decoder segmentation_decoder, image_decoder;
  Encoder shape_encoder;
  Decoder shape_decoder;

  Pass pass(Mode mode, bool fold = false) const {
    return {mode, order == MemoryOrder::channels_last, precision == Precision::bf16, fold};
  }
  // As the layers take them, and as everything outside of the network does.
  at::Tensor arranged(const at::Tensor& images) const;
  at::Tensor full(const at::Tensor& activations) const;
  at::Tensor encode_image(const at::Tensor& x, Pass pass, at::Tensor* shape_code) const;
  at::Tensor decode(const Decoder& decoder, const at::Tensor& code, Pass pass,
                    std::vector<at::Tensor>* features = nullptr) const;
  std::vector<std::string> names_of_code() const;
  at::Tensor correct_shape(const at::Tensor& probabilities, Pass pass, at::Tensor* code) const;
  at::Tensor refine(const at::Tensor& logits, Pass pass) const;
};

}  // namespace coopseg::network
