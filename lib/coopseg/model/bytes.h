// Little-endian numbers in byte strings. Private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace coopseg::model {

// Front to back. Whoever reads asks left() first where the bytes come from a file: reading past the end is an error of
// the program and throws std::logic_error instead of touching foreign memory.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  std::size_t left() const { return bytes_.size() - at_; }
  std::size_t position() const { return at_; }
  std::string_view take(std::size_t count);
  void skip(std::size_t count) { take(count); }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }

 private:
  std::uint64_t number(std::size_t bytes);
  std::string_view bytes_;
  std::size_t at_ = 0;
};

void put_u16(std::string& out, std::uint16_t value);
void put_u32(std::string& out, std::uint32_t value);

// A name out of a file as a message can show it: on one line, printable, not too long.
std::string shown(std::string_view name);

}  // namespace coopseg::model
