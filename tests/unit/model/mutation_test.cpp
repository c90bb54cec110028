// Thousands of damaged .pth files: each is read or refused with an error, never anything else, and none makes the reader
// ask for much memory.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <new>

#include "coopseg/core/error.h"
#include "coopseg/core/random.h"
#include "coopseg/model/torch_file.h"
#include "pickles.h"

namespace coopseg::model {
namespace {

// While it lives, memory beyond 64 MiB more than the process has is refused with std::bad_alloc, which no test here
// expects. The files have 2 to 4 KB.
class MemoryLimit {
 public:
  MemoryLimit() {
    // Sanitizers need an address space without bounds; they refuse absurd requests by themselves.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) + (std::size_t{64} << 20);
    setrlimit(RLIMIT_AS, &limit);
    EXPECT_THROW(std::string(std::size_t{256} << 20, 'x'), std::bad_alloc);
#endif
  }
  ~MemoryLimit() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    setrlimit(RLIMIT_AS, &before_);
#endif
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;

 private:
  rlimit before_{};
};

std::string sound_file(bool for_python) {
  StateDict state;
  for (int i = 0; i < 3; ++i) {
    const std::string name = "layer" + std::to_string(i);
    state.emplace_back(name + ".weight", core::StoredTensor{"F32", {4, 3, 2}, std::string(96, static_cast<char>(i))});
    state.emplace_back(name + ".count", core::StoredTensor{"I64", {}, std::string(8, '\1')});
  }
  if (for_python) return state_dict_file(state, "m");
  // With marks, memo, attributes and views, as PyTorch writes them.
  using namespace test;
  const std::string one = tensor(storage("0", 24), {0, {4, 3, 2}, {1, 8, 4}});
  return pth(kBegin + kOrderedDict + "q\1(" + text("a") + one + "q\2" + text("b") + "h\2u}" + text("_metadata") +
                 kOrderedDict + "sb.",
             {std::string(96, 'x'), std::string(512, 'y')}, {{"m/byteorder", "little"}});
}

void read_or_refuse(const std::string& bytes, std::size_t& read, std::size_t& refused) {
  try {
    const StateDict state = read_state_dict(bytes, "x.pth");
    ++read;
    for (const auto& [name, tensor] : state) ASSERT_LE(tensor.bytes.size(), bytes.size()) << name;
  } catch (const core::DataError&) {
    ++refused;
  }
}

// Damage behind the archive's back shows in its CRC; so the pickle is also damaged before it is archived.
std::string damaged(std::string bytes, core::RandomStream& draw) {
  static const std::string kInteresting = std::string("\0\1\x7f\x80\xff()tQR.ubq", 14);
  for (std::uint64_t changes = 1 + draw.below(2); changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = draw.below(bytes.size());
    switch (draw.below(5)) {
      case 0: bytes[at] = static_cast<char>(draw.below(256)); break;
      case 1: bytes[at] = kInteresting[draw.below(kInteresting.size())]; break;
      case 2: bytes.erase(at, 1 + draw.below(8)); break;
      case 3: bytes.insert(at, bytes.substr(draw.below(bytes.size()), 1 + draw.below(64))); break;
      default: bytes.resize(at);
    }
  }
  return bytes;
}

TEST(DamagedFiles, AreReadOrRefused) {
  const MemoryLimit limit;
  std::size_t read = 0, refused = 0;
  for (const bool for_python : {true, false}) {
    const std::string sound = sound_file(for_python);
    read_or_refuse(sound, read, refused);
    ASSERT_EQ(refused, 0u);
    core::RandomStream draw(4, {"damaged archives", for_python ? "a" : "b"});
    for (int i = 0; i < 2000; ++i) read_or_refuse(damaged(sound, draw), read, refused);
    refused = 0;
  }
}

TEST(DamagedFiles, HoldPicklesThatAreReadOrRefused) {
  const MemoryLimit limit;
  std::size_t read = 0, refused = 0;
  for (const bool for_python : {true, false}) {
    const std::string sound = sound_file(for_python);
    const ZipArchive archive(sound, "x.pth");
    const std::string pickle(archive.content("m/data.pkl"));
    core::RandomStream draw(4, {"damaged pickles", for_python ? "a" : "b"});
    for (int i = 0; i < 4000; ++i) {
      const std::string bad = damaged(pickle, draw);
      std::vector<ZipEntry> entries;
      for (const std::string& name : archive.names()) {
        entries.push_back({name, name == "m/data.pkl" ? std::string_view(bad) : archive.content(name)});
      }
      read_or_refuse(stored_zip(entries), read, refused);
    }
  }
  // Both happen often enough that the test means something.
  EXPECT_GT(read, 100u);
  EXPECT_GT(refused, 1000u);
}

// Every single byte, in the archive's own structure.
TEST(DamagedFiles, ShowEveryChangedByteOrReadTheSame) {
  const std::string sound = sound_file(true);
  const StateDict expected = read_state_dict(sound, "x.pth");
  const MemoryLimit limit;
  for (std::size_t at = 0; at < sound.size(); ++at) {
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      std::string bytes = sound;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      try {
        const StateDict state = read_state_dict(bytes, "x.pth");
        ASSERT_EQ(state.size(), expected.size());
        for (std::size_t i = 0; i < state.size(); ++i) {
          EXPECT_EQ(state[i].first, expected[i].first) << at;
          EXPECT_EQ(state[i].second.bytes, expected[i].second.bytes) << at;
          EXPECT_EQ(state[i].second.shape, expected[i].second.shape) << at;
        }
      } catch (const core::DataError&) {
      }
    }
  }
}

}  // namespace
}  // namespace coopseg::model
