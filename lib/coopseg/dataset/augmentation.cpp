#include "coopseg/dataset/augmentation.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/dataset/augmentation_file.h"
#include "coopseg/dataset/augmentation_steps.h"
#include "coopseg/dataset/batches.h"

namespace coopseg::dataset {
namespace {

constexpr std::size_t kLargest = 16384;  // a plane of doubles of that side is 2 GiB
constexpr std::size_t kPaperPad = 224;
constexpr double kSigmaFactor = 0.75;  // the reference multiplies its drawn sigma by it

// Empty if the policy can be followed, else what is wrong.
std::string fault(const AugmentationPolicy& p) {
  // Coordinates and intensities stay finite within the limits: beyond, a pixel would be looked for at a place that is
  // none.
  if (p.crop == 0 || p.crop > kLargest) return "crop must be 1 to 16384";
  if (p.pad < p.crop || p.pad > kLargest || p.pad > 4 * p.crop)
    return "pad must be at least crop, at most four times that and at most 16384";
  for (const auto& [name, value] : {std::pair("flip_probability", p.flip_probability),
                                    {"intensity_probability", p.intensity_probability},
                                    {"elastic_probability", p.elastic_probability}})
    if (!is_probability(value)) return std::string(name) + " must be 0 to 1";
  if (!is_range(p.intensity_scale, -1000, 1000)) return "intensity_scale must be [low, high] within -1000 ... 1000";
  if (!is_range(p.intensity_shift, -1000, 1000)) return "intensity_shift must be [low, high] within -1000 ... 1000";
  if (!is_range(p.zoom, 0.01, 100)) return "zoom must be [low, high] within 0.01 ... 100";
  if (!is_range(p.elastic_alpha, -100, 100)) return "elastic_alpha must be [low, high] within -100 ... 100";
  if (!is_range(p.elastic_sigma, 0.001, 10)) return "elastic_sigma must be [low, high] within 0.001 ... 10";
  if (!(p.rotation_degrees >= 0 && p.rotation_degrees <= 360)) return "rotation_degrees must be 0 to 360";
  if (!(p.shift_fraction >= 0 && p.shift_fraction <= 1)) return "shift_fraction must be 0 to 1";
  if (p.quarter_rotations < 1) return "quarter_rotations must be 1 or more";
  return {};
}

bool has_affine(const AugmentationPolicy& p) {
  return p.rotation_degrees != 0 || p.shift_fraction != 0 || p.zoom[0] != 1 || p.zoom[1] != 1;
}

bool is_name(const std::string& text) {
  const auto& names = augmentation_names();
  return std::find(names.begin(), names.end(), text) != names.end();
}

}  // namespace

const std::vector<std::string>& augmentation_names() {
  static const std::vector<std::string> kNames{"none", "affine", "affine-intensity", "affine-elastic",
                                               "affine-elastic-intensity"};
  return kNames;
}

AugmentationPolicy AugmentationPolicy::named(const std::string& name, std::size_t crop) {
  AugmentationPolicy p;
  p.name = name;
  p.crop = crop;
  p.pad = (crop * kPaperPad + image::kPaperCrop / 2) / image::kPaperCrop;  // rounded
  require_policy_name(name, augmentation_names());
  if (name.find("intensity") == std::string::npos) p.intensity_probability = 0;
  if (name.find("elastic") == std::string::npos) p.elastic_probability = 0;
  if (name == "none") {
    p.flip_probability = p.rotation_degrees = p.shift_fraction = 0;
    p.zoom = {1, 1};
    p.quarter_rotations = 1;
  }
  if (const std::string what = fault(p); !what.empty()) throw core::UsageError("augmentation", what);
  return p;
}

core::Json to_json(const AugmentationPolicy& p) {
  core::Json json{{"name", p.name},
          {"pad", p.pad},
          {"crop", p.crop},
          {"flip_probability", p.flip_probability},
          {"intensity_probability", p.intensity_probability},
          {"intensity_scale", p.intensity_scale},
          {"intensity_shift", p.intensity_shift},
          {"rotation_degrees", p.rotation_degrees},
          {"shift_fraction", p.shift_fraction},
          {"zoom", p.zoom},
          {"quarter_rotations", p.quarter_rotations},
          {"elastic_probability", p.elastic_probability},
          {"elastic_alpha", p.elastic_alpha},
          {"elastic_sigma", p.elastic_sigma},
          {"minmax", p.minmax},
          {"paper_limit", p.paper_limit}};
  if (p.symmetries) json["symmetries"] = true;
  return json;
}

AugmentationPolicy augmentation_from_json(const core::Json& json, const std::string& where,
                                          const AugmentationPolicy& unless_said) {
  AugmentationPolicy p = unless_said;
  core::Json known = to_json(p);
  known["symmetries"] = p.symmetries;
  require_known_members(json, known, where);
  for (const auto& [key, value] : json.items()) {
    // A JSON library turns -1 and 1.5 into a size without a word.
    const bool whole = key == "pad" || key == "crop" || key == "quarter_rotations";
    if (whole && (!value.is_number_integer() || value < 0 || value > kLargest))
      throw core::DataError(where, "augmentation: " + key + " is " + core::to_line(value) +
                                       ", expected a whole number of at most " + std::to_string(kLargest));
  }
  const auto read = [&](const char* key, auto& member) { member = core::get_or(json, key, member, where); };
  read("name", p.name);
  read("pad", p.pad);
  read("crop", p.crop);
  read("flip_probability", p.flip_probability);
  read("intensity_probability", p.intensity_probability);
  read("intensity_scale", p.intensity_scale);
  read("intensity_shift", p.intensity_shift);
  read("rotation_degrees", p.rotation_degrees);
  read("shift_fraction", p.shift_fraction);
  read("zoom", p.zoom);
  read("quarter_rotations", p.quarter_rotations);
  read("elastic_probability", p.elastic_probability);
  read("elastic_alpha", p.elastic_alpha);
  read("elastic_sigma", p.elastic_sigma);
  read("minmax", p.minmax);
  read("paper_limit", p.paper_limit);
  read("symmetries", p.symmetries);
  if (const std::string what = fault(p); !what.empty()) throw core::DataError(where, "augmentation: " + what);
  return p;
}

AugmentationPolicy parse_augmentation(const std::string& name_or_file, std::size_t crop) {
  if (is_name(name_or_file)) return AugmentationPolicy::named(name_or_file, crop);
  const core::Json json = read_augmentation_file(name_or_file, augmentation_names());
  AugmentationPolicy unless_said = AugmentationPolicy::named("affine-elastic-intensity", crop);
  unless_said.name = "custom";
  const AugmentationPolicy policy = core::as_usage_error(
      [&] { return augmentation_from_json(json, name_or_file, unless_said); });
  if (policy.crop != crop) {
    throw core::UsageError(name_or_file, fmt::format("has a crop of {} pixels, --crop is {}", policy.crop, crop),
                           "leave the crop out of the file, or give both the same");
  }
  return policy;
}

AugmentationDraw draw_augmentation(const AugmentationPolicy& p, core::RandomStream& random) {
  const auto within = [&random](const std::array<double, 2>& range) { return random.uniform(range[0], range[1]); };
  const auto about_zero = [&random](double most) { return random.uniform(-most, most); };
  AugmentationDraw d;
  d.flip_left_right = random.chance(p.flip_probability);
  d.flip_up_down = random.chance(p.flip_probability);
  d.intensity = random.chance(p.intensity_probability);
  d.intensity_scale = within(p.intensity_scale);
  d.intensity_shift = within(p.intensity_shift);
  d.rotation_degrees = about_zero(p.rotation_degrees);
  for (double& v : d.shift_fraction) v = about_zero(p.shift_fraction);
  for (double& v : d.zoom) v = within(p.zoom);
  const auto steps = static_cast<std::uint64_t>(p.quarter_rotations);
  d.quarter_degrees = 360.0 * static_cast<double>(random.below(steps)) / static_cast<double>(steps);
  d.elastic = random.chance(p.elastic_probability);
  d.elastic_alpha = within(p.elastic_alpha);
  d.elastic_sigma = within(p.elastic_sigma);
  return d;
}

Slice augment(const Slice& slice, const AugmentationPolicy& policy, const AugmentationDraw& draw,
              core::RandomStream elastic_noise) {
  Slice s = pad_to(slice, policy.pad);
  const auto rows = static_cast<double>(s.image.rows), columns = static_cast<double>(s.image.columns);
  if (draw.flip_left_right) flip_left_right(s);
  if (draw.flip_up_down) flip_up_down(s);
  if (draw.intensity) scale_intensity(s.image, draw.intensity_scale, draw.intensity_shift);

  // The reference resamples twice whatever was drawn, even by the identity: each slice is blurred twice. A policy that
  // has no rotation at all is spared it.
  const BilinearLimit limit = policy.paper_limit ? BilinearLimit::paper : BilinearLimit::edge;
  if (has_affine(policy))
    s = transform(s,
                  affine_map(draw.rotation_degrees, {draw.shift_fraction[0] * rows, draw.shift_fraction[1] * columns},
                             draw.zoom),
                  limit);
  if (policy.quarter_rotations > 1) s = transform(s, affine_map(draw.quarter_degrees, {0, 0}, {1, 1}), limit);

  const Rectangle window = centre_rounded_up(s.image.rows, s.image.columns, policy.crop);
  if (draw.elastic) {
    const Field noise_columns = uniform_field(s.image.rows, s.image.columns, elastic_noise);
    const Field noise_rows = uniform_field(s.image.rows, s.image.columns, elastic_noise);
    s = deform(s,
               elastic_displacement(noise_rows, noise_columns, draw.elastic_alpha * rows,
                                    draw.elastic_sigma * rows * kSigmaFactor, window),
               window);
  } else {
    s = crop(s, window);
  }
  if (policy.minmax) minmax(s.image);
  return s;
}

Slice prepare_for_validation(const Slice& slice, const AugmentationPolicy& policy) {
  const Slice padded = pad_to(slice, policy.pad);
  Slice out = crop(padded, centre_rounded_up(padded.image.rows, padded.image.columns, policy.crop));
  if (policy.minmax) minmax(out.image);
  return out;
}

}  // namespace coopseg::dataset
