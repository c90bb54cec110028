// Pickles and .pth files put together opcode by opcode, sound and hostile ones.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/model/zip_archive.h"

namespace coopseg::test {

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

inline const std::string kBegin = "\x80\x02", kEnd = ".";
inline const std::string kOrderedDict = "ccollections\nOrderedDict\n)R";

inline std::string text(const std::string& value) { return "X" + little_endian(value.size(), 4) + value; }
inline std::string integer(std::int64_t value) {
  return std::string("\x8a\x08") + little_endian(static_cast<std::uint64_t>(value), 8);
}
inline std::string tuple(const std::vector<std::int64_t>& values) {
  std::string out = "(";
  for (const std::int64_t value : values) out += integer(value);
  return out + "t";
}
inline std::string storage(const std::string& key, std::int64_t elements, const std::string& type = "FloatStorage") {
  return "(" + text("storage") + "ctorch\n" + type + "\n" + text(key) + text("cpu") + integer(elements) + "tQ";
}
struct View {
  std::int64_t offset = 0;
  std::vector<std::int64_t> shape, strides;
};
inline std::string tensor(const std::string& the_storage, const View& view) {
  return "ctorch._utils\n_rebuild_tensor_v2\n(" + the_storage + integer(view.offset) + tuple(view.shape) +
         tuple(view.strides) + "\x89" + kOrderedDict + "tR";
}
// Of one tensor "w".
inline std::string state_dict(const std::string& the_tensor) {
  return kBegin + kOrderedDict + "(" + text("w") + the_tensor + "u" + kEnd;
}

// A .pth file with this pickle and storages "0", "1", ...
inline std::string pth(const std::string& pickle, const std::vector<std::string>& storages = {},
                       const std::vector<model::ZipEntry>& others = {}) {
  std::vector<model::ZipEntry> entries = {{"m/data.pkl", pickle}};
  for (std::size_t i = 0; i < storages.size(); ++i) entries.push_back({"m/data/" + std::to_string(i), storages[i]});
  entries.insert(entries.end(), others.begin(), others.end());
  entries.push_back({"m/version", "3\n"});
  return model::stored_zip(entries);
}

}  // namespace coopseg::test
