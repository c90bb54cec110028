#include "coopseg/training/run.h"

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/threads.h"
#include "coopseg/network/device.h"
#include "coopseg/training/trainer.h"

namespace coopseg::training {

using core::Json;

void prepare_torch(int threads) {
  network::configure_threads(threads);
  if (const std::string text = network::blas_warning(); !text.empty()) core::warning("{}", text);
}

network::Precision precision_of(const request::RunOptions& run, const std::string& device) {
  const core::fs::path config = run.folder / "config.json";
  if (run.precision != network::Precision::automatic || !run.resume || !core::fs::exists(config))
    return network::choose_precision(run.precision, device);
  const Json settings = core::read_json(config).value("settings", Json::object());
  const Json before = settings.is_object() ? settings.value("precision", Json()) : Json();
  const auto known = before.is_string() ? request::kPrecisions.find(before.get<std::string>()) : std::nullopt;
  return network::choose_precision(known.value_or(network::Precision::fp32), device);
}

namespace {

RunFolder::Start start_of(const request::RunOptions& run) {
  if (run.resume) return RunFolder::Start::resume;
  return run.overwrite == core::Overwrite::yes ? RunFolder::Start::replace : RunFolder::Start::fresh;
}

TrainerSettings trainer_settings(const Task& task, const std::string& device, std::size_t batches_per_epoch) {
  const request::RunOptions& run = task.options();
  TrainerSettings how;
  how.epochs = task.epochs(batches_per_epoch);
  how.max_iterations = run.max_iterations;
  how.log_every = run.log_every;
  how.save_every_s = run.save_every_s;
  how.seed = run.seed;
  how.validate_every = run.validate_every;
  how.save_models_every = run.save_models_every;
  how.device = device;
  how.unit = task.unit();
  return how;
}

}  // namespace

void train(Task& task) {
  task.check();
  const request::RunOptions& run = task.options();
  prepare_torch(run.threads);
  const core::ThreadLimit limit(run.threads);
  const std::string device = network::choose_device(run.device);
  RunFolder folder(run.folder, start_of(run));
  task.load();
  core::throw_if_stopped();

  const network::Precision precision = precision_of(run, device);
  const Json settings = task.settings(precision), described = task.data();
  Json libraries = run.provenance.libraries;
  libraries["LibTorch"] = network::torch_version();
  Workshop workshop = task.workshop(device, precision);
  TrainerSettings how = trainer_settings(task, device, workshop.maker->batches_per_epoch());
  how.settings_sha256 = core::sha256(core::to_line(settings) + core::to_line(described));
  Json config{{"schema", "coopseg.run/1"}, {"program", run.provenance.program}, {"version", core::version()}};
  config["command"] = run.provenance.command;
  config["settings"] = settings;
  config["length"] = Json{{"epochs", how.epochs}, {"max_iterations", run.max_iterations}};
  config["execution"] = Json{
      {"threads", run.threads}, {"device", device}, {"log_every", run.log_every}, {"save_every_s", run.save_every_s}};
  if (run.save_models_every > 0) config["execution"]["save_models_every"] = run.save_models_every;
  config["libraries"] = libraries;
  config["data"] = described;
  folder.begin(config);
  if (task.selects() && workshop.validation->empty()) core::warning("no --validate list: the best model is the last one");

  model::ModelDescription description = task.description();
  description.training = settings;
  description.training["data_sha256"] = described["train"]["sha256"];
  description.training_images = task.training_images();
  description.provenance = Json{{"program", run.provenance.program},
                                {"version", core::version()},
                                {"command", run.provenance.command},
                                {"libraries", libraries}};

  core::info("{}; {} batches an epoch; device {}, {}, {} threads", task.summary(),
             workshop.maker->batches_per_epoch(), device, request::kPrecisions.of(precision), run.threads);
  Trainer trainer(how, {*workshop.method, *workshop.batches, *workshop.validation, folder, description,
                        workshop.watch.get()});
  trainer.run();
}

}  // namespace coopseg::training
