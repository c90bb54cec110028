#include "coopseg/dataset/preprocess_case.h"

#include <fmt/format.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/label_source.h"
#include "coopseg/image/image_files.h"
#include "coopseg/image/plausible.h"

namespace coopseg::dataset {

namespace {

// What the library finds wrong with a volume gets the name of its file.
template <class Work>
void for_file(const core::fs::path& file, Work&& work) {
  try {
    work();
  } catch (const core::DataError& problem) {
    if (!problem.subject().empty()) throw;
    throw core::DataError(file.string(), problem.problem(), problem.remedy());
  }
}

}  // namespace

// What is called core::kIgnoreName, too: its own value, or the first of 255, 256 ... that no name has.
core::LabelNames with_ignored(core::LabelNames names) {
  if (core::ignored_value(names)) return names;
  int value = kIgnoredLabel;
  while (std::any_of(names.begin(), names.end(), [&](const auto& entry) { return entry.second == value; })) ++value;
  names.emplace_back(core::kIgnoreName, value);
  return names;
}

// Slices may be turned, resampled and cut off: in the output those that were not drawn hold a value that says so.
void mark_undrawn_slices(const core::Case& c, int value, bool is_new, image::LabelMap& labels,
                         const core::fs::path& file) {
  const std::vector<std::uint8_t> undrawn = ignored_voxels(c, {}, labels, file);
  for (std::size_t i = 0; i < undrawn.size(); ++i) {
    if (undrawn[i]) {
      labels.voxels[i] = value;
    } else if (is_new && labels.voxels[i] == value) {
      throw core::DataError(file.string(),
                            fmt::format("holds label {} in a drawn slice, the value that undrawn slices get", value),
                            fmt::format("name the values in the list: \"labels\" with \"{}\"", core::kIgnoreName));
    }
  }
}

// One file to make.
struct CasePreprocessor::Job {
  core::fs::path from, to;
  std::optional<std::size_t> frame;
  std::optional<image::Hdf5Layout> hdf5;  // of an HDF5 file
  core::Origin origin;
  LabelConversion conversion;       // of label maps
  std::optional<core::Case> partly;  // the case of a label map of which some slices were drawn only
  std::optional<image::Grid> grid;  // known where the other file of the case decides on it
};

CasePreprocessor::CasePreprocessor(PreprocessOptions options) : options_(std::move(options)) {
  if (options_.like.empty()) return;
  if (image::is_hdf5(options_.like))
    throw core::UsageError("--like", options_.like.string() + " is an HDF5 file, which says nothing of its geometry",
                           "name a NIfTI file, as cs-preprocess makes one of it with --h5-spacing");
  like_ = image::read_nifti_header(options_.like).grid;
  like_file_ = image::input_image(options_.like);
}

image::ReadOptions CasePreprocessor::reading(std::optional<std::size_t> frame) const {
  image::ReadOptions how;
  how.frame = frame;
  how.geometry = options_.geometry;
  return how;
}

CasePreprocessor::Job CasePreprocessor::job_for(const core::fs::path& from, const core::fs::path& to,
                                                std::optional<std::size_t> frame, const core::Case* c) const {
  Job job{from, to, frame, hdf5_layout(options_.hdf5, from, c), {options_.provenance, {image::input_image(from)}},
          {},   {}, {}};
  if (like_file_) job.origin.inputs.push_back(*like_file_);
  core::Json& settings = job.origin.provenance.settings;
  if (job.hdf5) {
    if (frame) throw core::DataError(from.string(), "has no frames", "leave out --frame");
    if (options_.geometry != image::GeometryRule::automatic)
      throw core::DataError(from.string(), "has no header of which a part could be believed", "leave out --geometry");
    settings["h5_axes"] = job.hdf5->axes;
    job.origin.provenance.libraries["HDF5"] = image::hdf5_version();
  } else if (c) {
    job.frame = reading_of(*c, from, reading()).frame;
  }
  if (job.frame) settings["frame"] = *job.frame;
  settings["preprocessing"] = to_json(options_.steps);
  return job;
}

CasePreprocessor::Job CasePreprocessor::label_job_for(const core::fs::path& from, const core::fs::path& to,
                                                      std::optional<std::size_t> frame, const core::Case* c) const {
  Job job = job_for(from, to, frame, c);
  core::LabelNames stated = c ? c->labels() : core::LabelNames{};
  if (c && c->labelled_slices()) {
    job.partly = *c;
    stated = with_ignored(stated.empty() ? options_.labels.from : stated);
    job.origin.provenance.settings["labelled_slices"] = c->field("labelled_slices");
  }
  job.conversion = conversion_for(options_.labels, stated, from.string());
  core::Json& settings = job.origin.provenance.settings;
  settings["labels_before"] = core::label_names_to_json(job.conversion.before);
  settings["labels_after"] = core::label_names_to_json(job.conversion.after);
  if (core::comes_from(from, kPredictor)) settings[core::kLabelsMadeBy] = kPredictor;
  return job;
}

bool CasePreprocessor::is_wanted(const Job& job) const {
  if (options_.rules.keep(job.origin, {job.to})) return false;
  std::vector<core::fs::path> sources{job.from};
  if (like_) sources.push_back(options_.like);
  options_.rules.check({job.to}, sources);
  return true;
}

// A header is mended for all frames of a 4D file at once, unless one is asked for or the voxels are worked on.
bool CasePreprocessor::takes_all_frames(const Job& job) const {
  const bool copies = !like_ && options_.steps.change_nothing() && !job.hdf5;
  return copies && !job.frame && options_.geometry != image::GeometryRule::automatic &&
         image::read_nifti_header(job.from, options_.geometry).frames > 1;
}

image::WriteOptions CasePreprocessor::like_its_source(const Job& job, core::Overwrite overwrite) const {
  const image::NiftiSummary header = image::read_nifti_header(job.from, options_.geometry);
  image::WriteOptions how;
  how.overwrite = overwrite;
  how.frame_duration = header.frame_duration;
  how.time_unit = header.time_unit;
  return how;
}

image::Image CasePreprocessor::read_image(const Job& job) const {
  return job.hdf5 ? image::read_hdf5_image(job.from, *job.hdf5) : image::read_image(job.from, reading(job.frame));
}

image::LabelMap CasePreprocessor::read_labels(const Job& job) const {
  return job.hdf5 ? image::read_hdf5_labels(job.from, *job.hdf5) : image::read_labels(job.from, reading(job.frame));
}

// Resampled apart, a label map on another grid than its image's would no longer be seen to be wrong.
void CasePreprocessor::require_one_grid(const Job& label_job, const Job& image_job) const {
  const auto nifti_grid = [&](const Job& job) { return image::read_nifti_header(job.from, options_.geometry).grid; };
  const image::Grid of_label = label_job.hdf5 ? image::read_hdf5_label_grid(label_job.from, *label_job.hdf5)
                                              : nifti_grid(label_job);
  const image::Grid of_image = image_job.hdf5 ? image::read_hdf5_image_grid(image_job.from, *image_job.hdf5)
                                              : nifti_grid(image_job);
  require_same_grid(of_label, label_job.from, of_image, image_job.from, "its image");
}

void CasePreprocessor::write_image(const Job& job, core::Overwrite overwrite) const {
  if (takes_all_frames(job)) {
    image::write_frames(job.to, image::read_frames(job.from, reading()), like_its_source(job, overwrite));
    return;
  }
  image::Image result = read_image(job);
  image::warn_if_constant(result, job.from.string());
  result = image::preprocess(result, options_.steps,
                             job.grid ? *job.grid : image::preprocessed_grid(result, options_.steps));
  if (like_) result = image::resample(result, *like_, options_.steps.interpolation);
  image::write_image(job.to, result, {overwrite});
}

void CasePreprocessor::convert_labels(const Job& job, image::LabelMap& labels) const {
  if (job.partly) {
    const core::LabelNames& listed = job.partly->labels().empty() ? options_.labels.from : job.partly->labels();
    mark_undrawn_slices(*job.partly, *core::ignored_value(job.conversion.before), !core::ignored_value(listed), labels,
                        job.from);
  }
  convert(job.conversion, labels, job.from.string());
}

void CasePreprocessor::write_labels(const Job& job, core::Overwrite overwrite) const {
  if (takes_all_frames(job)) {
    std::vector<image::LabelMap> frames = image::read_label_frames(job.from, reading());
    for (auto& frame : frames) convert_labels(job, frame);
    image::write_label_frames(job.to, frames, like_its_source(job, overwrite));
    return;
  }
  image::LabelMap labels = read_labels(job);
  image::warn_if_background_only(labels, job.from.string());
  convert_labels(job, labels);
  if (like_) {
    labels = image::resample(labels, *like_);
  } else {
    labels = image::preprocess(labels, options_.steps,
                               job.grid ? *job.grid : image::preprocessed_grid(labels, options_.steps));
  }
  image::write_labels(job.to, labels, {overwrite});
}

void CasePreprocessor::do_image(const Job& job) const {
  options_.rules.write(job.origin, job.to, [&](core::Overwrite overwrite) {
    for_file(job.from, [&] { write_image(job, overwrite); });
  });
}

void CasePreprocessor::do_labels(const Job& job) const {
  options_.rules.write(job.origin, job.to, [&](core::Overwrite overwrite) {
    for_file(job.from, [&] { write_labels(job, overwrite); });
  });
}

void CasePreprocessor::make_image(const core::fs::path& from, const core::fs::path& to,
                                  std::optional<std::size_t> frame) const {
  const Job job = job_for(from, to, frame, nullptr);
  if (is_wanted(job)) do_image(job);
}

void CasePreprocessor::make_labels(const core::fs::path& from, const core::fs::path& to,
                                   std::optional<std::size_t> frame) const {
  const Job job = label_job_for(from, to, frame, nullptr);
  if (is_wanted(job)) do_labels(job);
}

std::optional<image::Grid> CasePreprocessor::cropped_grid(const Job& image_job,
                                                          const std::optional<Job>& label_job) const {
  if (!options_.steps.crop) return std::nullopt;
  std::optional<image::Grid> grid;
  if (options_.steps.crop->to == image::CropTo::label) {
    for_file(label_job->from, [&] {
      image::LabelMap labels = read_labels(*label_job);
      convert_labels(*label_job, labels);
      if (const auto ignored = core::ignored_value(label_job->conversion.after)) image::apply({{*ignored, 0}}, labels);
      grid = image::preprocessed_grid(labels, options_.steps);
    });
  } else {
    for_file(image_job.from, [&] { grid = image::preprocessed_grid(read_image(image_job), options_.steps); });
  }
  return grid;
}

// The record holds steps, not the order in which runs did them: what would not come out the same in the one order in
// which they are repeated must not be recorded.
void CasePreprocessor::refuse_other_order(const core::Case& c) const {
  const core::Json& before = c.field("preprocessing");
  const image::Preprocessing& now = options_.steps;
  if (!before.is_object() || now.change_nothing()) return;
  const auto did = [&](const char* step) { return before.contains(step) && !before[step].is_null(); };
  const char* late = nullptr;
  const bool by_foreground = (now.normalise && now.normalise->foreground) ||
                             (now.crop && now.crop->to == image::CropTo::foreground);
  if (did("crop")) {
    late = "was cropped";
  } else if (did("spacing_mm") && (!now.orient.empty() || by_foreground)) {
    late = "was resampled";
  } else if ((did("n4") || did("percentiles") || did("normalise")) && by_foreground) {
    late = "has other intensities than it came with";
  }
  if (!late) return;
  throw core::DataError(c.name(),
                        std::string(late) + " before: as recorded, the steps would not be repeated in this order",
                        "do all steps in one run, from the original");
}

// What has been done to the output's image, this run's steps over those that the input's record names already.
core::Json CasePreprocessor::record_of(const core::Case& c) const {
  core::Json record = to_json(options_.steps);
  const core::Json& before = c.field("preprocessing");
  if (!before.is_object()) return record;
  for (const auto& [key, value] : before.items()) {
    // Two members for one step.
    if (options_.steps.normalise && (key == "percentiles" || key == "normalise")) continue;
    if (!record.contains(key) || record[key].is_null()) record[key] = value;
  }
  return record;
}

core::Case CasePreprocessor::make(const core::Case& c, const core::fs::path& out) const {
  const core::fs::path image_file = out / c.output_path("img"), label_file = out / c.output_path("seg");
  Job image_job = job_for(c.image(), image_file, {}, &c);
  refuse_other_order(c);
  std::optional<Job> label_job;
  if (const auto label = c.label()) {
    label_job = label_job_for(*label, label_file, {}, &c);
    if (!like_) require_one_grid(*label_job, image_job);
  }
  if (const auto& crop = options_.steps.crop) {
    if (crop->to == image::CropTo::label) {
      if (!label_job) {
        throw core::DataError(c.name(), "has no label map to crop to", "--crop-to foreground needs none");
      }
      image_job.origin.inputs.push_back(label_job->origin.inputs.front());
    } else if (label_job) {
      label_job->origin.inputs.push_back(image_job.origin.inputs.front());
    }
  }
  // Of both, before one is made.
  const bool image_wanted = is_wanted(image_job), label_wanted = label_job && is_wanted(*label_job);
  if (image_wanted || label_wanted) {
    image_job.grid = cropped_grid(image_job, label_job);
    if (label_job) label_job->grid = image_job.grid;
  }
  if (label_wanted) do_labels(*label_job);
  if (image_wanted) do_image(image_job);

  core::Case result = c;
  result.set_path("image", image_file);
  if (label_job) {
    result.set_path("label", label_file);
    if (label_job->conversion.after.empty()) {
      result.erase("labels");
    } else {
      result.set_labels("labels", label_job->conversion.after);
    }
  }
  result.erase("frame_index");
  result.erase("h5_axes");
  for (const char* of_label_before : {"labelled_slices", kLabelProbabilities, "true_label", "true_labels",
                                      "true_labelled_slices", "distance", "distance_classes"})
    result.erase(of_label_before);
  result.set("preprocessing", record_of(c));
  if (like_file_) result.set("resampled_like", like_file_->name);
  return result;
}

}  // namespace coopseg::dataset
