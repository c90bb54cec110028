// Parameters of artefacts (cs-corrupt --params) and recipes (--recipe): what is read is written as the same parameters,
// and done to a small image gives finite voxels.
#include <cmath>

#include "coopseg/artefact/recipe.h"
#include "coopseg/artefact/record.h"
#include "coopseg/core/log.h"
#include "fuzz.h"

using namespace coopseg;

namespace {

image::Image small_image() {
  image::Grid grid;
  grid.size = {7, 6, 3};
  grid.spacing_mm = {1.5, 1.5, 8};
  image::Image image(grid);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) image.voxels[v] = static_cast<float>(v * v % 17);
  return image;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Scratch scratch;
  static const image::Image image = small_image();
  core::start_log("fuzz", core::LogLevel::error);
  const auto file = scratch.save("params.json", fuzz::text_of(data, size));
  fuzz::attempt([&] { artefact::read_recipe(file); });
  fuzz::attempt([&] {
    const artefact::Record record = artefact::read_record(file);
    const std::string text = core::to_text(artefact::to_json(record));
    const artefact::Record again = artefact::read_record(scratch.save("again.json", text));
    fuzz::require(core::to_text(artefact::to_json(again)) == text, "parameters that were written are read as they were");
    artefact::ChainOptions around = record.around;
    around.crop = std::min<std::size_t>(around.crop, 16);
    for (const float value : artefact::corrupt(image, record.artefacts, around).voxels) {
      fuzz::require(std::isfinite(value), "voxels stay finite");
    }
  });
  return 0;
}
