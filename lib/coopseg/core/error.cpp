#include "coopseg/core/error.h"

#include <cstring>

namespace coopseg::core {

static std::string join(const std::string& subject, const std::string& problem, const std::string& remedy) {
  std::string text = subject.empty() ? problem : subject + ": " + problem;
  if (!remedy.empty()) text += "; " + remedy;
  return text;
}

Error::Error(std::string subject, std::string problem, std::string remedy)
    : std::runtime_error(join(subject, problem, remedy)),
      subject_(std::move(subject)),
      problem_(std::move(problem)),
      remedy_(std::move(remedy)) {}

void throw_io_error(const std::string& subject, const std::string& action, int error_number) {
  throw IoError(subject, action + ": " + std::strerror(error_number));
}

}  // namespace coopseg::core
