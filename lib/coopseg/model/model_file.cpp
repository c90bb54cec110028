#include "coopseg/model/model_file.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/model/bytes.h"
#include "coopseg/model/network_layout.h"
#include "coopseg/model/tensor_numbers.h"

namespace coopseg::model {
namespace {

using core::Json;

const char* text(LayerKind kind) {
  switch (kind) {
    case LayerKind::convolution: return "convolution";
    case LayerKind::transposed_convolution: return "transposed convolution";
    case LayerKind::batch_norm: return "batch norm";
    case LayerKind::linear: return "linear";
  }
  return "unknown";
}

// "a/b.0.weight" is tensor "weight" of layer "b.0" of module "a".
std::pair<std::string, std::string> module_and_layer(const std::string& name) {
  const std::size_t slash = name.find('/');
  const std::string module = slash == std::string::npos ? "" : name.substr(0, slash);
  const std::string rest = slash == std::string::npos ? name : name.substr(slash + 1);
  return {module, rest.substr(0, rest.rfind('.'))};
}

void add(std::vector<ModuleSummary>& modules, const std::string& name, const core::StoredTensor& tensor,
         const char* kind, TensorRole role) {
  const auto [module_name, layer_name] = module_and_layer(name);
  auto module = std::find_if(modules.begin(), modules.end(), [&, &wanted = module_name](const ModuleSummary& m) {
    return m.name == wanted;
  });
  if (module == modules.end()) module = modules.insert(modules.end(), ModuleSummary{module_name, 0, 0, 0, 0, {}});
  // Tensors of a layer stand together, so it can only be the last one.
  if (module->layers.empty() || module->layers.back().name != layer_name) {
    module->layers.push_back({layer_name, kind, tensor.shape, 0, 0});
  }
  const std::uint64_t count = tensor.bytes.size() / bytes_per_element(tensor.dtype);
  const bool is_parameter = role == TensorRole::parameter;
  (is_parameter ? module->layers.back().parameters : module->layers.back().buffers) += count;
  (is_parameter ? module->parameters : module->buffers) += count;
  ++module->tensors;
  module->bytes += tensor.bytes.size();
}

void compare_members(const std::string& path, const Json& first, const Json& second,
                     std::vector<MemberDifference>& found) {
  if (first == second) return;
  if (!first.is_object() || !second.is_object()) {
    found.push_back({path, first, second});
    return;
  }
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "/" + key; };
  for (const auto& [key, value] : first.items()) {
    compare_members(below(key), value, second.contains(key) ? second.at(key) : Json(), found);
  }
  for (const auto& [key, value] : second.items()) {
    if (!first.contains(key)) compare_members(below(key), Json(), value, found);
  }
}

TensorDifference compare_tensors(const std::string& name, const core::StoredTensor& first,
                                 const core::StoredTensor& second) {
  TensorDifference found;
  found.name = name;
  if (first.dtype != second.dtype) {
    found.problem = "has the types " + first.dtype + " and " + second.dtype;
  } else if (first.shape != second.shape) {
    found.problem = "has the shapes " + shape_text(first.shape) + " and " + shape_text(second.shape);
  }
  if (!found.problem.empty()) return found;
  const std::vector<double> a = numbers(first), b = numbers(second);
  const std::size_t width = bytes_per_element(first.dtype);
  double absolute = 0, relative = 0;
  bool finite = true;
  found.elements = a.size();
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (first.bytes.compare(i * width, width, second.bytes, i * width, width) == 0) continue;
    ++found.differing;
    const double distance = std::abs(a[i] - b[i]);
    finite = finite && std::isfinite(distance);
    absolute = std::max(absolute, distance);
    if (distance > 0) relative = std::max(relative, distance / std::max(std::abs(a[i]), std::abs(b[i])));
  }
  if (finite) {
    found.absolute = absolute;
    found.relative = relative;
  }
  return found;
}

}  // namespace

ModelFile read_model_file(const core::fs::path& file) {
  ModelFile model;
  model.name = file.string();
  model.content = core::read_tensor_file(file);
  model.description = model_description(model.content, model.name);
  return model;
}

void check_model(const ModelFile& model) {
  check_can_run(model.description, model.name);
  const auto layout = layout_of(model.description);
  check_state(model.content, layout, model.name);
  std::set<std::string> names;
  for (const TensorLayout& tensor : layout) names.insert(tensor.full_name());
  for (const auto& [name, tensor] : model.content.tensors) {
    if (names.count(name)) continue;
    throw core::DataError(model.name, "holds the tensor '" + shown(name) + "', which its description does not tell of",
                          "write the model again");
  }
}

std::vector<ModuleSummary> summarise(const ModelFile& model) {
  std::vector<ModuleSummary> modules;
  std::set<std::string> seen;
  for (const TensorLayout& tensor : layout_of(model.description)) {
    const auto found = model.content.tensors.find(tensor.full_name());
    if (found == model.content.tensors.end()) continue;
    seen.insert(found->first);
    add(modules, found->first, found->second, text(tensor.layer), tensor.role);
  }
  for (const auto& [name, tensor] : model.content.tensors) {
    if (!seen.count(name)) add(modules, name, tensor, "unknown", TensorRole::parameter);
  }
  return modules;
}

ModelDifference difference(const ModelFile& first, const ModelFile& second) {
  ModelDifference found;
  compare_members("", to_json(first.description), to_json(second.description), found.description);
  for (const auto& [name, tensor] : first.content.tensors) {
    ++found.tensors_compared;
    const auto other = second.content.tensors.find(name);
    if (other == second.content.tensors.end()) {
      found.tensors.push_back({name, "is only in the first", 0, 0, {}, {}});
      continue;
    }
    if (TensorDifference compared = compare_tensors(name, tensor, other->second);
        compared.differing > 0 || !compared.problem.empty()) {
      found.tensors.push_back(std::move(compared));
    }
  }
  for (const auto& [name, tensor] : second.content.tensors) {
    if (first.content.tensors.count(name)) continue;
    ++found.tensors_compared;
    found.tensors.push_back({name, "is only in the second", 0, 0, {}, {}});
  }
  return found;
}

}  // namespace coopseg::model
