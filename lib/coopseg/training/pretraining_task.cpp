#include "coopseg/training/pretraining_task.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/network/model.h"
#include "coopseg/network/unet.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/data.h"
#include "coopseg/training/methods/contrast_stages.h"
#include "coopseg/training/validation.h"

namespace coopseg::training {
namespace {

using core::Json;
using request::PretrainingNetwork;

// Widths of the heads that are compared, as published for 64 filters.
constexpr int kGlobalHidden = 512, kGlobalOut = 256, kLocalHidden = 256, kLocalOut = 128;

model::NetworkType type_of(PretrainingNetwork network) {
  switch (network) {
    case PretrainingNetwork::unet: return model::NetworkType::unet;
    case PretrainingNetwork::vnet: return model::NetworkType::vnet;
    case PretrainingNetwork::ftn: break;
  }
  return model::NetworkType::fcn_16;
}

}  // namespace

void PretrainingTask::check() const {
  request::check_pretraining(run_);
  if (run_.train.empty()) throw core::UsageError("--cases", "holds no case", "give a list of images");
  beginning_.check(description());
}

void PretrainingTask::load() {
  preprocessing_ = common_preprocessing({&run_.train});
  images_ = is_local() ? dataset::load_labelled_volumes(run_.train, {run_.classes, run_.threads, false, run_.is_flat()})
                       : dataset::load_unlabelled_volumes(run_.train, run_.threads, run_.is_flat());
  warn_of_unlike_scales({&images_});
  warn_of_small_volumes({&images_}, run_.patch);
  warn_of_mixed_orientation(grids_of(&images_), description().seen());
  const dataset::ViewBatches batches(images_, run_.augmentation, views(run_.threads));
  images_of_epoch_ = batches.images();
  batches_of_epoch_ = batches.batches_per_epoch();
  beginning_.settle(description());
}

dataset::ViewOptions PretrainingTask::views(int threads) const {
  dataset::ViewOptions views;
  views.patch = run_.patch;
  views.images = run_.batch_size;
  views.labels = is_local();
  views.minmax = description().input.minmax();
  views.seed = run_.seed;
  views.threads = threads;
  return views;
}

Schedule PretrainingTask::schedule() const {
  std::size_t all = run_.epochs * batches_of_epoch_;
  if (run_.max_iterations > 0) all = std::min(all, run_.max_iterations);
  const std::size_t constant = run_.constant_epochs * batches_of_epoch_;
  Schedule schedule;
  if (!run_.cosine || constant >= all) return schedule;
  schedule.kind = Schedule::Kind::cosine;
  schedule.start = constant;
  schedule.length = all - constant;
  return schedule;
}

Json PretrainingTask::settings(network::Precision precision) const {
  const model::ModelDescription described = description();
  Json json{
      {"method", "contrast"}, {"stage", model::kPretrainingStages.of(run_.stage)}, {"network", described.network}};
  if (run_.network != PretrainingNetwork::ftn) json["filters"] = run_.filters;
  if (run_.network == PretrainingNetwork::unet) json["upsampling"] = model::kUpsamplings.of(run_.upsampling);
  if (run_.network == PretrainingNetwork::vnet) json["norm"] = model::kNorms.of(run_.norm);
  json["patch"] = run_.patch;
  json["batch_size"] = run_.batch_size;
  json["tau"] = run_.tau;
  if (is_local()) {
    json["classes"] = core::label_names_to_json(images_.classes);
    json["stride"] = run_.stride;
    json["blocks"] = run_.block;
  }
  json["optimiser"] =
      Json{{"type", "adam"}, {"learning_rate", run_.learning_rate}, {"weight_decay", run_.weight_decay}};
  // Of its end, too: where the rate falls, a longer run is another one from the beginning.
  const Schedule falling = schedule();
  if (falling.kind == Schedule::Kind::cosine)
    json["optimiser"]["cosine"] = Json{{"start", falling.start}, {"length", falling.length}};
  json["augmentation"] = dataset::to_json(run_.augmentation);
  json["init_sha256"] = beginning_.is_given() ? Json(beginning_.sha256()) : Json();
  json["precision"] = request::kPrecisions.of(precision);
  json["seed"] = run_.seed;
  return json;
}

Json PretrainingTask::data() const {
  return Json{{"preprocessing", preprocessing_}, {"train", describe(images_)}, {"validate", Json()}};
}

Json PretrainingTask::data_in_brief() const {
  return Json{{"preprocessing", preprocessing_},
              {"train", Json{{"cases", images_.volumes.size()}, {"images", images_of_epoch_}}},
              {"validate", Json()}};
}

std::string PretrainingTask::summary() const {
  return fmt::format("stage {}, {} {} of {} cases", model::kPretrainingStages.of(run_.stage), images_of_epoch_,
                     run_.is_flat() ? "slices" : "volumes", images_.volumes.size());
}

std::vector<std::string> PretrainingTask::training_images() const {
  std::vector<std::string> hashes = beginning_.training_images();
  add_image_hashes(images_, hashes);
  return hashes;
}

std::unique_ptr<network::Network> PretrainingTask::make_network() const {
  const model::ModelDescription described = description();
  switch (run_.network) {
    case PretrainingNetwork::unet: return std::make_unique<network::UNet>(model::unet_shape(described));
    case PretrainingNetwork::vnet: return std::make_unique<network::VNet>(model::vnet_shape(described));
    case PretrainingNetwork::ftn: break;
  }
  // Any number of classes: the head is not trained.
  const int classes = std::max(2, described.class_count());
  return std::make_unique<network::Model>(network::Architecture{model::NetworkType::fcn_16, classes, false});
}

Workshop PretrainingTask::workshop(const std::string& device, network::Precision precision) const {
  const BatchThreads batch_threads(run_, device);
  ContrastParts parts;
  parts.network = make_network();
  parts.network->weights().initialise(run_.seed);
  beginning_.load(parts.network->weights(), description());
  parts.network->weights().to_device(device);
  parts.network->use_precision(precision);
  parts.how.learning_rate = run_.learning_rate;
  parts.how.weight_decay = run_.weight_decay;
  parts.how.schedule = schedule();
  parts.tau = run_.tau;
  parts.hidden = is_local() ? kLocalHidden : kGlobalHidden;
  parts.out = is_local() ? kLocalOut : kGlobalOut;
  parts.seed = run_.seed;
  Workshop made;
  if (is_local()) {
    made.method =
        std::make_unique<LocalContrastMethod>(std::move(parts), LocalContrast{run_.tau, run_.stride, run_.block});
  } else {
    made.method = std::make_unique<GlobalContrast>(std::move(parts));
  }
  made.maker = std::make_unique<dataset::ViewBatches>(images_, run_.augmentation, views(batch_threads.threads));
  made.batches = std::make_unique<dataset::BatchQueue>(*made.maker, batch_threads.ahead, share_of(run_));
  made.validation = std::make_unique<NoValidation>();
  return made;
}

std::size_t PretrainingTask::epochs(std::size_t) const { return run_.epochs; }

model::ModelDescription PretrainingTask::description() const {
  model::ModelDescription description;
  description.network = model::kNetworkTypes.of(type_of(run_.network));
  description.outputs = model::outputs_of(run_.stage);
  description.classes = images_.classes;
  description.input.dimensions = run_.is_flat() ? 2 : 3;
  description.preprocessing = preprocessing_;
  description.orientation = orientation_of(grids_of(&images_), description.seen());
  if (run_.network == PretrainingNetwork::ftn) {
    description.input.crop = run_.patch[0];
    description.input.normalisation = model::Normalisation::minmax;
    return description;
  }
  description.size.filters = run_.filters;
  if (run_.network == PretrainingNetwork::unet) description.size.upsampling = run_.upsampling;
  else description.size.norm = run_.norm;
  description.input.normalisation = model::Normalisation::none;
  description.input.crop = 0;
  description.input.window.assign(run_.patch.begin(), run_.patch.begin() + description.input.dimensions);
  description.input.stride = description.input.window;
  return description;
}

}  // namespace coopseg::training
