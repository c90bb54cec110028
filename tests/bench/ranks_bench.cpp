// What a sum over the processes of a training takes on this machine's loopback: ranks_bench [PROCESSES, 2]
#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "coopseg/network/libtorch.h"
#include "coopseg/training/ranks.h"

namespace {

using coopseg::training::RankGroup;
using Clock = std::chrono::steady_clock;

// The median of `rounds` means of `times` sums of so many numbers, in microseconds.
double microseconds(RankGroup& ranks, std::int64_t numbers, int rounds, int times) {
  at::Tensor values = at::ones({numbers}, at::kFloat);
  std::vector<double> found;
  for (int round = 0; round < rounds; ++round) {
    const auto start = Clock::now();
    for (int i = 0; i < times; ++i) ranks.sum(values);
    const std::chrono::duration<double, std::micro> taken = Clock::now() - start;
    found.push_back(taken.count() / times);
    values.fill_(1);
  }
  std::sort(found.begin(), found.end());
  return found[found.size() / 2];
}

void measure(std::size_t index, std::size_t count, const std::filesystem::path& file) {
  coopseg::core::Ranks place;
  place.index = place.local_index = index;
  place.count = place.local_count = count;
  place.file = file;
  RankGroup ranks(place, /*shares_statistics=*/true);
  for (const std::int64_t numbers : {65, 513, 65536, 1 << 20, 4 << 20}) {
    const double time = microseconds(ranks, numbers, 5, numbers > 100000 ? 10 : 200);
    if (index == 0) fmt::print("{} processes, {} bytes: {:.0f} us\n", count, 4 * numbers, time);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2;
  std::string folder = (std::filesystem::temp_directory_path() / "ranks-bench-XXXXXX").string();
  if (count < 2 || !mkdtemp(folder.data())) return 2;
  for (std::size_t i = 1; i < count; ++i) {
    if (fork() == 0) {
      measure(i, count, std::filesystem::path(folder) / "meet");
      _exit(0);
    }
  }
  measure(0, count, std::filesystem::path(folder) / "meet");
  while (wait(nullptr) > 0) continue;
  std::filesystem::remove_all(folder);
  return 0;
}
