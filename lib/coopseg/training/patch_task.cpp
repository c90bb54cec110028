#include "coopseg/training/patch_task.h"

#include <fmt/ranges.h>

#include "coopseg/core/error.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/patches.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/data.h"
#include "coopseg/training/methods/supervised.h"
#include "coopseg/training/window_validation.h"

namespace coopseg::training {

using core::Json;

namespace {

Json brief(const std::optional<dataset::VolumeSet>& set) {
  return set ? Json{{"cases", set->volumes.size()}} : Json();
}

std::uint64_t bytes_of(const std::optional<dataset::VolumeSet>& set) {
  std::uint64_t bytes = 0;
  if (!set) return bytes;
  for (const auto& volume : set->volumes) bytes += volume.voxels.size() * sizeof(float) + volume.labels.size();
  return bytes;
}

OptimiserSettings optimiser_of(const request::SemiTrainingRun& run) {
  OptimiserSettings how;
  how.kind = OptimiserSettings::Kind::sgd;
  how.learning_rate = run.learning_rate;
  how.momentum = run.momentum;
  how.weight_decay = run.weight_decay;
  if (run.rate_step > 0) how.schedule = {Schedule::Kind::step, run.rate_step, run.rate_factor, 0};
  return how;
}

void check_init(const request::SemiTrainingRun& run, const model::ModelDescription& other) {
  const auto refuse = [&](const std::string& what) {
    throw core::UsageError("--init", run.init.string() + " " + what, "begin with a model of the same network");
  };
  const std::string network = model::kNetworkTypes.of(model::NetworkType::vnet);
  if (other.network != network) refuse("is a model of the network " + other.network + ", not " + network);
  if (other.size.filters != run.filters)
    refuse(fmt::format("has {} filters, this training {} (--filters)", other.size.filters, run.filters));
  if (other.size.norm != run.norm)
    refuse(fmt::format("was trained with --norm {}, not {}", model::kNorms.of(other.size.norm),
                       model::kNorms.of(run.norm)));
}

void check_classes_of_init(const std::string& init, const core::LabelNames& classes) {
  const auto own = dataset::names_of(classes), other = dataset::names_of(model::read_model_description(init).classes);
  if (own == other) return;
  throw core::UsageError("--init",
                         fmt::format("{} knows the classes {}, this training {}", init, fmt::join(other, ", "),
                                     fmt::join(own, ", ")),
                         "begin with a model of the same classes, in their order");
}

}  // namespace

void PatchTask::check() const {
  request::check_training(run_);
  if (run_.train.empty()) throw core::UsageError("--cases", "holds no case", "give a list with labelled images");
  if (run_.init.empty()) return;
  check_init(run_, core::as_usage_error([&] { return model::read_model_description(run_.init); }));
}

void PatchTask::load() {
  preprocessing_ = common_preprocessing({&run_.train, &run_.validate, &run_.unlabelled});
  warn_of_shared_subjects(run_.train, run_.validate);
  warn_of_shared_subjects(run_.unlabelled, run_.validate);
  labelled_ = dataset::load_labelled_volumes(run_.train, {run_.classes, run_.threads});
  if (!run_.unlabelled.empty()) unlabelled_ = dataset::load_unlabelled_volumes(run_.unlabelled, run_.threads);
  if (!run_.validate.empty()) {
    validate_ =
        dataset::load_labelled_volumes(run_.validate, {labelled_.label_values, run_.threads, labelled_.named});
  }
  warn_of_unlike_scales({&labelled_, unlabelled_ ? &*unlabelled_ : nullptr, validate_ ? &*validate_ : nullptr});
  if (run_.init.empty()) return;
  init_sha256_ = core::input_file(run_.init).sha256;
  check_classes_of_init(run_.init.string(), labelled_.classes);
}

Json PatchTask::settings(network::Precision precision) const {
  Json json{{"method", request::kSemiMethods.of(run_.method)}};
  json["network"] = model::kNetworkTypes.of(model::NetworkType::vnet);
  json["filters"] = run_.filters;
  json["norm"] = model::kNorms.of(run_.norm);
  json["dropout"] = run_.dropout;
  json["classes"] = core::label_names_to_json(labelled_.classes);
  json["patch"] = run_.patch;
  json["stride"] = run_.stride_or_half();
  json["batch"] = Json{{"labelled", run_.batch_labelled}, {"unlabelled", run_.batch_unlabelled}};
  json["optimiser"] = Json{{"learning_rate", run_.learning_rate},
                           {"momentum", run_.momentum},
                           {"weight_decay", run_.weight_decay},
                           {"lr_step", run_.rate_step},
                           {"lr_factor", run_.rate_factor}};
  json["augmentation"] = dataset::to_json(run_.augmentation);
  json["init_sha256"] = init_sha256_.empty() ? Json() : Json(init_sha256_);
  if (run_.validate_every > 0) json["validate_every"] = run_.validate_every;
  json["precision"] = request::kPrecisions.of(precision);
  json["seed"] = run_.seed;
  return json;
}

Json PatchTask::data() const {
  return Json{{"preprocessing", preprocessing_},
              {"train", describe(labelled_)},
              {"unlabelled", unlabelled_ ? describe(*unlabelled_) : Json()},
              {"validate", validate_ ? describe(*validate_) : Json()}};
}

Json PatchTask::data_in_brief() const {
  return Json{{"preprocessing", preprocessing_},
              {"train", brief(labelled_)},
              {"unlabelled", brief(unlabelled_)},
              {"validate", brief(validate_)}};
}

std::string PatchTask::summary() const {
  return fmt::format("{} labelled and {} unlabelled volumes; {} classes", labelled_.volumes.size(),
                     unlabelled_ ? unlabelled_->volumes.size() : 0, labelled_.classes.size() + 1);
}

std::uint64_t PatchTask::data_bytes() const { return bytes_of(labelled_) + bytes_of(unlabelled_) + bytes_of(validate_); }

std::vector<std::string> PatchTask::training_images() const {
  std::vector<std::string> hashes;
  add_image_hashes(labelled_, hashes);
  if (unlabelled_) add_image_hashes(*unlabelled_, hashes);
  return hashes;
}

inference::WindowPlan PatchTask::windows() const {
  const bool zero = run_.augmentation.flip == dataset::PatchFlip::uamt;
  inference::WindowPlan plan{run_.patch, run_.stride_or_half()};
  plan.padding = zero ? model::Padding::zero : model::Padding::minimum;
  plan.batch_size = inference::windows_at_once(run_.patch);
  return plan;
}

Workshop PatchTask::workshop(const std::string& device, network::Precision precision) const {
  const BatchThreads batch_threads(run_, device);
  Workshop made;
  auto net = std::make_unique<network::VNet>(model::vnet_shape(description()));
  net->weights().initialise(run_.seed);
  if (!run_.init.empty()) net->weights().load(core::read_tensor_file(run_.init), run_.init.string());
  net->weights().to_device(device);
  net->use_precision(precision);
  made.method = std::make_unique<Supervised>(std::move(net), run_.dropout, optimiser_of(run_));
  dataset::PatchOptions patches;
  patches.patch = run_.patch;
  patches.labelled = run_.batch_labelled;
  patches.unlabelled = run_.batch_unlabelled;
  patches.seed = run_.seed;
  patches.threads = batch_threads.threads;
  made.maker = std::make_unique<dataset::PatchBatches>(labelled_, unlabelled_ ? &*unlabelled_ : nullptr,
                                                       run_.augmentation, patches);
  made.batches = std::make_unique<dataset::BatchQueue>(*made.maker, batch_threads.ahead);
  made.validation =
      std::make_unique<WindowValidation>(validate_ ? &*validate_ : nullptr, windows(), labelled_.classes, device);
  return made;
}

// A length in iterations: epochs of a handful of batches are no measure.
std::size_t PatchTask::epochs(std::size_t batches_per_epoch) const {
  return (run_.max_iterations + batches_per_epoch - 1) / batches_per_epoch;
}

model::ModelDescription PatchTask::description() const {
  const inference::WindowPlan plan = windows();
  model::ModelDescription description;
  description.network = model::kNetworkTypes.of(model::NetworkType::vnet);
  description.size = {run_.filters, run_.norm};
  description.outputs = model::one_stage_outputs(/*distance=*/false);
  description.classes = labelled_.classes;
  description.input.dimensions = 3;
  description.input.normalisation = model::Normalisation::none;
  description.input.crop = 0;
  description.input.window.assign(plan.window.begin(), plan.window.end());
  description.input.stride.assign(plan.stride.begin(), plan.stride.end());
  description.input.padding = plan.padding;
  description.preprocessing = preprocessing_;
  return description;
}

}  // namespace coopseg::training
