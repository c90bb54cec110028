#include "coopseg/training/ftn.h"

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/threads.h"
#include "coopseg/network/device.h"
#include "coopseg/training/trainer.h"

namespace coopseg::training {

using core::Json;

void check(const FtnRun& run) {
  const auto refuse = [](const std::string& option, const std::string& problem, const std::string& remedy) {
    throw core::UsageError(option, problem, remedy);
  };
  if (run.crop == 0 || run.crop % 16 != 0) {
    refuse("--crop", fmt::format("{} is not a multiple of 16", run.crop),
           fmt::format("the network halves the image four times; take {} or {}",
                       std::max<std::size_t>(16, run.crop / 16 * 16), (run.crop / 16 + 1) * 16));
  }
  if (run.crop != run.augmentation.crop) refuse("--augmentation", "has another crop than --crop", "give both the same");
  if (run.batch_size < 2 || run.batch_size % 2 != 0) {
    refuse("--batch-size", fmt::format("{} is not an even number from 2", run.batch_size),
           "half of a batch are augmented slices, half the same slices as they are");
  }
  if (!(run.learning_rate > 0) || std::isinf(run.learning_rate))
    refuse("--lr", "must be a number above 0", "the paper's is 1e-4");
  if (!(run.noise >= 0) || std::isinf(run.noise)) refuse("--noise", "must be a number from 0", "0 switches it off");
  if (!(run.image_weight >= 0) || std::isinf(run.image_weight))
    refuse("--image-weight", "must be a number from 0", "0 switches the reconstruction loss off");
  if (run.epochs == 0) refuse("--epochs", "must be at least 1", "--max-iterations limits a run, too");
  if (run.train.empty()) refuse("--cases", "holds no case", "give a list with labelled images");
}

void prepare_torch(int threads) {
  network::configure_threads(threads);
  if (const std::string text = network::blas_warning(); !text.empty()) core::warning("{}", text);
}

Json ftn_settings(const FtnRun& run, const core::LabelNames& classes) {
  Json json;
  json["method"] = "ftn";
  json["network"] = run.network;
  json["classes"] = core::label_names_to_json(classes);
  json["crop"] = run.crop;
  json["batch_size"] = run.batch_size;
  json["learning_rate"] = run.learning_rate;
  json["noise"] = run.noise;
  json["image_weight"] = run.image_weight;
  json["augmentation"] = dataset::to_json(run.augmentation);
  json["keep_empty_slices"] = run.keep_empty_slices;
  json["seed"] = run.seed;
  return json;
}

void train_ftn(const FtnRun& run) {
  check(run);
  prepare_torch(run.threads);
  const core::ThreadLimit limit(run.threads);
  const std::string device = network::choose_device(run.device);
  RunFolder folder(run.folder, run.resume                              ? RunFolder::Start::resume
                               : run.overwrite == core::Overwrite::yes ? RunFolder::Start::replace
                                                                       : RunFolder::Start::fresh);
  const TrainingData data = load_training_data(run.train, run.validate, run.classes, run.threads);
  core::throw_if_stopped();

  const Json settings = ftn_settings(run, data.train.classes);
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
  config["libraries"] = libraries;
  config["data"] = described;
  folder.begin(config);

  const dataset::BatchOptions batches{run.batch_size, run.seed, run.keep_empty_slices, run.threads};
  dataset::BatchSource source(data.train, run.augmentation, batches);
  std::vector<dataset::Batch> validation;
  if (data.validate) {
    validation = dataset::validation_batches(*data.validate, run.augmentation, batches);
  } else {
    core::warning("no --validate list: the best model is the last one");
  }

  network::Architecture architecture;
  architecture.type = run.network;
  architecture.classes = static_cast<int>(data.train.classes.size()) + 1;
  network::Model model(architecture);
  model.initialise(run.seed);
  model.to_device(device);

  model::ModelDescription description;
  description.network = run.network;
  description.classes = data.train.classes;
  description.crop = run.crop;
  description.minmax_slices = run.augmentation.minmax;
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
  how.learning_rate = run.learning_rate;
  how.device = device;
  how.settings_sha256 = core::sha256(core::to_line(settings) + core::to_line(described));

  core::info("{} slices of {} cases, {} empty; {} classes; {} batches an epoch; device {}, {} threads",
             data.train.slices.size(), data.train.sources.size(), data.train.empty_slices, architecture.classes,
             source.batches_per_epoch(), device, run.threads);
  FtnObjective objective(run.noise, run.image_weight);
  Trainer trainer(how, {model, objective, source, validation, folder, description});
  trainer.run();
}

}  // namespace coopseg::training
