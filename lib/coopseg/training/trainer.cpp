#include "coopseg/training/trainer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/progress.h"
#include "coopseg/model/network_layout.h"
#include "coopseg/model/pretraining.h"
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
    const model::ModelDescription description = model::read_initial_description(file);
    if (!description.training.is_object()) return std::nullopt;
    return description.training.value("iteration", std::size_t{0});
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Trainer::Trainer(TrainerSettings settings, TrainerParts parts)
    : settings_(std::move(settings)),
      parts_(parts),
      stepper_(parts.method, settings_.device, settings_.seed, parts.ranks),
      loss_sums_(1 + parts.method.terms().size(), 0),
      training_scores_(parts.method.deployed().classes()) {}

bool Trainer::segments() const { return !model::pretraining_stage(parts_.description); }

std::size_t Trainer::total_iterations() const {
  const std::size_t all = settings_.epochs * batches_per_epoch();
  return settings_.max_iterations == 0 ? all : std::min(all, settings_.max_iterations);
}

void Trainer::run() {
  const network::GroupScope together(parts_.ranks);
  restore();
  const std::size_t total = total_iterations();
  if (at_end() && validated_ == iteration_) {
    reach_milestones();
    core::info("{}: has its {} iterations already", settings_.run, iteration_);
    return;
  }
  saved_at_ = timed_from_ = Clock::now();
  // A run stopped after an epoch's last batch has still to end the epoch; its next batch is of the next one.
  const bool epoch_was_full = batch_ == batches_per_epoch();
  if (!at_end()) parts_.batches.start(epoch_was_full ? epoch_ + 1 : epoch_, epoch_was_full ? 0 : batch_);
  core::Progress progress("training", total > iteration_ ? total - iteration_ : 0, "iterations");
  while (true) {
    const bool ends_inside = settings_.validate_every == 0 && at_end() && validated_ != iteration_;
    if (batch_ == batches_per_epoch() || ends_inside) end_epoch();
    reach_milestones();
    if (at_end()) break;
    step();
    progress.advance(1, note());
    stop_if_asked();
    // Where the epoch's end is no milestone it saves nothing by itself.
    const bool ends_now = at_end() || (settings_.validate_every == 0 && batch_ == batches_per_epoch());
    if (!ends_now && settings_.save_every_s > 0 && seconds_since(saved_at_) >= settings_.save_every_s) save_state();
  }
  tell_remark();
  // The others end well only where the first one could write all.
  if (parts_.ranks) parts_.ranks->any(0);
  if (idle_in_all_ == iteration_ && iteration_ > 0)
    throw core::DataError(settings_.run, "nothing was learned: in no batch was there anything to learn from",
                          idle_because_);
}

void Trainer::warn_of_idleness() {
  if (idle_ < batch_ || std::exchange(warned_, true)) return;
  core::warning("{}: no batch of epoch {} had anything to learn from: {}", settings_.run, epoch_ + 1, idle_because_);
}

void Trainer::step() {
  const auto asked_at = Clock::now();
  const dataset::Batch batch = parts_.batches.next();
  waited_s_ += seconds_since(asked_at);
  stepper_.run(batch, epoch_, iteration_, [&](const Losses& losses) {
    std::vector<at::Tensor> values{losses.total.detach()};
    for (const auto& [name, loss] : losses.terms) values.push_back(loss.detach());
    unread_.push_back({at::stack(values).to(at::kDouble), losses.counts, ++iteration_, losses.idle});
    ++batch_;
    const bool at_once = losses.total.is_cpu() || (settings_.log_every > 0 && iteration_ % settings_.log_every == 0);
    if (at_once || unread_.size() == kStepsOfAGpu) settle();
  });
  timed_images_ += batch.whole.count;
  timed_s_ = seconds_since(timed_from_);
}

std::string Trainer::lost_remedy() const {
  return saved_ ? fmt::format("the state of iteration {} is kept; a smaller --lr may help", saved_iteration_)
                : "nothing was saved yet; a smaller --lr may help";
}

// Losses and scores of the batches since the last time.
void Trainer::settle() {
  const auto terms = parts_.method.terms();
  for (const Measured& measured : std::exchange(unread_, {})) {
    const at::Tensor losses = measured.losses.to(at::kCPU);
    const double* const values = losses.data_ptr<double>();
    const auto check = [&](const std::string& term, double value) {
      if (std::isfinite(value)) return;
      throw core::DataError(settings_.run,
                            fmt::format("the loss '{}' is {} in iteration {}", term, value, measured.iteration),
                            lost_remedy());
    };
    for (std::size_t i = 0; i < terms.size(); ++i) check(terms[i], values[i + 1]);
    check("total", values[0]);
    if (!measured.idle.empty()) {
      idle_because_ = measured.idle;
      ++idle_;
      ++idle_in_all_;
    } else {
      for (std::size_t i = 0; i < loss_sums_.size(); ++i) loss_sums_[i] += values[i];
    }
    if (measured.counts.defined()) {
      const at::Tensor counts = measured.counts.to(at::kCPU);
      const auto* const first = counts.data_ptr<std::int64_t>();
      training_scores_.add({first, first + counts.numel()});
    }
    if (settings_.log_every > 0 && measured.iteration % settings_.log_every == 0) {
      Json line{{"type", "iteration"}, {"epoch", epoch_ + 1}, {"iteration", measured.iteration}};
      line["losses"]["total"] = values[0];
      for (std::size_t i = 0; i < terms.size(); ++i) line["losses"][terms[i]] = values[i + 1];
      add_schedules(line, measured.iteration - 1);
      if (parts_.folder) parts_.folder->append_to_log(line);
    }
  }
}

void Trainer::add_schedules(Json& line, std::size_t iteration) const {
  line["lr"] = stepper_.learning_rate(iteration);
  for (const auto& [name, value] : parts_.method.schedules(iteration)) line[name] = value;
}

Json Trainer::mean_losses() const {
  const auto counted = static_cast<double>(std::max<std::size_t>(1, batch_ - idle_));
  Json json{{"total", loss_sums_[0] / counted}};
  const auto terms = parts_.method.terms();
  for (std::size_t i = 0; i < terms.size(); ++i) json[terms[i]] = loss_sums_[i + 1] / counted;
  return json;
}

std::string Trainer::note() const {
  // What matters most comes first, for the end may have no room.
  const double read = static_cast<double>(std::max<std::size_t>(1, batch_ - idle_ - unread_.size()));
  std::string text = fmt::format("epoch {}, loss {:.4f}", epoch_ + 1, loss_sums_[0] / read);
  if (segments()) text += ", Dice";
  const auto& names = parts_.description.classes;
  for (std::size_t i = 0; segments() && i < names.size(); ++i) {
    const auto dice = training_scores_.dice(static_cast<int>(i) + 1);
    text += dice ? fmt::format(" {} {:.2f}", names[i].first, *dice) : fmt::format(" {} -", names[i].first);
  }
  if (const auto best = selection(best_score_))
    text += fmt::format(", best {} {:.3f}", parts_.validation.selected_by(), *best);
  const double per_second = static_cast<double>(timed_images_) / std::max(timed_s_, 1e-9);
  text += fmt::format(", {:.{}f} {}/s", per_second, per_second < 10 ? 1 : 0, settings_.unit);
  const auto terms = parts_.method.terms();
  for (std::size_t i = 0; i < terms.size(); ++i) text += fmt::format(", {} {:.3g}", terms[i], loss_sums_[i + 1] / read);
  for (const auto& [name, value] : parts_.method.schedules(iteration_ > 0 ? iteration_ - 1 : 0))
    if (name == "ramp") text += fmt::format(", ramp {:.3g}", value);
  return text;
}

void Trainer::tell_remark() const {
  if (!parts_.folder || !best_score_.is_object() || !best_score_["validation"].is_object()) return;
  const std::string remark = parts_.validation.remark(best_score_["validation"]);
  if (!remark.empty()) core::warning("{}: {}", settings_.run, remark);
}

std::optional<double> Trainer::selection(const Json& score) const {
  if (!score.is_object() || !score["validation"].is_object()) return std::nullopt;
  return parts_.validation.selection(score["validation"]);
}

Json Trainer::scores(Validation& validation, network::Network& network) {
  return validation.scores(network, epoch_now() - 1, [this] { stop_if_asked(); });
}

// The same in all processes.
bool Trainer::any_of_us(bool own) const {
  return parts_.ranks ? parts_.ranks->any(own ? 1 : 0) != 0 : own;
}

network::Network& Trainer::in_use() {
  if (in_use_at_ != iteration_) in_use_ = &parts_.method.in_use([this] { stop_if_asked(); });
  in_use_at_ = iteration_;
  return *in_use_;
}

bool Trainer::validate() {
  // Where several validate they stop together only, between two rounds: who is killed meanwhile loses nothing.
  if (parts_.ranks && !parts_.validation.empty()) save_state();
  Json validation;
  network::Network& network = in_use();
  if (!parts_.validation.empty()) validation = scores(parts_.validation, network);
  last_score_ = Json{{"epoch", epoch_now()}, {"iteration", iteration_}, {"validation", validation}};
  if (parts_.watch) last_score_["watch"] = scores(*parts_.watch, parts_.method.labeller());
  // Strictly greater, so that of equal ones the first stays; without validation the last one is the best there is.
  const auto found = selection(last_score_), best = selection(best_score_);
  const bool improved = !found || !best || *found > *best;
  if (improved) best_score_ = last_score_;
  return improved;
}

void Trainer::log_epoch(const Json& validation, bool improved, double training_s) {
  Json line{
      {"type", "epoch"}, {"epoch", epoch_ + 1}, {"iteration", iteration_}, {"complete", batch_ == batches_per_epoch()}};
  line["losses"] = mean_losses();
  if (idle_ > 0) line["idle_batches"] = idle_;
  if (segments()) line["train_dice"] = per_class(training_scores_, parts_.description.classes, false, &Confusion::dice);
  line["validation"] = validation;
  if (last_score_.is_object() && last_score_["iteration"] == iteration_ && last_score_.contains("watch"))
    line["watch"] = last_score_["watch"];
  line["best"] = improved;
  add_schedules(line, iteration_ > 0 ? iteration_ - 1 : 0);
  line[settings_.unit + "_per_s"] = training_s > 0 ? static_cast<double>(timed_images_) / training_s : 0.0;
  line["seconds"] = seconds_since(timed_from_);
  line["data_wait_s"] = waited_s_;
  if (parts_.ranks) {
    const Traffic traffic = parts_.ranks->take_traffic();
    line["ranks"] = Json{{"count", parts_.ranks->count()},
                         {"sums", traffic.sums},
                         {"megabytes_sent", static_cast<double>(traffic.bytes) / 1e6}};
    if (settings_.device == "cpu") line["ranks"]["wait_s"] = traffic.waited_s;  // a GPU waits by itself
  }
  if (parts_.folder) parts_.folder->append_to_log(line);
  core::debug("epoch {}: {}", epoch_ + 1, core::to_line(line));
}

void Trainer::end_epoch() {
  settle();
  const double training_s = timed_s_;
  const bool judged = settings_.validate_every == 0;
  const bool improved = judged && validate();
  log_epoch(judged ? last_score_["validation"] : Json(), improved, training_s);
  if (judged) validated_ = iteration_;
  if (batch_ == batches_per_epoch()) {
    warn_of_idleness();
    ++epoch_;
    batch_ = 0;
    std::fill(loss_sums_.begin(), loss_sums_.end(), 0.0);
    idle_ = 0;
    training_scores_.clear();
  }
  if (judged) keep_models(improved);
  else if (settings_.save_every_s == 0) save_state();
  timed_images_ = 0;
  timed_s_ = waited_s_ = 0;
  timed_from_ = Clock::now();
}

// Those that are counted in iterations; where an epoch ends, it has ended before.
void Trainer::reach_milestones() {
  if (settings_.validate_every > 0 && validated_ != iteration_ && (at_end() || is_due(settings_.validate_every))) {
    settle();
    const bool improved = validate();
    // A stop during the validation would have it logged twice.
    if (at_end() && batch_ > 0) log_epoch(Json(), false, timed_s_);
    Json line{{"type", "validation"}};
    line.update(last_score_);
    line["best"] = improved;
    if (parts_.folder) parts_.folder->append_to_log(line);
    validated_ = iteration_;
    keep_models(improved);
  }
  if (!is_due(settings_.save_models_every)) return;
  const bool missing = parts_.folder && iteration_of_model(parts_.folder->milestone_file(iteration_)) != iteration_;
  if (!any_of_us(missing)) return;
  in_use();
  if (missing) {
    if (saved_iteration_ != iteration_ || !saved_) save_state();
    write_model(parts_.folder->milestone_file(iteration_), position_of_milestone());
  }
}

void Trainer::keep_models(bool improved) {
  save_state();
  if (!parts_.folder) return;
  if (improved) write_model(parts_.folder->best_file(), last_score_);
  write_model(parts_.folder->last_file(), last_score_);
}

Json Trainer::position_of_milestone() const {
  if (validated_ == iteration_) return last_score_;
  return Json{{"epoch", epoch_now()}, {"iteration", iteration_}, {"validation", Json()}};
}

// A signal to one process stops all of them, at the same place.
void Trainer::stop_if_asked() {
  const int signal = parts_.ranks ? parts_.ranks->any(core::stop_signal()) : core::stop_signal();
  if (signal == 0) return;
  save_state();
  core::info("{}: stopped after iteration {}; the same command with --resume goes on", settings_.run, iteration_);
  throw core::Interrupted{signal};
}

void Trainer::require_finite_weights() const {
  const std::string tensor = stepper_.not_finite();
  if (tensor.empty()) return;
  throw core::DataError(settings_.run, fmt::format("{} is no longer finite after iteration {}", tensor, iteration_),
                        lost_remedy());
}

void Trainer::save_state() {
  settle();
  require_finite_weights();
  if (parts_.folder) write_state();
  saved_ = true;
  saved_iteration_ = iteration_;
  saved_at_ = Clock::now();
}

void Trainer::write_state() {
  parts_.folder->flush_log();
  core::TensorFile content;
  stepper_.save(content);
  StateRecord record;
  record.settings_sha256 = settings_.settings_sha256;
  record.epoch = epoch_;
  record.batch = batch_;
  record.iteration = iteration_;
  record.validated = validated_;
  record.log_lines = parts_.folder->log_lines();
  record.loss_sums = loss_sums_;
  record.idle = idle_;
  record.idle_in_all = idle_in_all_;
  record.training_counts = training_scores_.counts();
  record.last_score = last_score_;
  record.best_score = best_score_;
  put_record(content, record);
  core::write_tensor_file(parts_.folder->state_file(), content, core::Overwrite::yes);
}

// The saved state, if there is one; the first process's, in all of them. Without one they begin with its weights, too.
std::optional<core::TensorFile> Trainer::read_state() {
  std::optional<core::TensorFile> content;
  if (parts_.folder) content = parts_.folder->read_state();
  if (!parts_.ranks) return content;
  const bool found = parts_.ranks->any(content ? 1 : 0) == 1;
  core::TensorFile sent;
  if (content) sent = std::move(*content);
  else if (parts_.folder) stepper_.save(sent);
  sent = parts_.ranks->broadcast(sent);
  if (found) return sent;
  if (!parts_.folder) stepper_.load(sent, settings_.run);
  return std::nullopt;
}

void Trainer::restore() {
  const auto content = read_state();
  if (!content) {
    if (parts_.folder) parts_.folder->cut_log(0);
    return;
  }
  const std::string file = parts_.folder ? parts_.folder->state_file().string() : settings_.run;
  const StateRecord record = get_record(*content, file);
  if (record.settings_sha256 != settings_.settings_sha256 || record.loss_sums.size() != loss_sums_.size() ||
      record.training_counts.size() != training_scores_.counts().size() || record.batch > batches_per_epoch()) {
    throw core::DataError(file, "belongs to a run with other settings or data", "put the run's own state back");
  }
  stepper_.load(*content, file);
  epoch_ = record.epoch;
  batch_ = record.batch;
  iteration_ = record.iteration;
  validated_ = record.validated;
  loss_sums_ = record.loss_sums;
  idle_ = record.idle;
  idle_in_all_ = record.idle_in_all;
  training_scores_.clear();
  training_scores_.add(record.training_counts);
  last_score_ = record.last_score;
  best_score_ = record.best_score;
  saved_ = true;
  saved_iteration_ = iteration_;
  if (parts_.folder) parts_.folder->cut_log(record.log_lines);
  core::info("{}: goes on after iteration {}", settings_.run, iteration_);
  write_missing_models();
}

// Models are written after the state; a run killed in between has them in its state only.
void Trainer::write_missing_models() {
  if (validated_ != iteration_) return;
  std::vector<core::fs::path> missing;
  if (parts_.folder) {
    if (best_score_.is_object() && best_score_["iteration"] == iteration_) missing.push_back(parts_.folder->best_file());
    missing.push_back(parts_.folder->last_file());
  }
  const auto is_there = [&](const core::fs::path& file) { return iteration_of_model(file) == iteration_; };
  missing.erase(std::remove_if(missing.begin(), missing.end(), is_there), missing.end());
  if (!any_of_us(!missing.empty())) return;
  in_use();
  for (const core::fs::path& file : missing) write_model(file, last_score_);
}

void Trainer::write_model(const core::fs::path& file, const Json& position) {
  core::TensorFile content;
  in_use().weights().save(content);
  model::ModelDescription description = parts_.description;
  for (const char* key : {"epoch", "iteration", "validation"}) description.training[key] = position.at(key);
  model::keep_trained_part(content, description);
  model::put_description(content, description);
  core::write_tensor_file(file, content, core::Overwrite::yes);
}

}  // namespace coopseg::training
