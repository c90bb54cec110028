// A model file as a whole: read, judged, summarised and compared, without LibTorch.
//
//   const ModelFile model = read_model_file("run/best.safetensors");
//   check_model(model);
//   for (const ModuleSummary& module : summarise(model)) ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/model/description.h"

namespace coopseg::model {

struct ModelFile {
  std::string name;  // for messages
  core::TensorFile content;
  ModelDescription description;
};

// Throws core::DataError and core::IoError. That this version has the network, and that the tensors are the network's,
// is for check_model() to say.
ModelFile read_model_file(const core::fs::path& file);

// check_can_run(), check_state() for the network that the description names, and no tensor besides. Throws
// core::DataError with the first fault.
void check_model(const ModelFile& model);

struct LayerSummary {
  std::string name;  // "general_encoder.inc.0"
  std::string kind;  // "convolution", "transposed convolution", "batch norm", "unknown"
  std::vector<std::int64_t> shape;  // of its weight, or of its only tensor
  std::uint64_t parameters = 0, buffers = 0;  // numbers
};
struct ModuleSummary {
  std::string name;
  std::uint64_t tensors = 0, parameters = 0, buffers = 0, bytes = 0;
  std::vector<LayerSummary> layers;
};
// In the network's order; tensors that it does not have come last, as unknown.
std::vector<ModuleSummary> summarise(const ModelFile& model);

// One member of the descriptions that differs; null where a model does not have it.
struct MemberDifference {
  std::string path;  // "training/epochs"
  core::Json first, second;
};
struct TensorDifference {
  std::string name;
  std::string problem;  // "only in the first"; empty where type and shape agree, and then:
  std::uint64_t elements = 0, differing = 0;
  std::optional<double> absolute, relative;  // greatest |a - b| and |a - b| / max(|a|, |b|); none if not all are finite
};
struct ModelDifference {
  std::vector<MemberDifference> description;
  std::vector<TensorDifference> tensors;  // those that differ
  std::uint64_t tensors_compared = 0;
  bool none() const { return description.empty() && tensors.empty(); }
};
// Tensors are equal if their type, shape and bytes are.
ModelDifference difference(const ModelFile& first, const ModelFile& second);

}  // namespace coopseg::model
