#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/core/log.h"
#include "coopseg/core/parallel.h"
#include "coopseg/core/provenance.h"
#include "coopseg/dataset/batches.h"
#include "coopseg/image/labels.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/plausible.h"

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
  v.image = image::read_image(c.image());
  image::warn_if_constant(v.image, c.image().string());
  v.label = image::read_labels(*c.label());
  if (const std::string differs = image::grid_difference(v.label.grid, v.image.grid); !differs.empty())
    throw core::DataError(v.label_file, "grid differs from its image " + c.image().string() + ": " + differs,
                          "resample one with cs-preprocess --like");
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

std::string names_text(const core::LabelNames& names) {
  std::string text;
  for (const auto& [name, value] : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// The classes of the set, by index 1 ... n; `value` is what stands for the class in a label map without names.
core::LabelNames choose_classes(const std::vector<Volume>& volumes, const core::LabelNames& wanted) {
  if (!wanted.empty()) return wanted;
  const auto names_of = [](const core::LabelNames& names) {
    std::set<std::string> out;
    for (const auto& entry : names) out.insert(entry.first);
    return out;
  };
  const Volume& first = volumes.front();
  for (const Volume& v : volumes)
    if (names_of(v.names) != names_of(first.names))
      throw core::DataError(v.case_name,
                            v.names.empty() ? "does not name its labels, other cases do"
                                            : "names its labels " + names_text(v.names) + ", " + first.case_name + " " +
                                                  (first.names.empty() ? "not at all" : names_text(first.names)),
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

// Label value -> class index.
std::map<std::int32_t, std::uint8_t> class_indices(const Volume& volume, const core::LabelNames& classes) {
  std::map<std::int32_t, std::uint8_t> index{{0, std::uint8_t{0}}};
  for (std::size_t k = 0; k < classes.size(); ++k) {
    int value = classes[k].second;
    if (!volume.names.empty()) {
      const auto named = std::find_if(volume.names.begin(), volume.names.end(),
                                      [&](const auto& entry) { return entry.first == classes[k].first; });
      if (named == volume.names.end())
        throw core::DataError(volume.label_file,
                              "has no label named " + classes[k].first + "; it names " + names_text(volume.names),
                              "use the same names everywhere, or leave this case out");
      value = named->second;
    }
    index[value] = static_cast<std::uint8_t>(k + 1);
  }
  return index;
}

image::Volume<std::uint8_t> to_classes(const Volume& volume, const core::LabelNames& classes) {
  const auto index = class_indices(volume, classes);
  image::Volume<std::uint8_t> out(volume.label.grid);
  std::int32_t known = 0;  // labels come in runs: look up the value only where it changes
  std::uint8_t known_index = 0;
  for (std::size_t i = 0; i < out.voxels.size(); ++i) {
    const std::int32_t value = volume.label.voxels[i];
    if (value != known) {
      const auto found = index.find(value);
      if (found == index.end())
        throw core::DataError(volume.label_file,
                              "holds label " + std::to_string(value) + ", which is none of the classes " +
                                  names_text(classes),
                              "convert it with cs-preprocess --labels or --remap, or name it in the list");
      known = value;
      known_index = found->second;
    }
    out.voxels[i] = known_index;
  }
  return out;
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
    const image::Volume<std::uint8_t> label = to_classes(v, classes);
    const std::size_t axis = slice_axis(v.image.grid);
    for (std::size_t k = 0; k < v.image.grid.size[axis]; ++k)
      slices[i].push_back({slice_of(v.image, axis, k), slice_of(label, axis, k)});
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
