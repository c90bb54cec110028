#include "coopseg/core/random.h"

#include <Random123/philox.h>

#include <cassert>
#include <cmath>
#include <numeric>

namespace coopseg::core {

namespace {

// FNV-1a over the parts, each closed by its length, then SplitMix64's finaliser to spread the bits.
std::uint64_t hash(std::initializer_list<std::string_view> parts, std::initializer_list<std::uint64_t> indices) {
  std::uint64_t h = 0xcbf29ce484222325u;
  const auto add = [&h](unsigned char byte) { h = (h ^ byte) * 0x100000001b3u; };
  const auto add_number = [&add](std::uint64_t n) {
    for (int shift = 0; shift < 64; shift += 8) add(static_cast<unsigned char>(n >> shift));
  };
  for (const auto part : parts) {
    for (const char c : part) add(static_cast<unsigned char>(c));
    add_number(part.size());
  }
  for (const auto index : indices) add_number(index);
  h ^= h >> 30;
  h *= 0xbf58476d1ce4e5b9u;
  h ^= h >> 27;
  h *= 0x94d049bb133111ebu;
  return h ^ (h >> 31);
}

}  // namespace

RandomStream::RandomStream(std::uint64_t seed, std::initializer_list<std::string_view> purpose)
    : seed_(seed), stream_(hash(purpose, {})) {}

RandomStream::RandomStream(std::uint64_t seed, std::initializer_list<std::string_view> purpose,
                           std::initializer_list<std::uint64_t> indices)
    : seed_(seed), stream_(hash(purpose, indices)) {}

void RandomStream::refill() {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(block_), static_cast<std::uint32_t>(block_ >> 32),
       static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)}};
  const r123::Philox4x32::key_type key = {
      {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
  const auto out = r123::Philox4x32()(counter, key);
  for (unsigned i = 0; i < 4; ++i) words_[i] = out[i];
  ++block_;
  used_ = 0;
}

std::uint32_t RandomStream::bits() {
  if (used_ == 4) refill();
  return words_[used_++];
}

double RandomStream::uniform() {
  const std::uint64_t high = bits();
  const std::uint64_t low = bits();
  return static_cast<double>(((high << 32) | low) >> 11) * 0x1p-53;
}

double RandomStream::uniform(double low, double high) { return low + (high - low) * uniform(); }

double RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  constexpr double kTwoPi = 6.283185307179586476925;
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));  // 1 - u is never 0
  const double angle = kTwoPi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::uint64_t RandomStream::below(std::uint64_t count) {
  assert(count > 0);
  // Draws beyond the largest multiple of count are thrown away: no value is favoured.
  const std::uint64_t limit = count * (UINT64_MAX / count);
  for (;;) {
    const std::uint64_t high = bits();
    const std::uint64_t draw = (high << 32) | bits();
    if (draw < limit) return draw % count;
  }
}

bool RandomStream::chance(double probability) { return uniform() < probability; }

std::vector<std::size_t> RandomStream::permutation(std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[below(i)]);
  return order;
}

}  // namespace coopseg::core
