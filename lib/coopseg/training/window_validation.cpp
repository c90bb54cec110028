#include "coopseg/training/window_validation.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "coopseg/dataset/class_index.h"
#include "coopseg/network/group.h"
#include "coopseg/training/device_windows.h"
#include "coopseg/training/tensors.h"
#include "coopseg/training/turns.h"

namespace coopseg::training {

using core::Json;

namespace {

// Of the values that are there.
std::optional<double> mean(const std::vector<std::optional<double>>& values) {
  double sum = 0;
  int count = 0;
  for (const auto& value : values) {
    if (!value) continue;
    sum += *value;
    ++count;
  }
  return count > 0 ? std::optional(sum / count) : std::nullopt;
}

}  // namespace

WindowValidation::WindowValidation(const dataset::VolumeSet* set, const inference::WindowPlan& plan,
                                   core::LabelNames classes, std::string device)
    : set_(set), plan_(plan), classes_(std::move(classes)), device_(std::move(device)) {}

Confusion WindowValidation::compare(network::Network& network, const dataset::TrainingVolume& volume,
                                    const std::function<void()>& pause) const {
  const std::size_t classes = classes_.size() + 1;
  Confusion confusion(static_cast<int>(classes));
  if (device_ != "cpu" && plan_.blend == inference::Blend::mean) {
    confusion.add(count_windows_on_device(network, volume, plan_, classes, device_, pause));
    return confusion;
  }
  image::Image image;
  image.grid = volume.grid;
  image.voxels = volume.voxels;
  const auto maps =
      inference::map_windows(image, plan_, classes, [&](const std::vector<float>& windows, std::size_t count) {
        pause();
        return maps_of_windows(network, windows, count, plan_.window, /*distances=*/false, device_);
      });
  std::vector<std::int64_t> counts(classes * classes, 0);
  for (std::size_t v = 0; v < volume.labels.size(); ++v) {
    if (volume.labels[v] == dataset::kIgnoredLabel) continue;
    std::size_t best = 0;
    for (std::size_t c = 1; c < classes; ++c) {
      if (maps[c].voxels[v] > maps[best].voxels[v]) best = c;
    }
    ++counts[volume.labels[v] * classes + best];
  }
  confusion.add(counts);
  return confusion;
}

Json WindowValidation::scores(network::Network& network, std::size_t, const std::function<void()>& pause) {
  // Where several processes share the volumes, they pause together only.
  const std::function<void()> go_on = [] {};
  const bool shares = network::group() != nullptr;
  const std::size_t entries = (classes_.size() + 1) * (classes_.size() + 1);
  std::vector<std::int64_t> counts(set_->volumes.size() * entries, 0);
  in_turns(set_->volumes.size(), shares ? pause : go_on, [&](std::size_t i) {
    const Confusion own = compare(network, set_->volumes[i], shares ? go_on : pause);
    std::copy(own.counts().begin(), own.counts().end(), counts.begin() + static_cast<std::ptrdiff_t>(i * entries));
  });
  counts = of_all(std::move(counts));

  std::vector<std::vector<std::optional<double>>> by_class(classes_.size());
  Json cases = Json::array();
  for (std::size_t i = 0; i < set_->volumes.size(); ++i) {
    const dataset::TrainingVolume& volume = set_->volumes[i];
    const auto first = counts.begin() + static_cast<std::ptrdiff_t>(i * entries);
    Confusion confusion(static_cast<int>(classes_.size()) + 1);
    confusion.add({first, first + static_cast<std::ptrdiff_t>(entries)});
    for (std::size_t c = 0; c < classes_.size(); ++c)
      by_class[c].push_back(confusion.dice(static_cast<int>(c) + 1));
    cases.push_back({{"case", volume.case_name}, {"dice", per_class(confusion, classes_, false, &Confusion::dice)}});
  }
  Json dice = Json::object();
  std::vector<std::optional<double>> means;
  for (std::size_t c = 0; c < classes_.size(); ++c) {
    means.push_back(mean(by_class[c]));
    dice[classes_[c].first] = core::or_null(means.back());
  }
  return Json{{"mean_dice", core::or_null(mean(means))}, {"dice", dice}, {"cases", cases}};
}

std::optional<double> WindowValidation::selection(const Json& scores) const {
  const Json& value = scores.at("mean_dice");
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

double WindowValidation::seconds(network::Network& network) {
  const dataset::TrainingVolume& first = set_->volumes.front();
  std::uint64_t windows = 0;
  for (const auto& volume : set_->volumes) windows += inference::count_windows(volume.grid.size, plan_);
  const std::vector<float> batch(plan_.batch_size * plan_.window[0] * plan_.window[1] * plan_.window[2],
                                 first.voxels.front());
  const auto start = std::chrono::steady_clock::now();
  maps_of_windows(network, batch, plan_.batch_size, plan_.window, /*distances=*/false, device_);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  return taken.count() * static_cast<double>(windows) / static_cast<double>(plan_.batch_size);
}

}  // namespace coopseg::training
