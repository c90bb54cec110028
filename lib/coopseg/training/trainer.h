// The training loop, the same for every method: batches, steps, validation, log, checkpoints, resume.
//
//   Trainer trainer({settings}, {method, batches, validation, run_folder, description});
//   trainer.run();
//
// Everything random is a function of (seed, epoch, iteration), so weights, BatchNorm buffers, the optimiser's moments
// and a few counters are the whole state: a run that is killed at any moment and resumed ends with the same bytes in
// best.safetensors and last.safetensors, and the same log but for its times and what ranks have sent, as one that was
// not (on one machine, at one thread count and one number of processes).
//
// Of several processes each runs a trainer on its share of every batch; they stop, validate and end together, and the
// first one writes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/dataset/batch_queue.h"
#include "coopseg/model/description.h"
#include "coopseg/training/confusion.h"
#include "coopseg/training/iteration.h"
#include "coopseg/training/method.h"
#include "coopseg/training/ranks.h"
#include "coopseg/training/run_folder.h"
#include "coopseg/training/validation.h"

namespace coopseg::core {
class Progress;
}

namespace coopseg::training {

struct TrainerSettings {
  std::size_t epochs = 600;
  std::size_t max_iterations = 0;     // 0: no limit; over the whole run
  std::size_t validate_every = 0;     // iterations; 0: at the end of each epoch
  std::size_t save_models_every = 0;  // iterations; 0: the best and the last model only
  std::size_t log_every = 0;          // iterations; 0: epochs only
  double save_every_s = 60;           // seconds between saved states inside an epoch; 0: at its end only
  std::uint64_t seed = 0;
  std::string device = "cpu";
  std::string unit = "slices";  // what batches are made of, for the log
  std::string run;              // the run folder's name, for messages
  std::string settings_sha256;  // of all that must be the same in a resumed run
};

// The parts; all must outlive the trainer.
struct TrainerParts {
  Method& method;  // its networks initialised, on their device
  dataset::BatchQueue& batches;
  Validation& validation;                      // empty: no selection, the best model is the last
  RunFolder* folder;                           // null: another process writes
  const model::ModelDescription& description;  // of the model files; `training` gets position and score
  Validation* watch = nullptr;                 // of the method's labeller, for the log alone; null: none
  RankGroup* ranks = nullptr;                  // of the processes that train together; null: this one is alone
};

class Trainer {
 public:
  Trainer(TrainerSettings settings, TrainerParts parts);

  // Trains from the saved state or from the beginning to the end. Throws core::Interrupted after a stop signal, the
  // state saved; core::DataError where a loss or a weight is no longer finite, the last good state kept.
  void run();

  std::size_t iteration() const { return iteration_; }

 private:
  void restore();
  void write_missing_models();
  void step();
  void settle();
  void end_epoch();
  void log_epoch(const core::Json& validation, bool improved, double training_s);
  void reach_milestones();
  bool validate();
  std::optional<double> selection(const core::Json& score) const;
  void keep_models(bool improved);
  void save_state();
  void write_state();
  std::optional<core::TensorFile> read_state();
  bool any_of_us(bool own) const;
  network::Network& in_use();
  void write_model(const core::fs::path& file, const core::Json& position);
  core::Json position_of_milestone() const;
  std::string lost_remedy() const;
  void stop_if_asked();
  core::Json scores(Validation& validation, network::Network& network);
  void require_finite_weights() const;
  core::Json mean_losses() const;
  void add_schedules(core::Json& line, std::size_t iteration) const;
  std::string note() const;
  void tell_remark() const;
  void warn_of_idleness();
  bool segments() const;  // pre-trainings do not
  std::size_t total_iterations() const;
  std::size_t batches_per_epoch() const { return parts_.batches.maker().batches_per_epoch(); }
  std::size_t epoch_now() const { return batch_ > 0 ? epoch_ + 1 : epoch_; }  // of the last batch, from 1
  bool at_end() const { return iteration_ >= total_iterations(); }
  bool is_due(std::size_t every) const { return every > 0 && iteration_ > 0 && iteration_ % every == 0; }

  TrainerSettings settings_;
  TrainerParts parts_;
  Iteration stepper_;

  // The state.
  std::size_t epoch_ = 0;                   // complete ones
  std::size_t batch_ = 0;                   // batches done of the running epoch
  std::size_t iteration_ = 0;               // over the whole run
  std::optional<std::size_t> validated_;    // iteration of the last validation, or of where one would have been
  std::vector<double> loss_sums_;           // total, then the terms; over the batches of the running epoch that count
  std::size_t idle_ = 0, idle_in_all_ = 0;  // batches that do not count, as nothing could be learned from them
  Confusion training_scores_;               // likewise
  core::Json last_score_, best_score_;      // {"epoch","iteration","validation"}; null before the first

  network::Network* in_use_ = nullptr;  // Method::in_use() of the iteration
  std::optional<std::size_t> in_use_at_;

  // Of batches done, still on the device: reading them makes the processor wait for it.
  struct Measured {
    at::Tensor losses;  // total, then the terms
    at::Tensor counts;  // undefined where nothing is segmented
    std::size_t iteration;
    std::string idle;  // why it does not count
  };
  std::vector<Measured> unread_;

  std::size_t saved_iteration_ = 0;
  bool saved_ = false;
  std::string idle_because_;           // of the last batch that does not count
  bool warned_ = false;                // that none of an epoch counts
  std::size_t timed_images_ = 0;       // of the running epoch, in this process
  double timed_s_ = 0, waited_s_ = 0;  // waited: for batches
  std::chrono::steady_clock::time_point saved_at_, timed_from_;
};

}  // namespace coopseg::training
