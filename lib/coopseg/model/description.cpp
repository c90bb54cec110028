#include "coopseg/model/description.h"

#include <algorithm>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/model/bytes.h"
#include "coopseg/model/obstacle.h"
#include "coopseg/model/pretraining.h"

namespace coopseg::model {
namespace {

using core::DataError;
using core::Json;

constexpr int kNewestFormat = 2;
constexpr const char* kKey = "coopseg";
constexpr const char* kDescriptionRemedy = "use a model file as a training (cs-train-*) wrote it";
constexpr const char* kNewerRemedy = "use a newer version of the program";
constexpr std::uint64_t kMaxSide = 16384;
constexpr std::uint64_t kMaxWindow = std::uint64_t{1} << 30;  // voxels
constexpr std::uint64_t kMaxChannels = 1024;
constexpr std::size_t kMaxOutputs = 64, kMaxOutputName = 64;
constexpr double kMaxSpacingMm = 1e4;
constexpr std::uint64_t kMaxFilters = 1024;

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

// Throws for a word that only a later version can have written.
template <class Value>
Value known_word(const Json& json, const char* key, const core::Words<Value>& words, const std::string& file) {
  const std::string word = text(json, key, file);
  if (const auto value = words.find(word)) return *value;
  throw DataError(file, "its model description names the unknown " + std::string(key) + " '" + shown(word) + "'",
                  kNewerRemedy);
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

const Json& list(const Json& json, const char* key, const std::string& file) {
  const Json& found = member(json, key, file);
  if (!found.is_array()) refuse(file, "has '" + std::string(key) + "' that is not a list");
  return found;
}

bool is_null(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null();
}

bool is_output_name(const Json& json) {
  if (!json.is_string()) return false;
  const std::string& name = json.get_ref<const std::string&>();
  return !name.empty() && name.size() <= kMaxOutputName &&
         std::none_of(name.begin(), name.end(), [](unsigned char c) { return c <= ' ' || c == '/' || c == 127; });
}

std::vector<std::string> outputs_from(const Json& json, const std::string& file) {
  const Json& names = list(json, "outputs", file);
  if (names.empty() || names.size() > kMaxOutputs) {
    refuse(file, "has " + std::to_string(names.size()) + " 'outputs', expected 1 to " + std::to_string(kMaxOutputs));
  }
  std::vector<std::string> outputs;
  for (const Json& name : names) {
    if (!is_output_name(name)) refuse(file, "has 'outputs' that are not names without blank or '/'");
    outputs.push_back(name.get<std::string>());
  }
  if (std::set<std::string>(outputs.begin(), outputs.end()).size() != outputs.size()) {
    refuse(file, "has two 'outputs' of one name");
  }
  return outputs;
}

std::vector<double> spacing_from(const Json& json, int dimensions, const std::string& file) {
  if (is_null(json, "spacing_mm")) return {};
  std::vector<double> spacing_mm;
  for (const Json& value : list(json, "spacing_mm", file)) {
    const double mm = value.is_number() ? value.get<double>() : 0;
    if (!(mm > 0 && mm <= kMaxSpacingMm)) refuse(file, "has a 'spacing_mm' that is not above 0, up to 10000");
    spacing_mm.push_back(mm);
  }
  if (spacing_mm.size() != static_cast<std::size_t>(dimensions)) {
    refuse(file, "has a 'spacing_mm' of " + std::to_string(spacing_mm.size()) + " numbers, expected one a dimension");
  }
  return spacing_mm;
}

std::vector<std::size_t> sides_from(const Json& json, const char* key, int dimensions, const std::string& file) {
  const std::string name = std::string("'") + key + "'";
  const Json& sides = list(json, key, file);
  if (sides.size() != static_cast<std::size_t>(dimensions)) {
    refuse(file, "has a " + name + " of " + std::to_string(sides.size()) + " numbers, expected one a dimension");
  }
  std::vector<std::size_t> window;
  std::uint64_t voxels = 1;
  for (const Json& side : sides) {
    const std::uint64_t size = side.is_number_unsigned() ? side.get<std::uint64_t>() : 0;
    if (size == 0 || size > kMaxSide) refuse(file, "has a " + name + " with a side that is not 1 to 16384 voxels");
    voxels *= size;
    window.push_back(static_cast<std::size_t>(size));
  }
  if (voxels > kMaxWindow) refuse(file, "has a " + name + " of " + std::to_string(voxels) + " voxels");
  return window;
}

void read_window(const Json& object, const std::string& file, NetworkInput& input) {
  input.window = sides_from(object, "window", input.dimensions, file);
  input.stride = is_null(object, "stride") ? input.window : sides_from(object, "stride", input.dimensions, file);
  for (std::size_t a = 0; a < input.window.size(); ++a) {
    if (input.stride[a] > input.window[a]) refuse(file, "has a 'stride' beyond the window, which would leave gaps");
  }
  if (!is_null(object, "padding")) input.padding = known_word(object, "padding", kPaddings, file);
}

bool comes_in_sizes(const std::string& network) {
  const auto type = kNetworkTypes.find(network);
  return type && !kTwoStageTypes.find(network);
}

NetworkSize size_from(const Json& json, NetworkType type, const std::string& file) {
  const Json& object = member(json, "size", file);
  if (!object.is_object()) refuse(file, "has a 'size' that is not an object");
  const std::uint64_t filters = count(object, "filters", file);
  if (filters < 1 || filters > kMaxFilters) {
    refuse(file, "has a network of " + std::to_string(filters) + " filters, not 1 to " + std::to_string(kMaxFilters));
  }
  NetworkSize size;
  size.filters = static_cast<int>(filters);
  if (type == NetworkType::vnet) size.norm = known_word(object, "norm", kNorms, file);
  if (type == NetworkType::unet) size.upsampling = known_word(object, "upsampling", kUpsamplings, file);
  return size;
}

Json to_json(const NetworkSize& size, NetworkType type) {
  Json json{{"filters", size.filters}};
  if (type == NetworkType::vnet) json["norm"] = kNorms.of(size.norm);
  if (type == NetworkType::unet) json["upsampling"] = kUpsamplings.of(size.upsampling);
  return json;
}

NetworkInput input_from(const Json& json, const std::string& file) {
  const Json& object = member(json, "input", file);
  if (!object.is_object()) refuse(file, "has an 'input' that is not an object");
  NetworkInput input;
  const std::uint64_t dimensions = count(object, "dimensions", file), channels = count(object, "channels", file);
  if (dimensions != 2 && dimensions != 3) {
    refuse(file, "has an input of " + std::to_string(dimensions) + " dimensions, not 2 or 3");
  }
  if (channels < 1 || channels > kMaxChannels) {
    refuse(file, "has an input of " + std::to_string(channels) + " channels, not 1 to 1024");
  }
  input.dimensions = static_cast<int>(dimensions);
  input.channels = static_cast<int>(channels);
  input.spacing_mm = spacing_from(object, input.dimensions, file);
  input.normalisation = known_word(object, "normalisation", kNormalisations, file);
  if (is_null(object, "crop") == is_null(object, "window")) {
    refuse(file, "must have an input with either a 'crop' or a 'window'");
  }
  if (is_null(object, "crop")) {
    input.crop = 0;
    read_window(object, file, input);
    return input;
  }
  const std::uint64_t crop = count(object, "crop", file);
  if (crop == 0 || crop > kMaxSide) {
    refuse(file, "has a crop of " + std::to_string(crop) + " pixels, not 1 to 16384");
  }
  input.crop = static_cast<std::size_t>(crop);
  return input;
}

// {"axes":[[1,0,0],[0,1,0],[0,0,1]],"code":"LPS","slice_axis":2,"images":20,"otherwise":0,"nominal":0}; axes are null
// where no header told of them.
Json to_json(const image::Orientation& orientation) {
  Json json{{"axes", nullptr}, {"code", nullptr}};
  if (orientation.axes) {
    json["axes"] = image::directions_to_json(*orientation.axes);
    json["code"] = image::axis_codes(*orientation.axes);
  }
  json["slice_axis"] = orientation.slice_axis;
  json["images"] = orientation.images;
  json["otherwise"] = orientation.otherwise;
  json["nominal"] = orientation.nominal;
  return json;
}

std::optional<image::Orientation> orientation_from(const Json& json, const std::string& file) {
  const Json object = optional_object(json, "orientation", file);
  if (object.is_null()) return std::nullopt;
  image::Orientation orientation;
  if (!is_null(object, "axes")) {
    orientation.axes = image::directions_from_json(object["axes"]);
    if (!orientation.axes) refuse(file, "has an 'orientation' whose axes are not three directions");
  }
  const std::uint64_t axis = count(object, "slice_axis", file);
  if (axis > 2) refuse(file, "has an 'orientation' whose slice_axis is none of 0, 1 and 2");
  orientation.slice_axis = static_cast<std::size_t>(axis);
  orientation.images = static_cast<std::size_t>(count(object, "images", file));
  orientation.otherwise = static_cast<std::size_t>(count(object, "otherwise", file));
  orientation.nominal = static_cast<std::size_t>(count(object, "nominal", file));
  return orientation;
}

void read_network_1(const Json& json, const std::string& file, ModelDescription& description) {
  description.network = text(json, "network", file);
  if (!kTwoStageTypes.find(description.network)) {
    refuse(file, "names the unknown network '" + description.network + "'");
  }
  description.outputs = two_stage_outputs(truth(json, "slow_thinking", file));
}

void read_input_1(const Json& json, const std::string& file, ModelDescription& description) {
  const std::uint64_t crop = count(json, "crop", file);
  if (!is_possible_crop(crop)) {
    refuse(file, "has a crop of " + std::to_string(crop) + " pixels, not a multiple of 16 up to 16384");
  }
  description.input.crop = static_cast<std::size_t>(crop);
  description.input.normalisation = truth(json, "minmax_slices", file) ? Normalisation::minmax : Normalisation::none;
}

void read_network_2(const Json& json, const std::string& file, ModelDescription& description) {
  description.network = text(json, "network", file);
  if (description.network.empty()) refuse(file, "has a 'network' without a name");
  if (comes_in_sizes(description.network)) {
    description.size = size_from(json, *kNetworkTypes.find(description.network), file);
  }
  description.input = input_from(json, file);
  description.outputs = outputs_from(json, file);
}

Json to_json(const NetworkInput& input) {
  Json json{{"dimensions", input.dimensions}, {"channels", input.channels}};
  json["spacing_mm"] = input.spacing_mm.empty() ? Json() : Json(input.spacing_mm);
  json["normalisation"] = kNormalisations.of(input.normalisation);
  if (input.window.empty()) {
    json["crop"] = input.crop;
  } else {
    json["window"] = input.window;
    json["stride"] = input.stride.empty() ? input.window : input.stride;
    json["padding"] = kPaddings.of(input.padding);
  }
  return json;
}

}  // namespace

const core::Words<Padding> kPaddings{{"zero", Padding::zero}, {"minimum", Padding::minimum}};
const core::Words<Normalisation> kNormalisations{{"none", Normalisation::none}, {"minmax", Normalisation::minmax}};

bool ModelDescription::has_output(const std::string& name) const {
  return std::find(outputs.begin(), outputs.end(), name) != outputs.end();
}

bool has_two_stages(const ModelDescription& description) {
  return kTwoStageTypes.find(description.network).has_value();
}

namespace {
// One class is told from the background by a sigmoid.
int logits_for(int classes) { return classes == 1 ? 1 : classes + 1; }
}  // namespace

UNetShape unet_shape(const ModelDescription& description) {
  const int classes = static_cast<int>(description.classes.size());
  UNetShape shape;
  shape.channels = description.input.channels;
  shape.filters = description.size.filters;
  shape.logits = logits_for(classes);
  shape.upsampling = description.size.upsampling;
  shape.distances = description.has_output(kDistanceOutput) ? classes : 0;
  return shape;
}

VNetShape vnet_shape(const ModelDescription& description) {
  const int classes = static_cast<int>(description.classes.size());
  VNetShape shape;
  shape.channels = description.input.channels;
  shape.filters = description.size.filters;
  shape.norm = description.size.norm;
  shape.logits = logits_for(classes);
  shape.distances = description.has_output(kDistanceOutput) ? classes : 0;
  return shape;
}

std::string sides_text(const std::vector<std::size_t>& sides) {
  std::string text;
  for (const std::size_t side : sides) text += (text.empty() ? "" : " x ") + std::to_string(side);
  return text;
}

int format_of(const ModelDescription& description) {
  const bool of_format_1 = has_two_stages(description) && !pretraining_stage(description);
  return of_format_1 && obstacle(description).empty() ? 1 : 2;
}

core::Json to_json(const ModelDescription& description) {
  Json json = Json::object();
  const int format = format_of(description);
  json["format"] = format;
  json["network"] = description.network;
  if (format == 1) {
    json["slow_thinking"] = description.has_output(kSlowOutput);
    json["classes"] = core::label_names_to_json(description.classes);
    json["crop"] = description.input.crop;
    json["minmax_slices"] = description.input.minmax();
  } else {
    if (comes_in_sizes(description.network)) {
      json["size"] = to_json(description.size, *kNetworkTypes.find(description.network));
    }
    json["input"] = to_json(description.input);
    json["outputs"] = description.outputs;
    json["classes"] = core::label_names_to_json(description.classes);
  }
  json["preprocessing"] = description.preprocessing;
  json["training"] = description.training;
  json["training_images"] = description.training_images;
  if (description.orientation) json["orientation"] = to_json(*description.orientation);
  json["provenance"] = description.provenance;
  return json;
}

ModelDescription model_description_from_json(const core::Json& json, const std::string& file) {
  if (!json.is_object()) refuse(file, "is not an object");
  ModelDescription description;
  // The format comes first: what a newer one means by the other members is not known here.
  const std::uint64_t format = count(json, "format", file);
  if (format == 0) refuse(file, "has the impossible format 0");
  if (format > kNewestFormat) {
    throw DataError(file,
                    "is a model of format " + std::to_string(format) + ", this program knows formats up to " +
                        std::to_string(kNewestFormat),
                    kNewerRemedy);
  }
  if (format == 1) {
    read_network_1(json, file, description);
  } else {
    read_network_2(json, file, description);
  }
  const Json& classes = member(json, "classes", file);
  if (!classes.is_object()) refuse(file, "has 'classes' that are not an object of names and values");
  description.classes = core::label_names_from_json(classes, file);
  if (description.classes.empty() && !pretraining_stage(description)) refuse(file, "names no class");
  check_classes(description.classes, file);
  if (format == 1) read_input_1(json, file, description);
  description.preprocessing = optional_object(json, "preprocessing", file);
  description.training = optional_object(json, "training", file);
  description.provenance = optional_object(json, "provenance", file);
  description.orientation = orientation_from(json, file);
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
    throw DataError(file, "is a .safetensors file but no model of this toolkit: it has no description",
                    kDescriptionRemedy);
  }
  return model_description_from_json(core::parse_json(found->second, file), file);
}

}  // namespace

ModelDescription read_initial_description(const core::fs::path& file) {
  ModelDescription description = from_metadata(core::read_tensor_metadata(file), file.string());
  check_can_run(description, file.string());
  return description;
}

ModelDescription read_model_description(const core::fs::path& file) {
  ModelDescription description = read_initial_description(file);
  if (!pretraining_stage(description)) return description;
  throw DataError(file.string(), "is a pre-trained part of a network, which segments nothing yet",
                  "begin a training with it (--init)");
}

ModelDescription model_description(const core::TensorFile& content, const std::string& file) {
  return from_metadata(content.metadata, file);
}

void put_description(core::TensorFile& content, const ModelDescription& description) {
  const Json json = to_json(description);
  // A model that could be written and not be used again would cost its training.
  const std::string name = "the model to be written";
  model_description_from_json(json, name);
  if (kNetworkTypes.find(description.network)) check_can_run(description, name);
  content.metadata[kKey] = core::to_line(json);
}

}  // namespace coopseg::model
