#include "coopseg/model/layout_unet.h"

#include "coopseg/model/layout_builder.h"

namespace coopseg::model {
namespace {

UNetStage bilinear_stage(const std::string& name, int in, int out) {
  return {{name + ".conv1", name + ".conv2"}, {name + ".bn1", name + ".bn2"}, "", in, out};
}

UNetStage transposed_stage(const std::string& kind, int level, int in, int out, const std::string& up) {
  const std::string name = "encoder." + kind + "_" + std::to_string(level) + "_";
  return {{name + "1.0", name + "2.0"}, {}, up, in, out};
}

}  // namespace

const core::Words<Upsampling> kUpsamplings{{"bilinear", Upsampling::bilinear}, {"transposed", Upsampling::transposed}};

const std::vector<UNetStage>& unet_stages(Upsampling upsampling) {
  // Bilinear upsampling keeps the channels, so that what comes from below has twice as many as the skip beside it.
  static const std::vector<UNetStage> kBilinear{
      bilinear_stage("conv0_0", 0, 1),  bilinear_stage("conv1_0", 1, 2),  bilinear_stage("conv2_0", 2, 4),
      bilinear_stage("conv3_0", 4, 8),  bilinear_stage("conv4_0", 8, 16), bilinear_stage("conv3_1", 24, 8),
      bilinear_stage("conv2_2", 12, 4), bilinear_stage("conv1_3", 6, 2),  bilinear_stage("conv0_4", 3, 1)};
  static const std::vector<UNetStage> kTransposed{
      transposed_stage("contr", 1, 0, 1, ""),
      transposed_stage("contr", 2, 1, 2, ""),
      transposed_stage("contr", 3, 2, 4, ""),
      transposed_stage("contr", 4, 4, 8, ""),
      {{"encoder.center.0", "encoder.center.2"}, {}, "encoder.center.4", 8, 16},
      transposed_stage("expand", 4, 16, 8, "encoder.upscale4"),
      transposed_stage("expand", 3, 8, 4, "encoder.upscale3"),
      transposed_stage("expand", 2, 4, 2, "encoder.upscale2"),
      transposed_stage("expand", 1, 2, 1, "")};
  return upsampling == Upsampling::bilinear ? kBilinear : kTransposed;
}

std::string unet_head(Upsampling upsampling) { return upsampling == Upsampling::bilinear ? "final" : "head"; }

std::vector<TensorLayout> layout_unet(const UNetShape& shape) {
  std::vector<TensorLayout> layout;
  LayoutBuilder layers(layout, kUNetModule, /*dimensions=*/2);
  const std::int64_t filters = shape.filters;
  for (const UNetStage& stage : unet_stages(shape.upsampling)) {
    const std::int64_t out = stage.out * filters;
    std::int64_t in = stage.in == 0 ? shape.channels : stage.in * filters;
    for (std::size_t i = 0; i < stage.convolutions.size(); ++i, in = out) {
      layers.convolution(stage.convolutions[i], in, out, 3, kUniformStarts);
      if (!stage.batch_norms[i].empty()) layers.batch_norm(stage.batch_norms[i], out, Initial::ones);
    }
    if (!stage.up.empty()) layers.transposed_convolution(stage.up, out, out / 2, kUniformStarts);
  }
  layers.convolution(unet_head(shape.upsampling), filters, shape.logits, 1, kUniformStarts);
  if (shape.distances > 0) layers.convolution(kUNetDistanceHead, filters, shape.distances, 1, kUniformStarts);
  return layout;
}

}  // namespace coopseg::model
