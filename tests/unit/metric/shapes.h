// Small shapes whose numbers by several tools are known.
#pragma once

#include <cmath>

#include "masks.h"

namespace coopseg::metric::test {

inline Pair shape(char letter) {
  const auto both = [](const std::vector<std::size_t>& size, const std::vector<double>& spacing = {}) {
    return Pair{empty_mask(size, spacing), empty_mask(size, spacing)};
  };
  Pair p;
  switch (letter) {
    case 'A':
      p = both({9, 9}, {2, 1});
      add(p.reference, {{4, 5}, {3, 4}});
      add(p.prediction, {{4, 5}, {5, 6}});
      break;
    case 'B':
    case 'C':
      p = both({14, 14});
      add(p.reference, {{5, 9}, {5, 9}});
      if (letter == 'B') add(p.prediction, {{6, 8}, {6, 8}});
      if (letter == 'C') add(p.prediction, {{4, 10}, {4, 10}});
      break;
    case 'D':
      p = both({14, 14});
      add(p.prediction, {{9, 12}, {9, 12}});
      p.reference = p.prediction;
      add(p.reference, {{1, 2}, {1, 2}});
      break;
    case 'E':
      p = both({11, 11});
      add(p.reference, {{3, 8}, {3, 8}});
      p.prediction = p.reference;
      add(p.prediction, {{5, 6}, {1, 10}});
      add(p.prediction, {{1, 10}, {5, 6}});
      break;
    case 'F':
    case 'G':
      p = both({10, 64, 64}, {10, 1.4, 1.4});
      for (std::size_t k = 2; k < 8; ++k)
        for (std::size_t j = 0; j < 64; ++j)
          for (std::size_t i = 0; i < 64; ++i) {
            if (std::hypot(double(j) - 31.5, double(i) - 31.5) >= 20) continue;
            p.reference.at(i, j, k) = 1;
            if (letter == 'F' && k < 7) p.prediction.at(i, j, k) = 1;
            if (letter == 'G') p.prediction.at(i, j + 1, k) = 1;
          }
      break;
    case 'H':
      p = both({12, 12, 12}, {2, 1, 1});
      add(p.reference, {{3, 8}, {3, 8}, {3, 8}});
      add(p.prediction, {{4, 9}, {3, 8}, {3, 8}});
      break;
    default: break;
  }
  return p;
}

}  // namespace coopseg::metric::test
