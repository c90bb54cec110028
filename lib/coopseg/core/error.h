// Errors that a user can act on.
//
//   throw DataError("ED_seg.nii.gz", "holds label 7, which no class has", "name it with --labels");
//
// Which type decides the exit status (see Command::run): UsageError 2, DataError and IoError 1, Ended its own.
// "Cannot happen" is an assert(), never one of these.
#pragma once

#include <stdexcept>
#include <string>

namespace coopseg::core {

// `subject` is the file, option or case the message is about (may be empty), `problem` what was found and what was
// expected, `remedy` what to do about it (may be empty). what() gives all three on one line.
class Error : public std::runtime_error {
 public:
  Error(std::string subject, std::string problem, std::string remedy = {});
  const std::string& subject() const { return subject_; }
  const std::string& problem() const { return problem_; }
  const std::string& remedy() const { return remedy_; }

 private:
  std::string subject_, problem_, remedy_;
};

// The command line, a configuration or a case list is wrong; nothing has been done.
class UsageError : public Error {
  using Error::Error;
};

// The content of a file is not what it must be.
class DataError : public Error {
  using Error::Error;
};

// The operating system refused: missing file, no permission, disk full.
class IoError : public Error {
  using Error::Error;
};

// Thrown where another process has said why the program ends: with this status, without a word.
struct Ended {
  int status;
};

// Runs `work`, which reads what the command line names: a file that cannot be read or holds something else is an error
// of the command line, as nothing has been done yet. A `remedy` stands in the place of the error's own.
template <class Work>
auto as_usage_error(Work&& work, const std::string& remedy = {}) {
  try {
    return work();
  } catch (const UsageError&) {
    throw;
  } catch (const Error& e) {
    throw UsageError(e.subject(), e.problem(), remedy.empty() ? e.remedy() : remedy);
  }
}

// Throws IoError for `subject` with the system's words for `error_number` (an errno value).
[[noreturn]] void throw_io_error(const std::string& subject, const std::string& action, int error_number);

}  // namespace coopseg::core
