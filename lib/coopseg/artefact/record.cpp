#include "coopseg/artefact/record.h"

#include "coopseg/core/error.h"

namespace coopseg::artefact {

using core::DataError;
using core::Json;

Json to_json(const Record& record) {
  Json out;
  if (record.artefacts.size() == 1) {
    out = to_json(record.artefacts.front());
  } else {
    out["artefacts"] = Json::array();
    for (const Artefact& a : record.artefacts) out["artefacts"].push_back(to_json(a));
  }
  add_crop(record.around, out);
  out["rescale"] = record.around.rescale;
  out["compression"] = record.compression;
  return out;
}

Record read_record(const std::filesystem::path& file) {
  const std::string name = file.string();
  const Json json = core::read_json(file);
  Record record;
  if (json.is_object() && json.contains("artefacts")) {
    if (!json["artefacts"].is_array() || json["artefacts"].empty())
      throw DataError(name, "\"artefacts\" is not a list of artefacts");
    for (const Json& one : json["artefacts"]) record.artefacts.push_back(artefact_from_json(one, name));
  } else {
    record.artefacts.push_back(artefact_from_json(json, name));
  }
  for (const Artefact& a : record.artefacts)
    if (a.dialect != record.artefacts.front().dialect)
      throw DataError(name, "\"artefacts\" are of several dialects, expected one");
  // A file of parameters alone leaves it to the program.
  record.around.pad = false;
  if (json.contains("crop")) read_crop(json, record.around, name);
  record.around.rescale = core::get_or(json, "rescale", record.around.rescale, name);
  record.compression = core::get_or(json, "compression", record.compression, name);
  if (record.compression < 1 || record.compression > 12)
    throw DataError(name, "\"compression\" is " + std::to_string(record.compression) + ", expected 1 to 12");
  const Json inputs = core::get_or(json, "inputs", Json::array(), name);
  if (inputs.is_array() && !inputs.empty() && inputs[0].is_object())
    record.input_sha256 = core::get_or(inputs[0], "sha256", std::string(), name);
  return record;
}

}  // namespace coopseg::artefact
