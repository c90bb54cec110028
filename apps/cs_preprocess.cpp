// cs-preprocess: brings images and label maps to what a network expects, or onto another grid.
#include <fmt/format.h>

#include "coopseg/core/batch.h"
#include "coopseg/image/libraries.h"
#include "preprocess_options.h"

namespace {

using namespace coopseg;
using core::Case;
using core::UsageError;

const core::About kAbout = {
    "cs-preprocess",
    "normalises, resamples, turns and crops images, converts labels, picks frames, mends headers",
    {"[options] INPUT OUTPUT", "[options] --cases LIST --out DIR"},
    {{"cs-preprocess in.nii.gz out.nii.gz",
      "clips at the 2nd and 98th percentile, maps to 0 ... 1, resamples the slices to 1.36719 mm"},
     {"cs-preprocess --cases cases.jsonl --out ready",
      "does so with all images of a list; labels are resampled and numbered LV 1, MYO 2, RV 3"},
     {"cs-preprocess --cases cases.jsonl --orient RAS --normalise zscore --spacing 1,1,1 --crop-to label --margin 8 "
      "--out volumes",
      "volumes for networks of three dimensions: turned, z-scores, cubic voxels, the surroundings of the labels"},
     {"cs-preprocess --label-map --remap 3:1,2:2,1:3 seg.nii.gz out.nii.gz", "converts a label map by number"},
     {"cs-preprocess --label-map --like in.nii.gz pred.nii.gz out.nii.gz",
      "puts a label map on an image's grid, each voxel with the nearest label"},
     {"cs-preprocess --label-map --header-from in.nii.gz lost.nii.gz out.nii.gz",
      "gives a prediction of the image's size, saved without its header, the image's"},
     {"cs-preprocess --geometry qform in.nii.gz out.nii.gz", "writes a copy whose header says one thing only"}}};

// What only the user can know was asked for; this, nobody asks.
void tell_of_orientation(const dataset::PreprocessOptions& how) {
  if (!how.hdf5.spacing_mm) return;
  core::warning(
      ".h5 files do not say how they lie in the patient: x, y and z are taken to run towards left, posterior, "
      "superior");
}

bool run_list(const core::Command& command, const apps::PreprocessWords& options,
              const dataset::PreprocessOptions& how) {
  if (!options.input.empty())
    throw UsageError(options.input.string(), "is named beside --cases", "name one of the two");
  if (!command.has_out()) throw UsageError("--out", "is missing", "name the folder for the outputs");
  if (options.label_map)
    throw UsageError("--label-map", "means nothing with --cases: lists say which file is a label map");
  if (options.frame >= 0) {
    throw UsageError("--frame", "means nothing with --cases", "give each case of the list its \"frame_index\"");
  }
  if (!how.header_from.empty())
    throw UsageError("--header-from", "means nothing with --cases", "name INPUT and OUTPUT");
  const std::vector<Case> cases = command.cases();
  dataset::require_fitting(how.hdf5, cases, command.shard().count == 1);
  tell_of_orientation(how);
  const dataset::CasePreprocessor preprocessor(how);
  std::vector<Case> written;
  const bool all_well = core::for_each_case(
      "preprocessing", cases, command.threads(), [&](const Case& c) { return preprocessor.make(c, command.out()); },
      [&](std::size_t, Case done) { written.push_back(std::move(done)); });
  return command.write_results(written, all_well);
}

bool run_file(const core::Command& command, const apps::PreprocessWords& options,
              const dataset::PreprocessOptions& how) {
  if (options.input.empty() || options.output.empty()) {
    throw UsageError("", "expected INPUT and OUTPUT, or --cases LIST --out DIR", "--help shows examples");
  }
  if (command.has_out()) throw UsageError("--out", "means nothing without --cases", "name the output file instead");
  const bool about_labels = how.labels.by_number || how.labels.must_convert || !how.labels.from.empty();
  if (about_labels && !options.label_map) {
    throw UsageError("--label-map", "is missing: labels are converted in label maps only", "add --label-map");
  }
  if (how.labels.must_convert && how.labels.from.empty()) {
    throw UsageError("--to-labels", "needs to know what the input's values mean", "say it with --labels");
  }
  if (options.label_map) {
    for (const char* name : {"--n4", "--normalise", "--percentiles", "--foreground", "--interpolation"}) {
      if (command.given(name)) throw UsageError("--label-map", fmt::format("contradicts {}", name), "leave one out");
    }
  }
  if (const auto& crop = how.steps.crop; crop && (crop->to == image::CropTo::label) != options.label_map) {
    throw UsageError("--crop-to " + image::kCropTargets.of(crop->to),
                     options.label_map ? "needs the label map's image" : "needs the image's label map",
                     "give both as a list: --cases");
  }
  dataset::require_fitting(how.hdf5, {options.input}, false);
  tell_of_orientation(how);
  how.rules.check({options.output}, {options.input});
  const dataset::CasePreprocessor preprocessor(how);
  const auto frame = options.frame < 0 ? std::nullopt : std::optional<std::size_t>(options.frame);
  if (options.label_map) {
    preprocessor.make_labels(options.input, options.output, frame);
  } else {
    preprocessor.make_image(options.input, options.output, frame);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  apps::PreprocessWords options;
  apps::declare_options(command, options);
  for (const auto& [name, version] : image::library_versions()) command.uses_library(name, version);
  return command.run(argc, argv, [&] {
    const dataset::PreprocessOptions how = apps::understand(command, options);
    return command.has_cases() ? run_list(command, options, how) : run_file(command, options, how);
  });
}
