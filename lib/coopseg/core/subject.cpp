#include "coopseg/core/subject.h"

namespace coopseg::core {

std::string subject_of(const Case& c) {
  const std::string subject = c.text("subject"), dataset = c.text("dataset");
  return (dataset.empty() ? "" : dataset + "/") + (subject.empty() ? c.id() : subject);
}

}  // namespace coopseg::core
