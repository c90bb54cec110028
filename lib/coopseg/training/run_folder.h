// A run folder: what a training leaves behind, consistent whenever it is killed.
//
//   config.json         every resolved setting and the data, by SHA-256
//   log.jsonl           one object per epoch, with --log-every per iteration, too
//   state.safetensors   weights, optimiser, counters: everything that --resume needs
//   best.safetensors    the model with the best validation score so far
//   last.safetensors    the model at the end of the last epoch
//   iteration-N.safetensors   with --save-models-every, the model of that iteration
//
// The state alone decides where a run stands. Whatever else was written after it is made again by a resumed run, byte
// for byte (but for the times in the log): the state holds the number of log lines that belong to it, and the models
// are written after the state that they follow from.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/file.h"
#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"

namespace coopseg::training {

class RunFolder {
 public:
  enum class Start {
    fresh,    // refuse a folder that holds a run
    replace,  // remove the run that is there
    resume,   // go on where its state stands; from the beginning where there is none
  };

  // Makes the folder if need be, and locks it against a second training. Changes nothing that is there; without
  // begin(), a folder that was made goes again.
  // Throws core::UsageError if it holds a run (fresh) or another process trains in it, core::IoError.
  RunFolder(core::fs::path folder, Start start);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  // Writes config.json. When resuming, members "settings" and "data" must be those of the run, else core::UsageError
  // names the first difference; "length" and "execution" may change, with a warning where that changes last digits.
  void begin(const core::Json& config);

  // The saved state, if this is a resumed run that has one.
  std::optional<core::TensorFile> read_state() const;

  // Appends a line; it is on disk after flush_log().
  void append_to_log(const core::Json& line);
  void flush_log();
  std::size_t log_lines() const { return log_lines_; }
  // Keeps the first `lines` lines; what stands behind them was written after the saved state.
  void cut_log(std::size_t lines);

  const core::fs::path& path() const { return folder_; }
  core::fs::path state_file() const { return folder_ / "state.safetensors"; }
  core::fs::path best_file() const { return folder_ / "best.safetensors"; }
  core::fs::path last_file() const { return folder_ / "last.safetensors"; }
  core::fs::path milestone_file(std::size_t iteration) const;
  std::vector<core::fs::path> milestone_files() const;  // those that are there
  core::fs::path log_file() const { return folder_ / "log.jsonl"; }
  core::fs::path config_file() const { return folder_ / "config.json"; }

 private:
  void open_log();
  core::fs::path folder_;
  Start start_;
  bool made_ = false, begun_ = false;
  int lock_ = -1, log_ = -1;
  std::size_t log_lines_ = 0;
};

}  // namespace coopseg::training
