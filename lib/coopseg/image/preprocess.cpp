#include "coopseg/image/preprocess.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/numbers.h"
#include "coopseg/core/text.h"
#include "coopseg/image/intensity.h"
#include "coopseg/image/orientation.h"

namespace coopseg::image {

using core::DataError;
using core::Json;
using core::UsageError;

namespace {

constexpr std::size_t kMostMargin = 32767;  // no axis of a NIfTI-1 file is longer
constexpr char kWindow[] = "window:";

using Method = Normalisation::Method;
const core::Words<Method> kMethods{{"percentiles", Method::percentiles},
                                   {"zscore", Method::zscore},
                                   {"minmax", Method::minmax},
                                   {"window", Method::window}};

bool are_percentiles(double low, double high) { return low >= 0 && low < high && high <= 100; }
bool are_window(double low, double high) { return low < high && std::isfinite(low) && std::isfinite(high); }

bool has(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && !found->is_null();
}

// Empty where there is no such member.
std::vector<double> numbers_or_none(const Json& object, const char* key, std::size_t least, std::size_t most,
                                    const std::string& name) {
  if (!has(object, key)) return {};
  const Json& found = object[key];
  if (!found.is_array() || found.size() < least || found.size() > most ||
      !std::all_of(found.begin(), found.end(), [](const Json& each) { return each.is_number(); })) {
    throw DataError(name, std::string("member \"") + key + "\" is " + core::to_line(found) + ", expected two " +
                              (most == 3 ? "or three " : "") + "numbers");
  }
  return found.get<std::vector<double>>();
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

std::array<double, 2> pair_of(const std::string& text, const std::string& option) {
  const std::vector<std::string> parts = core::split(text);
  if (parts.size() != 2) throw UsageError(option, "\"" + text + "\" is not of the form LOW,HIGH");
  return {core::parse_number(parts[0], option), core::parse_number(parts[1], option)};
}

std::array<double, 2> percentiles_from_json(const std::vector<double>& values, const std::string& name) {
  if (!are_percentiles(values[0], values[1])) {
    throw DataError(name, "percentiles " + core::to_line(Json(values)) + ", expected 0 <= low < high <= 100");
  }
  return {values[0], values[1]};
}

Normalisation normalisation_from_json(const Json& object, const std::string& name) {
  if (!object.is_object()) throw DataError(name, "member \"normalise\" is not a JSON object");
  refuse_unknown(object, {"method", "limits", "foreground"}, name);
  const auto word = core::get_or<std::string>(object, "method", "", name);
  const auto method = kMethods.find(word);
  if (!method) {
    throw DataError(name,
                    fmt::format("normalisation \"{}\", expected one of {}", word, fmt::join(kMethods.all(), ", ")));
  }
  Normalisation result;
  result.method = *method;
  result.foreground = core::get_or<bool>(object, "foreground", false, name);
  const std::vector<double> limits = numbers_or_none(object, "limits", 2, 2, name);
  const bool limited = *method == Method::percentiles || *method == Method::window;
  if (limits.empty() == limited || (*method == Method::window && result.foreground)) {
    throw DataError(name, "a normalisation " + core::to_line(object) + " has not the members of its method");
  }
  if (*method == Method::percentiles) result.limits = percentiles_from_json(limits, name);
  if (*method == Method::window) {
    if (!are_window(limits[0], limits[1])) throw DataError(name, "a window's limits do not rise");
    result.limits = {limits[0], limits[1]};
  }
  return result;
}

Json to_json(const Normalisation& normalise) {
  Json object{{"method", kMethods.of(normalise.method)}};
  if (normalise.method == Method::percentiles || normalise.method == Method::window) {
    object["limits"] = normalise.limits;
  }
  if (normalise.foreground) object["foreground"] = true;
  return object;
}

Crop crop_from_json(const Json& object, const std::string& name) {
  if (!object.is_object()) throw DataError(name, "member \"crop\" is not a JSON object");
  refuse_unknown(object, {"to", "margin"}, name);
  const auto word = core::get_or<std::string>(object, "to", "", name);
  const auto to = kCropTargets.find(word);
  if (!to) {
    throw DataError(name,
                    fmt::format("a crop to \"{}\", expected one of {}", word, fmt::join(kCropTargets.all(), ", ")));
  }
  const long margin = core::get_or<long>(object, "margin", 0L, name);
  if (margin < 0 || margin > static_cast<long>(kMostMargin)) {
    throw DataError(name, fmt::format("a crop's margin of {} voxels, expected 0 ... {}", margin, kMostMargin));
  }
  return {*to, static_cast<std::size_t>(margin)};
}

AxisTurn turn_of(const Grid& grid, const Preprocessing& steps) {
  if (steps.orient_like) {
    const Seen seen = possible_slice_axes(grid).size() == 1 ? Seen::slices : Seen::volume;
    return turn_towards(grid, *steps.orient_like, seen);
  }
  return steps.orient.empty() ? AxisTurn{} : turn_to(grid, steps.orient);
}

Grid spaced(const Grid& grid, const Preprocessing& steps) {
  const std::vector<double>& mm = steps.spacing_mm;
  if (mm.size() == 3) return with_spacing(grid, {mm[0], mm[1], mm[2]});
  return mm.empty() ? grid : with_inplane_spacing(grid, {mm.at(0), mm.at(1)});
}

// `volume` has been turned.
template <class T, class... How>
Volume<T> spaced(Volume<T> volume, const Preprocessing& steps, How... how) {
  const Grid target = spaced(volume.grid, steps);
  if (target.size == volume.grid.size && target.spacing_mm == volume.grid.spacing_mm) return volume;
  return resample_to_edges(volume, target, how...);
}

using Voxel = std::array<std::size_t, 3>;

// `grid` with the voxels from `first` on that a box of `size` holds.
Grid part_of(const Grid& grid, const Voxel& first, const Voxel& size) {
  Grid result = grid;
  result.size = size;
  result.origin_mm =
      grid.position_mm(static_cast<double>(first[0]), static_cast<double>(first[1]), static_cast<double>(first[2]));
  return result;
}

// Where `part` begins in `whole`, which it was made of.
Voxel place_of(const Grid& part, const Grid& whole) {
  const std::array<double, 3> index = index_of(whole, part.origin_mm);
  Voxel first{};
  for (std::size_t a = 0; a < 3; ++a) {
    const double at = std::nearbyint(index[a]);
    if (!(at >= 0 && at + static_cast<double>(part.size[a]) <= static_cast<double>(whole.size[a]))) {
      throw std::logic_error("a grid that is no part of the one that the preprocessing leads to");
    }
    first[a] = static_cast<std::size_t>(at);
  }
  return first;
}

template <class T>
Volume<T> cut(Volume<T> volume, const Grid& part) {
  if (part.size == volume.grid.size) return volume;
  const Voxel first = place_of(part, volume.grid);
  Volume<T> result(part_of(volume.grid, first, part.size));
  auto to = result.voxels.begin();
  for (std::size_t k = 0; k < part.size[2]; ++k) {
    for (std::size_t j = 0; j < part.size[1]; ++j) {
      to = std::copy_n(&volume.at(first[0], first[1] + j, first[2] + k), part.size[0], to);
    }
  }
  return result;
}

template <class T>
Volume<T> uncut(const Volume<T>& part, const Grid& whole, T outside) {
  const Voxel first = place_of(part.grid, whole);
  Volume<T> result(whole, outside);
  for (std::size_t k = 0; k < part.grid.size[2]; ++k) {
    for (std::size_t j = 0; j < part.grid.size[1]; ++j) {
      std::copy_n(&part.at(0, j, k), part.grid.size[0], &result.at(first[0], first[1] + j, first[2] + k));
    }
  }
  return result;
}

// The grid of the box around all voxels that are not 0.
Grid box_around(const LabelMap& labels, std::size_t margin, const char* what) {
  const Grid& grid = labels.grid;
  Voxel low = grid.size, high{};
  for (std::size_t k = 0; k < grid.size[2]; ++k) {
    for (std::size_t j = 0; j < grid.size[1]; ++j) {
      for (std::size_t i = 0; i < grid.size[0]; ++i) {
        if (labels.at(i, j, k) == 0) continue;
        const Voxel at{i, j, k};
        for (std::size_t a = 0; a < 3; ++a) {
          low[a] = std::min(low[a], at[a]);
          high[a] = std::max(high[a], at[a]);
        }
      }
    }
  }
  if (low[0] > high[0]) {
    throw DataError("", fmt::format("holds no {} voxel to crop to", what),
                    "leave the case out, or leave out --crop-to");
  }
  Voxel size{};
  for (std::size_t a = 0; a < 3; ++a) {
    low[a] -= std::min(low[a], margin);
    high[a] = std::min(high[a] + margin, grid.size[a] - 1);
    size[a] = high[a] - low[a] + 1;
  }
  return part_of(grid, low, size);
}

void correct_and_normalise(Image& image, const Preprocessing& steps) {
  std::vector<std::uint8_t> mask;
  if (steps.normalise && steps.normalise->foreground) mask = foreground(image);
  if (steps.n4) image = correct_bias_n4(image, steps.n4->shrink, steps.n4->levels, steps.n4->iterations);
  if (!steps.normalise) return;
  const auto& [low, high] = steps.normalise->limits;
  switch (steps.normalise->method) {
    case Method::percentiles: normalise_percentiles(image, low, high, mask); break;
    case Method::zscore: normalise_zscore(image, mask); break;
    case Method::minmax: normalise_minmax(image, mask); break;
    case Method::window: normalise_window(image, low, high); break;
  }
}

template <class T>
Volume<T> restore_volume(Volume<T> map, const Grid& native, const Preprocessing& steps, T outside) {
  const AxisTurn turn = turn_of(native, steps);
  const Grid oriented = turned(native, turn), whole = spaced(oriented, steps);
  if (map.grid.size != whole.size) map = uncut(map, whole, outside);
  if constexpr (std::is_same_v<T, float>) {
    map = resample_to_edges(map, oriented, Interpolation::linear);
  } else {
    map = resample_to_edges(map, oriented);
  }
  map = turned(std::move(map), inverse(turn));
  map.grid = native;
  return map;
}

}  // namespace

const core::Words<Interpolation> kInterpolations{{"linear", Interpolation::linear},
                                                 {"nearest", Interpolation::nearest}};
const core::Words<CropTo> kCropTargets{{"label", CropTo::label}, {"foreground", CropTo::foreground}};

std::optional<Normalisation> parse_percentiles(const std::string& text) {
  if (text == "none") return std::nullopt;
  const auto [low, high] = pair_of(text, "--percentiles");
  if (!are_percentiles(low, high)) {
    throw UsageError("--percentiles", "\"" + text + "\" is not within 0 <= LOW < HIGH <= 100");
  }
  return Normalisation{Method::percentiles, {low, high}, false};
}

std::optional<Normalisation> parse_normalisation(const std::string& text) {
  if (text == "none") return std::nullopt;
  Normalisation result;
  if (text.rfind(kWindow, 0) == 0) {
    const auto [low, high] = pair_of(text.substr(sizeof kWindow - 1), "--normalise");
    if (!are_window(low, high)) throw UsageError("--normalise", "the limits of \"" + text + "\" do not rise");
    result.method = Method::window;
    result.limits = {low, high};
    return result;
  }
  const auto method = kMethods.find(text);
  if (!method || *method == Method::window) {
    throw UsageError("--normalise", "\"" + text + "\" is none of percentiles, zscore, minmax, window:LOW,HIGH, none");
  }
  result.method = *method;
  return result;
}

std::vector<double> parse_spacing_mm(const std::string& text) {
  if (text == "keep") return {};
  std::vector<double> spacing_mm;
  for (const std::string& part : core::split(text)) {
    spacing_mm.push_back(core::parse_number(part, "--spacing"));
    if (!(spacing_mm.back() > 0)) {
      throw UsageError("--spacing", "\"" + text + "\" is not above 0 mm", "\"keep\" keeps it");
    }
  }
  if (spacing_mm.size() > 3) throw UsageError("--spacing", "\"" + text + "\" is more than three numbers");
  if (spacing_mm.size() == 1) spacing_mm.push_back(spacing_mm.front());
  return spacing_mm;
}

std::string parse_orientation(const std::string& text) {
  if (text == "keep") return {};
  if (!is_axis_code(text)) {
    throw UsageError("--orient", "\"" + text + "\" is not one letter of each pair L R, A P, S I", "as in RAS or LPS");
  }
  return text;
}

Preprocessing Preprocessing::none() {
  Preprocessing steps;
  steps.normalise.reset();
  steps.spacing_mm.clear();
  return steps;
}

bool Preprocessing::change_nothing() const { return !turns() && !n4 && !normalise && spacing_mm.empty() && !crop; }

Json to_json(const Preprocessing& steps) {
  Json object = Json::object();
  object["n4"] = nullptr;
  if (steps.n4) {
    object["n4"] =
        Json{{"shrink", steps.n4->shrink}, {"levels", steps.n4->levels}, {"iterations", steps.n4->iterations}};
  }
  object["percentiles"] = nullptr;
  const bool plain = steps.normalise && steps.normalise->method == Method::percentiles && !steps.normalise->foreground;
  if (plain) object["percentiles"] = steps.normalise->limits;
  object["spacing_mm"] = nullptr;
  if (!steps.spacing_mm.empty()) object["spacing_mm"] = steps.spacing_mm;
  object["interpolation"] = kInterpolations.of(steps.interpolation);
  if (steps.normalise && !plain) object["normalise"] = to_json(*steps.normalise);
  if (!steps.orient.empty()) object["orient"] = steps.orient;
  if (steps.orient_like) object["orient_like"] = directions_to_json(*steps.orient_like);
  if (steps.crop) object["crop"] = Json{{"to", kCropTargets.of(steps.crop->to)}, {"margin", steps.crop->margin_vox}};
  return object;
}

Preprocessing preprocessing_from_json(const Json& object, const std::string& name) {
  if (!object.is_object()) throw DataError(name, "the preprocessing is not a JSON object");
  refuse_unknown(
      object, {"n4", "percentiles", "spacing_mm", "interpolation", "normalise", "orient", "orient_like", "crop"}, name);
  Preprocessing steps = Preprocessing::none();
  if (const auto n4 = object.find("n4"); n4 != object.end() && !n4->is_null()) {
    if (!n4->is_object()) throw DataError(name, "member \"n4\" is not a JSON object");
    refuse_unknown(*n4, {"shrink", "levels", "iterations"}, name);
    const BiasCorrection standard;
    steps.n4 = BiasCorrection{count(*n4, "shrink", standard.shrink, name), count(*n4, "levels", standard.levels, name),
                              count(*n4, "iterations", standard.iterations, name)};
  }
  if (const auto percentiles = numbers_or_none(object, "percentiles", 2, 2, name); !percentiles.empty()) {
    steps.normalise = Normalisation{Method::percentiles, percentiles_from_json(percentiles, name), false};
  }
  if (has(object, "normalise")) {
    if (steps.normalise) throw DataError(name, "both \"percentiles\" and \"normalise\" in the preprocessing");
    steps.normalise = normalisation_from_json(object["normalise"], name);
  }
  steps.spacing_mm = numbers_or_none(object, "spacing_mm", 2, 3, name);
  for (const double value : steps.spacing_mm) {
    if (!(std::isfinite(value) && value > 0)) throw DataError(name, "a spacing_mm is not above 0");
  }
  const auto word = core::get_or<std::string>(object, "interpolation", "linear", name);
  const auto interpolation = kInterpolations.find(word);
  if (!interpolation) {
    throw DataError(name, "interpolation \"" + word + "\", expected \"linear\" or \"nearest\"");
  }
  steps.interpolation = *interpolation;
  if (has(object, "orient")) {
    steps.orient = core::get_or<std::string>(object, "orient", "", name);
    if (!is_axis_code(steps.orient)) throw DataError(name, "orient \"" + steps.orient + "\" is no axis code");
  }
  if (has(object, "orient_like")) {
    steps.orient_like = directions_from_json(object["orient_like"]);
    if (!steps.orient_like || !steps.orient.empty())
      throw DataError(name, "orient_like is not three directions, or stands beside orient");
  }
  if (has(object, "crop")) steps.crop = crop_from_json(object["crop"], name);
  return steps;
}

Preprocessing repeatable(const Preprocessing& steps) {
  Preprocessing result = steps;
  if (result.crop && result.crop->to == CropTo::label) result.crop.reset();
  return result;
}

Grid preprocessed_grid(const Grid& grid, const Preprocessing& steps) {
  return spaced(turned(grid, turn_of(grid, steps)), steps);
}

Grid preprocessed_grid(const Image& image, const Preprocessing& steps) {
  if (!steps.crop) return preprocessed_grid(image.grid, steps);
  if (steps.crop->to == CropTo::label) {
    throw DataError("", "has no label map to crop to", "--crop-to foreground needs none");
  }
  LabelMap mask;
  mask.grid = image.grid;
  const std::vector<std::uint8_t> inside = foreground(image);
  mask.voxels.assign(inside.begin(), inside.end());
  return box_around(spaced(turned(std::move(mask), turn_of(image.grid, steps)), steps), steps.crop->margin_vox,
                    "foreground");
}

Grid preprocessed_grid(const LabelMap& labels, const Preprocessing& steps) {
  if (!steps.crop) return preprocessed_grid(labels.grid, steps);
  if (steps.crop->to == CropTo::foreground) {
    throw DataError("", "is a label map, and the foreground to crop to is that of its image", "preprocess both");
  }
  return box_around(spaced(turned(labels, turn_of(labels.grid, steps)), steps), steps.crop->margin_vox, "labelled");
}

Image preprocess(Image image, const Preprocessing& steps) {
  const Grid grid = preprocessed_grid(image, steps);
  return preprocess(std::move(image), steps, grid);
}

LabelMap preprocess(const LabelMap& labels, const Preprocessing& steps) {
  return preprocess(labels, steps, preprocessed_grid(labels, steps));
}

Image preprocess(Image image, const Preprocessing& steps, const Grid& grid) {
  const AxisTurn turn = turn_of(image.grid, steps);
  Image result = turned(std::move(image), turn);
  correct_and_normalise(result, steps);
  return cut(spaced(std::move(result), steps, steps.interpolation), grid);
}

LabelMap preprocess(const LabelMap& labels, const Preprocessing& steps, const Grid& grid) {
  return cut(spaced(turned(labels, turn_of(labels.grid, steps)), steps), grid);
}

Image restore(Image map, const Grid& native, const Preprocessing& steps, float outside) {
  return restore_volume(std::move(map), native, steps, outside);
}

LabelMap restore(LabelMap map, const Grid& native, const Preprocessing& steps) {
  return restore_volume(std::move(map), native, steps, 0);
}

}  // namespace coopseg::image
