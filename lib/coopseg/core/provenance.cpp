#include "coopseg/core/provenance.h"

#include "coopseg/core/error.h"
#include "coopseg/core/version.h"

namespace coopseg::core {

namespace {

constexpr char kSchema[] = "coopseg.sidecar/1";

Json inputs_to_json(const std::vector<InputFile>& inputs) {
  Json list = Json::array();
  for (const auto& input : inputs) list.push_back({{"name", input.name}, {"sha256", input.sha256}});
  return list;
}

}  // namespace

InputFile input_file(const fs::path& file) { return {file.filename().string(), sha256_of_file(file)}; }

fs::path sidecar_path(const fs::path& output) {
  std::string name = output.filename().string();
  for (const std::string ending : {".nii.gz", ".nii", ".png", ".safetensors"}) {
    if (name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0) {
      name.resize(name.size() - ending.size());
      break;
    }
  }
  return output.parent_path() / (name + ".json");
}

Json make_sidecar(const Provenance& provenance, const std::vector<InputFile>& inputs, const fs::path& output,
                  const Json& extra) {
  Json sidecar = {{"schema", kSchema},
                  {"program", provenance.program},
                  {"version", version()},
                  {"git_revision", git_revision()},
                  {"command", provenance.command},
                  {"settings", provenance.settings},
                  {"libraries", provenance.libraries},
                  {"inputs", inputs_to_json(inputs)},
                  {"output", {{"name", output.filename().string()}, {"sha256", sha256_of_file(output)}}}};
  for (const auto& [key, value] : extra.items()) sidecar[key] = value;
  return sidecar;
}

void write_sidecar(const Provenance& provenance, const std::vector<InputFile>& inputs, const fs::path& output,
                   Overwrite overwrite, const Json& extra) {
  write_file(sidecar_path(output), to_text(make_sidecar(provenance, inputs, output, extra)), overwrite);
}

bool is_up_to_date(const Provenance& provenance, const std::vector<InputFile>& inputs, const fs::path& output) {
  std::error_code ignored;
  const fs::path sidecar = sidecar_path(output);
  if (!fs::exists(output, ignored) || !fs::exists(sidecar, ignored)) return false;
  try {
    const Json found = read_json(sidecar);
    return found.is_object() && found.value("program", "") == provenance.program &&
           found.value("version", "") == version() && found.value("settings", Json()) == provenance.settings &&
           found.value("inputs", Json()) == inputs_to_json(inputs) &&
           found.value("output", Json()) ==
               Json({{"name", output.filename().string()}, {"sha256", sha256_of_file(output)}});
  } catch (const DataError&) {
    return false;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::string made_from(const fs::path& output, const std::string& output_sha256) {
  std::error_code ignored;
  const fs::path sidecar = sidecar_path(output);
  if (!fs::exists(sidecar, ignored)) return {};
  try {
    const Json found = read_json(sidecar);
    if (found.at("schema") != kSchema || found.at("output").at("sha256") != output_sha256) return {};
    return found.at("inputs").at(0).at("sha256").get<std::string>();
  } catch (const Error&) {
    return {};
  } catch (const nlohmann::json::exception&) {
    return {};
  }
}

bool comes_from(const fs::path& output, const std::string& program) {
  std::error_code ignored;
  const fs::path sidecar = sidecar_path(output);
  if (!fs::exists(sidecar, ignored)) return false;
  std::string sha256;
  try {
    const Json found = read_json(sidecar);
    if (found.at("schema") != kSchema) return false;
    if (found.at("program") != program && found.at("settings").value(kLabelsMadeBy, "") != program) return false;
    sha256 = found.at("output").at("sha256").get<std::string>();
  } catch (const Error&) {
    return false;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
  return sha256_of_file(output) == sha256;
}

std::string version() { return COOPSEG_VERSION; }
std::string git_revision() { return COOPSEG_GIT_REVISION; }

}  // namespace coopseg::core
