#include "coopseg/training/run.h"

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/threads.h"
#include "coopseg/network/device.h"
#include "coopseg/request/training.h"
#include "coopseg/training/methods/adv_bias.h"
#include "coopseg/training/methods/cooperative.h"
#include "coopseg/training/methods/image_method.h"
#include "coopseg/training/trainer.h"

namespace coopseg::training {

using core::Json;

namespace {

MaskPolicy mask_policy(const request::LatentSettings& latent) {
  return {latent.mask, latent.threshold, !latent.fixed_threshold, !latent.hard, latent.ranking};
}

}  // namespace

void check_run(const request::TrainingRun& run) {
  request::check_training(run);
  if (run.crop != run.augmentation.crop)
    throw core::UsageError("--augmentation", "has another crop than --crop", "give both the same");
  if (run.images.method == "adv-bias") BiasAxis(static_cast<std::int64_t>(run.crop), run.images.adv_bias);
  if (run.train.empty()) throw core::UsageError("--cases", "holds no case", "give a list with labelled images");
}

void prepare_torch(int threads) {
  network::configure_threads(threads);
  if (const std::string text = network::blas_warning(); !text.empty()) core::warning("{}", text);
}

Json settings_of(const request::TrainingRun& run, const core::LabelNames& classes, network::Precision precision) {
  const bool hard = run.latent.any();
  Json json;
  json["method"] = !run.images.method.empty() ? run.images.method.c_str()
                   : hard                     ? "cooperative"
                   : run.slow_thinking        ? "standard"
                                              : "ftn";
  json["network"] = model::kNetworkTypes.of(run.network);
  json["slow_thinking"] = run.slow_thinking;
  json["classes"] = core::label_names_to_json(classes);
  json["crop"] = run.crop;
  json["batch_size"] = run.batch_size;
  json["learning_rate"] = run.learning_rate;
  json["noise"] = run.noise;
  json["image_weight"] = run.image_weight;
  if (run.slow_thinking) json["separate"] = run.separate;
  if (hard) {
    json["latent"] = Json{{"image", run.latent.image},
                          {"shape", run.latent.shape},
                          {"mask", request::kMaskTypes.of(run.latent.mask)},
                          {"threshold", run.latent.threshold},
                          {"fixed_threshold", run.latent.fixed_threshold},
                          {"hard", run.latent.hard},
                          {"ranking", request::kMaskRankings.of(run.latent.ranking)}};
  }
  if (!run.images.method.empty()) json["parameters"] = to_json(run.images);
  json["augmentation"] = dataset::to_json(run.augmentation);
  json["keep_empty_slices"] = run.keep_empty_slices;
  json["paper_validation"] = run.paper_validation;
  if (run.validate_every > 0) json["validate_every"] = run.validate_every;
  json["precision"] = request::kPrecisions.of(precision);
  json["seed"] = run.seed;
  return json;
}

network::Precision precision_of(const request::TrainingRun& run, const std::string& device) {
  const core::fs::path config = run.folder / "config.json";
  if (run.precision != network::Precision::automatic || !run.resume || !core::fs::exists(config))
    return network::choose_precision(run.precision, device);
  const Json settings = core::read_json(config).value("settings", Json::object());
  const Json before = settings.is_object() ? settings.value("precision", Json()) : Json();
  const auto known = before.is_string() ? request::kPrecisions.find(before.get<std::string>()) : std::nullopt;
  return network::choose_precision(known.value_or(network::Precision::fp32), device);
}

namespace {

network::Architecture architecture_of(const request::TrainingRun& run, const TrainingData& data) {
  return {run.network, static_cast<int>(data.train.classes.size()) + 1, run.slow_thinking};
}

// On a processor the network has all of --threads, and a batch is a small part of a step: one thread beside it makes
// them ahead, and with one thread in all the network's own does. A GPU leaves all threads to the batches.
dataset::BatchOptions training_batches(const request::TrainingRun& run, const std::string& device) {
  return {run.batch_size, run.seed, run.keep_empty_slices, device == "cpu" ? 1 : run.threads};
}
std::size_t batches_ahead(const request::TrainingRun& run, const std::string& device) {
  return device == "cpu" && run.threads == 1 ? 0 : 2;
}

dataset::BatchOptions validation_batches(const request::TrainingRun& run) {
  return {run.batch_size, run.seed, /*keep_empty_slices=*/!run.paper_validation, run.threads};
}

std::unique_ptr<HardExampleMaker> hard_examples(const request::TrainingRun& run) {
  if (!run.images.method.empty()) return make_image_method(run.images);
  if (!run.latent.any()) return nullptr;
  const MaskPolicy policy = mask_policy(run.latent);
  return std::make_unique<LatentAugmentation>(LatentOptions{run.latent.image, run.latent.shape, policy, policy});
}

}  // namespace

namespace {

std::unique_ptr<Method> method_of(const request::TrainingRun& run, const TrainingData& data, const std::string& device,
                                  network::Precision precision) {
  network::Model model(architecture_of(run, data));
  model.initialise(run.seed);
  model.to_device(device);
  model.use_precision(precision);
  OptimiserSettings how;
  how.learning_rate = run.learning_rate;
  return std::make_unique<Cooperative>(std::move(model),
                                       ObjectiveOptions{run.noise, run.image_weight, run.slow_thinking, run.separate},
                                       hard_examples(run), how);
}

std::unique_ptr<Validation> validation_of(const request::TrainingRun& run, const TrainingData& data,
                                          const std::string& device) {
  dataset::ValidationSource source(data.validate ? &*data.validate : nullptr, run.augmentation,
                                   validation_batches(run));
  return std::make_unique<SliceValidation>(std::move(source), data.train.classes, device);
}

}  // namespace

Workshop::Workshop(const request::TrainingRun& run, const TrainingData& data, const std::string& device,
                   network::Precision precision)
    : method(method_of(run, data, device, precision)),
      maker(std::make_unique<dataset::SliceBatches>(data.train, run.augmentation, training_batches(run, device))),
      batches(*maker, batches_ahead(run, device)),
      validation(validation_of(run, data, device)) {
  warn_of_small_slices(data.train, run.crop);
}

void train(const request::TrainingRun& run) {
  check_run(run);
  prepare_torch(run.threads);
  const core::ThreadLimit limit(run.threads);
  const std::string device = network::choose_device(run.device);
  RunFolder folder(run.folder, run.resume                              ? RunFolder::Start::resume
                               : run.overwrite == core::Overwrite::yes ? RunFolder::Start::replace
                                                                       : RunFolder::Start::fresh);
  const TrainingData data = load_training_data(run.train, run.validate, run.classes, run.threads);
  core::throw_if_stopped();

  const network::Precision precision = precision_of(run, device);
  const Json settings = settings_of(run, data.train.classes, precision);
  const Json described{{"preprocessing", data.preprocessing},
                       {"train", describe(data.train)},
                       {"validate", data.validate ? describe(*data.validate) : Json()}};
  Json libraries = run.provenance.libraries;
  libraries["LibTorch"] = network::torch_version();
  Json config{{"schema", "coopseg.run/1"}, {"program", run.provenance.program}, {"version", core::version()}};
  config["command"] = run.provenance.command;
  config["settings"] = settings;
  config["length"] = Json{{"epochs", run.epochs}, {"max_iterations", run.max_iterations}};
  config["execution"] = Json{
      {"threads", run.threads}, {"device", device}, {"log_every", run.log_every}, {"save_every_s", run.save_every_s}};
  if (run.save_models_every > 0) config["execution"]["save_models_every"] = run.save_models_every;
  config["libraries"] = libraries;
  config["data"] = described;
  folder.begin(config);

  Workshop workshop(run, data, device, precision);
  if (workshop.validation->empty()) core::warning("no --validate list: the best model is the last one");

  model::ModelDescription description;
  description.network = model::kNetworkTypes.of(run.network);
  description.outputs = model::two_stage_outputs(run.slow_thinking);
  description.classes = data.train.classes;
  description.input.crop = run.crop;
  description.input.normalisation =
      run.augmentation.minmax ? model::Normalisation::minmax : model::Normalisation::none;
  description.preprocessing = data.preprocessing;
  description.training = settings;
  description.training["data_sha256"] = described["train"]["sha256"];
  description.training_images = image_hashes(data.train);
  description.provenance = Json{{"program", run.provenance.program},
                                {"version", core::version()},
                                {"command", run.provenance.command},
                                {"libraries", libraries}};

  TrainerSettings how;
  how.epochs = run.epochs;
  how.max_iterations = run.max_iterations;
  how.log_every = run.log_every;
  how.save_every_s = run.save_every_s;
  how.seed = run.seed;
  how.validate_every = run.validate_every;
  how.save_models_every = run.save_models_every;
  how.device = device;
  how.settings_sha256 = core::sha256(core::to_line(settings) + core::to_line(described));

  core::info("{} slices of {} cases, {} empty; {} classes; {} batches an epoch; device {}, {}, {} threads",
             data.train.slices.size(), data.train.sources.size(), data.train.empty_slices,
             workshop.method->deployed().classes(), workshop.maker->batches_per_epoch(), device,
             request::kPrecisions.of(precision), run.threads);
  Trainer trainer(how, {*workshop.method, workshop.batches, *workshop.validation, folder, description});
  trainer.run();
}

}  // namespace coopseg::training
