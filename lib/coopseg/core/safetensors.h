// The safetensors container: named arrays and text metadata in one file, read without executing anything.
//
// Layout: 8 bytes little-endian header length, a JSON header, raw little-endian data. Sizes in the header are checked
// against the file before memory is taken; overlaps, gaps and unknown types are refused (DataError), and models in
// other formats (ONNX, .pth) by name. Model files, training states and golden numbers are of this format. Knows nothing
// of LibTorch, so that programs can judge a model file before they load it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "coopseg/core/file.h"

namespace coopseg::core {

struct StoredTensor {
  std::string dtype;               // "F32", "F64", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"
  std::vector<std::int64_t> shape; // empty: one number
  std::string bytes;               // row-major, little-endian; its size agrees with dtype and shape
};

struct TensorFile {
  std::map<std::string, std::string> metadata;   // the `__metadata__` object: text to text
  std::map<std::string, StoredTensor> tensors;

  const StoredTensor& at(const std::string& name, const std::string& file) const;  // throws DataError if absent
};

TensorFile read_tensor_file(const fs::path& file);
std::map<std::string, std::string> read_tensor_metadata(const fs::path& file);  // reads the header only
// Equal content gives equal bytes. Written whole or not at all.
void write_tensor_file(const fs::path& file, const TensorFile& content, Overwrite overwrite);

}  // namespace coopseg::core
