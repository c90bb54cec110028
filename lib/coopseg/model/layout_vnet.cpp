#include "coopseg/model/layout_vnet.h"

#include "coopseg/model/layout_builder.h"

namespace coopseg::model {

const core::Words<Norm> kNorms{{"batch", Norm::batch}, {"instance", Norm::instance}};

const std::vector<VNetBlock>& vnet_blocks() {
  using Kind = VNetBlock::Kind;
  static const std::vector<VNetBlock> kBlocks{{"block_one", Kind::convolutions, 1, 0, 1},
                                              {"block_one_dw", Kind::down, 1, 1, 2},
                                              {"block_two", Kind::convolutions, 2, 2, 2},
                                              {"block_two_dw", Kind::down, 1, 2, 4},
                                              {"block_three", Kind::convolutions, 3, 4, 4},
                                              {"block_three_dw", Kind::down, 1, 4, 8},
                                              {"block_four", Kind::convolutions, 3, 8, 8},
                                              {"block_four_dw", Kind::down, 1, 8, 16},
                                              {"block_five", Kind::convolutions, 3, 16, 16},
                                              {"block_five_up", Kind::up, 1, 16, 8},
                                              {"block_six", Kind::convolutions, 3, 8, 8},
                                              {"block_six_up", Kind::up, 1, 8, 4},
                                              {"block_seven", Kind::convolutions, 3, 4, 4},
                                              {"block_seven_up", Kind::up, 1, 4, 2},
                                              {"block_eight", Kind::convolutions, 2, 2, 2},
                                              {"block_eight_up", Kind::up, 1, 2, 1},
                                              {"block_nine", Kind::convolutions, 1, 1, 1}};
  return kBlocks;
}

std::vector<TensorLayout> layout_vnet(const VNetShape& shape) {
  std::vector<TensorLayout> layout;
  LayoutBuilder layers(layout, kVNetModule, /*dimensions=*/3);
  for (const VNetBlock& block : vnet_blocks()) {
    const std::int64_t out = block.out * shape.filters;
    std::int64_t in = block.in == 0 ? shape.channels : block.in * shape.filters;
    for (int i = 0; i < block.count; ++i, in = out) {
      const std::string name = block.name + ".conv." + std::to_string(3 * i);
      switch (block.kind) {
        case VNetBlock::Kind::convolutions: layers.convolution(name, in, out, 3, kUniformStarts); break;
        case VNetBlock::Kind::down: layers.convolution(name, in, out, 2, kUniformStarts); break;
        case VNetBlock::Kind::up: layers.transposed_convolution(name, in, out, kUniformStarts); break;
      }
      if (shape.norm == Norm::batch)
        layers.batch_norm(block.name + ".conv." + std::to_string(3 * i + 1), out, Initial::ones);
    }
  }
  if (shape.distances > 0) layers.convolution("out_conv", shape.filters, shape.distances, 1, kUniformStarts);
  layers.convolution(shape.distances > 0 ? "out_conv2" : "out_conv", shape.filters, shape.logits, 1, kUniformStarts);
  return layout;
}

}  // namespace coopseg::model
