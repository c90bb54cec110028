// The golden model file of format 1, and the golden state of a training: golden_model HEADER OUT
//
// A model has ten million bytes of weights, which would be most of this repository. So what is kept is the header, to
// the byte as version 0.1.0 wrote it; the numbers behind it follow from a formula, exact on any machine: entry k of the
// header in the order of names, element i, is formula_uniform(k, i) - 1/2 (variances and second moments: formula_uniform(k, i);
// counters: k). Nothing here asks the toolkit how a model looks, so that this stays the same file whatever becomes of it.
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "support/formula.h"

namespace {

std::string numbers(const std::string& name, const std::string& dtype, std::uint32_t k, std::size_t bytes) {
  std::string data(bytes, '\0');
  if (dtype == "I64") {
    const std::int64_t value = k;
    std::memcpy(data.data(), &value, sizeof value);
    return data;
  }
  const auto ends_in = [&name](const std::string& end) {
    return name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
  };
  const bool is_variance = ends_in(".running_var") || ends_in("/exp_avg_sq");
  for (std::size_t i = 0; i < bytes / sizeof(float); ++i) {
    const double uniform = coopseg::test::formula_uniform(k, static_cast<std::uint32_t>(i));
    const auto value = static_cast<float>(is_variance ? uniform : uniform - 0.5);
    std::memcpy(data.data() + i * sizeof value, &value, sizeof value);
  }
  return data;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "golden_model HEADER OUT\n";
    return 2;
  }
  std::ifstream input(argv[1], std::ios::binary);
  const std::string header(std::istreambuf_iterator<char>(input), {});
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(header.size() >> (8 * i) & 0xff);
  file += header;
  const std::size_t start = file.size();
  const auto entries = nlohmann::json::parse(header);  // in the order of names
  std::uint32_t k = 0;
  for (const auto& [name, entry] : entries.items()) {
    if (name == "__metadata__") continue;
    const std::size_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
    if (file.size() < start + end) file.resize(start + end);
    file.replace(start + begin, end - begin, numbers(name, entry["dtype"], ++k, end - begin));
  }
  std::ofstream(argv[2], std::ios::binary) << file;
  return 0;
}
