#include "coopseg/training/slice_task.h"

#include <fmt/core.h>

#include "coopseg/core/error.h"
#include "coopseg/training/methods/adv_bias.h"
#include "coopseg/training/methods/cooperative.h"
#include "coopseg/training/methods/image_method.h"
#include "coopseg/training/stage_validation.h"

namespace coopseg::training {

using core::Json;

namespace {

MaskPolicy mask_policy(const request::LatentSettings& latent) {
  return {latent.mask, latent.threshold, !latent.fixed_threshold, !latent.hard, latent.ranking};
}

std::unique_ptr<HardExampleMaker> hard_examples(const request::TrainingRun& run) {
  if (!run.images.method.empty()) return make_image_method(run.images);
  if (!run.latent.any()) return nullptr;
  const MaskPolicy policy = mask_policy(run.latent);
  return std::make_unique<LatentAugmentation>(LatentOptions{run.latent.image, run.latent.shape, policy, policy});
}

Json brief(const dataset::TrainingSet& set) {
  return Json{{"cases", set.sources.size()}, {"slices", set.slices.size()}, {"empty_slices", set.empty_slices}};
}

std::uint64_t bytes_of(const dataset::TrainingSet& set) {
  std::uint64_t bytes = 0;
  for (const auto& slice : set.slices) bytes += slice.image.values.size() * (sizeof(float) + sizeof(std::uint8_t));
  return bytes;
}

}  // namespace

void SliceTask::check() const {
  request::check_training(run_);
  if (run_.crop != run_.augmentation.crop)
    throw core::UsageError("--augmentation", "has another crop than --crop", "give both the same");
  if (run_.images.method == "adv-bias") BiasAxis(static_cast<std::int64_t>(run_.crop), run_.images.adv_bias);
  if (run_.train.empty()) throw core::UsageError("--cases", "holds no case", "give a list with labelled images");
  beginning_.check(description());
}

void SliceTask::load() {
  data_ = load_training_data(run_.train, run_.validate, run_.classes, run_.threads);
  beginning_.settle(description());
}

Json SliceTask::settings(network::Precision precision) const {
  const bool hard = run_.latent.any();
  Json json;
  json["method"] = !run_.images.method.empty() ? run_.images.method.c_str()
                   : hard                      ? "cooperative"
                   : run_.slow_thinking        ? "standard"
                                               : "ftn";
  json["network"] = model::kNetworkTypes.of(run_.network);
  json["slow_thinking"] = run_.slow_thinking;
  json["classes"] = core::label_names_to_json(data_.train.classes);
  json["crop"] = run_.crop;
  json["batch_size"] = run_.batch_size;
  json["learning_rate"] = run_.learning_rate;
  json["noise"] = run_.noise;
  json["image_weight"] = run_.image_weight;
  if (run_.slow_thinking) {
    json["separate"] = run_.separate;
    if (run_.select != request::Selection::stn) json["select"] = request::kSelections.of(run_.select);
    if (run_.calibrate_norms > 0) json["calibrate_norms"] = run_.calibrate_norms;
  }
  if (hard) {
    json["latent"] = Json{{"image", run_.latent.image},
                          {"shape", run_.latent.shape},
                          {"mask", request::kMaskTypes.of(run_.latent.mask)},
                          {"threshold", run_.latent.threshold},
                          {"fixed_threshold", run_.latent.fixed_threshold},
                          {"hard", run_.latent.hard},
                          {"ranking", request::kMaskRankings.of(run_.latent.ranking)}};
  }
  if (!run_.images.method.empty()) json["parameters"] = to_json(run_.images);
  json["augmentation"] = dataset::to_json(run_.augmentation);
  if (beginning_.is_given()) json["init_sha256"] = beginning_.sha256();
  json["keep_empty_slices"] = run_.keep_empty_slices;
  json["paper_validation"] = run_.paper_validation;
  if (run_.validate_every > 0) json["validate_every"] = run_.validate_every;
  json["precision"] = request::kPrecisions.of(precision);
  json["seed"] = run_.seed;
  return json;
}

Json SliceTask::data() const {
  return Json{{"preprocessing", data_.preprocessing},
              {"train", describe(data_.train)},
              {"validate", data_.validate ? describe(*data_.validate) : Json()}};
}

Json SliceTask::data_in_brief() const {
  return Json{{"preprocessing", data_.preprocessing},
              {"train", brief(data_.train)},
              {"validate", data_.validate ? brief(*data_.validate) : Json()}};
}

std::string SliceTask::summary() const {
  return fmt::format("{} slices of {} cases, {} empty; {} classes", data_.train.slices.size(),
                     data_.train.sources.size(), data_.train.empty_slices, data_.train.classes.size() + 1);
}

std::uint64_t SliceTask::data_bytes() const {
  return bytes_of(data_.train) + (data_.validate ? bytes_of(*data_.validate) : 0);
}

std::vector<std::string> SliceTask::training_images() const {
  std::vector<std::string> hashes = beginning_.training_images();
  add_image_hashes(data_.train, hashes);
  return hashes;
}

Workshop SliceTask::workshop(const std::string& device, network::Precision precision) const {
  const BatchThreads batch_threads(run_, device);
  Workshop made;
  network::Model model({run_.network, static_cast<int>(data_.train.classes.size()) + 1, run_.slow_thinking});
  model.initialise(run_.seed);
  beginning_.load(model.weights(), description());
  model.to_device(device);
  model.use_precision(precision);
  OptimiserSettings how;
  how.learning_rate = run_.learning_rate;
  made.maker = std::make_unique<dataset::SliceBatches>(
      data_.train, run_.augmentation,
      dataset::BatchOptions{run_.batch_size, run_.seed, run_.keep_empty_slices, batch_threads.threads});
  std::unique_ptr<Calibration> calibration;
  if (run_.slow_thinking && run_.calibrate_norms > 0)
    calibration = std::make_unique<Calibration>(model, device, *made.maker, run_.calibrate_norms);
  made.method = std::make_unique<Cooperative>(
      std::move(model), ObjectiveOptions{run_.noise, run_.image_weight, run_.slow_thinking, run_.separate},
      hard_examples(run_), how, std::move(calibration));
  made.batches = std::make_unique<dataset::BatchQueue>(*made.maker, batch_threads.ahead, share_of(run_));
  const dataset::BatchOptions validation{run_.batch_size, run_.seed, /*keep_empty_slices=*/!run_.paper_validation,
                                         run_.threads};
  dataset::ValidationSource source(data_.validate ? &*data_.validate : nullptr, run_.augmentation, validation);
  if (run_.slow_thinking) {
    made.validation = std::make_unique<StageValidation>(std::move(source), data_.train.classes, device, run_.select);
  } else {
    made.validation = std::make_unique<SliceValidation>(std::move(source), data_.train.classes, device);
  }
  warn_of_small_slices(data_.train, run_.crop);
  warn_of_cut_off_labels({&data_.train, data_.validate ? &*data_.validate : nullptr}, run_.crop);
  return made;
}

model::ModelDescription SliceTask::description() const {
  model::ModelDescription description;
  description.network = model::kNetworkTypes.of(run_.network);
  description.outputs = model::two_stage_outputs(run_.slow_thinking);
  description.classes = data_.train.classes;
  description.input.crop = run_.crop;
  description.input.normalisation =
      run_.augmentation.minmax ? model::Normalisation::minmax : model::Normalisation::none;
  description.preprocessing = data_.preprocessing;
  description.orientation = orientation_of(grids_of(&data_.train), description.seen());
  return description;
}

}  // namespace coopseg::training
