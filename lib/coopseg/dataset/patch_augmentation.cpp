#include "coopseg/dataset/patch_augmentation.h"

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/dataset/augmentation_file.h"

namespace coopseg::dataset {
namespace {

constexpr char kAxes[] = "xyz";
constexpr double kUnfolded = 0.4;  // of the spacing: the greatest amplitude that leaves every point its neighbours

bool are_axes(const std::string& text) {
  const auto once = [&text](char axis) { return std::count(text.begin(), text.end(), axis) <= 1; };
  return text.find_first_not_of(kAxes) == std::string::npos && once('x') && once('y') && once('z');
}

// Empty if the policy can be followed, else what is wrong.
std::string fault(const PatchAugmentation& p) {
  for (const auto& [name, value] : {std::pair("rotation_probability", p.rotation_probability),
                                    {"scale_probability", p.scale_probability},
                                    {"elastic_probability", p.elastic_probability},
                                    {"gamma_probability", p.gamma_probability},
                                    {"contrast_probability", p.contrast_probability},
                                    {"brightness_probability", p.brightness_probability}})
    if (!is_probability(value)) return std::string(name) + " must be 0 to 1";
  if (!are_axes(p.flip_axes)) return "flip_axes must be some of the letters xyz, each once";
  if (p.flip == PatchFlip::uamt && p.flip_axes != PatchAugmentation().flip_axes)
    return "flip_axes belongs to independent flips; uamt mirrors x or y";
  for (const double degrees : p.rotation_degrees)
    if (!(degrees >= 0 && degrees <= 180)) return "rotation_degrees must be three numbers from 0 to 180";
  if (!is_range(p.scale, 0.1, 10)) return "scale must be [low, high] within 0.1 ... 10";
  if (!is_range(p.elastic_spacing, 2, 1000)) return "elastic_spacing must be [low, high] within 2 ... 1000";
  if (!is_range(p.elastic_amplitude, 0, kUnfolded * p.elastic_spacing[0]))
    return "elastic_amplitude must be [low, high] within 0 ... 0.4 of the lowest elastic_spacing";
  if (!is_range(p.gamma, 0.1, 10)) return "gamma must be [low, high] within 0.1 ... 10";
  if (!is_range(p.contrast, 0, 10)) return "contrast must be [low, high] within 0 ... 10";
  if (!is_range(p.brightness, -10, 10)) return "brightness must be [low, high] within -10 ... 10";
  return {};
}

}  // namespace

const core::Words<PatchFlip>& patch_flips() {
  static const core::Words<PatchFlip> kFlips{
      {"none", PatchFlip::none}, {"independent", PatchFlip::independent}, {"uamt", PatchFlip::uamt}};
  return kFlips;
}

const std::vector<std::string>& patch_augmentation_names() {
  static const std::vector<std::string> kNames{"none", "la", "uamt", "mild"};
  return kNames;
}

PatchAugmentation PatchAugmentation::named(const std::string& name) {
  require_policy_name(name, patch_augmentation_names());
  PatchAugmentation p;
  p.name = name;
  if (name == "uamt") p.flip = PatchFlip::uamt;
  if (name == "none" || name == "mild") {
    p.quarter_turns = false;
    p.flip = PatchFlip::none;
  }
  if (name == "mild") {
    // One patch in sixteen is not resampled, as no image is when a model is used.
    p.rotation_probability = p.scale_probability = 0.75;
    p.gamma_probability = p.contrast_probability = p.brightness_probability = 0.5;
  }
  return p;
}

void add_symmetries(PatchAugmentation& policy) {
  if (policy.flip == PatchFlip::uamt)
    throw core::UsageError("--symmetries", "contradicts flips of the uamt rules, which always mirror once",
                           "leave it out, or take another --augmentation");
  const bool along_z = policy.flip == PatchFlip::independent && policy.flip_axes.find('z') != std::string::npos;
  policy.quarter_turns = true;
  policy.flip = PatchFlip::independent;
  policy.flip_axes = along_z ? "xyz" : "xy";
}

core::Json to_json(const PatchAugmentation& p) {
  return {{"name", p.name},
          {"quarter_turns", p.quarter_turns},
          {"flip", patch_flips().of(p.flip)},
          {"flip_axes", p.flip_axes},
          {"rotation_probability", p.rotation_probability},
          {"rotation_degrees", p.rotation_degrees},
          {"scale_probability", p.scale_probability},
          {"scale", p.scale},
          {"elastic_probability", p.elastic_probability},
          {"elastic_amplitude", p.elastic_amplitude},
          {"elastic_spacing", p.elastic_spacing},
          {"gamma_probability", p.gamma_probability},
          {"gamma", p.gamma},
          {"contrast_probability", p.contrast_probability},
          {"contrast", p.contrast},
          {"brightness_probability", p.brightness_probability},
          {"brightness", p.brightness}};
}

PatchAugmentation patch_augmentation_from_json(const core::Json& json, const std::string& where,
                                               const PatchAugmentation& unless_said) {
  PatchAugmentation p = unless_said;
  require_known_members(json, to_json(p), where);
  const auto read = [&](const char* key, auto& member) { member = core::get_or(json, key, member, where); };
  std::string flip = patch_flips().of(p.flip);
  read("name", p.name);
  read("quarter_turns", p.quarter_turns);
  read("flip", flip);
  read("flip_axes", p.flip_axes);
  read("rotation_probability", p.rotation_probability);
  read("rotation_degrees", p.rotation_degrees);
  read("scale_probability", p.scale_probability);
  read("scale", p.scale);
  read("elastic_probability", p.elastic_probability);
  read("elastic_amplitude", p.elastic_amplitude);
  read("elastic_spacing", p.elastic_spacing);
  read("gamma_probability", p.gamma_probability);
  read("gamma", p.gamma);
  read("contrast_probability", p.contrast_probability);
  read("contrast", p.contrast);
  read("brightness_probability", p.brightness_probability);
  read("brightness", p.brightness);
  const auto known = patch_flips().find(flip);
  if (!known) throw core::DataError(where, "augmentation: flip must be none, independent or uamt");
  p.flip = *known;
  if (const std::string what = fault(p); !what.empty()) throw core::DataError(where, "augmentation: " + what);
  return p;
}

PatchAugmentation parse_patch_augmentation(const std::string& name_or_file) {
  const auto& names = patch_augmentation_names();
  if (std::find(names.begin(), names.end(), name_or_file) != names.end()) return PatchAugmentation::named(name_or_file);
  const core::Json json = read_augmentation_file(name_or_file, names);
  PatchAugmentation unless_said;
  unless_said.name = "custom";
  return core::as_usage_error([&] { return patch_augmentation_from_json(json, name_or_file, unless_said); });
}

PatchDraw PatchDraw::in_plane(std::size_t k) const {
  PatchDraw draw = *this;
  draw.plane = k;
  draw.flip[2] = false;
  draw.rotation_degrees[0] = draw.rotation_degrees[1] = 0;
  return draw;
}

PatchDraw draw_patch(const PatchAugmentation& p, core::RandomStream& random) {
  const auto within = [&random](const std::array<double, 2>& range) { return random.uniform(range[0], range[1]); };
  PatchDraw d;
  const auto turns = static_cast<unsigned>(random.below(4));
  if (p.quarter_turns) d.quarter_turns = turns;
  const std::size_t one = random.below(2);
  for (std::size_t a = 0; a < 3; ++a) {
    const bool heads = random.chance(0.5);
    d.flip[a] = (p.flip == PatchFlip::independent && heads && p.flip_axes.find(kAxes[a]) != std::string::npos) ||
                (p.flip == PatchFlip::uamt && a == one);
  }
  for (double& v : d.place) v = random.uniform();
  d.rotation = random.chance(p.rotation_probability);
  for (std::size_t a = 0; a < 3; ++a)
    d.rotation_degrees[a] = random.uniform(-p.rotation_degrees[a], p.rotation_degrees[a]);
  d.scaling = random.chance(p.scale_probability);
  d.scale = within(p.scale);
  d.elastic = random.chance(p.elastic_probability);
  d.elastic_amplitude = within(p.elastic_amplitude);
  d.elastic_spacing = within(p.elastic_spacing);
  d.gamma = random.chance(p.gamma_probability);
  d.exponent = within(p.gamma);
  d.contrast = random.chance(p.contrast_probability);
  d.factor = within(p.contrast);
  d.brightness = random.chance(p.brightness_probability);
  d.shift = within(p.brightness);
  return d;
}

}  // namespace coopseg::dataset
