#include "coopseg/metric/value.h"

#include <mutex>
#include <set>

namespace coopseg::metric {

Reason::Reason(const std::string& text) {
  static std::mutex one_at_a_time;
  static std::set<std::string> known;
  const std::lock_guard<std::mutex> lock(one_at_a_time);
  text_ = &*known.insert(text).first;
}

const std::string& Reason::text() const {
  static const std::string none;
  return text_ ? *text_ : none;
}

}  // namespace coopseg::metric
