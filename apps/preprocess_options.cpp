#include "preprocess_options.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "coopseg/core/numbers.h"
#include "coopseg/dataset/label_scheme.h"

namespace coopseg::apps {

using core::UsageError;

namespace {

const core::Words<image::GeometryRule> kGeometryRules{{"automatic", image::GeometryRule::automatic},
                                                      {"qform", image::GeometryRule::qform},
                                                      {"sform", image::GeometryRule::sform},
                                                      {"pixdim", image::GeometryRule::pixdim}};

std::optional<image::Normalisation> normalisation_of(const core::Command& command, const PreprocessWords& options,
                                                     bool copy) {
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

image::Directions axes_of(const core::Command& command, const core::fs::path& file) {
  if (command.given("--orient")) throw UsageError("--orient-like", "contradicts --orient", "leave one out");
  const image::Grid grid = core::as_usage_error([&] { return image::read_nifti_header(file).grid; });
  if (grid.nominal)
    throw UsageError("--orient-like", file.string() + " does not say how it lies in space", "name an image that does");
  return turned(grid, slices_last(grid)).direction;
}

image::Preprocessing steps_of(const core::Command& command, const PreprocessWords& options) {
  // A copy on another grid or with a mended header keeps its voxels, unless steps are asked for.
  const bool copy =
      !options.like.empty() || !options.header_from.empty() || options.geometry != image::GeometryRule::automatic;
  image::Preprocessing steps = image::Preprocessing::none();
  if (options.n4) steps.n4 = options.bias;
  steps.normalise = normalisation_of(command, options, copy);
  if (options.foreground) {
    if (!steps.normalise || steps.normalise->method == image::Normalisation::Method::window)
      throw UsageError("--foreground", "means nothing without percentiles, zscore or minmax", "leave it out");
    steps.normalise->foreground = true;
  }
  if (!copy || command.given("--spacing")) steps.spacing_mm = image::parse_spacing_mm(options.spacing);
  steps.interpolation = options.interpolation;
  steps.orient = image::parse_orientation(options.orient);
  if (!options.orient_like.empty()) steps.orient_like = axes_of(command, options.orient_like);
  if (options.crop_to) steps.crop = {*options.crop_to, static_cast<std::size_t>(options.margin)};
  if (!steps.crop && command.given("--margin"))
    throw UsageError("--margin", "means nothing without --crop-to", "add --crop-to");
  if (!options.header_from.empty() && command.given("--interpolation"))
    throw UsageError("--interpolation", "means nothing with --header-from, which resamples nothing", "leave it out");
  for (const auto& [name, given] :
       {std::pair("--like", !options.like.empty()), std::pair("--header-from", !options.header_from.empty())}) {
    const char* other = steps.crop                  ? "--crop-to"
                        : !steps.orient.empty()     ? "--orient"
                        : steps.orient_like         ? "--orient-like"
                        : !steps.spacing_mm.empty() ? "--spacing"
                                                    : nullptr;
    if (given && other)
      throw UsageError(other, fmt::format("contradicts {}, which sets the grid", name), "leave one out");
  }
  return steps;
}

dataset::LabelConversionRules conversion_of(const PreprocessWords& options) {
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

}  // namespace

dataset::PreprocessOptions understand(const core::Command& command, const PreprocessWords& options) {
  dataset::PreprocessOptions how;
  how.steps = steps_of(command, options);
  how.like = options.like;
  how.header_from = options.header_from;
  how.geometry = options.geometry;
  if (!options.header_from.empty()) {
    if (!options.like.empty()) throw UsageError("--header-from", "contradicts --like", "leave one out");
    if (options.geometry != image::GeometryRule::automatic)
      throw UsageError("--header-from", "takes nothing of the input's header, which --geometry is about",
                       "leave one out");
  }
  if (command.given("--nan")) {
    how.nan_value = core::parse_number(options.nan, "--nan");
    if (std::abs(*how.nan_value) > std::numeric_limits<float>::max())
      throw UsageError("--nan", options.nan + " is beyond the range of 32-bit floats");
  }
  if (!options.h5_spacing.empty()) how.hdf5.spacing_mm = dataset::parse_hdf5_spacing_mm(options.h5_spacing);
  how.hdf5.axes = options.h5_axes;
  for (const char* name : {"--n4-shrink", "--n4-levels", "--n4-iterations"}) {
    if (!options.n4 && command.given(name)) throw UsageError(name, "means nothing without --n4", "add --n4");
  }
  how.labels = conversion_of(options);
  how.rules = command.output_rules();
  how.provenance = command.provenance();
  return how;
}

void declare_options(core::Command& command, PreprocessWords& options) {
  command.positional("INPUT", options.input, "image to preprocess (NIfTI, NRRD, MetaImage, HDF5)");
  command.positional("OUTPUT", options.output, "file to write (.nii, .nii.gz)");
  const auto addition = core::Effect::addition;
  command.add_cases();
  command
      .option("Intensities", "--percentiles", options.percentiles,
              "clip at these percentiles of the volume and map them to 0 and 1; none: keep intensities "
              "(with --like, --header-from and --geometry none unless given)")
      .type_name("LOW,HIGH|none");
  command
      .option("Intensities", "--normalise", options.normalise,
              "percentiles: clip at those of --percentiles; zscore: mean 0, standard deviation 1; minmax: least 0, "
              "most 1; window:LOW,HIGH: clip at these intensities and map them to 0 and 1; none (with --like, "
              "--header-from and --geometry none unless given)",
              addition)
      .type_name("METHOD");
  command.flag("Intensities", "--foreground", options.foreground,
               "normalise by the foreground: voxels of another value than the most frequent one on the volume's faces; "
               "the background becomes 0",
               addition);
  command
      .option(
          "Intensities", "--nan", options.nan,
          "what voxels that are NaN or infinite become, as others write them where nothing was measured; label maps "
          "need a whole number (default: such files are refused)",
          addition)
      .type_name("VALUE");
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
              "keep the grid (with --like, --header-from and --geometry keep unless given)")
      .type_name("MM|MM,MM|MM,MM,MM|keep");
  command
      .option("Grid", "--orient", options.orient,
              "turn the volume so that its voxel axes run towards these sides: RAS, LPS, ...; nothing is interpolated",
              addition)
      .type_name("CODE|keep");
  command.option("Grid", "--orient-like", options.orient_like,
                 "turn the volume so that its voxel axes run as closely as they can along those of this image, slices "
                 "last: also where axes are oblique, and codes lie between them",
                 addition);
  command.choice("Grid", "--crop-to", options.crop_to, image::kCropTargets,
                 "cut out the box around all labelled voxels, or around the foreground (see --foreground)", addition);
  command.option("Grid", "--margin", options.margin, "with --crop-to, so many voxels more at each side", addition)
      .within(0, 32767)
      .type_name("VOXELS");
  command.choice("Grid", "--interpolation", options.interpolation, image::kInterpolations,
                 "how images are resampled; label maps take the nearest label");
  command.option("Grid", "--like", options.like,
                 "put the image on the grid of this one; intensities are kept, outside is 0; refused where the two "
                 "hardly meet");
  command.option(
      "Grid", "--header-from", options.header_from,
      "write the voxels as they are under the header of this image, which has as many: for files whose header "
      "was lost",
      addition);
  command.choice("Grid", "--geometry", options.geometry, kGeometryRules,
                 "which part of the header to believe; other than automatic writes a mended copy, voxels as they are, "
                 "of a 4D file with all its frames");
  command
      .option("HDF5 files", "--h5-spacing", options.h5_spacing,
              "of .h5 files, which do not say it: how far apart the voxels are in mm, along x, y and z", addition)
      .type_name("MM,MM,MM");
  command.choice(
      "HDF5 files", "--h5-axes", options.h5_axes, image::hdf5_axes(),
      "what the dimensions of the arrays are, where the list does not say it (\"h5_axes\"): xyz as UA-MT's, zyx "
      "as SSL4MIS's volumes, yx as its slices",
      addition);
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

}  // namespace coopseg::apps
