#include "coopseg/dataset/preprocess_case.h"

#include <fmt/format.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/label_source.h"
#include "coopseg/image/image_files.h"
#include "coopseg/image/placement.h"
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
  LabelConversion conversion;        // of label maps
  std::optional<core::Case> partly;  // the case of a label map of which some slices were drawn only
  bool is_label_map = false;
  std::optional<image::Grid> grid;  // known where the other file of the case decides on it
};

CasePreprocessor::CasePreprocessor(PreprocessOptions options)
    : options_(std::move(options)), reference_(options_.like.empty() ? options_.header_from : options_.like) {
  if (reference_.empty()) return;
  if (image::is_hdf5(reference_))
    throw core::UsageError(options_.like.empty() ? "--header-from" : "--like",
                           reference_.string() + " is an HDF5 file, which says nothing of its geometry",
                           "name a NIfTI file, as cs-preprocess makes one of it with --h5-spacing");
  reference_grid_ = image::read_nifti_header(reference_).grid;
  reference_file_ = image::input_image(reference_);
}

image::ReadOptions CasePreprocessor::reading(std::optional<std::size_t> frame) const {
  image::ReadOptions how;
  how.frame = frame;
  // A header that another one will stand for may be as broken as it likes.
  how.geometry = options_.header_from.empty() ? options_.geometry : image::GeometryRule::ignored;
  how.non_finite_as = options_.nan_value;
  return how;
}

CasePreprocessor::Job CasePreprocessor::job_for(const core::fs::path& from, const core::fs::path& to,
                                                std::optional<std::size_t> frame, const core::Case* c) const {
  const core::Origin origin{options_.provenance, {image::input_image(from)}};
  Job job{from, to, frame, hdf5_layout(options_.hdf5, from, c), origin, {}, {}, false, {}};
  if (reference_file_) job.origin.inputs.push_back(*reference_file_);
  core::Json& settings = job.origin.provenance.settings;
  if (job.hdf5) {
    if (frame) throw core::DataError(from.string(), "has no frames", "leave out --frame");
    if (options_.geometry != image::GeometryRule::automatic)
      throw core::DataError(from.string(), "has no header of which a part could be believed", "leave out --geometry");
    job.hdf5->non_finite_as = options_.nan_value;
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
  job.is_label_map = true;
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
  if (!reference_.empty()) sources.push_back(reference_);
  options_.rules.check({job.to}, sources);
  return true;
}

// A file is mended with all its frames at once, unless one is asked for or a step is to be done.
bool CasePreprocessor::takes_all_frames(const Job& job) const {
  const bool mends = options_.geometry != image::GeometryRule::automatic || !reference_.empty() || options_.nan_value;
  return mends && options_.steps.change_nothing() && !job.hdf5 && !job.frame &&
         image::read_nifti_header(job.from, reading().geometry).frames > 1;
}

image::WriteOptions CasePreprocessor::like_its_source(const Job& job, core::Overwrite overwrite) const {
  const image::NiftiSummary header = image::read_nifti_header(job.from, reading().geometry);
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
  const image::Grid of_label =
      label_job.hdf5 ? image::read_hdf5_label_grid(label_job.from, *label_job.hdf5) : nifti_grid(label_job);
  const image::Grid of_image =
      image_job.hdf5 ? image::read_hdf5_image_grid(image_job.from, *image_job.hdf5) : nifti_grid(image_job);
  require_same_grid(of_label, label_job.from, of_image, image_job.from, "its image");
}

// Resampled to nothing by --like, a file would still be a file. No step of a run with it changes the grid before.
void CasePreprocessor::require_meeting(const image::Grid& grid, const Job& job) const {
  if (options_.like.empty()) return;
  const double shared = image::shared_part(grid, *reference_grid_);
  const bool lost = image::has_lost_header(grid, *reference_grid_) || image::has_lost_header(*reference_grid_, grid);
  if (shared >= image::kLeastShared && !lost) {
    if (shared < image::kMostlyShared) {
      core::warning("{}: of it and {} the smaller one has only {:.0f} % in the other; outside is 0", job.from.string(),
                    reference_.string(), 100 * shared);
    }
    return;
  }
  const std::string problem =
      lost ? fmt::format("has as many voxels as {}, and one of the two has lost where they lie: {}",
                         reference_.string(), image::grid_difference(grid, *reference_grid_))
           : fmt::format("hardly meets the grid of {}: the smaller one has {:.0f} % in the other", reference_.string(),
                         100 * shared);
  // Of which kind the reference is nobody said; without a flag its voxels are copied as they are.
  throw core::DataError(
      job.from.string(), problem,
      remedy_for_grid({grid, job.from, job.is_label_map}, {*reference_grid_, reference_, false}, job.to));
}

template <class T>
void CasePreprocessor::take_header(image::Volume<T>& volume, const Job& job) const {
  const auto& size = volume.grid.size;
  const auto& expected = reference_grid_->size;
  if (size != expected) {
    throw core::DataError(job.from.string(),
                          fmt::format("has {} voxels, {} has {}: its header does not fit", fmt::join(size, " x "),
                                      reference_.string(), fmt::join(expected, " x ")),
                          "name the image whose voxels these are");
  }
  volume.grid = *reference_grid_;
}

image::Image CasePreprocessor::made_of(image::Image image, const Job& job) const {
  if (!options_.header_from.empty()) take_header(image, job);
  const image::Grid grid = job.grid ? *job.grid : image::preprocessed_grid(image, options_.steps);
  image = image::preprocess(std::move(image), options_.steps, grid);
  if (options_.like.empty()) return image;
  return image::resample(image, *reference_grid_, options_.steps.interpolation);
}

void CasePreprocessor::write_image(const Job& job, core::Overwrite overwrite) const {
  if (takes_all_frames(job)) {
    std::vector<image::Image> frames = image::read_frames(job.from, reading());
    require_meeting(frames.front().grid, job);
    for (auto& frame : frames) frame = made_of(std::move(frame), job);
    image::write_frames(job.to, frames, like_its_source(job, overwrite));
    return;
  }
  image::Image result = read_image(job);
  require_meeting(result.grid, job);
  image::warn_if_constant(result, job.from.string());
  image::warn_if_normalised_away(result, options_.steps.normalise, job.from.string());
  image::write_image(job.to, made_of(std::move(result), job), {overwrite});
}

void CasePreprocessor::convert_labels(const Job& job, image::LabelMap& labels) const {
  if (job.partly) {
    const core::LabelNames& listed = job.partly->labels().empty() ? options_.labels.from : job.partly->labels();
    mark_undrawn_slices(*job.partly, *core::ignored_value(job.conversion.before), !core::ignored_value(listed), labels,
                        job.from);
  }
  convert(job.conversion, labels, job.from.string());
}

image::LabelMap CasePreprocessor::made_of(image::LabelMap labels, const Job& job) const {
  if (!options_.header_from.empty()) take_header(labels, job);
  convert_labels(job, labels);
  if (!options_.like.empty()) return image::resample(labels, *reference_grid_);
  return image::preprocess(labels, options_.steps,
                           job.grid ? *job.grid : image::preprocessed_grid(labels, options_.steps));
}

void CasePreprocessor::write_labels(const Job& job, core::Overwrite overwrite) const {
  if (takes_all_frames(job)) {
    std::vector<image::LabelMap> frames = image::read_label_frames(job.from, reading());
    require_meeting(frames.front().grid, job);
    for (auto& frame : frames) frame = made_of(std::move(frame), job);
    image::write_label_frames(job.to, frames, like_its_source(job, overwrite));
    return;
  }
  image::LabelMap labels = read_labels(job);
  require_meeting(labels.grid, job);
  image::warn_if_background_only(labels, job.from.string());
  image::write_labels(job.to, made_of(std::move(labels), job), {overwrite});
}

void CasePreprocessor::do_image(const Job& job) const {
  options_.rules.write(job.origin, job.to,
                       [&](core::Overwrite overwrite) { for_file(job.from, [&] { write_image(job, overwrite); }); });
}

void CasePreprocessor::do_labels(const Job& job) const {
  options_.rules.write(job.origin, job.to,
                       [&](core::Overwrite overwrite) { for_file(job.from, [&] { write_labels(job, overwrite); }); });
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
  const bool by_foreground =
      (now.normalise && now.normalise->foreground) || (now.crop && now.crop->to == image::CropTo::foreground);
  if (did("crop")) {
    late = "was cropped";
  } else if (did("spacing_mm") && (now.turns() || by_foreground)) {
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
    if (!reference_grid_) require_one_grid(*label_job, image_job);
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
  if (reference_file_) result.set("resampled_like", reference_file_->name);
  return result;
}

}  // namespace coopseg::dataset
