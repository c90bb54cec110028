#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/core/log.h"
#include "coopseg/core/parallel.h"
#include "coopseg/core/provenance.h"
#include "coopseg/dataset/batches.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/class_index.h"

namespace coopseg::dataset {
namespace {

constexpr std::size_t kMostClasses = 255;  // a class index is one byte

struct Volume {
  std::string case_name, label_file, image_sha256;
  std::string made_from;
  core::LabelNames names;  // what the values of this label map stand for; empty if the list does not say
  image::Image image;
  image::LabelMap label;
};

Volume read_volume(const core::Case& c) {
  Volume v;
  v.case_name = c.name();
  v.label_file = c.label()->string();
  v.names = c.labels();
  v.image = read_case_image(c);
  v.label = read_case_labels(c, *c.label());
  require_same_grid(v.label.grid, *c.label(), v.image.grid, c.image(), "its image");
  v.image_sha256 = core::sha256_of_file(c.image());
  v.made_from = core::made_from(c.image(), v.image_sha256);
  return v;
}

// Runs work(i) for all i < count on `threads` threads. If some fail, all are done, each failure is logged, and the
// first one of the list is thrown.
template <class Work>
void for_all(std::size_t count, int threads, const Work& work) {
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

std::string listed(const core::LabelNames& names) { return fmt::format("{}", fmt::join(names_of(names), ", ")); }

// The classes of the set, by index 1 ... n; `value` is what stands for the class in a label map without names.
core::LabelNames choose_classes(const std::vector<Volume>& volumes, const core::LabelNames& wanted) {
  if (!wanted.empty()) return wanted;
  const auto unordered = [](const core::LabelNames& names) {
    const std::vector<std::string> list = names_of(names);
    return std::set<std::string>(list.begin(), list.end());
  };
  const Volume& first = volumes.front();
  for (const Volume& v : volumes)
    if (unordered(v.names) != unordered(first.names))
      throw core::DataError(v.case_name,
                            v.names.empty() ? "does not name its labels, other cases do"
                                            : "names its labels " + listed(v.names) + ", " + first.case_name + " " +
                                                  (first.names.empty() ? "not at all" : listed(first.names)),
                            "name them in the list (\"labels\"), or state the classes");
  if (!first.names.empty()) return first.names;

  std::set<std::int32_t> values;
  for (const Volume& v : volumes) {
    for (const std::int32_t value : image::values_of(v.label))
      if (value != 0) values.insert(value);
    if (values.size() > kMostClasses)
      throw core::DataError(v.label_file, "holds too many label values: more than 255 in the list up to here",
                            "give label maps, or name the values that count (\"labels\")");
  }
  core::LabelNames out;
  for (const std::int32_t value : values) out.emplace_back(std::to_string(value), value);
  return out;
}

void require_all_classes(const Volume& volume, const core::LabelNames& classes) {
  if (volume.names.empty()) return;
  for (const std::string& name : names_of(classes))
    if (!value_of(volume.names, name))
      throw core::DataError(volume.label_file,
                            "has no label named " + name + "; it names " + listed(volume.names),
                            "use the same names everywhere, or leave this case out");
}

}  // namespace

TrainingSet load_training_set(const std::vector<core::Case>& cases, const LoadOptions& options) {
  std::vector<const core::Case*> labelled;
  for (const core::Case& c : cases)
    if (c.label()) labelled.push_back(&c);
  if (labelled.empty())
    throw core::DataError("", "none of the " + std::to_string(cases.size()) + " cases of the list has a label",
                          "list cases with labels, as cs-list does");
  if (labelled.size() < cases.size())
    core::warning("{} of {} cases have no label and are left out", cases.size() - labelled.size(), cases.size());
  if (options.classes.size() > kMostClasses)
    throw core::UsageError("classes", "are more than 255: " + std::to_string(options.classes.size()));

  std::vector<std::optional<Volume>> read(labelled.size());
  for_all(read.size(), options.threads, [&](std::size_t i) { read[i] = read_volume(*labelled[i]); });
  std::vector<Volume> volumes;
  volumes.reserve(read.size());
  for (auto& v : read) volumes.push_back(std::move(*v));

  for (const Volume& v : volumes)
    if (options.require_names && v.names.empty())
      throw core::DataError(v.case_name, "does not name its labels, the training list does",
                            "name them in the list (\"labels\"), as cs-list --labels does");
  const core::LabelNames classes = choose_classes(volumes, options.classes);
  if (classes.empty())
    throw core::DataError("", "all labels of the list are empty: there is nothing to learn", "give label maps");
  if (classes.size() > kMostClasses)
    throw core::DataError(volumes.front().case_name, "names more than 255 labels");

  std::vector<std::vector<Slice>> slices(volumes.size());
  for_all(volumes.size(), options.threads, [&](std::size_t i) {
    Volume& v = volumes[i];
    require_all_classes(v, classes);
    to_class_indices(v.names, classes, v.label, v.label_file);
    const std::size_t axis = slice_axis(v.image.grid);
    for (std::size_t k = 0; k < v.image.grid.size[axis]; ++k)
      slices[i].push_back({slice_of(v.image, axis, k), slice_as<std::uint8_t>(v.label, axis, k)});
    v.image.voxels = {};
    v.label.voxels = {};
  });

  TrainingSet set;
  set.label_values = classes;
  set.named = options.classes.empty() && !volumes.front().names.empty();
  for (std::size_t k = 0; k < classes.size(); ++k) set.classes.emplace_back(classes[k].first, static_cast<int>(k + 1));
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    set.sources.push_back({volumes[i].case_name, volumes[i].image_sha256, set.slices.size(), slices[i].size(),
                           volumes[i].made_from});
    const auto empty = static_cast<std::size_t>(
        std::count_if(slices[i].begin(), slices[i].end(), [](const Slice& s) { return is_empty(s.label); }));
    if (empty == slices[i].size())
      core::warning("{}: no slice holds a label; its slices are used as they are", volumes[i].label_file);
    set.empty_slices += empty;
    std::move(slices[i].begin(), slices[i].end(), std::back_inserter(set.slices));
  }
  return set;
}

}  // namespace coopseg::dataset
