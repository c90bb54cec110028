#include "coopseg/inference/predict_case.h"

#include <fmt/core.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/late_library.h"
#include "coopseg/core/log.h"
#include "coopseg/core/memory.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/label_source.h"
#include "coopseg/image/components.h"
#include "coopseg/inference/segment.h"
#include "coopseg/request/library.h"

namespace coopseg::inference {

std::vector<core::fs::path> PredictionFiles::all() const {
  std::vector<core::fs::path> files{labels};
  if (probabilities) files.push_back(*probabilities);
  if (distances) files.push_back(*distances);
  return files;
}

WindowPlan windows_of(const model::ModelDescription& description, const std::optional<WindowSize>& window,
                      const std::optional<WindowSize>& stride) {
  const model::NetworkInput& input = description.input;
  WindowPlan plan;
  plan.window.fill(1);
  plan.stride.fill(1);
  std::copy(input.window.begin(), input.window.end(), plan.window.begin());
  std::copy(input.stride.begin(), input.stride.end(), plan.stride.begin());
  plan.padding = input.padding;
  std::uint64_t voxels = 1;
  for (std::size_t a = 0; a < 3; ++a) {
    if (window) plan.window[a] = (*window)[a];
    if (window && !stride) plan.stride[a] = std::max<std::size_t>(1, plan.window[a] / 2);
    if (stride) plan.stride[a] = (*stride)[a];
    const bool across = a >= input.window.size();
    if (across && plan.window[a] != 1) {
      throw core::UsageError("--window",
                             fmt::format("has {} planes, and the model sees one slice at a time", plan.window[a]),
                             fmt::format("give {},{},1", plan.window[0], plan.window[1]));
    }
    if (!across && plan.window[a] % model::kVNetReduction != 0) {
      throw core::UsageError("--window",
                             fmt::format("{} is not a multiple of {}", plan.window[a], model::kVNetReduction),
                             "the network halves each side four times");
    }
    voxels *= plan.window[a];
  }
  // At the least: what the first and the last stage hold at a time.
  const std::uint64_t bytes = voxels * sizeof(float) * 3 * static_cast<std::uint64_t>(description.size.filters);
  core::require_memory(
      "--window", fmt::format("of {} x {} x {} voxels", plan.window[0], plan.window[1], plan.window[2]), bytes,
      "take a smaller one");
  plan.batch_size = windows_at_once(plan.window);
  check_windows(plan);
  return plan;
}

CasePredictor::CasePredictor(const UsedModel& model, PredictionOptions options)
    : model_(model), options_(std::move(options)) {
  core::Json& settings = options_.provenance.settings;
  if (options_.windows) {
    settings["window"] = options_.windows->window;
    settings["stride"] = options_.windows->stride;
    settings["blend"] = kBlends.of(options_.windows->blend);
  } else if (model::has_two_stages(model_.description)) {
    settings["stage"] = options_.network.stn_steps > 0 ? "stn" : "ftn";
    settings["steps"] = options_.network.stn_steps;
  }
}

void CasePredictor::open() {
  std::call_once(opened_, [this] {
    core::prepare_numerical_environment(options_.network.threads);
    auto* door = core::late_function<request::OpenPredictor>(request::kLibrary, request::kOpenPredictor);
    network_.reset(door(options_.network));
  });
}

double CasePredictor::busy_seconds() const { return network_ ? network_->busy_seconds() : 0; }

core::Provenance CasePredictor::provenance_for(const CaseInput& input) {
  core::Provenance provenance = options_.provenance;
  request::Precision precision = options_.network.precision;
  if (precision == request::Precision::automatic) {
    open();
    precision = network_->precision();
  }
  provenance.settings["precision"] = request::kPrecisions.of(precision);
  describe(input, provenance.settings);
  return provenance;
}

core::Case CasePredictor::result_for(const core::Case& c, const PredictionFiles& files, bool seen) const {
  core::Case result = c;
  if (options_.pseudo_labels) {
    dataset::set_pseudo_label(result, files.labels, model_.description.classes, files.probabilities);
    // Whoever learns from the list has no --frame.
    if (options_.input.frame && result.field("frame_index").is_null()) result.set("frame_index", *options_.input.frame);
  } else {
    result.set_path("prediction", files.labels);
    result.set_labels("prediction_labels", model_.description.classes);
  }
  result.set("model", model_.file.name);
  result.set("model_sha256", model_.file.sha256);
  result.erase("seen_in_training");
  if (seen) result.set("seen_in_training", true);
  return result;
}

VolumeSegmentation CasePredictor::segmented(const core::Case& c, const CaseInput& input,
                                            const PredictionFiles& files) {
  const model::ModelDescription& model = model_.description;
  const auto classes = static_cast<std::size_t>(model.class_count());
  image::Image image = read_input(c, model_, input);
  if (!options_.windows) {
    SegmentOptions how;
    how.classes = classes;
    how.crop = model.input.crop;
    how.minmax_slices = model.input.minmax();
    how.batch_size = options_.network.batch_size;
    how.keep_probabilities = files.probabilities.has_value();
    return {segment(image, input.steps, how,
                    [this](const auto& slices) {
                      open();
                      return network_->probabilities(slices);
                    }),
            {}};
  }
  const WindowPlan& plan = *options_.windows;
  const bool distances = files.distances.has_value();
  const VolumeOptions how{classes, distances ? classes - 1 : 0, files.probabilities.has_value()};
  return segment_volume(std::move(image), input.steps, plan, how, [&](const auto& windows, std::size_t count) {
    core::throw_if_stopped();
    open();
    return network_->windows(windows, count, plan.window, distances);
  });
}

void CasePredictor::write_maps(const core::Origin& origin, const core::fs::path& file,
                               const std::vector<image::Image>& maps, const core::Json& frames) const {
  const auto write = [&](core::Overwrite overwrite) { image::write_frames(file, maps, {overwrite}); };
  options_.rules.write(origin, file, write, {{"frames", frames}});
}

Prediction CasePredictor::predict(const core::Case& c, const PredictionFiles& files) {
  const CaseInput input = input_of(c, model_, options_.input);
  const bool seen = was_trained_on(model_, input);
  Prediction done{result_for(c, files, seen), seen, false};
  core::Origin origin{provenance_for(input), {input.image, model_.file}};
  done.kept = options_.rules.keep(origin, files.all());
  if (done.kept) return done;
  options_.rules.check(files.all(), {c.image(), model_.path});

  VolumeSegmentation found = segmented(c, input, files);
  if (options_.largest_component) {
    const std::size_t removed = image::keep_largest_components(found.labels);
    core::debug("{}: {} voxels outside the largest components removed", c.name(), removed);
  }
  const core::LabelNames& classes = model_.description.classes;
  dataset::to_label_values(classes, found.labels);

  origin.provenance.libraries["LibTorch"] = network_->torch_version();
  core::Json frames(dataset::names_of(classes));
  if (files.distances) write_maps(origin, *files.distances, found.distances, frames);
  if (files.probabilities) {
    frames.insert(frames.begin(), "background");
    write_maps(origin, *files.probabilities, found.probabilities, frames);
  }
  const auto write_labels = [&](core::Overwrite overwrite) {
    image::write_labels(files.labels, found.labels, {overwrite});
  };
  options_.rules.write(
      origin, files.labels, write_labels,
      {{"prediction_labels", core::label_names_to_json(classes)}, {"seen_in_training", seen}});
  return done;
}

}  // namespace coopseg::inference
