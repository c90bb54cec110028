#include "coopseg/model/tensor_layout.h"

#include <cmath>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/model/bytes.h"
#include "coopseg/model/tensor_numbers.h"

namespace coopseg::model {
namespace {

constexpr const char* kLayoutRemedy = "use a model file of the same network, classes and version";

void check_tensor(const TensorLayout& expected, const std::string& name, const core::StoredTensor& found,
                  const std::string& file) {
  const auto refuse = [&](const std::string& problem) {
    throw core::DataError(file, "tensor '" + name + "' " + problem, kLayoutRemedy);
  };
  const bool is_last = expected.full_name() == "segmentation_decoder/final_conv.weight";
  if (is_last && found.shape.size() == 4 && found.shape[0] != expected.shape[0]) {
    throw core::DataError(file,
                          "is a model of " + std::to_string(found.shape[0]) + " classes (with background), expected " +
                              std::to_string(expected.shape[0]),
                          "use the classes that the model was trained with");
  }
  if (found.shape != expected.shape) {
    refuse("has the shape " + shape_text(found.shape) + ", expected " + shape_text(expected.shape));
  }
  if (expected.role == TensorRole::batches_tracked) {
    if (found.dtype != "I64") refuse("has the type " + found.dtype + ", expected I64");
    if (numbers(found).front() < 0) refuse("counts a negative number of batches");
    return;
  }
  if (!is_floating(found.dtype)) refuse("has the type " + found.dtype + ", expected F32");
  for (const double number : numbers(found)) {
    if (!std::isfinite(number)) refuse("holds NaN or infinite values");
    if (number < 0 && expected.role == TensorRole::running_variance) refuse("holds a negative variance");
  }
}

}  // namespace

void check_state(const core::TensorFile& content, const std::vector<TensorLayout>& layout, const std::string& file,
                 const std::string& prefix) {
  std::set<std::string> modules, names;
  for (const TensorLayout& expected : layout) {
    const std::string name = prefix + expected.full_name();
    check_tensor(expected, name, content.at(name, file), file);
    modules.insert(prefix + expected.module);
    names.insert(name);
  }
  for (const auto& [name, stored] : content.tensors) {
    if (name.size() < prefix.size()) continue;
    if (modules.count(name.substr(0, name.find('/', prefix.size()))) && !names.count(name)) {
      throw core::DataError(file, "holds the tensor '" + shown(name) + "', which this network does not have",
                            kLayoutRemedy);
    }
  }
}

}  // namespace coopseg::model
