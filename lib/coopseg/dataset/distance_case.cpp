#include "coopseg/dataset/distance_case.h"

#include <fmt/ranges.h>

#include "coopseg/core/error.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/image/image_files.h"
#include "coopseg/image/plausible.h"

namespace coopseg::dataset {

namespace {

core::LabelNames named_by_value(const image::LabelMap& labels, const std::string& file) {
  core::LabelNames names;
  for (const std::int32_t value : image::values_of(labels)) {
    if (value < 0) throw core::DataError(file, fmt::format("holds the value {}, expected labels from 0", value));
    if (value > 0) names.emplace_back(std::to_string(value), value);
  }
  if (names.empty())
    throw core::DataError(file, "holds background only, and no class has a name", "name the classes with --labels");
  return names;
}

// The chosen ones among `names`, in the order of the choice.
core::LabelNames chosen_classes(const std::vector<std::string>& choice, const core::LabelNames& names,
                                const std::string& where) {
  if (choice.empty()) return names;
  core::LabelNames chosen;
  for (const std::string& name : choice) {
    const auto value = value_of(names, name);
    if (!value) {
      throw core::DataError(where, fmt::format("has no class '{}'; it has {}", name, fmt::join(names_of(names), ", ")),
                            "choose among these with --classes, or name the label values with --labels");
    }
    chosen.emplace_back(name, *value);
  }
  return chosen;
}

}  // namespace

core::Case CaseDistances::make(const core::Case& c, const core::fs::path& to) const {
  const auto file = c.label();
  if (!file) throw core::DataError(c.name(), "has no label, so no distances", "leave it out of the list");
  core::Origin origin{options_.provenance, {image::input_image(*file)}};
  const core::LabelNames listed = c.labels().empty() ? options_.labels : c.labels();
  const core::LabelNames stated = core::without_ignored(listed);
  if (stated.empty() && !options_.classes.empty())
    throw core::DataError(file->string(), "its classes have no names, so --classes cannot choose", "give --labels");
  if (!stated.empty()) origin.provenance.settings["labels"] = core::label_names_to_json(stated);
  const auto frame = reading_of(c, *file).frame;
  if (frame) origin.provenance.settings["frame"] = *frame;

  core::Case result = c;
  result.set_path("distance", to);
  const bool kept = options_.rules.keep(origin, {to});
  if (!kept) options_.rules.check({to}, {*file, c.image()});
  // The names of an unnamed label map's classes are its values.
  const bool is_read = !kept || stated.empty();
  image::LabelMap labels;
  if (is_read) {
    labels = read_case_labels(c, *file);
    require_whole(c, listed, labels, *file);
  }
  const core::LabelNames names = stated.empty() ? named_by_value(labels, file->string()) : stated;
  const core::LabelNames classes = chosen_classes(options_.classes, names, file->string());
  result.set("distance_classes", names_of(classes));
  if (kept) return result;

  image::warn_if_background_only(labels, file->string());
  to_class_indices(names, names, labels, file->string());
  const image::Remap index = class_index(names, names);
  std::vector<image::Image> maps;
  for (const auto& entry : classes)
    maps.push_back(image::signed_distance_map(labels, index.at(entry.second), options_.map));
  const auto write = [&](core::Overwrite overwrite) { image::write_frames(to, maps, {overwrite}); };
  options_.rules.write(origin, to, write, {{"frames", names_of(classes)}});
  return result;
}

}  // namespace coopseg::dataset
