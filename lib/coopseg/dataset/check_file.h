// One file of a case list, read in full (see check.h).
#pragma once

#include <filesystem>
#include <set>

#include "coopseg/dataset/check.h"

namespace coopseg::dataset {

// What is asked of a file: the same one may serve several cases.
struct FileRequest {
  std::filesystem::path file;
  bool as_image = false, as_labels = false;
  std::set<std::size_t> frames;  // those that cases name; empty: all
};

FileFacts read_facts(const FileRequest& request, const CheckOptions& options);

}  // namespace coopseg::dataset
