#include "coopseg/training/patch_task.h"

#include <fmt/ranges.h>

#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/network/unet.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/data.h"
#include "coopseg/training/methods/semi_methods.h"
#include "coopseg/training/window_validation.h"

namespace coopseg::training {

using core::Json;

namespace {

Json brief(const std::optional<dataset::VolumeSet>& set) { return set ? Json{{"cases", set->volumes.size()}} : Json(); }

}  // namespace

void PatchTask::check() const {
  request::check_training(run_);
  if (run_.train.empty()) throw core::UsageError("--cases", "holds no case", "give a list with labelled images");
  beginning_.check(description());
}

model::NetworkType PatchTask::network() const {
  return run_.is_flat() ? model::NetworkType::unet : model::NetworkType::vnet;
}

void PatchTask::load() {
  preprocessing_ = common_preprocessing({&run_.train, &run_.validate, &run_.unlabelled, &run_.pseudo, &run_.watch});
  for (const auto* list : {&run_.train, &run_.unlabelled, &run_.pseudo}) warn_of_shared_subjects(*list, run_.validate);
  if (!run_.allow_overlap) {
    refuse_shared_subjects(run_.train, run_.unlabelled, "--unlabelled");
    refuse_shared_subjects(run_.train, run_.pseudo, "--pseudo");
  }
  warn_of_other_names(run_.train, run_.unlabelled);
  const bool flat = run_.is_flat();
  labelled_ = dataset::load_labelled_volumes(run_.train, {run_.classes, run_.threads, false, flat});
  if (!run_.unlabelled.empty()) unlabelled_ = dataset::load_unlabelled_volumes(run_.unlabelled, run_.threads, flat);
  const dataset::LoadOptions as_labelled{labelled_.label_values, run_.threads, labelled_.named, flat};
  if (!run_.pseudo.empty())
    pseudo_ = dataset::load_pseudo_labelled_volumes(run_.pseudo, as_labelled,
                                                    run_.pseudo_targets == request::PseudoTargets::soft);
  if (!run_.validate.empty()) validate_ = dataset::load_labelled_volumes(run_.validate, as_labelled);
  if (!run_.watch.empty()) watch_ = dataset::load_labelled_volumes(run_.watch, as_labelled);
  warn_of_unlike_scales({&labelled_, others(), validate_ ? &*validate_ : nullptr});
  warn_of_small_volumes({&labelled_, others()}, run_.patch);
  warn_of_mixed_orientation(grids_of(&labelled_, others(), validate_ ? &*validate_ : nullptr), description().seen());
  if (others() && validate_) warn_of_shared_images(*others(), *validate_, pseudo_ ? "--pseudo" : "--unlabelled");
  beginning_.settle(description());
}

Json PatchTask::settings(network::Precision precision) const {
  Json json{{"method", request::kSemiMethods.of(run_.method)}};
  json["parameters"] = request::to_json(run_.method_settings, run_.method);
  json["network"] = model::kNetworkTypes.of(network());
  json["filters"] = run_.filters;
  if (run_.is_flat()) {
    if (run_.upsampling != model::Upsampling::bilinear) json["upsampling"] = model::kUpsamplings.of(run_.upsampling);
  } else {
    json["norm"] = model::kNorms.of(run_.norm);
    json["dropout"] = run_.dropout;
  }
  json["classes"] = core::label_names_to_json(labelled_.classes);
  json["patch"] = run_.patch;
  json["stride"] = run_.stride_or_half();
  json["batch"] = Json{{"labelled", run_.batch_labelled}, {"unlabelled", run_.batch_unlabelled}};
  if (pseudo_) {
    json["batch"]["pseudo"] = run_.batch_pseudo;
    json["pseudo"] = Json{{"targets", request::kPseudoTargets.of(run_.pseudo_targets)}, {"weight", run_.pseudo_weight}};
  }
  json["optimiser"] = Json{{"type", request::kSemiOptimisers.of(run_.optimiser)},
                           {"learning_rate", run_.learning_rate},
                           {"momentum", run_.momentum},
                           {"weight_decay", run_.weight_decay},
                           {"lr_step", run_.rate_step},
                           {"lr_factor", run_.rate_factor}};
  json["augmentation"] = dataset::to_json(run_.augmentation);
  json["init_sha256"] = beginning_.is_given() ? Json(beginning_.sha256()) : Json();
  if (run_.validate_every > 0) json["validate_every"] = run_.validate_every;
  json["precision"] = request::kPrecisions.of(precision);
  json["seed"] = run_.seed;
  return json;
}

Json PatchTask::data() const {
  Json json{{"preprocessing", preprocessing_},
            {"train", describe(labelled_)},
            {"unlabelled", unlabelled_ ? describe(*unlabelled_) : Json()},
            {"validate", validate_ ? describe(*validate_) : Json()},
            {"watch", watch_ ? describe(*watch_) : Json()}};
  if (pseudo_) json["pseudo"] = describe(*pseudo_);
  return json;
}

Json PatchTask::data_in_brief() const {
  Json json{{"preprocessing", preprocessing_},
            {"train", brief(labelled_)},
            {"unlabelled", brief(unlabelled_)},
            {"validate", brief(validate_)}};
  if (pseudo_) json["pseudo"] = brief(pseudo_);
  return json;
}

std::string PatchTask::summary() const {
  const std::string chosen = request::chosen_here(run_.method_settings, run_.method);
  return (chosen.empty() ? "" : chosen + "; ") +
         fmt::format("{} labelled and {} {} volumes; {} classes", labelled_.volumes.size(),
                     others() ? others()->volumes.size() : 0, pseudo_ ? "pseudo-labelled" : "unlabelled",
                     labelled_.classes.size() + 1);
}

std::uint64_t PatchTask::data_bytes() const {
  std::uint64_t bytes = bytes_of(labelled_);
  for (const auto* set : {&unlabelled_, &pseudo_, &validate_, &watch_})
    if (*set) bytes += bytes_of(**set);
  return bytes;
}

std::vector<std::string> PatchTask::training_images() const {
  std::vector<std::string> hashes = beginning_.training_images();
  add_image_hashes(labelled_, hashes);
  if (others()) add_image_hashes(*others(), hashes);
  return hashes;
}

inference::WindowPlan PatchTask::windows() const {
  const bool zero = run_.augmentation.flip == dataset::PatchFlip::uamt;
  inference::WindowPlan plan{run_.patch, run_.stride_or_half()};
  plan.padding = zero ? model::Padding::zero : model::Padding::minimum;
  plan.batch_size = inference::windows_at_once(run_.patch);
  return plan;
}

std::unique_ptr<network::Network> PatchTask::make_network(std::uint64_t seed, const std::string& device,
                                                          network::Precision precision) const {
  std::unique_ptr<network::Network> made;
  if (run_.is_flat()) {
    made = std::make_unique<network::UNet>(model::unet_shape(description()));
  } else {
    auto net = std::make_unique<network::VNet>(model::vnet_shape(description()));
    net->set_dropout(run_.dropout);
    made = std::move(net);
  }
  made->weights().initialise(seed);
  beginning_.load(made->weights(), description());
  made->weights().to_device(device);
  made->use_precision(precision);
  return made;
}

const dataset::VolumeSet* PatchTask::others() const {
  const std::optional<dataset::VolumeSet>& set = pseudo_ ? pseudo_ : unlabelled_;
  return set ? &*set : nullptr;
}

dataset::PatchOptions PatchTask::patches(int threads) const {
  dataset::PatchOptions patches;
  patches.patch = run_.patch;
  patches.labelled = run_.batch_labelled;
  patches.unlabelled = run_.batch_unlabelled;
  if (pseudo_) {
    patches.unlabelled = run_.batch_pseudo;
    patches.others_have = run_.pseudo_targets == request::PseudoTargets::soft ? dataset::OthersHave::probabilities
                                                                              : dataset::OthersHave::labels;
  }
  patches.noise_views = request::noise_views(run_.method_settings, run_.method);
  if (request::has_distances(run_.method)) patches.distance_classes = labelled_.classes.size();
  patches.labelled_streams = run_.method == request::SemiMethod::duo ? 2 : 1;
  patches.common_place = run_.method == request::SemiMethod::secl && run_.method_settings.sampling == "region";
  patches.seed = run_.seed;
  patches.threads = threads;
  return patches;
}

Workshop PatchTask::workshop(const std::string& device, network::Precision precision) const {
  const BatchThreads batch_threads(run_, device);
  Workshop made;
  made.method = make_semi_method(
      run_, static_cast<int>(labelled_.classes.size()),
      [&](std::uint64_t seed) { return make_network(seed, device, precision); }, device);
  made.maker =
      std::make_unique<dataset::PatchBatches>(labelled_, others(), run_.augmentation, patches(batch_threads.threads));
  made.batches = std::make_unique<dataset::BatchQueue>(*made.maker, batch_threads.ahead, share_of(run_));
  made.validation =
      std::make_unique<WindowValidation>(validate_ ? &*validate_ : nullptr, windows(), labelled_.classes, device);
  if (watch_) made.watch = std::make_unique<WindowValidation>(&*watch_, windows(), labelled_.classes, device);
  return made;
}

// A length in iterations: epochs of a handful of batches are no measure.
std::size_t PatchTask::epochs(std::size_t batches_per_epoch) const {
  return (run_.max_iterations + batches_per_epoch - 1) / batches_per_epoch;
}

model::ModelDescription PatchTask::description() const {
  const inference::WindowPlan plan = windows();
  model::ModelDescription description;
  description.network = model::kNetworkTypes.of(network());
  description.size = {run_.filters, run_.norm, run_.upsampling};
  description.outputs = model::one_stage_outputs(request::has_distances(run_.method));
  description.classes = labelled_.classes;
  description.input.dimensions = run_.is_flat() ? 2 : 3;
  description.input.normalisation = model::Normalisation::none;
  description.input.crop = 0;
  description.input.window.assign(plan.window.begin(), plan.window.begin() + description.input.dimensions);
  description.input.stride.assign(plan.stride.begin(), plan.stride.begin() + description.input.dimensions);
  description.input.padding = plan.padding;
  description.preprocessing = preprocessing_;
  description.orientation = orientation_of(grids_of(&labelled_, others()), description.seen());
  return description;
}

}  // namespace coopseg::training
