#include "coopseg/training/schedule.h"

#include <algorithm>
#include <cmath>

namespace coopseg::training {

double Schedule::at(std::size_t iteration) const {
  const auto t = static_cast<double>(iteration), whole = static_cast<double>(std::max<std::size_t>(length, 1));
  switch (kind) {
    case Kind::constant: return 1;
    case Kind::step: return std::pow(factor, std::floor(t / whole));
    case Kind::cosine: {
      const double passed = std::max(0.0, t - static_cast<double>(start)) / whole;
      return 0.5 * (1 + std::cos(std::acos(-1.0) * std::min(passed, 1.0)));
    }
  }
  return 1;
}

double gaussian_ramp(std::size_t iteration, std::size_t length) {
  if (length == 0) return 1;
  const double left = 1 - static_cast<double>(std::min(iteration, length)) / static_cast<double>(length);
  return std::exp(-5 * left * left);
}

double gaussian_ramp(std::size_t iteration, std::size_t length, std::size_t step) {
  return gaussian_ramp(iteration - iteration % step, length);
}

double teacher_keep(std::size_t iteration, double most) {
  return std::min(1 - 1 / static_cast<double>(iteration + 1), most);
}

}  // namespace coopseg::training
