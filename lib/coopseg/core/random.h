// Counter-based random numbers (Philox4x32-10 of Random123; Salmon et al., SC 2011).
//
//   RandomStream draw(seed, {case_id, frame, "repeat 2", "motion"});
//   double degrees = draw.uniform(-15, 15);
//
// A stream is a pure function of the seed and of what it is for: no state is shared, so the numbers do not depend on
// threads, shards or the order of a list. Copying a stream copies its position. One stream must not be used by two
// threads at once.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace coopseg::core {

class RandomStream {
 public:
  // `purpose` names what the numbers are for; its parts are kept apart, so {"ab","c"} and {"a","bc"} differ.
  RandomStream(std::uint64_t seed, std::initializer_list<std::string_view> purpose);
  // The same with numbers behind the purpose: {"augment"}, {epoch, slice}.
  RandomStream(std::uint64_t seed, std::initializer_list<std::string_view> purpose,
               std::initializer_list<std::uint64_t> indices);

  std::uint32_t bits();                       // 32 random bits
  double uniform();                           // in [0, 1), 53 bits
  double uniform(double low, double high);    // in [low, high)
  double normal();                            // mean 0, standard deviation 1 (Box and Muller)
  std::uint64_t below(std::uint64_t count);   // in 0 ... count - 1, unbiased; count > 0
  bool chance(double probability);            // true with this probability

  // A permutation of 0 ... count - 1 (Fisher and Yates).
  std::vector<std::size_t> permutation(std::size_t count);

 private:
  void refill();
  std::uint64_t seed_;
  std::uint64_t stream_;
  std::uint64_t block_ = 0;
  std::array<std::uint32_t, 4> words_{};
  unsigned used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

}  // namespace coopseg::core
