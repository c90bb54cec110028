// Stands for the fuzzer where the compiler has none: gives every file of the folders named on the command line to the
// target, under a limit of memory. Ends with status 0 if none of them ends the process.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "fuzz.h"

namespace {

// No input of the corpus is larger than 64 KB; what a reader may ask for beyond that is little.
void limit_memory() {
#ifndef __SANITIZE_ADDRESS__
  constexpr rlim_t kMore = rlim_t{512} << 20;
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit limit{};
  getrlimit(RLIMIT_AS, &limit);
  limit.rlim_cur = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + kMore;
  setrlimit(RLIMIT_AS, &limit);
#endif
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    std::fprintf(stderr, "no inputs\n");
    return 1;
  }
  limit_memory();
  for (const auto& file : files) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);
    std::ifstream input(file, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(input), {});
    ::alarm(60);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  std::printf("%zu inputs\n", files.size());
  return 0;
}
