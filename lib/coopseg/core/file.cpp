#include "coopseg/core/file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"

namespace coopseg::core {

namespace {

// A file descriptor that is closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// Asking for the mask sets it for a moment, for the whole process: it is asked once, before any thread exists.
mode_t read_umask() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}
const mode_t kUmask = read_umask();

int open_for_reading(const fs::path& file) {
  // O_NONBLOCK: a FIFO must not hang the program before it is refused as no regular file.
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) throw_io_error(file.string(), "cannot be read", errno);
  return fd;
}

// Calls take(piece) for the pieces of a regular file.
template <class Take>
void read_pieces(const fs::path& file, int fd, Take&& take) {
  std::array<char, 1 << 16> piece;
  for (;;) {
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_io_error(file.string(), "cannot be read", errno);
    if (got == 0) return;
    take(std::string_view(piece.data(), static_cast<std::size_t>(got)));
  }
}

std::uint64_t checked_size(const fs::path& file, int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) throw_io_error(file.string(), "cannot be read", errno);
  if (S_ISDIR(status.st_mode)) throw IoError(file.string(), "is a folder, expected a file");
  if (!S_ISREG(status.st_mode)) throw IoError(file.string(), "is not a regular file", "save it to a file first");
  return static_cast<std::uint64_t>(status.st_size);
}

// A file without a name yet: a process that is killed leaves nothing of it behind. Its place among the open files is
// its path until it gets a name. File systems that cannot do this (NFS) get a hidden temporary name instead.
constexpr char kOpenFiles[] = "/proc/self/fd/";

bool is_unnamed(const fs::path& temporary) { return temporary.string().rfind(kOpenFiles, 0) == 0; }

std::string hidden_name(const fs::path& target) {
  return (target.parent_path() / ("." + target.filename().string() + ".XXXXXX.tmp")).string();
}

int open_unnamed(const fs::path& folder, fs::path& path) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0) return -1;
  path = kOpenFiles + std::to_string(fd);
  if (::access(path.c_str(), F_OK) == 0) return fd;
  ::close(fd);  // no /proc, and so no way to a name
  return -1;
}

// Gives an unnamed file the name; false, with errno, if that cannot be done.
bool link_unnamed(const fs::path& unnamed, const fs::path& name) {
  return ::linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }
  std::string hex() {
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : digest) {
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace

std::string read_file(const fs::path& file, std::uint64_t max_bytes) {
  const Descriptor fd(open_for_reading(file));
  const std::uint64_t size = checked_size(file, fd.get());
  if (size > max_bytes) {
    throw DataError(file.string(), "is " + std::to_string(size) + " bytes long, expected at most " +
                                       std::to_string(max_bytes));
  }
  std::string content;
  content.reserve(size);
  read_pieces(file, fd.get(), [&](std::string_view piece) { content += piece; });
  return content;
}

AtomicFile::AtomicFile(fs::path target, Overwrite overwrite) : target_(std::move(target)), overwrite_(overwrite) {
  refuse_existing(target_, overwrite_);
  const fs::path folder = target_.parent_path();
  if (!folder.empty()) {
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) throw IoError(folder.string(), "cannot be made: " + failed.message());
  }
  descriptor_ = open_unnamed(folder, temporary_);
  if (descriptor_ < 0) {
    std::string name = hidden_name(target_);
    descriptor_ = ::mkostemps(name.data(), 4, O_CLOEXEC);
    if (descriptor_ < 0) throw_io_error(target_.string(), "cannot be written", errno);
    temporary_ = name;
  }
  // mkstemp makes private files; a result is for whom the user's umask says.
  ::fchmod(descriptor_, 0666 & ~kUmask);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty() && !is_unnamed(temporary_)) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(descriptor_, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) throw_io_error(target_.string(), "cannot be written", errno);
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) throw_io_error(target_.string(), "cannot be written", errno);
  if (is_unnamed(temporary_)) {
    if (overwrite_ != Overwrite::yes && link_unnamed(temporary_, target_)) return;  // the destructor closes
    // rename() replaces in one step, and for that the file needs a name; or the target exists, or appeared meanwhile.
    std::string name = hidden_name(target_);
    const int placeholder = ::mkostemps(name.data(), 4, O_CLOEXEC);
    if (placeholder < 0) throw_io_error(target_.string(), "cannot be written", errno);
    ::close(placeholder);
    ::unlink(name.c_str());
    if (!link_unnamed(temporary_, name)) throw_io_error(target_.string(), "cannot be written", errno);
    temporary_ = name;
  }
  const int fd = descriptor_;
  descriptor_ = -1;
  if (::close(fd) != 0) throw_io_error(target_.string(), "cannot be written", errno);
  if (overwrite_ == Overwrite::yes) {
    if (::rename(temporary_.c_str(), target_.c_str()) != 0)
      throw_io_error(target_.string(), "cannot be written", errno);
    temporary_.clear();
    return;
  }
  // link() fails where the name exists, so a file that appeared meanwhile is not lost.
  if (::link(temporary_.c_str(), target_.c_str()) == 0) return;  // the destructor removes the temporary name
  // Where there are no hard links (FAT, some FUSE) the name may still be free.
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(target_, ignored))) {
    if (overwrite_ == Overwrite::no) refuse_existing(target_, overwrite_);
    if (sha256_of_file(target_) == sha256_of_file(temporary_)) return;
    throw UsageError(target_.string(), "exists and differs from what these inputs and settings give",
                     "--force replaces it");
  }
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) throw_io_error(target_.string(), "cannot be written", errno);
  temporary_.clear();
}

void write_file(const fs::path& file, std::string_view bytes, Overwrite overwrite) {
  AtomicFile out(file, overwrite);
  out.write(bytes);
  out.commit();
}

void write_file(const fs::path& file, const std::function<void(const TextSink&)>& produce, Overwrite overwrite) {
  constexpr std::size_t kPiece = std::size_t{1} << 16;
  AtomicFile out(file, overwrite);
  std::string waiting;
  produce([&](std::string_view text) {
    waiting += text;
    if (waiting.size() < kPiece) return;
    out.write(waiting);
    waiting.clear();
  });
  out.write(waiting);
  out.commit();
}

void refuse_existing(const fs::path& file, Overwrite overwrite) {
  if (overwrite != Overwrite::no) return;
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(file, ignored))) throw UsageError(file.string(), "exists", "--force replaces it");
}

void refuse_same_file(const fs::path& input, const fs::path& output) {
  std::error_code ignored;
  if (input == output || (fs::exists(output, ignored) && fs::equivalent(input, output, ignored))) {
    throw UsageError(output.string(), "is the input", "name another output");
  }
}

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

std::string sha256_of_file(const fs::path& file) { return sha256_of_files({file}); }

std::string sha256_of_files(const std::vector<fs::path>& files) {
  Sha256 hash;
  for (const fs::path& file : files) {
    const Descriptor fd(open_for_reading(file));
    checked_size(file, fd.get());
    read_pieces(file, fd.get(), [&](std::string_view piece) { hash.add(piece); });
  }
  return hash.hex();
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return;
  if (errno == EPIPE) throw ClosedPipe();
  throw_io_error("standard output", "cannot be written", errno);
}

void flush_output() {
  if (std::fflush(stdout) == 0) return;
  if (errno == EPIPE) throw ClosedPipe();
  throw_io_error("standard output", "cannot be written", errno);
}

namespace {

// A pipe may stay silent for ever: a stop signal ends the wait.
std::string read_stream(const std::string& name, int fd) {
  std::string content;
  std::array<char, 1 << 16> piece;
  for (;;) {
    pollfd waiting = {fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, 200);
    throw_if_stopped();
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) throw_io_error(name, "cannot be read", errno);
    if (got == 0) return content;
    content.append(piece.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

std::string read_standard_input() { return read_stream("standard input", STDIN_FILENO); }

std::string read_pipe(const fs::path& pipe) {
  const Descriptor fd(::open(pipe.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) throw_io_error(pipe.string(), "cannot be read", errno);
  return read_stream(pipe.string(), fd.get());
}

fs::path share_file(const std::string& relative) {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  // bin/cs-x beside share/coopseg, in the build tree as after installation.
  fs::path file = program.parent_path().parent_path() / "share" / "coopseg" / relative;
  if (!fs::exists(file, ignored)) throw IoError(file.string(), "is missing", "reinstall CoopSeg");
  return file;
}

}  // namespace coopseg::core
