#include "coopseg/artefact/preview.h"

#include <algorithm>
#include <array>

#include "coopseg/image/intensity.h"

namespace coopseg::artefact {

namespace {

constexpr std::size_t kLeastWidth = 180;    // pixels of a picture: room for its caption
constexpr std::size_t kShownRepeats = 5;     // more make no better preview

std::string caption(const Plan& plan, const Variant& v, bool with_repeat) {
  std::string text = chain_name(plan.chains[v.chain]);
  if (v.severity) text += " severity " + std::to_string(*v.severity);
  if (with_repeat) text += " repeat " + std::to_string(v.repeat);
  return text;
}

// What is shown black and white, of each picture by itself as a reader would set it: fat beside the coil would leave
// the heart in the dark, and the scaling after an artefact brings all to other numbers.
std::array<double, 2> contrast(const image::Image& image, std::size_t slice) {
  const std::size_t size = image.grid.size[0] * image.grid.size[1];
  const auto first = image.voxels.begin() + static_cast<std::ptrdiff_t>(slice * size);
  const std::vector<float> values(first, first + static_cast<std::ptrdiff_t>(size));
  return {image::percentile(values, 1), image::percentile(values, 99)};
}

}  // namespace

image::Picture preview(const image::Image& image, const Plan& plan, const std::string& id, const std::string& frame) {
  Plan shown = plan;
  shown.repeats = std::min<int>(plan.repeats, kShownRepeats);
  if (!plan.severities.empty()) shown.repeats = 1;  // one draw, growing stronger
  const Window window = prepare(image, plan.around);
  const image::Image original = corrupt(window, {}, plan.around);
  const std::size_t middle = image.grid.size[2] / 2, width = image.grid.size[0];
  const auto zoom = static_cast<unsigned>((kLeastWidth + width - 1) / std::max<std::size_t>(width, 1));

  std::vector<image::Picture> pictures;
  std::vector<std::string> captions;
  const auto add = [&](const image::Image& volume, const std::string& text) {
    const auto [black, white] = contrast(volume, middle);
    pictures.push_back(image::slice_picture(volume, middle, black, white, zoom));
    captions.push_back(text);
  };
  const auto all = variants(shown);
  const std::size_t per_chain = all.size() / shown.chains.size();
  std::size_t columns = per_chain == 1 ? all.size() + 1 : per_chain + 1;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == 0 || (per_chain > 1 && i % per_chain == 0)) add(original, "original");
    const auto artefacts = draw(shown, all[i], id, frame, image.grid.size[2]);
    add(corrupt(window, artefacts, plan.around), caption(shown, all[i], shown.repeats > 1));
  }
  return image::grid_of(pictures, captions, columns);
}

}  // namespace coopseg::artefact
