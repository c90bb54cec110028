#include "coopseg/training/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <regex>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/core/schema.h"

namespace coopseg::training {
namespace {

using core::Json;

bool is_milestone(const std::string& name) {
  static const std::regex kName("iteration-[0-9]+\\.safetensors");
  return std::regex_match(name, kName);
}

// Half-written files of a process that was killed, as core::AtomicFile names them: ".state.safetensors.Xa81bQ.tmp".
void remove_leftovers(const core::fs::path& folder, const std::vector<core::fs::path>& targets) {
  static const std::regex kTemporary("\\.(.+)\\.[^.]{6}\\.tmp");
  std::error_code ignored;
  for (const auto& entry : core::fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    std::smatch parts;
    if (!std::regex_match(name, parts, kTemporary)) continue;
    const std::string target = parts[1];
    if (is_milestone(target) || std::any_of(targets.begin(), targets.end(),
                                            [&](const auto& file) { return file.filename().string() == target; }))
      core::fs::remove(entry.path(), ignored);
  }
}

}  // namespace

RunFolder::RunFolder(core::fs::path folder, Start start) : folder_(std::move(folder)), start_(start) {
  std::error_code error;
  made_ = core::fs::create_directories(folder_, error);
  if (error) core::throw_io_error(folder_.string(), "cannot make the run folder", error.value());
  if (!core::fs::is_directory(folder_))
    throw core::UsageError(folder_.string(), "is not a folder", "choose another --out");
  lock_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) core::throw_io_error(folder_.string(), "cannot open the run folder", errno);
  // Some network file systems know no locks; there the user's care must do.
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(lock_);
    throw core::UsageError(folder_.string(), "another training runs in this folder",
                           "wait for it, or choose another --out");
  }
  if (start_ == Start::fresh) {
    std::vector<core::fs::path> files = milestone_files();
    files.insert(files.begin(), {config_file(), log_file(), state_file(), best_file(), last_file()});
    for (const auto& file : files) {
      if (!core::fs::exists(file)) continue;
      ::close(lock_);
      throw core::UsageError(folder_.string(), "holds a run already (" + file.filename().string() + ")",
                             "--resume goes on with it, --force replaces it");
    }
  }
}

RunFolder::~RunFolder() {
  // A folder made for a run that never began goes again; one that holds anything stays.
  if (made_ && !begun_) ::rmdir(folder_.c_str());
  if (log_ >= 0) ::close(log_);
  if (lock_ >= 0) ::close(lock_);
}

void RunFolder::begin(const Json& config) {
  if (start_ == Start::resume && core::fs::exists(config_file())) {
    const Json before = core::read_json(config_file());
    core::refuse_newer(before, core::get_or(config, "schema", std::string(), "config"), config_file().string());
    for (const char* part : {"settings", "data"}) {
      const std::string difference =
          core::first_difference(part, config.at(part), before.contains(part) ? before.at(part) : Json::object());
      if (!difference.empty()) {
        throw core::UsageError(folder_.string(), "cannot resume this run: " + difference,
                               "give the options the run was started with, or start another one");
      }
    }
    if (before.contains("execution")) {
      for (const char* what : {"threads", "device", "ranks"}) {
        const auto said = [what](const Json& of) {
          return of["execution"].contains(what) ? of["execution"][what]
                 : what == std::string("ranks") ? Json(1)
                                                : Json();
        };
        if (said(before) != said(config)) {
          core::warning("{}: {} {} instead of {}: the last digits of the weights will differ from an uninterrupted run",
                        folder_.string(), what, core::to_line(said(config)), core::to_line(said(before)));
        }
      }
    }
    if (before.contains("libraries") && config.contains("libraries") && before["libraries"] != config.at("libraries")) {
      core::warning("{}: was started with {} instead of {}: the last digits of the weights may differ",
                    folder_.string(), core::to_line(before["libraries"]), core::to_line(config.at("libraries")));
    }
    if (before.contains("version") && before["version"] != config.at("version")) {
      core::warning("{}: was started with version {}", folder_.string(), core::to_line(before["version"]));
    }
  } else if (start_ == Start::resume && core::fs::exists(state_file())) {
    throw core::UsageError(config_file().string(), "is missing beside a saved state",
                           "start another run, or use --force");
  }
  remove_leftovers(folder_, {config_file(), log_file(), state_file(), best_file(), last_file()});
  if (start_ == Start::replace) {
    // The state first: without it, what is left of the old run is never taken for a part of the new one.
    std::vector<core::fs::path> files = milestone_files();
    files.insert(files.begin(), state_file());
    files.insert(files.end(), {best_file(), last_file(), log_file(), config_file()});
    for (const auto& file : files) {
      std::error_code error;
      core::fs::remove(file, error);
      if (error) core::throw_io_error(file.string(), "cannot remove", error.value());
    }
  }
  if (start_ == Start::resume && !core::fs::exists(state_file())) {
    std::vector<core::fs::path> models = milestone_files();
    models.insert(models.begin(), {best_file(), last_file()});
    for (const auto& file : models) {
      if (!core::fs::exists(file)) continue;
      throw core::UsageError(folder_.string(), "holds a model but no state to go on from",
                             "put state.safetensors back, or start again with --force");
    }
    core::info("{}: no state was saved yet; starts from the beginning", folder_.string());
  }
  core::write_file(config_file(), core::to_text(config), core::Overwrite::yes);
  begun_ = true;
}

core::fs::path RunFolder::milestone_file(std::size_t iteration) const {
  return folder_ / fmt::format("iteration-{}.safetensors", iteration);
}

std::vector<core::fs::path> RunFolder::milestone_files() const {
  std::vector<core::fs::path> files;
  std::error_code ignored;
  for (const auto& entry : core::fs::directory_iterator(folder_, ignored)) {
    if (is_milestone(entry.path().filename().string())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<core::TensorFile> RunFolder::read_state() const {
  if (start_ != Start::resume || !core::fs::exists(state_file())) return std::nullopt;
  return core::read_tensor_file(state_file());
}

void RunFolder::open_log() {
  log_ = ::open(log_file().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log_ < 0) core::throw_io_error(log_file().string(), "cannot write", errno);
}

void RunFolder::append_to_log(const Json& line) {
  if (log_ < 0) open_log();
  const std::string text = core::to_line(line) + "\n";
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t n = ::write(log_, text.data() + written, text.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) core::throw_io_error(log_file().string(), "cannot write", errno);
    written += static_cast<std::size_t>(n);
  }
  ++log_lines_;
}

void RunFolder::flush_log() {
  if (log_ >= 0 && ::fdatasync(log_) != 0) core::throw_io_error(log_file().string(), "cannot write", errno);
}

void RunFolder::cut_log(std::size_t lines) {
  if (log_ >= 0) ::close(log_);
  log_ = -1;
  const std::string text = core::fs::exists(log_file()) ? core::read_file(log_file()) : std::string();
  std::size_t end = 0, kept = 0;
  while (kept < lines) {
    const std::size_t newline = text.find('\n', end);
    if (newline == std::string::npos) break;
    end = newline + 1;
    ++kept;
  }
  if (kept < lines) {
    core::warning("{}: has {} lines where the saved state knows {}; those that are lost stay lost", log_file().string(),
                  kept, lines);
  }
  if (end < text.size()) core::write_file(log_file(), std::string_view(text).substr(0, end), core::Overwrite::yes);
  log_lines_ = kept;
}

}  // namespace coopseg::training
