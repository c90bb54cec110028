// cs-preprocess: brings images and label maps to what a network expects, or onto another grid.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/core/provenance.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/image/labels.h"
#include "coopseg/image/libraries.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/plausible.h"
#include "coopseg/image/preprocess.h"

namespace {

using namespace coopseg;
using core::Case;
using core::DataError;
using core::UsageError;
using core::fs::path;

const core::About kAbout = {
    "cs-preprocess",
    "normalises and resamples images, converts labels, picks frames, mends headers",
    {"[options] INPUT OUTPUT", "[options] --cases LIST --out DIR"},
    {{"cs-preprocess in.nii.gz out.nii.gz",
      "clips at the 2nd and 98th percentile, maps to 0 ... 1, resamples the slices to 1.36719 mm"},
     {"cs-preprocess --cases cases.jsonl --out ready",
      "does so with all images of a list; labels are resampled and numbered LV 1, MYO 2, RV 3"},
     {"cs-preprocess --label-map --remap 3:1,2:2,1:3 seg.nii.gz out.nii.gz", "converts a label map by number"},
     {"cs-preprocess --like in.nii.gz pred.nii.gz out.nii.gz",
      "puts an image on another's grid, intensities as they are"},
     {"cs-preprocess --geometry qform in.nii.gz out.nii.gz", "writes a copy whose header says one thing only"}}};

struct Options {
  path input, output, like;
  std::string percentiles = "2,98", spacing = image::kPaperSpacing, interpolation = "linear", geometry = "automatic";
  std::string labels, to_labels, remap;
  int frame = -1;
  bool n4 = false, label_map = false;
  image::BiasCorrection bias;
};

// The options, understood.
struct Plan {
  image::Preprocessing steps;
  path like_path;
  std::optional<image::Grid> like;
  std::optional<core::InputFile> like_file;
  image::GeometryRule geometry = image::GeometryRule::automatic;
  std::optional<image::Remap> remap;
  core::LabelNames target, from;
  bool target_given = false;
};

image::Preprocessing steps_of(const core::Command& command, const Options& options) {
  // A copy on another grid or with a mended header keeps its voxels, unless steps are asked for.
  const bool copy = !options.like.empty() || options.geometry != "automatic";
  image::Preprocessing steps = image::Preprocessing::none();
  if (options.n4) steps.n4 = options.bias;
  if (!copy || command.given("--percentiles")) steps.percentiles = image::parse_percentiles(options.percentiles);
  if (!copy || command.given("--spacing")) {
    if (!options.like.empty() && options.spacing != "keep")
      throw UsageError("--spacing", "contradicts --like, which sets the grid", "leave one out");
    steps.spacing_mm = image::parse_spacing_mm(options.spacing);
  }
  if (options.interpolation == "nearest") steps.interpolation = image::Interpolation::nearest;
  return steps;
}

Plan plan_of(const core::Command& command, const Options& options) {
  Plan plan;
  plan.steps = steps_of(command, options);
  if (options.geometry == "qform") plan.geometry = image::GeometryRule::qform;
  if (options.geometry == "sform") plan.geometry = image::GeometryRule::sform;
  if (options.geometry == "pixdim") plan.geometry = image::GeometryRule::pixdim;
  for (const char* name : {"--n4-shrink", "--n4-levels", "--n4-iterations"}) {
    if (!options.n4 && command.given(name)) throw UsageError(name, "means nothing without --n4", "add --n4");
  }
  if (!options.remap.empty()) {
    if (!options.to_labels.empty()) throw UsageError("--remap", "contradicts --to-labels", "leave one out");
    plan.remap = image::parse_remap(options.remap);
  }
  plan.target_given = !options.to_labels.empty();
  plan.target = dataset::parse_label_names(plan.target_given ? options.to_labels : "coopseg");
  if (!options.labels.empty()) plan.from = dataset::parse_label_names(options.labels);
  return plan;
}

void read_like(const Options& options, Plan& plan) {
  if (options.like.empty()) return;
  plan.like = image::read_nifti_header(options.like).grid;
  plan.like_file = core::input_file(options.like);
  plan.like_path = options.like;
}

// How to convert one label map, and what its values are called afterwards.
struct Conversion {
  image::Remap remap;
  core::LabelNames before, after;
};

core::LabelNames renamed(const core::LabelNames& names, const image::Remap& remap) {
  core::LabelNames result;
  std::set<int> taken;
  for (const auto& [name, value] : names) {
    const auto found = remap.find(value);
    const int now = found == remap.end() ? value : found->second;
    if (now == 0) continue;
    // Two classes made one have no name any more.
    if (!taken.insert(now).second) return {};
    result.emplace_back(name, now);
  }
  std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return result;
}

Conversion conversion_for(const Plan& plan, const core::LabelNames& stated, const std::string& where) {
  Conversion conversion;
  conversion.before = stated.empty() ? plan.from : stated;
  if (plan.remap) {
    conversion.remap = *plan.remap;
  } else if (conversion.before.empty()) {
    if (plan.target_given) {
      throw DataError(where, "does not say what its label values mean, so --to-labels cannot convert them",
                      "say it with --labels, or convert by number with --remap");
    }
  } else {
    const auto known = [&](const auto& wanted) {
      return std::any_of(plan.target.begin(), plan.target.end(),
                         [&](const auto& t) { return t.first == wanted.first; });
    };
    // Classes that coopseg's own scheme does not know keep their numbers, unless a scheme was asked for.
    if (plan.target_given || std::all_of(conversion.before.begin(), conversion.before.end(), known)) {
      conversion.remap = image::remap_by_name(conversion.before, plan.target, where);
    }
  }
  conversion.after = renamed(conversion.before, conversion.remap);
  return conversion;
}

void convert(const Conversion& conversion, image::LabelMap& labels, bool by_number, const std::string& file) {
  if (!conversion.before.empty() && !by_number) {
    for (const std::int32_t value : image::values_of(labels)) {
      const bool named = std::any_of(conversion.before.begin(), conversion.before.end(),
                                     [&](const auto& name) { return name.second == value; });
      if (value != 0 && !named) {
        throw DataError(file, fmt::format("holds label {}, which has no name", value),
                        "name it in the list's \"labels\" or with --labels, or convert by number with --remap");
      }
    }
  }
  image::apply(conversion.remap, labels);
}

struct Job {
  path from, to;
  std::optional<std::size_t> frame;
  std::vector<core::InputFile> inputs;
  core::Provenance provenance;
};

Job make_job(const core::Provenance& provenance, const Plan& plan, const path& from, const path& to,
             std::optional<std::size_t> frame) {
  core::refuse_same_file(from, to);
  if (plan.like) core::refuse_same_file(plan.like_path, to);
  Job job{from, to, frame, {core::input_file(from)}, provenance};
  if (plan.like_file) job.inputs.push_back(*plan.like_file);
  if (frame) job.provenance.settings["frame"] = *frame;
  job.provenance.settings["preprocessing"] = to_json(plan.steps);
  return job;
}

// True if there is work to do; refuses to replace what is not up to date without --force.
bool wanted(const core::Command& command, const Job& job) {
  if (command.skip_existing() && core::is_up_to_date(job.provenance, job.inputs, job.to)) return false;
  core::refuse_existing(job.to, command.overwrite());
  core::refuse_existing(core::sidecar_path(job.to), command.overwrite());
  return true;
}

image::ReadOptions how_to_read(const Plan& plan, const Job& job) {
  image::ReadOptions how;
  how.frame = job.frame;
  how.geometry = plan.geometry;
  return how;
}

void write_sidecar(const core::Command& command, const Job& job) {
  core::write_sidecar(job.provenance, job.inputs, job.to, command.overwrite());
}

// What the library finds wrong with a volume gets the name of its file.
template <class Work>
void for_file(const path& file, Work&& work) {
  try {
    work();
  } catch (const DataError& problem) {
    if (!problem.subject().empty()) throw;
    throw DataError(file.string(), problem.problem(), problem.remedy());
  }
}

// A header is mended for all frames of a 4D file at once, unless one is asked for or the voxels are worked on.
bool mends_all_frames(const Plan& plan, const Job& job) {
  const bool copies = !plan.like && !plan.steps.n4 && !plan.steps.percentiles && !plan.steps.spacing_mm;
  return copies && !job.frame && plan.geometry != image::GeometryRule::automatic &&
         image::read_nifti_header(job.from, plan.geometry).frames > 1;
}

// How to write a copy of a 4D file: with its own time axis.
image::WriteOptions like_its_source(const core::Command& command, const Plan& plan, const Job& job) {
  const image::NiftiSummary header = image::read_nifti_header(job.from, plan.geometry);
  image::WriteOptions how;
  how.overwrite = command.overwrite();
  how.frame_duration = header.frame_duration;
  how.time_unit = header.time_unit;
  return how;
}

void do_image(const core::Command& command, const Plan& plan, const Job& job) {
  for_file(job.from, [&] {
    if (mends_all_frames(plan, job)) {
      image::write_frames(job.to, image::read_frames(job.from, how_to_read(plan, job)),
                          like_its_source(command, plan, job));
      return;
    }
    image::Image result = image::read_image(job.from, how_to_read(plan, job));
    image::warn_if_constant(result, job.from.string());
    result = image::preprocess(result, plan.steps);
    if (plan.like) result = image::resample(result, *plan.like, plan.steps.interpolation);
    image::write_image(job.to, result, {command.overwrite()});
  });
  write_sidecar(command, job);
}

void do_labels(const core::Command& command, const Plan& plan, const Job& job, const Conversion& conversion) {
  for_file(job.from, [&] {
    if (mends_all_frames(plan, job)) {
      std::vector<image::LabelMap> frames = image::read_label_frames(job.from, how_to_read(plan, job));
      for (auto& frame : frames) convert(conversion, frame, plan.remap.has_value(), job.from.string());
      image::write_label_frames(job.to, frames, like_its_source(command, plan, job));
      return;
    }
    image::LabelMap labels = image::read_labels(job.from, how_to_read(plan, job));
    image::warn_if_background_only(labels, job.from.string());
    convert(conversion, labels, plan.remap.has_value(), job.from.string());
    labels = plan.like ? image::resample(labels, *plan.like) : image::preprocess(labels, plan.steps);
    image::write_labels(job.to, labels, {command.overwrite()});
  });
  write_sidecar(command, job);
}

void note_labels(Job& job, const Conversion& conversion) {
  job.provenance.settings["labels_before"] = core::label_names_to_json(conversion.before);
  job.provenance.settings["labels_after"] = core::label_names_to_json(conversion.after);
}

std::optional<std::size_t> frame_of(const Case& c) {
  const auto index = c.integer("frame_index");
  if (!index) return std::nullopt;
  if (*index < 0)
    throw DataError(c.name(), fmt::format("frame_index {} is below 0", *index), "frames are counted from 0");
  return static_cast<std::size_t>(*index);
}

// What has been done to the output's image, this run's steps over those that the input's record names already.
core::Json record_of(const Plan& plan, const Case& c) {
  core::Json record = to_json(plan.steps);
  const core::Json before = c.field("preprocessing");
  if (!before.is_object()) return record;
  for (const auto& [key, value] : before.items()) {
    if (!record.contains(key) || record[key].is_null()) record[key] = value;
  }
  return record;
}

// Resampled apart, a label map on another grid than its image's would no longer be seen to be wrong.
void refuse_other_grid(const path& label, const image::Grid& grid, const path& image_file, const Plan& plan) {
  const image::Grid expected = image::read_nifti_header(image_file, plan.geometry).grid;
  const std::string difference = image::grid_difference(grid, expected);
  if (difference.empty()) return;
  throw DataError(label.string(), "grid differs from its image's, " + image_file.string() + ": " + difference,
                  "if only its place is wrong, put it there: cs-preprocess --label-map --like IMAGE LABEL OUTPUT");
}

Case preprocess_case(const core::Command& command, const core::Provenance& provenance, const Plan& plan,
                     const Case& c) {
  Case result = c;
  const auto frame = frame_of(c);
  const path image_file = command.out() / c.output_path("img"), label_file = command.out() / c.output_path("seg");
  const Job image_job = make_job(provenance, plan, c.image(), image_file, frame);
  std::optional<Job> label_job;
  Conversion conversion;
  if (const auto label = c.label()) {
    const image::NiftiSummary header = image::read_nifti_header(*label, plan.geometry);
    if (!plan.like) refuse_other_grid(*label, header.grid, c.image(), plan);
    // A label map of three dimensions beside a cine belongs to the frame already.
    const bool has_frames = frame && header.frames > 1;
    label_job = make_job(provenance, plan, *label, label_file, has_frames ? frame : std::nullopt);
    conversion = conversion_for(plan, c.labels(), label->string());
    note_labels(*label_job, conversion);
  }
  const bool image_wanted = wanted(command, image_job);
  const bool label_wanted = label_job && wanted(command, *label_job);
  if (label_wanted) do_labels(command, plan, *label_job, conversion);
  if (image_wanted) do_image(command, plan, image_job);

  result.set_path("image", image_file);
  if (label_job) {
    result.set_path("label", label_file);
    if (!conversion.after.empty()) {
      result.set_labels("labels", conversion.after);
    } else {
      result.erase("labels");
    }
  }
  result.erase("frame_index");
  result.set("preprocessing", record_of(plan, c));
  if (plan.like_file) result.set("resampled_like", plan.like_file->name);
  return result;
}

bool run_list(const core::Command& command, const Options& options, Plan& plan) {
  if (!options.input.empty())
    throw UsageError(options.input.string(), "is named beside --cases", "name one of the two");
  if (!command.has_out()) throw UsageError("--out", "is missing", "name the folder for the outputs");
  if (options.label_map)
    throw UsageError("--label-map", "means nothing with --cases: lists say which file is a label map");
  if (options.frame >= 0) {
    throw UsageError("--frame", "means nothing with --cases", "give each case of the list its \"frame_index\"");
  }
  const std::vector<Case> cases = command.cases();
  read_like(options, plan);
  const core::Provenance provenance = command.provenance();
  std::vector<Case> written;
  const bool all_well = core::for_each_case(
      "preprocessing", cases, command.threads(),
      [&](const Case& c) { return preprocess_case(command, provenance, plan, c); },
      [&](std::size_t, Case done) { written.push_back(std::move(done)); });
  // A run in which every case failed must not replace an earlier list by an empty one.
  if (all_well || !written.empty()) command.write_cases(written);
  return all_well;
}

bool run_file(const core::Command& command, const Options& options, Plan& plan) {
  if (options.input.empty() || options.output.empty()) {
    throw UsageError("", "expected INPUT and OUTPUT, or --cases LIST --out DIR", "--help shows examples");
  }
  if (command.has_out()) throw UsageError("--out", "means nothing without --cases", "name the output file instead");
  const bool about_labels = plan.remap || plan.target_given || !plan.from.empty();
  if (about_labels && !options.label_map) {
    throw UsageError("--label-map", "is missing: labels are converted in label maps only", "add --label-map");
  }
  if (plan.target_given && plan.from.empty()) {
    throw UsageError("--to-labels", "needs to know what the input's values mean", "say it with --labels");
  }
  if (options.label_map && (options.n4 || command.given("--percentiles") || command.given("--interpolation"))) {
    throw UsageError("--label-map", "contradicts --n4, --percentiles and --interpolation", "leave them out");
  }
  core::refuse_same_file(options.input, options.output);
  if (!command.skip_existing()) core::refuse_existing(options.output, command.overwrite());
  read_like(options, plan);
  const auto frame = options.frame < 0 ? std::nullopt : std::optional<std::size_t>(options.frame);
  Job job = make_job(command.provenance(), plan, options.input, options.output, frame);
  if (!options.label_map) {
    if (wanted(command, job)) do_image(command, plan, job);
    return true;
  }
  const Conversion conversion = conversion_for(plan, {}, options.input.string());
  note_labels(job, conversion);
  if (wanted(command, job)) do_labels(command, plan, job, conversion);
  return true;
}

void declare(core::Command& command, Options& options) {
  command.positional("INPUT", options.input, "image to preprocess (.nii, .nii.gz)");
  command.positional("OUTPUT", options.output, "file to write (.nii, .nii.gz)");
  command.add_cases();
  command
      .option("Intensities", "--percentiles", options.percentiles,
              "clip at these percentiles of the volume and map them to 0 and 1; none: keep intensities "
              "(with --like and --geometry none unless given)")
      .type_name("LOW,HIGH|none");
  command.flag("Intensities", "--n4", options.n4, "correct the bias field first (N4)");
  command
      .option("Intensities", "--n4-shrink", options.bias.shrink,
              "estimate the bias field on an image shrunk so many times")
      .within(1, 64)
      .type_name("N");
  command.option("Intensities", "--n4-levels", options.bias.levels, "resolution levels of the bias field")
      .within(1, 10)
      .type_name("N");
  command.option("Intensities", "--n4-iterations", options.bias.iterations, "iterations at each level, at most")
      .within(1, 10000)
      .type_name("N");
  command
      .option("Grid", "--spacing", options.spacing,
              "resample the slices to this spacing, slice spacing kept; keep: keep the grid "
              "(with --like and --geometry keep unless given)")
      .type_name("MM|MM,MM|keep");
  command.choice("Grid", "--interpolation", options.interpolation, {"linear", "nearest"},
                 "how images are resampled; label maps take the nearest label");
  command.option("Grid", "--like", options.like,
                 "put the image on the grid of this one; intensities are kept, outside is 0");
  command.choice("Grid", "--geometry", options.geometry, {"automatic", "qform", "sform", "pixdim"},
                 "which part of the header to believe; other than automatic writes a mended copy, voxels as they are, "
                 "of a 4D file with all its frames");
  command.option("Frames", "--frame", options.frame, "frame of a 4D image, from 0 (in lists: the field frame_index)")
      .within(0, 32766)
      .type_name("N")
      .default_text("");
  command.flag("Labels", "--label-map", options.label_map, "INPUT is a label map");
  command
      .option(
          "Labels", "--to-labels", options.to_labels,
          "number labels by name like this: coopseg, acdc, mnms or NAME:VALUE,... (default: coopseg where all names "
          "are known to it, else labels are kept)")
      .type_name("SCHEME");
  command
      .option("Labels", "--labels", options.labels,
              "what the input's label values mean, where the list does not say: acdc, mnms, coopseg or LV:1,MYO:2")
      .type_name("SCHEME");
  command.option("Labels", "--remap", options.remap, "convert labels by number, others stay: 3:1,2:2,1:3")
      .type_name("PAIRS");
  command.add_outputs(true);
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  declare(command, options);
  for (const auto& [name, version] : image::library_versions()) command.uses_library(name, version);
  return command.run(argc, argv, [&] {
    Plan plan = plan_of(command, options);
    return command.has_cases() ? run_list(command, options, plan) : run_file(command, options, plan);
  });
}
