#include "coopseg/model/description.h"

#include <algorithm>
#include <set>

#include "coopseg/core/error.h"

namespace coopseg::model {
namespace {

using core::DataError;
using core::Json;

constexpr int kFormat = 1;
constexpr const char* kKey = "coopseg";
constexpr const char* kDescriptionRemedy = "use a model file as cs-train-ftn wrote it";
constexpr std::uint64_t kMaxCrop = 16384;
constexpr std::uint64_t kCropStep = 16;  // four stages of down-sampling by two

[[noreturn]] void refuse(const std::string& file, const std::string& problem) {
  throw DataError(file, "its model description " + problem, kDescriptionRemedy);
}

const Json& member(const Json& json, const char* key, const std::string& file) {
  const auto found = json.find(key);
  if (found == json.end()) refuse(file, "lacks '" + std::string(key) + "'");
  return *found;
}

std::string text(const Json& json, const char* key, const std::string& file) {
  const Json& found = member(json, key, file);
  if (!found.is_string()) refuse(file, "has a '" + std::string(key) + "' that is not text");
  return found.get<std::string>();
}

bool truth(const Json& json, const char* key, const std::string& file) {
  const Json& found = member(json, key, file);
  if (!found.is_boolean()) refuse(file, "has a '" + std::string(key) + "' that is neither true nor false");
  return found.get<bool>();
}

std::uint64_t count(const Json& json, const char* key, const std::string& file) {
  const Json& found = member(json, key, file);
  if (!found.is_number_unsigned() && !(found.is_number_integer() && found.get<std::int64_t>() >= 0)) {
    refuse(file, "has a '" + std::string(key) + "' that is not a whole number");
  }
  return found.get<std::uint64_t>();
}

// Absent is null: a model need not say where its images came from.
Json optional_object(const Json& json, const char* key, const std::string& file) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return nullptr;
  if (!found->is_object()) refuse(file, "has a '" + std::string(key) + "' that is not an object");
  return *found;
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

void check_classes(const core::LabelNames& classes, const std::string& file) {
  if (classes.empty()) refuse(file, "names no class");
  std::set<std::string> names;
  int last = 0;
  for (const auto& [name, value] : classes) {
    if (name.empty() || !names.insert(name).second) {
      refuse(file, "has a class without a name of its own: '" + name + "'");
    }
    if (value <= last) {
      refuse(file, "has class values that do not rise from 1: '" + name + "' is " + std::to_string(value));
    }
    last = value;
  }
}

}  // namespace

const std::vector<std::string>& network_types() {
  static const std::vector<std::string> kTypes = {"FCN_16_standard", "FCN_16_standard_share_code",
                                                  "FCN_16_standard_w_o_filter"};
  return kTypes;
}

bool is_possible_crop(std::uint64_t pixels) {
  return pixels > 0 && pixels % kCropStep == 0 && pixels <= kMaxCrop;
}

core::Json to_json(const ModelDescription& description) {
  Json json = Json::object();
  json["format"] = description.format;
  json["network"] = description.network;
  json["slow_thinking"] = description.slow_thinking;
  json["classes"] = core::label_names_to_json(description.classes);
  json["crop"] = description.crop;
  json["minmax_slices"] = description.minmax_slices;
  json["preprocessing"] = description.preprocessing;
  json["training"] = description.training;
  json["training_images"] = description.training_images;
  json["provenance"] = description.provenance;
  return json;
}

ModelDescription model_description_from_json(const core::Json& json, const std::string& file) {
  if (!json.is_object()) refuse(file, "is not an object");
  ModelDescription description;
  // The format comes first: what a newer one means by the other members is not known here.
  const std::uint64_t format = count(json, "format", file);
  if (format == 0) refuse(file, "has the impossible format 0");
  if (format > kFormat) {
    throw DataError(file,
                    "is a model of format " + std::to_string(format) + ", this program knows formats up to " +
                        std::to_string(kFormat),
                    "use a newer version of the program");
  }
  description.format = static_cast<int>(format);
  description.network = text(json, "network", file);
  const auto& types = network_types();
  if (std::find(types.begin(), types.end(), description.network) == types.end()) {
    refuse(file, "names the unknown network '" + description.network + "'");
  }
  description.slow_thinking = truth(json, "slow_thinking", file);
  const Json& classes = member(json, "classes", file);
  if (!classes.is_object()) refuse(file, "has 'classes' that are not an object of names and values");
  description.classes = core::label_names_from_json(classes, file);
  check_classes(description.classes, file);
  const std::uint64_t crop = count(json, "crop", file);
  if (!is_possible_crop(crop)) {
    refuse(file, "has a crop of " + std::to_string(crop) + " pixels, not a multiple of 16 up to 16384");
  }
  description.crop = static_cast<std::size_t>(crop);
  description.minmax_slices = truth(json, "minmax_slices", file);
  description.preprocessing = optional_object(json, "preprocessing", file);
  description.training = optional_object(json, "training", file);
  description.provenance = optional_object(json, "provenance", file);
  const Json& images = member(json, "training_images", file);
  if (!images.is_array()) refuse(file, "has 'training_images' that are not a list");
  for (const Json& image : images) {
    if (!image.is_string() || !is_sha256(image.get_ref<const std::string&>())) {
      refuse(file, "has 'training_images' that are not SHA-256 sums");
    }
    description.training_images.push_back(image.get<std::string>());
  }
  return description;
}

namespace {

ModelDescription from_metadata(const std::map<std::string, std::string>& metadata, const std::string& file) {
  const auto found = metadata.find(kKey);
  if (found == metadata.end()) {
    throw DataError(file, "is a .safetensors file but no model of this toolkit: it has no description", kDescriptionRemedy);
  }
  return model_description_from_json(core::parse_json(found->second, file), file);
}

}  // namespace

ModelDescription read_model_description(const core::fs::path& file) {
  return from_metadata(core::read_tensor_metadata(file), file.string());
}

ModelDescription model_description(const core::TensorFile& content, const std::string& file) {
  return from_metadata(content.metadata, file);
}

void put_description(core::TensorFile& content, const ModelDescription& description) {
  const Json json = to_json(description);
  // A model that could be written and not be read again would cost its training.
  model_description_from_json(json, "the model to be written");
  content.metadata[kKey] = core::to_line(json);
}

}  // namespace coopseg::model
