// What tests share: golden folders, scratch folders, and the numbers of formula.h.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/formula.h"

namespace coopseg::test {

// Folder `part` of the golden numbers; empty where there are none. The environment variable wins over the build's.
inline std::filesystem::path golden(const std::string& part) {
  const char* variable = std::getenv("COOPSEG_GOLDEN_DIR");
  std::filesystem::path folder = variable && *variable ? variable : COOPSEG_GOLDEN_DIR_DEFAULT;
  if (folder.empty() || !std::filesystem::exists(folder / part)) return {};
  return folder / part;
}
// NOLINTNEXTLINE(bugprone-macro-parentheses): a name that is declared takes none
#define COOPSEG_NEEDS_GOLDEN(variable, part)                            \
  const std::filesystem::path variable = ::coopseg::test::golden(part); \
  if (variable.empty()) GTEST_SKIP() << "no golden/" << (part) << "; set COOPSEG_GOLDEN_DIR"

// A folder of its own for each test, removed at the end.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "coopseg-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace coopseg::test
