#include "coopseg/training/run.h"

#include <fmt/core.h>

#include <optional>

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

std::string device_of(const request::RunOptions& run, RankGroup* ranks) {
  // srun may show each process its own GPU alone; those of --ranks see all.
  const auto gpus = run.ranks.supervised ? network::Gpus::of_all : network::Gpus::of_all_or_own;
  const std::string device = network::choose_device(run.device, run.ranks.local_index, run.ranks.local_count, gpus);
  if (ranks) ranks->use_device(device);
  return device;
}

namespace {

network::Precision own_precision(const request::RunOptions& run, const std::string& device) {
  const Json settings = run.precision == network::Precision::automatic ? request::settings_begun_with(run) : Json();
  if (settings.is_null()) return network::choose_precision(run.precision, device);
  const Json before = settings.value("precision", Json());
  const auto known = before.is_string() ? request::kPrecisions.find(before.get<std::string>()) : std::nullopt;
  return network::choose_precision(known.value_or(network::Precision::fp32), device);
}

}  // namespace

network::Precision precision_of(const request::RunOptions& run, const std::string& device, RankGroup* ranks) {
  const network::Precision own = own_precision(run, device);
  if (!ranks) return own;
  return static_cast<network::Precision>(ranks->any(ranks->index() == 0 ? static_cast<int>(own) : 0));
}

void require_same(RankGroup& ranks, const Task& task, const Json& settings, const std::string& device) {
  const request::RunOptions& run = task.options();
  ranks.require_same(Json{{"version", core::version()},
                          {"LibTorch", network::torch_version()},
                          {"settings", settings},
                          {"data", task.data()},
                          {"out", core::fs::weakly_canonical(run.folder).string()},
                          {"max_iterations", run.max_iterations},
                          {"save_models_every", run.save_models_every},
                          {"epochs", task.epochs(1)},
                          {"device", device.substr(0, device.find(':'))}});
}

Json settings_of(const Task& task, network::Precision precision) {
  Json settings = task.settings(precision);
  if (!task.options().sync_norm) settings["sync_norm"] = false;
  return settings;
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
  how.run = run.folder.string();
  how.unit = task.unit();
  return how;
}

// The training of this process, which is alone if there are no `ranks`.
void train(Task& task, RankGroup* ranks) {
  const request::RunOptions& run = task.options();
  const std::string device = device_of(run, ranks);
  std::optional<RunFolder> folder;
  if (run.ranks.index == 0) folder.emplace(run.folder, start_of(run));
  task.load();
  core::throw_if_stopped();

  const network::Precision precision = precision_of(run, device, ranks);
  const Json settings = settings_of(task, precision), described = task.data();
  Json libraries = run.provenance.libraries;
  libraries["LibTorch"] = network::torch_version();
  Workshop workshop = task.workshop(device, precision);
  TrainerSettings how = trainer_settings(task, device, workshop.maker->batches_per_epoch());
  how.settings_sha256 = core::sha256(core::to_line(settings) + core::to_line(described));
  if (ranks) require_same(*ranks, task, settings, device);
  Json config{{"schema", "coopseg.run/1"}, {"program", run.provenance.program}, {"version", core::version()}};
  config["command"] = run.provenance.command;
  config["settings"] = settings;
  config["length"] = Json{{"epochs", how.epochs}, {"max_iterations", run.max_iterations}};
  config["execution"] = Json{
      {"threads", run.threads}, {"device", device}, {"log_every", run.log_every}, {"save_every_s", run.save_every_s}};
  if (ranks) config["execution"]["ranks"] = ranks->count();
  if (run.save_models_every > 0) config["execution"]["save_models_every"] = run.save_models_every;
  config["libraries"] = libraries;
  config["data"] = described;
  if (folder) folder->begin(config);
  if (task.selects() && workshop.validation->empty())
    core::warning("no --validate list: the best model is the last one");

  model::ModelDescription description = task.description();
  description.training = settings;
  description.training["data_sha256"] = described["train"]["sha256"];
  description.training_images = task.training_images();
  description.provenance = Json{{"program", run.provenance.program},
                                {"version", core::version()},
                                {"command", run.provenance.command},
                                {"libraries", libraries}};

  core::info("{}; {} batches an epoch; device {}, {}, {} threads{}", task.summary(),
             workshop.maker->batches_per_epoch(), device, request::kPrecisions.of(precision), run.threads,
             ranks ? fmt::format(" in each of {} processes", ranks->count()) : "");
  Trainer trainer(how, {*workshop.method, *workshop.batches, *workshop.validation, folder ? &*folder : nullptr,
                        description, workshop.watch.get(), ranks});
  trainer.run();
}

}  // namespace

void with_ranks(const request::RunOptions& run, const std::function<void(RankGroup*)>& work) {
  if (run.ranks.alone()) return work(nullptr);
  RankGroup ranks(run.ranks, run.sync_norm);
  ranks.together([&] { work(&ranks); });
}

void train(Task& task) {
  task.check();
  const request::RunOptions& run = task.options();
  prepare_torch(run.threads);
  const core::ThreadLimit limit(run.threads);
  with_ranks(run, [&](RankGroup* ranks) { train(task, ranks); });
}

}  // namespace coopseg::training
