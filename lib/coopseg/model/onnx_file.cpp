#include "coopseg/model/onnx_file.h"

#include <fmt/core.h>

#include <limits>

#include "coopseg/core/error.h"
#include "coopseg/core/late_library.h"
#include "coopseg/model/pretraining.h"

namespace coopseg::model {

OnnxFile to_onnx(const ModelFile& model, const OnnxOptions& options) {
  check_model(model);
  if (pretraining_stage(model.description)) {
    throw core::DataError(model.name, "is a pre-trained part of a network, which segments nothing yet",
                          "begin a training with it (--init)");
  }
  if (options.with_stn && !model.description.has_output(kSlowOutput))
    throw core::UsageError(model.name, "has no slow-thinking network (STN)", "use --stage ftn");
  std::uint64_t bytes = 0;
  for (const auto& [name, tensor] : model.content.tensors) bytes += tensor.bytes.size();
  // Protocol Buffers, of which the format is made, have no more; what is not weights needs less than 16 MiB.
  constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max() - (std::uint64_t{1} << 24);
  if (bytes > kMost) {
    throw core::DataError(model.name, fmt::format("has weights of {} bytes, and an ONNX file holds 2 GiB", bytes),
                          "take a network of fewer filters");
  }
  OnnxFile written;
  core::late_function<WriteOnnx>(kOnnxLibrary, kWriteOnnx)(model, options, written);
  return written;
}

}  // namespace coopseg::model
