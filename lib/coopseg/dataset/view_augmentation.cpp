#include "coopseg/dataset/view_augmentation.h"

#include <algorithm>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/dataset/augmentation_file.h"

namespace coopseg::dataset {
namespace {

constexpr double kMostShift = 1e3, kMostNoise = 1e3;
constexpr const char* kOwnMembers[] = {"shift_probability", "shift_mean", "shift_deviation", "noise_probability",
                                       "noise"};

// Empty if the policy can be followed, else what is wrong.
std::string fault_of_views(const ViewAugmentation& p) {
  if (!is_probability(p.shift_probability)) return "shift_probability must be 0 to 1";
  if (!is_probability(p.noise_probability)) return "noise_probability must be 0 to 1";
  if (!(p.shift_mean >= -kMostShift && p.shift_mean <= kMostShift)) return "shift_mean must be -1000 to 1000";
  if (!(p.shift_deviation >= 0 && p.shift_deviation <= kMostShift)) return "shift_deviation must be 0 to 1000";
  if (!(p.noise >= 0 && p.noise <= kMostNoise)) return "noise must be 0 to 1000";
  return {};
}

ViewAugmentation view_augmentation_from_json(const core::Json& json, const std::string& where,
                                             const ViewAugmentation& unless_said) {
  ViewAugmentation p = unless_said;
  require_known_members(json, to_json(p), where);
  core::Json of_patch = json;
  for (const char* key : kOwnMembers) of_patch.erase(key);
  p.patch = patch_augmentation_from_json(of_patch, where, unless_said.patch);
  const auto read = [&](const char* key, double& member) { member = core::get_or(json, key, member, where); };
  read("shift_probability", p.shift_probability);
  read("shift_mean", p.shift_mean);
  read("shift_deviation", p.shift_deviation);
  read("noise_probability", p.noise_probability);
  read("noise", p.noise);
  if (p.patch.flip == PatchFlip::uamt)
    throw core::DataError(where, "augmentation: flip must be none or independent for views");
  if (const std::string what = fault_of_views(p); !what.empty()) throw core::DataError(where, "augmentation: " + what);
  return p;
}

}  // namespace

const std::vector<std::string>& view_augmentation_names() {
  static const std::vector<std::string> kNames{"global", "local"};
  return kNames;
}

ViewAugmentation ViewAugmentation::named(const std::string& name) {
  require_policy_name(name, view_augmentation_names());
  ViewAugmentation p;
  p.patch = PatchAugmentation::named("none");
  p.patch.name = name;
  p.patch.gamma_probability = 0.5;
  p.patch.gamma = {0.5, 2};
  if (name == "global") {
    p.patch.rotation_probability = p.patch.scale_probability = 0.5;
    p.patch.elastic_probability = 1;
    p.patch.rotation_degrees = {15, 15, 180};
    p.patch.scale = {0.7, 1.25};
  }
  return p;
}

core::Json to_json(const ViewAugmentation& p) {
  core::Json json = to_json(p.patch);
  json["shift_probability"] = p.shift_probability;
  json["shift_mean"] = p.shift_mean;
  json["shift_deviation"] = p.shift_deviation;
  json["noise_probability"] = p.noise_probability;
  json["noise"] = p.noise;
  return json;
}

ViewAugmentation parse_view_augmentation(const std::string& name_or_file) {
  const auto& names = view_augmentation_names();
  if (std::find(names.begin(), names.end(), name_or_file) != names.end()) return ViewAugmentation::named(name_or_file);
  const core::Json json = read_augmentation_file(name_or_file, names);
  ViewAugmentation unless_said = ViewAugmentation::named("local");
  unless_said.patch.name = "custom";
  return core::as_usage_error([&] { return view_augmentation_from_json(json, name_or_file, unless_said); });
}

}  // namespace coopseg::dataset
