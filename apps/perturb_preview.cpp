#include "perturb_preview.h"

#include <algorithm>
#include <optional>

#include "coopseg/image/orientation.h"

namespace coopseg::apps {
namespace {

image::Picture picture(const image::Image& image, std::size_t k, unsigned zoom, const image::LabelMap* labels) {
  const std::size_t pixels = image.grid.size[0] * image.grid.size[1];
  const auto begin = image.voxels.begin() + static_cast<std::ptrdiff_t>(k * pixels);
  const auto [low, high] = std::minmax_element(begin, begin + static_cast<std::ptrdiff_t>(pixels));
  return image::slice_picture(image, k, *low, *high, zoom, labels);
}

template <class Volume>
std::optional<Volume> turned_if(const std::optional<Volume>& volume, const image::AxisTurn& turn) {
  return volume ? std::optional(image::turned(*volume, turn)) : std::nullopt;
}

}  // namespace

void Preview::add(const std::string& case_name, const inference::PerturbedCase& made) {
  if (is_full() || made.examples.empty()) return;
  ++cases_;
  columns_ = made.examples.size() + 1;
  const image::AxisTurn turn = image::turn_to_look_at(made.image.grid);
  const image::Image original = image::turned(made.image, turn);
  const std::optional<image::LabelMap> labels = turned_if(made.labels, turn);
  const std::size_t k = original.grid.size[2] / 2;
  const unsigned zoom = original.grid.size[0] < 150 ? 2 : 1;
  std::vector<image::Picture> images{picture(original, k, zoom, nullptr)},
      shapes{picture(original, k, zoom, labels ? &*labels : nullptr)};
  std::vector<std::string> image_names{case_name}, shape_names{labels ? "label" : "no label"};
  bool has_shapes = false;
  for (const inference::HardExample& m : made.examples) {
    const std::string& name = m.variant;
    const std::string short_name = name.rfind("latent-", 0) == 0 ? name.substr(7) : name;
    const auto hard = turned_if(m.image, turn);
    const auto shape = turned_if(m.labels, turn);
    images.push_back(picture(hard ? *hard : original, k, zoom, nullptr));
    image_names.push_back(m.image ? short_name : "");
    shapes.push_back(picture(original, k, zoom, shape ? &*shape : nullptr));
    shape_names.push_back(m.labels ? (name == "reconstruction" ? "segmentation" : short_name) : "");
    has_shapes = has_shapes || m.labels;
  }
  const auto add_row = [&](const auto& row, const auto& row_names) {
    pictures_.insert(pictures_.end(), row.begin(), row.end());
    names_.insert(names_.end(), row_names.begin(), row_names.end());
  };
  add_row(images, image_names);
  if (has_shapes) add_row(shapes, shape_names);
}

void Preview::write(const core::fs::path& file, core::Overwrite overwrite) const {
  if (!pictures_.empty()) image::write_png(file, image::grid_of(pictures_, names_, columns_), overwrite);
}

}  // namespace coopseg::apps
