// Files as such: reading whole, writing whole or not at all, hashing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace coopseg::core {

namespace fs = std::filesystem;

// The whole content of a regular file of at most `max_bytes`. Throws IoError (missing, unreadable, a folder) or
// DataError (too large).
std::string read_file(const fs::path& file, std::uint64_t max_bytes = std::uint64_t{1} << 40);

// What happens to a file that exists: `no` refuses, `yes` replaces, `same` refuses unless it holds exactly the bytes
// that would be written (--skip-existing: a run killed between an output and its sidecar goes on).
enum class Overwrite { no, yes, same };

// A file that appears under its name whole or not at all: written under a temporary name in the same folder, flushed to
// disk, renamed by commit(). Dropped without commit() it leaves nothing behind. With Overwrite::no an existing file
// is never replaced, even one that appears while writing. Missing folders are made. Throws IoError.
class AtomicFile {
 public:
  explicit AtomicFile(fs::path target, Overwrite overwrite = Overwrite::no);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  const fs::path& temporary() const { return temporary_; }  // for checks before commit()
  void commit();

 private:
  fs::path target_, temporary_;
  Overwrite overwrite_;
  int descriptor_ = -1;
};

// AtomicFile in one call.
void write_file(const fs::path& file, std::string_view bytes, Overwrite overwrite = Overwrite::no);

// Where text goes that is made in parts: as print() and the function below take it.
using TextSink = std::function<void(std::string_view)>;
// The same for long text that is never whole in memory: `produce` hands over parts as small as it likes.
void write_file(const fs::path& file, const std::function<void(const TextSink&)>& produce, Overwrite overwrite);

// Throws UsageError if `file` exists and `overwrite` is no ("--force replaces it"). With `same` it is AtomicFile's
// commit() that judges.
void refuse_existing(const fs::path& file, Overwrite overwrite);

// Throws UsageError if both names mean one file, also through links.
void refuse_same_file(const fs::path& input, const fs::path& output);

// SHA-256 in lower-case hexadecimal, of bytes in memory and of a file (read in pieces).
std::string sha256(std::string_view bytes);
std::string sha256_of_file(const fs::path& file);
// Of their contents one behind the other, as `cat FILES | sha256sum` has it.
std::string sha256_of_files(const std::vector<fs::path>& files);

// Standard output. Every write and the final flush are checked: a full disk throws IoError, a reader that has gone
// throws ClosedPipe, which ends the program quietly. Not for two threads at once.
class ClosedPipe {};
void print(std::string_view text);
void flush_output();

// All of standard input, all of a named pipe (bash's <(...)). Throws IoError, and Interrupted after a stop signal.
std::string read_standard_input();
std::string read_pipe(const fs::path& pipe);

// Folder `share/coopseg` of this build or installation, or a file in it. Throws IoError if it is not there.
fs::path share_file(const std::string& relative);

}  // namespace coopseg::core
