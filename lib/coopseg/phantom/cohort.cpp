#include "coopseg/phantom/cohort.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/image/intensity.h"

namespace coopseg::phantom {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

double rounded(double value) { return std::round(value * 1000) / 1000; }

}  // namespace

std::vector<Subject> make_cohort(const std::string& prefix, std::size_t first, std::size_t count,
                                 const std::vector<std::string>& sites) {
  std::vector<Subject> subjects;
  for (std::size_t number = first; number < first + count; ++number) {
    subjects.push_back({fmt::format("{}{:03}", prefix, number), sites[(number - 1) % sites.size()]});
  }
  return subjects;
}

std::vector<std::string> first_sites(std::size_t count) {
  auto all = Scanner::all_sites();
  if (count < 1 || count > all.size()) {
    throw core::UsageError("--sites", fmt::format("{} was given, expected 1 ... {}", count, all.size()));
  }
  all.resize(count);
  return all;
}

std::vector<std::string> parse_sites(const std::string& text) {
  auto sites = split(text, ',');
  for (std::size_t n = 0; n < sites.size(); ++n) {
    Scanner::of_site(sites[n]);
    if (std::find(sites.begin(), sites.begin() + static_cast<std::ptrdiff_t>(n), sites[n]) !=
        sites.begin() + static_cast<std::ptrdiff_t>(n)) {
      throw core::UsageError("--site", "site " + sites[n] + " is named twice");
    }
  }
  return sites;
}

const char* name_of(Phase phase) { return phase == Phase::end_diastole ? "ED" : "ES"; }

std::vector<Phase> parse_frames(const std::string& text) {
  std::vector<Phase> phases;
  for (const auto& word : split(text, ',')) {
    if (word != "ED" && word != "ES") {
      throw core::UsageError("--frames", "\"" + word + "\" is not a frame", "give ED, ES or ED,ES");
    }
    const Phase phase = word == "ED" ? Phase::end_diastole : Phase::end_systole;
    if (std::find(phases.begin(), phases.end(), phase) != phases.end()) {
      throw core::UsageError("--frames", word + " is named twice");
    }
    phases.push_back(phase);
  }
  return phases;
}

std::array<std::size_t, 2> parse_size(const std::string& text) {
  const auto parts = split(text, 'x');
  std::array<std::size_t, 2> size{};
  for (std::size_t n = 0; n < 2; ++n) {
    const std::string& part = parts[parts.size() == 1 ? 0 : n];
    const auto [end, problem] = std::from_chars(part.data(), part.data() + part.size(), size[n]);
    if (parts.size() > 2 || problem != std::errc() || end != part.data() + part.size() || size[n] < 16 ||
        size[n] > 1024) {
      throw core::UsageError("--size", "\"" + text + "\" is not a size in voxels, each 16 ... 1024",
                             "give 96x96, columns by rows");
    }
  }
  return size;
}

core::Json describe(const Anatomy& a, Phase phase) {
  const Ventricles& v = a.ventricles(phase);
  const double volume = phase == Phase::end_diastole ? a.edv_ml : a.edv_ml * (1 - a.ejection_fraction);
  return {{"subject", a.id},
          {"frame", name_of(phase)},
          {"lv_volume_ml", rounded(volume)},
          {"lv_ejection_fraction", rounded(a.ejection_fraction)},
          {"lv_length_mm", rounded(v.length_mm)},
          {"lv_radius_mm", rounded(v.radius_mm)},
          {"lv_wall_mm", rounded(v.wall_mm)}};
}

core::Json describe(const Scanner& s, const Stack& stack) {
  return {{"site", s.site},
          {"field_t", rounded(s.sequence.field_t)},
          {"sequence", "bSSFP"},
          {"tr_ms", rounded(s.sequence.tr_ms)},
          {"te_ms", rounded(s.sequence.te_ms)},
          {"flip_degrees", rounded(s.sequence.flip_degrees)},
          {"slice_thickness_mm", rounded(stack.slice_thickness_mm)},
          {"noise", rounded(s.noise)},
          {"coil_range_mm", rounded(s.coil_range_mm)},
          {"coil_shading", rounded(s.coil_shading)},
          {"breathing_mm", rounded(s.breathing_mm)}};
}

image::Picture preview(const std::vector<Subject>& subjects, const StackOptions& options, std::uint64_t seed) {
  if (subjects.empty()) throw core::UsageError("--preview", "there is no subject to show");
  std::vector<image::Picture> pictures;
  std::vector<std::string> captions;
  for (const Subject& subject : subjects) {
    const Anatomy anatomy = Anatomy::draw(seed, subject.id);
    const Scanner scanner = Scanner::of_site(subject.site);
    const Stack stack = plan_stack(anatomy, scanner, options, seed);
    const Rendering ed = render(anatomy, Phase::end_diastole, scanner, stack, seed);
    const Rendering es = render(anatomy, Phase::end_systole, scanner, stack, seed);
    const std::size_t slices = stack.grid.size[2], plane = stack.grid.size[0] * stack.grid.size[1];
    const std::size_t middle = slices / 2;
    const std::vector<float> shown(ed.image.voxels.begin() + static_cast<std::ptrdiff_t>(middle * plane),
                                   ed.image.voxels.begin() + static_cast<std::ptrdiff_t>((middle + 1) * plane));
    const double white = std::max(1.0, image::percentile(shown, 99));
    const unsigned zoom = stack.grid.size[0] < 128 ? 2 : 1;
    const auto add = [&](const Rendering& r, std::size_t k, bool labels, const std::string& what) {
      pictures.push_back(image::slice_picture(r.image, k, 0, white, zoom, labels ? &r.labels : nullptr));
      captions.push_back(what);
    };
    add(ed, slices / 6, false, subject.id + " site " + subject.site);
    add(ed, middle, false, "ED middle");
    add(ed, slices - 1 - slices / 8, false, "ED basal");
    add(es, middle, false, "ES middle");
    add(es, middle, true, "ES labels");
  }
  return image::grid_of(pictures, captions, 5);
}

}  // namespace coopseg::phantom
