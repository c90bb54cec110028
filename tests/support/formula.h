// The "random" numbers of formula-made golden values.
#pragma once

#include <cstdint>

namespace coopseg::test {

// Stream k, element i of the closed formula that the golden numbers in the tests are made from; exact on any machine.
inline double formula_uniform(std::uint32_t k, std::uint32_t i) {
  std::uint32_t x = i + 0x9E3779B9u * (k + 1u);
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return (static_cast<double>(x) + 0.5) / 4294967296.0;
}

}  // namespace coopseg::test
