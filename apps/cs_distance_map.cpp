// cs-distance-map: signed distance maps of label maps, one for each class.
#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/core/text.h"
#include "coopseg/dataset/distance_case.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/image/libraries.h"
#include "coopseg/image/nifti.h"

namespace {

using namespace coopseg;
using core::Case;
using core::UsageError;
using core::fs::path;

const core::About kAbout = {
    "cs-distance-map",
    "makes signed distance maps of label maps, one for each class",
    {"[options] LABEL OUTPUT", "[options] --cases LIST --out DIR"},
    {{"cs-distance-map seg.nii.gz distance.nii.gz",
      "writes a frame for each label value: from -1 deepest inside to 1 farthest outside, 0 on the boundary"},
     {"cs-distance-map --cases cases.jsonl --out distances",
      "does so with all labels of a list; the new list names the files and the classes of their frames"},
     {"cs-distance-map --labels LV:1,MYO:2,RV:3 --classes LV --spacing mm --normalise none seg.nii.gz lv.nii.gz",
      "distances of one class in mm"}}};

struct Options {
  path label, output;
  std::string labels, classes;
  image::DistanceMapOptions map;
  int frame = -1;
};

dataset::DistanceOptions how_to_map(const core::Command& command, const Options& options) {
  dataset::DistanceOptions how;
  how.map = options.map;
  if (!options.labels.empty()) how.labels = dataset::parse_label_names(options.labels);
  how.classes = core::words(options.classes);
  if (command.given("--classes") && how.classes.empty()) throw UsageError("--classes", "names no class");
  how.rules = command.output_rules();
  how.provenance = command.provenance();
  return how;
}

bool run_list(const core::Command& command, const Options& options, const dataset::CaseDistances& distances) {
  if (!options.label.empty())
    throw UsageError(options.label.string(), "is named beside --cases", "name one of the two");
  if (!command.has_out()) throw UsageError("--out", "is missing", "name the folder for the outputs");
  if (command.given("--frame"))
    throw UsageError("--frame", "means nothing with --cases", "give each case of the list its \"frame_index\"");
  const std::vector<Case> cases = command.cases();
  std::vector<Case> written;
  const bool all_well = core::for_each_case(
      "mapping distances", cases, command.threads(),
      [&](const Case& c) { return distances.make(c, command.out() / c.output_path("dist")); },
      [&](std::size_t, Case done) { written.push_back(std::move(done)); });
  return command.write_results(written, all_well);
}

bool run_file(const core::Command& command, const Options& options, const dataset::CaseDistances& distances) {
  if (options.label.empty() || options.output.empty())
    throw UsageError("", "expected LABEL and OUTPUT, or --cases LIST --out DIR", "--help shows examples");
  if (command.has_out()) throw UsageError("--out", "means nothing without --cases", "name the output file instead");
  Case c(options.label.filename().string(), options.label);
  c.set_path("label", options.label);
  if (command.given("--frame")) {
    if (image::read_nifti_header(options.label).frames == 1)
      throw core::DataError(options.label.string(), "has no frames", "leave --frame out");
    c.set("frame_index", options.frame);
  }
  command.output_rules().check({options.output}, {options.label});
  distances.make(c, options.output);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  command.positional("LABEL", options.label, "label map (NIfTI, NRRD, MetaImage)");
  command.positional("OUTPUT", options.output, "4D file to write, a frame for each class (.nii, .nii.gz)");
  command.add_cases(core::Reads::no_image);
  command.choice("Distances", "--spacing", options.map.unit, image::kDistanceUnits,
                 "what distances are measured in: voxels, whatever their size, or mm");
  command.choice("Distances", "--normalise", options.map.scale, image::kDistanceScales,
                 "crop: divide the distances outside and those inside by their greatest values in the volume; none: "
                 "distances as they are");
  command
      .option("Classes", "--labels", options.labels,
              "names of the label values, as LV:1,MYO:2,RV:3, or acdc, mnms, coopseg, where the list has none; without "
              "names each value is a class")
      .type_name("NAMES");
  command.option("Classes", "--classes", options.classes,
                 "comma-separated names of the classes to map, in the order of the frames; default: all, by value")
      .type_name("NAMES");
  command.option("Classes", "--frame", options.frame, "frame of a 4D LABEL, from 0 (in lists: the field frame_index)")
      .within(0, 32766)
      .type_name("N")
      .default_text("");
  command.add_outputs(true);
  for (const auto& [name, version] : image::library_versions()) command.uses_library(name, version);
  return command.run(argc, argv, [&] {
    const dataset::CaseDistances distances(how_to_map(command, options));
    return command.has_cases() ? run_list(command, options, distances) : run_file(command, options, distances);
  });
}
