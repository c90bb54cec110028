#include "coopseg/image/preprocess.h"

#include <cmath>
#include <string_view>

#include "coopseg/core/error.h"
#include "coopseg/core/numbers.h"
#include "coopseg/image/intensity.h"

namespace coopseg::image {

using core::DataError;
using core::Json;
using core::UsageError;

namespace {

std::optional<std::array<double, 2>> pair_or_none(const Json& object, const char* key, const std::string& name) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (!found->is_array() || found->size() != 2 || !(*found)[0].is_number() || !(*found)[1].is_number()) {
    throw DataError(name, std::string("member \"") + key + "\" is " + core::to_line(*found) + ", expected two numbers");
  }
  return std::array<double, 2>{(*found)[0].get<double>(), (*found)[1].get<double>()};
}

unsigned count(const Json& object, const char* key, unsigned fallback, const std::string& name) {
  const long value = core::get_or<long>(object, key, static_cast<long>(fallback), name);
  if (value < 1 || value > 100000) {
    throw DataError(name, std::string("member \"") + key + "\" is " + std::to_string(value) + ", expected 1 or more");
  }
  return static_cast<unsigned>(value);
}

void refuse_unknown(const Json& object, std::initializer_list<const char*> known, const std::string& name) {
  for (const auto& member : object.items()) {
    bool found = false;
    for (const char* word : known) found = found || member.key() == word;
    if (!found) throw DataError(name, "unknown member \"" + member.key() + "\" in the preprocessing");
  }
}

std::array<double, 2> pair_of(const std::string& text, const std::string& option, bool one_for_both) {
  const std::size_t comma = text.find(',');
  if (comma == std::string::npos) {
    if (!one_for_both) throw UsageError(option, "\"" + text + "\" is not of the form LOW,HIGH");
    return {core::parse_number(text, option), core::parse_number(text, option)};
  }
  return {core::parse_number(std::string_view(text).substr(0, comma), option),
          core::parse_number(std::string_view(text).substr(comma + 1), option)};
}

}  // namespace

std::optional<std::array<double, 2>> parse_percentiles(const std::string& text) {
  if (text == "none") return std::nullopt;
  const auto [low, high] = pair_of(text, "--percentiles", /*one_for_both=*/false);
  if (!(low >= 0 && low < high && high <= 100)) {
    throw UsageError("--percentiles", "\"" + text + "\" is not within 0 <= LOW < HIGH <= 100");
  }
  return std::array<double, 2>{low, high};
}

std::optional<std::array<double, 2>> parse_spacing_mm(const std::string& text) {
  if (text == "keep") return std::nullopt;
  const std::array<double, 2> spacing_mm = pair_of(text, "--spacing", /*one_for_both=*/true);
  for (const double mm : spacing_mm) {
    if (!(mm > 0)) throw UsageError("--spacing", "\"" + text + "\" is not above 0 mm", "\"keep\" keeps it");
  }
  return spacing_mm;
}

Preprocessing Preprocessing::none() {
  Preprocessing steps;
  steps.percentiles.reset();
  steps.spacing_mm.reset();
  return steps;
}

std::string to_text(Interpolation interpolation) {
  return interpolation == Interpolation::linear ? "linear" : "nearest";
}

Json to_json(const Preprocessing& steps) {
  Json object = Json::object();
  object["n4"] = nullptr;
  if (steps.n4) {
    object["n4"] =
        Json{{"shrink", steps.n4->shrink}, {"levels", steps.n4->levels}, {"iterations", steps.n4->iterations}};
  }
  object["percentiles"] = nullptr;
  if (steps.percentiles) object["percentiles"] = *steps.percentiles;
  object["spacing_mm"] = nullptr;
  if (steps.spacing_mm) object["spacing_mm"] = *steps.spacing_mm;
  object["interpolation"] = to_text(steps.interpolation);
  return object;
}

Preprocessing preprocessing_from_json(const Json& object, const std::string& name) {
  if (!object.is_object()) throw DataError(name, "the preprocessing is not a JSON object");
  refuse_unknown(object, {"n4", "percentiles", "spacing_mm", "interpolation"}, name);
  Preprocessing steps = Preprocessing::none();
  if (const auto n4 = object.find("n4"); n4 != object.end() && !n4->is_null()) {
    if (!n4->is_object()) throw DataError(name, "member \"n4\" is not a JSON object");
    refuse_unknown(*n4, {"shrink", "levels", "iterations"}, name);
    const BiasCorrection standard;
    steps.n4 = BiasCorrection{count(*n4, "shrink", standard.shrink, name), count(*n4, "levels", standard.levels, name),
                              count(*n4, "iterations", standard.iterations, name)};
  }
  steps.percentiles = pair_or_none(object, "percentiles", name);
  if (steps.percentiles) {
    const auto [low, high] = *steps.percentiles;
    if (!(low >= 0 && low < high && high <= 100)) {
      throw DataError(name,
                      "percentiles " + core::to_line(Json(*steps.percentiles)) + ", expected 0 <= low < high <= 100");
    }
  }
  steps.spacing_mm = pair_or_none(object, "spacing_mm", name);
  if (steps.spacing_mm) {
    for (const double value : *steps.spacing_mm) {
      if (!(std::isfinite(value) && value > 0)) throw DataError(name, "a spacing_mm is not above 0");
    }
  }
  const auto interpolation = core::get_or<std::string>(object, "interpolation", "linear", name);
  if (interpolation == "nearest") {
    steps.interpolation = Interpolation::nearest;
  } else if (interpolation != "linear") {
    throw DataError(name, "interpolation \"" + interpolation + "\", expected \"linear\" or \"nearest\"");
  }
  return steps;
}

Grid preprocessed_grid(const Grid& grid, const Preprocessing& steps) {
  return steps.spacing_mm ? with_inplane_spacing(grid, *steps.spacing_mm) : grid;
}

Image preprocess(const Image& image, const Preprocessing& steps) {
  Image result = steps.n4 ? correct_bias_n4(image, steps.n4->shrink, steps.n4->levels, steps.n4->iterations) : image;
  if (steps.percentiles) normalise_percentiles(result, (*steps.percentiles)[0], (*steps.percentiles)[1]);
  const Grid target = preprocessed_grid(result.grid, steps);
  if (target.size == result.grid.size && target.spacing_mm == result.grid.spacing_mm) return result;
  return resample(result, target, steps.interpolation);
}

LabelMap preprocess(const LabelMap& labels, const Preprocessing& steps) {
  const Grid target = preprocessed_grid(labels.grid, steps);
  if (target.size == labels.grid.size && target.spacing_mm == labels.grid.spacing_mm) return labels;
  return resample(labels, target);
}

}  // namespace coopseg::image
