// Zip archives in the form that PyTorch gives its files: every entry stored as it is, none compressed.
//
//   const ZipArchive archive(bytes, "image_encoder.pth");
//   std::string_view pickle = archive.content("image_encoder/data.pkl");
//
// Written here and not taken from a library: libzip and minizip accept much that is a danger or a mistake in a model
// file (compression, encryption, entries that share bytes, archives before or behind other data), and neither aligns
// what it writes. The stored form alone is small enough to check every field of it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace coopseg::model {

class ZipArchive {
 public:
  // Checks the whole archive: all lengths and places, that no two entries share a byte or a name, every CRC.
  // Takes memory for the names only. `bytes` must outlive the archive; `file` names it in errors. Throws
  // core::DataError.
  ZipArchive(std::string_view bytes, std::string file);

  const std::vector<std::string>& names() const { return names_; }  // in the directory's order
  bool holds(const std::string& name) const { return contents_.count(name) > 0; }
  std::string_view content(const std::string& name) const;  // throws core::DataError if there is no such entry

 private:
  std::string file_;
  std::vector<std::string> names_;
  std::map<std::string, std::string_view> contents_;
};

struct ZipEntry {
  std::string name;
  std::string_view bytes;
};

// The archive of these entries, each one's bytes at a multiple of 64, as PyTorch aligns them. Equal entries give equal
// bytes: no time stands in it. Throws std::invalid_argument if it would need more than 4 GiB, which no model here does.
std::string stored_zip(const std::vector<ZipEntry>& entries);

}  // namespace coopseg::model
