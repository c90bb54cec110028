#include "coopseg/inference/mirrored.h"

#include <algorithm>
#include <cassert>
#include <functional>

#include "coopseg/dataset/patch_augmentation.h"

namespace coopseg::inference {
namespace {

using Size = std::array<std::size_t, 3>;
using Along = std::array<bool, 3>;

std::string axes_of_patches(const core::Json& augmentation) {
  const auto word = augmentation.find("flip");
  if (word == augmentation.end() || !word->is_string()) return "";
  const auto flip = dataset::patch_flips().find(word->get<std::string>());
  if (flip == dataset::PatchFlip::uamt) return "xy";
  const auto axes = augmentation.find("flip_axes");
  if (flip != dataset::PatchFlip::independent || axes == augmentation.end() || !axes->is_string()) return "";
  return axes->get<std::string>();
}

std::string axes_of_slices(const core::Json& augmentation) {
  const auto probability = augmentation.find("flip_probability");
  const bool flips = probability != augmentation.end() && probability->is_number() && probability->get<double>() > 0;
  const auto symmetries = augmentation.find("symmetries");
  const bool turns = symmetries != augmentation.end() && symmetries->is_boolean() && symmetries->get<bool>();
  return flips || turns ? "xy" : "";
}

std::vector<Along> choices_of(const std::string& axes) {
  std::vector<Along> mirrors{Along{}};
  for (const char axis : axes) {
    const std::size_t so_far = mirrors.size();
    for (std::size_t i = 0; i < so_far; ++i) {
      Along more = mirrors[i];
      more[static_cast<std::size_t>(axis - 'x')] = true;
      mirrors.push_back(more);
    }
  }
  return mirrors;
}

// `show` is given each mirror and gives what the network makes of it.
template <class Show>
std::vector<float> mean_over(const std::vector<Along>& mirrors, const Size& size, const Show& show) {
  std::vector<float> sum;
  for (const Along& along : mirrors) {
    std::vector<float> values = show(along);
    mirror(values, size, along);
    if (sum.empty()) {
      sum = std::move(values);
    } else {
      std::transform(sum.begin(), sum.end(), values.begin(), sum.begin(), std::plus<>());
    }
  }
  const auto count = static_cast<float>(mirrors.size());
  for (float& value : sum) value /= count;
  return sum;
}

}  // namespace

std::string mirrored_axes(const model::ModelDescription& description) {
  if (!description.training.is_object()) return "";
  const auto augmentation = description.training.find("augmentation");
  if (augmentation == description.training.end() || !augmentation->is_object()) return "";
  const std::string said =
      description.input.window.empty() ? axes_of_slices(*augmentation) : axes_of_patches(*augmentation);
  std::string axes;
  for (const char axis : {'x', 'y', 'z'}) {
    const bool seen = axis != 'z' || description.input.dimensions == 3;  // slices have no third axis
    if (seen && said.find(axis) != std::string::npos) axes += axis;
  }
  return axes;
}

void mirror(std::vector<float>& blocks, const Size& size, const Along& along) {
  const std::size_t row = size[0], plane = size[0] * size[1], block = plane * size[2];
  assert(block > 0 && blocks.size() % block == 0);
  for (auto first = blocks.begin(); first != blocks.end(); first += static_cast<std::ptrdiff_t>(block)) {
    const auto at = [first](std::size_t i) { return first + static_cast<std::ptrdiff_t>(i); };
    // Of a whole plane, or block, reversed, the axes within are mirrored as well: they are turned back.
    const bool whole = along[2], planes = along[1] != along[2], rows = along[0] != along[1];
    if (whole) std::reverse(at(0), at(block));
    if (planes)
      for (std::size_t i = 0; i < block; i += plane) std::reverse(at(i), at(i + plane));
    if (rows)
      for (std::size_t i = 0; i < block; i += row) std::reverse(at(i), at(i + row));
  }
}

MirroredPredictor::MirroredPredictor(std::unique_ptr<request::Predictor> network, const std::string& axes)
    : network_(std::move(network)), mirrors_(choices_of(axes)) {}

std::vector<float> MirroredPredictor::probabilities(const std::vector<dataset::ImagePlane>& slices) {
  const Size size{slices.at(0).columns, slices.at(0).rows, 1};
  return mean_over(mirrors_, size, [&](const Along& along) {
    std::vector<dataset::ImagePlane> mirrored = slices;
    for (dataset::ImagePlane& slice : mirrored) mirror(slice.values, size, along);
    return network_->probabilities(mirrored);
  });
}

std::vector<float> MirroredPredictor::windows(const std::vector<float>& values, std::size_t count, const Size& size,
                                              bool distances) {
  return mean_over(mirrors_, size, [&](const Along& along) {
    std::vector<float> mirrored = values;
    mirror(mirrored, size, along);
    return network_->windows(mirrored, count, size, distances);
  });
}

}  // namespace coopseg::inference
