// cs-preprocess: brings images and label maps to what a network expects, or onto another grid.
#include <fmt/format.h>

#include <optional>

#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/dataset/preprocess_case.h"
#include "coopseg/image/libraries.h"

namespace {

using namespace coopseg;
using core::Case;
using core::UsageError;
using core::fs::path;

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
     {"cs-preprocess --like in.nii.gz pred.nii.gz out.nii.gz",
      "puts an image on another's grid, intensities as they are"},
     {"cs-preprocess --geometry qform in.nii.gz out.nii.gz", "writes a copy whose header says one thing only"}}};

const core::Words<image::GeometryRule> kGeometryRules{{"automatic", image::GeometryRule::automatic},
                                                      {"qform", image::GeometryRule::qform},
                                                      {"sform", image::GeometryRule::sform},
                                                      {"pixdim", image::GeometryRule::pixdim}};

struct Options {
  path input, output, like;
  std::string normalise = "percentiles", percentiles = "2,98", spacing = image::kPaperSpacing, orient = "keep";
  std::string labels, to_labels, remap;
  image::Interpolation interpolation = image::Interpolation::linear;
  image::GeometryRule geometry = image::GeometryRule::automatic;
  std::optional<image::CropTo> crop_to;
  int frame = -1, margin = 0;
  bool n4 = false, foreground = false, label_map = false;
  image::BiasCorrection bias;
};

std::optional<image::Normalisation> normalisation_of(const core::Command& command, const Options& options, bool copy) {
  const bool by_name = command.given("--normalise"), percentiles_given = command.given("--percentiles");
  if (copy && !by_name && !percentiles_given) return std::nullopt;
  auto result = image::parse_normalisation(options.normalise);
  if (result && result->method == image::Normalisation::Method::percentiles) {
    result = image::parse_percentiles(options.percentiles);
  } else if (percentiles_given) {
    throw UsageError("--percentiles", "contradicts --normalise " + options.normalise, "leave one out");
  }
  return result;
}

image::Preprocessing steps_of(const core::Command& command, const Options& options) {
  // A copy on another grid or with a mended header keeps its voxels, unless steps are asked for.
  const bool copy = !options.like.empty() || options.geometry != image::GeometryRule::automatic;
  image::Preprocessing steps = image::Preprocessing::none();
  if (options.n4) steps.n4 = options.bias;
  steps.normalise = normalisation_of(command, options, copy);
  if (options.foreground) {
    if (!steps.normalise || steps.normalise->method == image::Normalisation::Method::window)
      throw UsageError("--foreground", "means nothing without percentiles, zscore or minmax", "leave it out");
    steps.normalise->foreground = true;
  }
  if (!copy || command.given("--spacing")) {
    if (!options.like.empty() && options.spacing != "keep")
      throw UsageError("--spacing", "contradicts --like, which sets the grid", "leave one out");
    steps.spacing_mm = image::parse_spacing_mm(options.spacing);
  }
  steps.interpolation = options.interpolation;
  steps.orient = image::parse_orientation(options.orient);
  if (options.crop_to) steps.crop = {*options.crop_to, static_cast<std::size_t>(options.margin)};
  if (!steps.crop && command.given("--margin"))
    throw UsageError("--margin", "means nothing without --crop-to", "add --crop-to");
  if (!options.like.empty() && (steps.crop || !steps.orient.empty())) {
    throw UsageError(steps.crop ? "--crop-to" : "--orient", "contradicts --like, which sets the grid", "leave one out");
  }
  return steps;
}

dataset::LabelConversionRules conversion_of(const Options& options) {
  dataset::LabelConversionRules rules;
  if (!options.remap.empty()) {
    if (!options.to_labels.empty()) throw UsageError("--remap", "contradicts --to-labels", "leave one out");
    rules.by_number = image::parse_remap(options.remap);
  }
  rules.must_convert = !options.to_labels.empty();
  rules.target = dataset::parse_label_names(rules.must_convert ? options.to_labels : "coopseg");
  if (!options.labels.empty()) rules.from = dataset::parse_label_names(options.labels);
  return rules;
}

dataset::PreprocessOptions how_to_preprocess(const core::Command& command, const Options& options) {
  dataset::PreprocessOptions how;
  how.steps = steps_of(command, options);
  how.like = options.like;
  how.geometry = options.geometry;
  for (const char* name : {"--n4-shrink", "--n4-levels", "--n4-iterations"}) {
    if (!options.n4 && command.given(name)) throw UsageError(name, "means nothing without --n4", "add --n4");
  }
  how.labels = conversion_of(options);
  how.rules = command.output_rules();
  how.provenance = command.provenance();
  return how;
}

bool run_list(const core::Command& command, const Options& options, const dataset::PreprocessOptions& how) {
  if (!options.input.empty())
    throw UsageError(options.input.string(), "is named beside --cases", "name one of the two");
  if (!command.has_out()) throw UsageError("--out", "is missing", "name the folder for the outputs");
  if (options.label_map)
    throw UsageError("--label-map", "means nothing with --cases: lists say which file is a label map");
  if (options.frame >= 0) {
    throw UsageError("--frame", "means nothing with --cases", "give each case of the list its \"frame_index\"");
  }
  const std::vector<Case> cases = command.cases();
  const dataset::CasePreprocessor preprocessor(how);
  std::vector<Case> written;
  const bool all_well = core::for_each_case(
      "preprocessing", cases, command.threads(), [&](const Case& c) { return preprocessor.make(c, command.out()); },
      [&](std::size_t, Case done) { written.push_back(std::move(done)); });
  return command.write_results(written, all_well);
}

bool run_file(const core::Command& command, const Options& options, const dataset::PreprocessOptions& how) {
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

void declare(core::Command& command, Options& options) {
  command.positional("INPUT", options.input, "image to preprocess (.nii, .nii.gz)");
  command.positional("OUTPUT", options.output, "file to write (.nii, .nii.gz)");
  const auto addition = core::Effect::addition;
  command.add_cases();
  command
      .option("Intensities", "--percentiles", options.percentiles,
              "clip at these percentiles of the volume and map them to 0 and 1; none: keep intensities "
              "(with --like and --geometry none unless given)")
      .type_name("LOW,HIGH|none");
  command
      .option("Intensities", "--normalise", options.normalise,
              "percentiles: clip at those of --percentiles; zscore: mean 0, standard deviation 1; minmax: least 0, "
              "most 1; window:LOW,HIGH: clip at these intensities and map them to 0 and 1; none (with --like and --geometry "
              "none unless given)",
              addition)
      .type_name("METHOD");
  command.flag("Intensities", "--foreground", options.foreground,
               "normalise by the foreground: voxels of another value than the most frequent one on the volume's faces; "
               "the background becomes 0",
               addition);
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
              "resample the slices to this spacing, slice spacing kept; three numbers: resample all voxel axes; keep: "
              "keep the grid (with --like and --geometry keep unless given)")
      .type_name("MM|MM,MM|MM,MM,MM|keep");
  command
      .option("Grid", "--orient", options.orient,
              "turn the volume so that its voxel axes run towards these sides: RAS, LPS, ...; nothing is interpolated",
              addition)
      .type_name("CODE|keep");
  command.choice("Grid", "--crop-to", options.crop_to, image::kCropTargets,
                 "cut out the box around all labelled voxels, or around the foreground (see --foreground)", addition);
  command.option("Grid", "--margin", options.margin, "with --crop-to, so many voxels more at each side", addition)
      .within(0, 32767)
      .type_name("VOXELS");
  command.choice("Grid", "--interpolation", options.interpolation, image::kInterpolations,
                 "how images are resampled; label maps take the nearest label");
  command.option("Grid", "--like", options.like,
                 "put the image on the grid of this one; intensities are kept, outside is 0");
  command.choice("Grid", "--geometry", options.geometry, kGeometryRules,
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
    const dataset::PreprocessOptions how = how_to_preprocess(command, options);
    return command.has_cases() ? run_list(command, options, how) : run_file(command, options, how);
  });
}
