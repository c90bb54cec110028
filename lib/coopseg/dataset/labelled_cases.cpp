#include "coopseg/dataset/labelled_cases.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <exception>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/core/log.h"
#include "coopseg/core/parallel.h"
#include "coopseg/core/provenance.h"
#include "coopseg/core/subject.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/image/image_files.h"

namespace coopseg::dataset {
namespace {

constexpr std::size_t kMostClasses = kIgnoredLabel - 1;  // besides the background, 0

// What the classes of a list are found from, of one of its cases.
struct LabelsOfCase {
  core::LabelNames names;         // what the values of the label map stand for; empty if the list does not say
  std::set<std::int32_t> values;  // that it holds where it was drawn
};

bool too_many(const std::set<std::int32_t>& values) { return values.size() - values.count(0) > kMostClasses; }

[[noreturn]] void throw_too_many_values(const std::string& file, const char* where) {
  throw core::DataError(file, fmt::format("holds too many label values: more than {}{}", kMostClasses, where),
                        "give label maps, or name the values that count (\"labels\")");
}

// Which classes the values are is not known before all cases are read. Until then labels are the values' places among
// those of their own label map, in order: one byte a voxel.
std::vector<std::uint8_t> as_places(const std::set<std::int32_t>& values, image::LabelMap& label) {
  image::Remap places;
  for (const std::int32_t value : values) places.emplace(value, static_cast<std::int32_t>(places.size()));
  image::apply(places, label);
  std::vector<std::uint8_t> out(label.voxels.size());
  std::transform(label.voxels.begin(), label.voxels.end(), out.begin(),
                 [](std::int32_t place) { return static_cast<std::uint8_t>(place); });
  return out;
}

void places_to_class_indices(const LabelsOfCase& labels, const core::LabelNames& classes, TrainingVolume& volume) {
  const image::Remap index = class_index_of_all(labels.values, labels.names, classes, volume.label_file);
  std::array<std::uint8_t, kIgnoredLabel + 1> of_place{};
  of_place[kIgnoredLabel] = kIgnoredLabel;
  std::size_t place = 0;
  for (const std::int32_t value : labels.values) of_place[place++] = static_cast<std::uint8_t>(index.at(value));
  for (std::uint8_t& label : volume.labels) label = of_place[label];
}

std::pair<TrainingVolume, LabelsOfCase> read_case(const core::Case& c, const core::LabelNames& classes) {
  TrainingVolume v = read_image_of_case(c);
  v.label_file = c.label()->string();
  image::LabelMap label = read_case_labels(c, *c.label());
  require_same_grid(label.grid, *c.label(), v.grid, c.image(), "its image");
  const std::vector<std::uint8_t> ignored = ignored_voxels(c, c.labels(), label, *c.label());
  for (std::size_t i = 0; i < ignored.size(); ++i)
    if (ignored[i]) label.voxels[i] = 0;
  LabelsOfCase labels{core::without_ignored(c.labels()), image::values_of(label)};
  if (too_many(labels.values)) {
    const core::LabelNames& known = classes.empty() ? labels.names : classes;
    if (!known.empty()) class_index_of_all(labels.values, labels.names, known, v.label_file);
    throw_too_many_values(v.label_file, "");
  }
  v.labels = as_places(labels.values, label);
  v.has_ignored = !ignored.empty();
  for (std::size_t i = 0; i < ignored.size(); ++i)
    if (ignored[i]) v.labels[i] = kIgnoredLabel;
  return {std::move(v), std::move(labels)};
}

std::string listed(const core::LabelNames& names) { return fmt::format("{}", fmt::join(names_of(names), ", ")); }

// The classes of the set, by index 1 ... n; `value` is what stands for the class in a label map without names.
core::LabelNames choose_classes(const std::vector<TrainingVolume>& volumes, const std::vector<LabelsOfCase>& labels,
                                const core::LabelNames& wanted) {
  if (!wanted.empty()) return wanted;
  const auto unordered = [](const core::LabelNames& names) {
    const std::vector<std::string> list = names_of(names);
    return std::set<std::string>(list.begin(), list.end());
  };
  const core::LabelNames& first = labels.front().names;
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const core::LabelNames& names = labels[i].names;
    if (unordered(names) != unordered(first))
      throw core::DataError(volumes[i].case_name,
                            names.empty() ? "does not name its labels, other cases do"
                                          : "names its labels " + listed(names) + ", " + volumes.front().case_name +
                                                " " + (first.empty() ? "not at all" : listed(first)),
                            "name them in the list (\"labels\"), or state the classes");
  }
  if (!first.empty()) return first;

  std::set<std::int32_t> values;
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    values.insert(labels[i].values.begin(), labels[i].values.end());
    if (too_many(values)) throw_too_many_values(volumes[i].label_file, " in the list up to here");
  }
  values.erase(0);
  core::LabelNames out;
  for (const std::int32_t value : values) out.emplace_back(std::to_string(value), value);
  return out;
}

void require_all_classes(const core::LabelNames& names, const core::LabelNames& classes, const std::string& file) {
  if (names.empty()) return;
  for (const std::string& name : names_of(classes))
    if (!value_of(names, name))
      throw core::DataError(file, "has no label named " + name + "; it names " + listed(names),
                            "use the same names everywhere, or leave this case out");
}

}  // namespace

void for_all_cases(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  std::vector<std::exception_ptr> failures(count);
  core::for_each_index(count, threads, [&](std::size_t i) {
    try {
      work(i);
    } catch (...) {
      failures[i] = std::current_exception();
    }
  });
  std::exception_ptr first;
  for (const auto& failure : failures) {
    if (!failure) continue;
    if (!first) {
      first = failure;
      continue;
    }
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& e) {
      core::error("{}", e.what());
    }
  }
  if (first) std::rethrow_exception(first);
}

TrainingVolume read_image_of_case(const core::Case& c) {
  TrainingVolume v;
  v.case_name = c.name();
  v.subject = core::subject_of(c);
  v.image_file = c.image().string();
  image::Image image = read_case_image(c);
  v.grid = v.stored = image.grid;
  v.voxels = std::move(image.voxels);
  v.image_sha256 = image::sha256_of_image(c.image());
  v.made_from = core::made_from(c.image(), v.image_sha256);
  return v;
}

VolumeSet read_labelled_cases(const std::vector<core::Case>& cases, const LoadOptions& options) {
  std::vector<const core::Case*> labelled;
  for (const core::Case& c : cases)
    if (c.label()) labelled.push_back(&c);
  if (labelled.empty())
    throw core::DataError("", "none of the " + std::to_string(cases.size()) + " cases of the list has a label",
                          "list cases with labels, as cs-list does");
  if (labelled.size() < cases.size())
    core::warning("{} of {} cases have no label and are left out", cases.size() - labelled.size(), cases.size());
  if (options.classes.size() > kMostClasses)
    throw core::UsageError("classes", fmt::format("are more than {}: {}", kMostClasses, options.classes.size()));
  if (core::ignored_value(options.classes))
    throw core::UsageError("classes",
                           fmt::format("name \"{}\", which is no class: it was not drawn", core::kIgnoreName));

  VolumeSet set;
  set.volumes.resize(labelled.size());
  std::vector<LabelsOfCase> labels(labelled.size());
  for_all_cases(labelled.size(), options.threads, [&](std::size_t i) {
    std::tie(set.volumes[i], labels[i]) = read_case(*labelled[i], options.classes);
  });

  for (std::size_t i = 0; i < labels.size(); ++i)
    if (options.require_names && labels[i].names.empty())
      throw core::DataError(set.volumes[i].case_name, "does not name its labels, the training list does",
                            "name them in the list (\"labels\"), as cs-list --labels does");
  set.label_values = choose_classes(set.volumes, labels, options.classes);
  if (set.label_values.empty())
    throw core::DataError("", "all labels of the list are empty: there is nothing to learn", "give label maps");
  if (set.label_values.size() > kMostClasses)
    throw core::DataError(set.volumes.front().case_name, fmt::format("names more than {} labels", kMostClasses));

  for_all_cases(labels.size(), options.threads, [&](std::size_t i) {
    require_all_classes(labels[i].names, set.label_values, set.volumes[i].label_file);
    places_to_class_indices(labels[i], set.label_values, set.volumes[i]);
  });
  set.named = options.classes.empty() && !labels.front().names.empty();
  for (const std::string& name : names_of(set.label_values))
    set.classes.emplace_back(name, static_cast<int>(set.classes.size() + 1));
  return set;
}

}  // namespace coopseg::dataset
