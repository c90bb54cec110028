#include "coopseg/inference/predict_case.h"

#include "coopseg/core/late_library.h"
#include "coopseg/core/log.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/image/components.h"
#include "coopseg/inference/segment.h"
#include "coopseg/request/library.h"

namespace coopseg::inference {

std::vector<core::fs::path> PredictionFiles::all() const {
  std::vector<core::fs::path> files{labels};
  if (probabilities) files.push_back(*probabilities);
  return files;
}

CasePredictor::CasePredictor(const UsedModel& model, PredictionOptions options)
    : model_(model), options_(std::move(options)) {
  core::Json& settings = options_.provenance.settings;
  settings["stage"] = options_.network.stn_steps > 0 ? "stn" : "ftn";
  settings["steps"] = options_.network.stn_steps;
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
  result.set_path("prediction", files.labels);
  result.set_labels("prediction_labels", model_.description.classes);
  result.set("model", model_.file.name);
  result.set("model_sha256", model_.file.sha256);
  result.erase("seen_in_training");
  if (seen) result.set("seen_in_training", true);
  return result;
}

Prediction CasePredictor::predict(const core::Case& c, const PredictionFiles& files) {
  const CaseInput input = input_of(c, model_, options_.input);
  const bool seen = was_trained_on(model_, input);
  Prediction done{result_for(c, files, seen), seen, false};
  core::Origin origin{provenance_for(input), {input.image, model_.file}};
  done.kept = options_.rules.keep(origin, files.all());
  if (done.kept) return done;
  options_.rules.check(files.all(), {c.image(), model_.path});

  const model::ModelDescription& model = model_.description;
  SegmentOptions how;
  how.classes = static_cast<std::size_t>(model.class_count());
  how.crop = model.input.crop;
  how.minmax_slices = model.input.minmax();
  how.batch_size = options_.network.batch_size;
  how.keep_probabilities = files.probabilities.has_value();
  Segmentation found = segment(read_input(c, model_, input), input.steps, how, [this](const auto& slices) {
    open();
    return network_->probabilities(slices);
  });
  if (options_.largest_component) {
    const std::size_t removed = image::keep_largest_components(found.labels);
    core::debug("{}: {} voxels outside the largest components removed", c.name(), removed);
  }
  dataset::to_label_values(model.classes, found.labels);

  origin.provenance.libraries["LibTorch"] = network_->torch_version();
  if (files.probabilities) {
    core::Json frames = core::Json::array({"background"});
    for (const std::string& name : dataset::names_of(model.classes)) frames.push_back(name);
    const auto write_probabilities = [&](core::Overwrite overwrite) {
      image::write_frames(*files.probabilities, found.probabilities, {overwrite});
    };
    options_.rules.write(origin, *files.probabilities, write_probabilities, {{"frames", frames}});
  }
  const auto write_labels = [&](core::Overwrite overwrite) {
    image::write_labels(files.labels, found.labels, {overwrite});
  };
  options_.rules.write(
      origin, files.labels, write_labels,
      {{"prediction_labels", core::label_names_to_json(model.classes)}, {"seen_in_training", seen}});
  return done;
}

}  // namespace coopseg::inference
