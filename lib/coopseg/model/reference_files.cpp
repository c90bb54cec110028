#include "coopseg/model/reference_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "coopseg/core/error.h"
#include "coopseg/model/bytes.h"
#include "coopseg/model/layout_fcn16.h"
#include "coopseg/model/torch_file.h"

namespace coopseg::model {
namespace {

using core::fs::path;

// A hundred times the largest file of these networks.
constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
constexpr const char* kFolderRemedy = "name the folder of the .pth files, as RUN/best/checkpoints";

std::string read(const path& file, ReferenceModel& model) {
  std::string bytes = core::read_file(file, kMaxFileBytes);
  model.files.push_back({file.filename().string(), core::sha256(bytes)});
  return bytes;
}

void take(StateDict&& state, const std::string& module, ReferenceModel& model) {
  for (auto& [name, tensor] : state) model.content.tensors[fmt::format("{}/{}", module, name)] = std::move(tensor);
}

void read_modules(const path& folder, ReferenceModel& model) {
  const bool encoder = core::fs::exists(folder / "shape_encoder.pth");
  const bool decoder = core::fs::exists(folder / "shape_decoder.pth");
  if (encoder != decoder) {
    throw core::DataError(folder.string(),
                          std::string("holds shape_") + (encoder ? "encoder" : "decoder") + ".pth but not shape_" +
                              (encoder ? "decoder" : "encoder") + ".pth",
                          "give both, or remove the one for a model without slow-thinking network");
  }
  model.slow_thinking = encoder;
  for (const std::string& module : module_names(model.slow_thinking)) {
    const path file = folder / (module + ".pth");
    if (!core::fs::exists(file)) throw core::DataError(folder.string(), "holds no " + module + ".pth", kFolderRemedy);
    const std::string bytes = read(file, model);
    take(read_state_dict(bytes, file.string()), module, model);
  }
}

void read_run_snapshot(const path& file, ReferenceModel& model) {
  const std::string bytes = read(file, model);
  Snapshot snapshot = read_snapshot(bytes, file.string());
  model.network = snapshot.network;
  model.epoch = snapshot.epoch;
  model.slow_thinking = snapshot.modules.count("shape_encoder") > 0;
  for (auto& [module, state] : snapshot.modules) {
    const auto known = module_names(/*slow_thinking=*/true);
    if (std::find(known.begin(), known.end(), module) == known.end()) {
      throw core::DataError(file.string(), "holds the unknown module '" + shown(module) + "'",
                            "only the networks of this toolkit can be imported");
    }
    take(std::move(state), module, model);
  }
}

std::vector<path> snapshots_in(const path& folder) {
  std::vector<path> found;
  std::error_code error;
  for (const auto& entry : core::fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".pkl") found.push_back(entry.path());
  }
  if (error) core::throw_io_error(folder.string(), "cannot be listed", error.value());
  return found;
}

}  // namespace

ReferenceModel read_reference_model(const path& source) {
  ReferenceModel model;
  std::string name = source.string();
  if (!core::fs::is_directory(source)) {
    if (source.extension() == ".pth") {
      throw core::DataError(name, "is one module of a model", "name its folder, which holds the others");
    }
    read_run_snapshot(source, model);
  } else if (!core::fs::exists(source / "image_encoder.pth") && !snapshots_in(source).empty()) {
    const auto snapshots = snapshots_in(source);
    if (snapshots.size() > 1) throw core::DataError(name, "holds several snapshots", "name one of the .pkl files");
    name = snapshots.front().string();
    read_run_snapshot(snapshots.front(), model);
  } else {
    read_modules(source, model);
  }
  const core::StoredTensor& last = model.content.at("segmentation_decoder/final_conv.weight", name);
  constexpr std::int64_t kMostClasses = 256;
  if (last.shape.empty() || last.shape[0] < 2 || last.shape[0] > kMostClasses) {
    throw core::DataError(name, "its segmentation decoder does not end in 2 to 256 classes",
                          "only the networks of this toolkit can be imported");
  }
  model.classes = static_cast<int>(last.shape[0]);
  check_state(model.content, layout_fcn16(model.classes, model.slow_thinking), name);
  return model;
}

std::vector<path> write_reference_model(const core::TensorFile& content, bool slow_thinking, int classes,
                                        const path& folder, core::Overwrite overwrite) {
  std::vector<path> paths;
  for (const std::string& module : module_names(slow_thinking)) {
    paths.push_back(folder / (module + ".pth"));
    core::refuse_existing(paths.back(), overwrite);
  }
  for (const char* name : {"shape_encoder.pth", "shape_decoder.pth"}) {
    if (slow_thinking || !core::fs::exists(folder / name)) continue;
    throw core::UsageError((folder / name).string(), "belongs to another model, which this one would be taken for",
                           "name another folder, or remove it");
  }
  const auto layout = layout_fcn16(classes, slow_thinking);
  std::vector<std::unique_ptr<core::AtomicFile>> files;
  for (const path& file : paths) {
    const std::string module = file.stem().string();
    StateDict state;
    for (const TensorLayout& tensor : layout) {
      if (tensor.module == module) state.emplace_back(tensor.name, content.tensors.at(tensor.full_name()));
    }
    files.push_back(std::make_unique<core::AtomicFile>(file, overwrite));
    files.back()->write(state_dict_file(state, module));
  }
  // Only now, when all are on the disk under temporary names.
  for (auto& file : files) file->commit();
  return paths;
}

}  // namespace coopseg::model
