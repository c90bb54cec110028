#include "coopseg/model/tensor_numbers.h"

#include <fmt/ranges.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>

namespace coopseg::model {
namespace {

// The bytes are little-endian, like every machine this runs on.
template <class T>
T read(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

double half(const char* bytes) {
  const auto bits = read<std::uint16_t>(bytes);
  const int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  double value = std::ldexp(fraction, -24);
  if (exponent == 0x1f) {
    value = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  } else if (exponent > 0) {
    value = std::ldexp(fraction + 0x400, exponent - 25);
  }
  return bits & 0x8000 ? -value : value;
}

double brain(const char* bytes) {
  const std::uint32_t bits = std::uint32_t{read<std::uint16_t>(bytes)} << 16;
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

template <class T>
double plain(const char* bytes) {
  return static_cast<double>(read<T>(bytes));
}

struct Type {
  std::size_t bytes;
  bool floating;
  double (*number)(const char*);
};

const Type& type_of(const std::string& dtype) {
  static const std::map<std::string, Type> kTypes = {
      {"F64", {8, true, plain<double>}},        {"F32", {4, true, plain<float>}},
      {"F16", {2, true, half}},                 {"BF16", {2, true, brain}},
      {"I64", {8, false, plain<std::int64_t>}}, {"I32", {4, false, plain<std::int32_t>}},
      {"I16", {2, false, plain<std::int16_t>}}, {"I8", {1, false, plain<std::int8_t>}},
      {"U8", {1, false, plain<std::uint8_t>}},  {"BOOL", {1, false, plain<std::uint8_t>}}};
  return kTypes.at(dtype);
}

}  // namespace

std::size_t bytes_per_element(const std::string& dtype) { return type_of(dtype).bytes; }
bool is_floating(const std::string& dtype) { return type_of(dtype).floating; }

std::vector<double> numbers(const core::StoredTensor& tensor) {
  const Type& type = type_of(tensor.dtype);
  std::vector<double> found(tensor.bytes.size() / type.bytes);
  for (std::size_t i = 0; i < found.size(); ++i) found[i] = type.number(tensor.bytes.data() + i * type.bytes);
  return found;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace coopseg::model
