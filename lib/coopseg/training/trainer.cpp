#include "coopseg/training/trainer.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/progress.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/state.h"

namespace coopseg::training {
namespace {

using core::Json;
using Clock = std::chrono::steady_clock;

// Steps after which a GPU's losses are read; each reading makes it wait for the next step.
constexpr std::size_t kStepsOfAGpu = 10;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Which iteration a model file is of; empty if it is not there or cannot be read.
std::optional<std::size_t> iteration_of_model(const core::fs::path& file) {
  try {
    if (!core::fs::exists(file)) return std::nullopt;
    const model::ModelDescription description = model::read_model_description(file);
    if (!description.training.is_object()) return std::nullopt;
    return description.training.value("iteration", std::size_t{0});
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

TensorBatch to_tensors(const dataset::Batch& batch, const std::string& device) {
  const auto n = static_cast<std::int64_t>(batch.count);
  const auto rows = static_cast<std::int64_t>(batch.rows), columns = static_cast<std::int64_t>(batch.columns);
  const at::Device target(device);
  // Into memory of LibTorch's own, whose alignment is always the same; GPUs fetch from pinned memory by themselves.
  const auto copy = [&](const auto& values, at::IntArrayRef shape, at::ScalarType type) {
    at::Tensor tensor = at::empty(shape, at::TensorOptions(type).pinned_memory(target.is_cuda()));
    std::memcpy(tensor.data_ptr(), values.data(), values.size() * sizeof(values[0]));
    return tensor.to(target, /*non_blocking=*/true);
  };
  TensorBatch tensors;
  tensors.clean = copy(batch.images, {n, 1, rows, columns}, at::kFloat);
  if (!batch.noise.empty()) tensors.noise = copy(batch.noise, {n, 1, rows, columns}, at::kFloat);
  tensors.labels = copy(batch.labels, {n, rows, columns}, at::kLong);
  return tensors;
}

Trainer::Trainer(TrainerSettings settings, TrainerParts parts)
    : settings_(std::move(settings)),
      parts_(parts),
      optimiser_(parts.model, settings_.learning_rate),
      loss_sums_(1 + parts.objective.terms().size(), 0),
      training_scores_(parts.model.architecture().classes) {}

std::size_t Trainer::total_iterations() const {
  const std::size_t all = settings_.epochs * parts_.source.batches_per_epoch();
  return settings_.max_iterations == 0 ? all : std::min(all, settings_.max_iterations);
}

void Trainer::run() {
  restore();
  const std::size_t total = total_iterations();
  if (iteration_ >= total && validated_ == iteration_) {
    core::info("{}: has its {} iterations already", parts_.folder.path().string(), iteration_);
    return;
  }
  saved_at_ = timed_from_ = Clock::now();
  // A run stopped after an epoch's last batch has still to end the epoch; its next batch is of the next one.
  const bool epoch_was_full = batch_ == parts_.source.batches_per_epoch();
  if (iteration_ < total) parts_.source.start(epoch_was_full ? epoch_ + 1 : epoch_, epoch_was_full ? 0 : batch_);
  core::Progress progress("training", total > iteration_ ? total - iteration_ : 0, "iterations");
  while (true) {
    const bool epoch_is_full = batch_ == parts_.source.batches_per_epoch();
    const bool at_end = iteration_ >= total;
    if (epoch_is_full || (at_end && validated_ != iteration_)) end_epoch();
    if (at_end) break;
    step();
    progress.advance(1, note());
    stop_if_asked();
    const bool ends_now = batch_ == parts_.source.batches_per_epoch() || iteration_ >= total;
    if (!ends_now && settings_.save_every_s > 0 && seconds_since(saved_at_) >= settings_.save_every_s) save_state();
  }
}

void Trainer::step() {
  const auto asked_at = Clock::now();
  const dataset::Batch batch = parts_.source.next();
  waited_s_ += seconds_since(asked_at);
  TensorBatch tensors = to_tensors(batch, settings_.device);
  tensors.seed = settings_.seed;
  tensors.epoch = epoch_;
  tensors.iteration = iteration_;

  optimiser_.zero_gradients();
  const Losses losses = parts_.objective.evaluate(parts_.model, tensors);
  std::vector<at::Tensor> values{losses.total.detach()};
  for (const auto& [name, loss] : losses.terms) values.push_back(loss.detach());
  unread_.push_back({at::stack(values).to(at::kDouble), confusion_tensor(losses.logits, tensors.labels), ++iteration_});
  ++batch_;
  const bool at_once = tensors.clean.is_cpu() || (settings_.log_every > 0 && iteration_ % settings_.log_every == 0);
  if (at_once || unread_.size() == kStepsOfAGpu) settle();
  losses.total.backward();
  optimiser_.step();
  timed_slices_ += batch.count;
  timed_s_ = seconds_since(timed_from_);
}

// Losses and scores of the batches since the last time.
void Trainer::settle() {
  const auto terms = parts_.objective.terms();
  for (const Measured& measured : std::exchange(unread_, {})) {
    const at::Tensor losses = measured.losses.to(at::kCPU), counts = measured.counts.to(at::kCPU);
    const double* const values = losses.data_ptr<double>();
    const auto check = [&](const std::string& name, double value) {
      if (std::isfinite(value)) return;
      throw core::DataError(
          parts_.folder.path().string(),
          fmt::format("the loss '{}' is {} in iteration {}", name, value, measured.iteration),
          saved_ ? fmt::format("the state of iteration {} is kept; a smaller --lr may help", saved_iteration_)
                 : "nothing was saved yet; a smaller --lr may help");
    };
    for (std::size_t i = 0; i < terms.size(); ++i) check(terms[i], values[i + 1]);
    check("total", values[0]);
    for (std::size_t i = 0; i < loss_sums_.size(); ++i) loss_sums_[i] += values[i];
    const auto* const first = counts.data_ptr<std::int64_t>();
    training_scores_.add({first, first + counts.numel()});
    if (settings_.log_every > 0 && measured.iteration % settings_.log_every == 0) {
      Json line{{"type", "iteration"}, {"epoch", epoch_ + 1}, {"iteration", measured.iteration}};
      line["losses"]["total"] = values[0];
      for (std::size_t i = 0; i < terms.size(); ++i) line["losses"][terms[i]] = values[i + 1];
      line["lr"] = settings_.learning_rate;
      parts_.folder.append_to_log(line);
    }
  }
}

Json Trainer::mean_losses() const {
  Json json{{"total", loss_sums_[0] / static_cast<double>(batch_)}};
  const auto terms = parts_.objective.terms();
  for (std::size_t i = 0; i < terms.size(); ++i) json[terms[i]] = loss_sums_[i + 1] / static_cast<double>(batch_);
  return json;
}

std::string Trainer::note() const {
  std::string text = fmt::format("epoch {}", epoch_ + 1);
  const auto terms = parts_.objective.terms();
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::size_t read = std::max<std::size_t>(1, batch_ - unread_.size());
    text += fmt::format(", {} {:.4f}", terms[i], loss_sums_[i + 1] / static_cast<double>(read));
  }
  text += ", Dice";
  const auto& names = parts_.description.classes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto dice = training_scores_.dice(static_cast<int>(i) + 1);
    text += dice ? fmt::format(" {} {:.3f}", names[i].first, *dice) : fmt::format(" {} -", names[i].first);
  }
  if (best_score_.is_object() && best_score_["validation"].is_object()) {
    text += fmt::format(", best IoU {:.3f}", best_score_["validation"]["mean_iou"].get<double>());
  }
  return text + fmt::format(", {:.0f} slices/s", static_cast<double>(timed_slices_) / std::max(timed_s_, 1e-9));
}

Confusion Trainer::validate() {
  Confusion confusion(parts_.model.architecture().classes);
  for (const auto& batch : parts_.validation.batches(epoch_)) {
    stop_if_asked();
    const TensorBatch tensors = to_tensors(batch, settings_.device);
    const at::Tensor logits = parts_.model.predict(tensors.clean, parts_.objective.validation_steps());
    confusion.add(confusion_counts(logits, tensors.labels));
  }
  return confusion;
}

Json Trainer::scores(const Confusion& confusion) const {
  const auto& names = parts_.description.classes;
  const auto number = [](std::optional<double> value) { return value ? Json(*value) : Json(); };
  return Json{{"mean_iou", number(confusion.mean_iou())},
              {"iou", per_class(confusion, names, true, &Confusion::iou)},
              {"dice", per_class(confusion, names, false, &Confusion::dice)},
              {"accuracy", number(confusion.accuracy())},
              {"class_accuracy", number(confusion.mean_recall())}};
}

void Trainer::end_epoch() {
  settle();
  const double training_s = timed_s_;
  Json validation;
  if (!parts_.validation.empty()) validation = scores(validate());

  last_score_ = Json{{"epoch", epoch_ + 1}, {"iteration", iteration_}, {"validation", validation}};
  // Strictly greater, so that of equal ones the first stays; without validation the last one is the best there is.
  const bool improved = !validation.is_object() || !best_score_.is_object() || !best_score_["validation"].is_object() ||
                        validation["mean_iou"].get<double>() > best_score_["validation"]["mean_iou"].get<double>();
  if (improved) best_score_ = last_score_;

  const bool complete = batch_ == parts_.source.batches_per_epoch();
  Json line{{"type", "epoch"}, {"epoch", epoch_ + 1}, {"iteration", iteration_}, {"complete", complete}};
  line["losses"] = mean_losses();
  line["train_dice"] = per_class(training_scores_, parts_.description.classes, false, &Confusion::dice);
  line["validation"] = validation;
  line["best"] = improved;
  line["lr"] = settings_.learning_rate;
  line["slices_per_s"] = training_s > 0 ? static_cast<double>(timed_slices_) / training_s : 0.0;
  line["seconds"] = seconds_since(timed_from_);
  line["data_wait_s"] = waited_s_;
  parts_.folder.append_to_log(line);
  core::debug("epoch {}: {}", epoch_ + 1, core::to_line(line));

  validated_ = iteration_;
  if (complete) {
    ++epoch_;
    batch_ = 0;
    std::fill(loss_sums_.begin(), loss_sums_.end(), 0.0);
    training_scores_.clear();
  }
  save_state();
  if (improved) write_model(parts_.folder.best_file());
  write_model(parts_.folder.last_file());
  timed_slices_ = 0;
  timed_s_ = waited_s_ = 0;
  timed_from_ = Clock::now();
}

void Trainer::stop_if_asked() {
  if (core::stop_signal() == 0) return;
  save_state();
  core::info("{}: stopped after iteration {}; the same command with --resume goes on", parts_.folder.path().string(),
             iteration_);
  core::throw_if_stopped();
}

void Trainer::require_finite_weights() const {
  for (const auto& [name, tensor] : parts_.model.state()) {
    if (!tensor.is_floating_point() || at::isfinite(tensor).all().item<bool>()) continue;
    throw core::DataError(
        parts_.folder.path().string(), fmt::format("{} is no longer finite after iteration {}", name, iteration_),
        saved_ ? fmt::format("the state of iteration {} is kept; a smaller --lr may help", saved_iteration_)
               : "nothing was saved yet; a smaller --lr may help");
  }
}

void Trainer::save_state() {
  settle();
  require_finite_weights();
  parts_.folder.flush_log();
  core::TensorFile content;
  parts_.model.save_state(content);
  optimiser_.save(content);
  StateRecord record;
  record.settings_sha256 = settings_.settings_sha256;
  record.epoch = epoch_;
  record.batch = batch_;
  record.iteration = iteration_;
  record.validated = validated_;
  record.log_lines = parts_.folder.log_lines();
  record.loss_sums = loss_sums_;
  record.training_counts = training_scores_.counts();
  record.last_score = last_score_;
  record.best_score = best_score_;
  put_record(content, record);
  core::write_tensor_file(parts_.folder.state_file(), content, core::Overwrite::yes);
  saved_ = true;
  saved_iteration_ = iteration_;
  saved_at_ = Clock::now();
}

void Trainer::restore() {
  const auto content = parts_.folder.read_state();
  if (!content) {
    parts_.folder.cut_log(0);
    return;
  }
  const std::string file = parts_.folder.state_file().string();
  const StateRecord record = get_record(*content, file);
  if (record.settings_sha256 != settings_.settings_sha256 || record.loss_sums.size() != loss_sums_.size() ||
      record.training_counts.size() != training_scores_.counts().size() ||
      record.batch > parts_.source.batches_per_epoch()) {
    throw core::DataError(file, "belongs to a run with other settings or data", "put the run's own state back");
  }
  parts_.model.load_state(*content, file);
  optimiser_.load(*content, file);
  epoch_ = record.epoch;
  batch_ = record.batch;
  iteration_ = record.iteration;
  validated_ = record.validated;
  loss_sums_ = record.loss_sums;
  training_scores_.clear();
  training_scores_.add(record.training_counts);
  last_score_ = record.last_score;
  best_score_ = record.best_score;
  saved_ = true;
  saved_iteration_ = iteration_;
  parts_.folder.cut_log(record.log_lines);
  core::info("{}: goes on after iteration {}", parts_.folder.path().string(), iteration_);
  write_missing_models();
}

// Models are written after the state; a run killed in between has them in its state only.
void Trainer::write_missing_models() {
  if (validated_ != iteration_) return;
  if (best_score_.is_object() && best_score_["iteration"] == iteration_ &&
      iteration_of_model(parts_.folder.best_file()) != iteration_) {
    write_model(parts_.folder.best_file());
  }
  if (iteration_of_model(parts_.folder.last_file()) != iteration_) write_model(parts_.folder.last_file());
}

void Trainer::write_model(const core::fs::path& file) const {
  core::TensorFile content;
  parts_.model.save_state(content);
  model::ModelDescription description = parts_.description;
  for (const auto& [key, value] : last_score_.items()) description.training[key] = value;
  model::put_description(content, description);
  core::write_tensor_file(file, content, core::Overwrite::yes);
}

}  // namespace coopseg::training
