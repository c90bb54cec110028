// cs-list: lists the cases of a data set on disk.
#include <fmt/ranges.h>

#include "coopseg/core/command.h"
#include "coopseg/core/text.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/dataset/layout.h"

namespace {

using namespace coopseg;
using core::fs::path;

const core::About kAbout = {
    "cs-list",
    "lists the cases of a data set on disk as a case list (JSON Lines)",
    {"[options] LAYOUT FOLDER"},
    {{"cs-list acdc ACDC/database --cases-out acdc.jsonl",
      "lists ED and ES of every patient below training/ and testing/, as Info.cfg names them"},
     {"cs-list coopseg hearts --labels LV:1,MYO:2 > hearts.jsonl",
      "lists ID/FRAME_img.nii.gz and ID/FRAME_seg.nii.gz, the layout that the other programs write"},
     {"cs-list mnms OpenDataset --csv information.csv > mnms.jsonl",
      "lists 4D images with the frames, site and vendor that the table gives"},
     {"cs-list nnunet Dataset004_Hippocampus --cases-out hippocampus.jsonl",
      "lists imagesTr and imagesTs with the labels, channels and names that dataset.json gives"},
     {"cs-list bids study --suffix T1w,FLAIR > study.jsonl",
      "lists both contrasts of every subject and session as channels, with the derivatives' label maps"},
     {"cs-list glob data --image 'images/{id}_{frame}.nii.gz' --label 'labels/{id}_{frame}*.nii.gz' --dataset mine",
      "lists any layout; * stays within a folder's name, ** crosses folders, {site} would become a field"}}};

struct Options {
  std::string layout, dataset, labels, suffixes, image_pattern, label_pattern, cases_out;
  path folder, table;
  std::optional<dataset::CardiacView> view;
  bool absolute = false;
};

const core::Words<dataset::CardiacView> kViews{{"SA", dataset::CardiacView::short_axis},
                                               {"LA", dataset::CardiacView::long_axis}};

bool run(const core::Command& command, const Options& options) {
  if (options.folder.empty()) {
    throw core::UsageError(
        options.layout.empty() ? "LAYOUT" : "FOLDER", "is missing",
        "cs-list LAYOUT FOLDER; layouts are " + fmt::format("{}", fmt::join(dataset::layouts(), ", ")));
  }
  dataset::ListOptions how;
  how.dataset = options.dataset;
  if (!options.labels.empty()) how.labels = dataset::parse_label_names(options.labels);
  how.table = options.table;
  how.view = options.view;
  how.suffixes = core::words(options.suffixes);
  how.image_pattern = options.image_pattern;
  how.label_pattern = options.label_pattern;
  const bool to_file = !options.cases_out.empty() && options.cases_out != "-";
  if (to_file) core::refuse_existing(options.cases_out, command.overwrite());

  const path folder = options.absolute ? core::fs::absolute(options.folder).lexically_normal() : options.folder;
  const dataset::Listing listing = dataset::list_folder(options.layout, folder, how);
  for (const std::string& remark : listing.remarks) core::warning("{}", remark);
  for (const std::string& problem : listing.problems) core::error("{}", problem);

  std::string text;
  const path list_folder = to_file ? path(options.cases_out).parent_path() : path();
  // Before the lines are made: paths relative to a folder that is not there yet would come out absolute.
  std::error_code failed;
  if (!list_folder.empty()) core::fs::create_directories(list_folder, failed);
  if (failed) throw core::IoError(list_folder.string(), "cannot be made: " + failed.message());
  for (const core::Case& c : listing.cases) text += core::case_to_line(c, list_folder) + "\n";
  if (to_file) {
    core::write_file(options.cases_out, text, command.overwrite());
  } else {
    core::print(text);
  }
  const std::size_t unlabelled = dataset::count_without_label(listing.cases);
  if (unlabelled > 0) core::warning("{} of {} images have no label", unlabelled, listing.cases.size());
  return listing.problems.empty();
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  command.positional(
      "LAYOUT", options.layout,
      "how the data set lies on disk: acdc (patientNNN/ with frames and Info.cfg), mnms (4D images and a "
      "table), mnms2 (ID/ID_SA_ED.nii.gz), emidec (Case_ID/Images, Contours), coopseg (ID/FRAME_img.nii.gz, what these "
      "programs write), msd (the Decathlon: what dataset.json names), "
      "nnunet (imagesTr/ID_0000.nii.gz, labelsTr), bids (sub-*/anat, derivatives), uamt (train.list, "
      "NAME/mri_norm2.h5), ssl4mis (train.list, data/NAME.h5), glob (--image, --label)");
  command.positional("FOLDER", options.folder, "the data set's folder");
  command.option(
      "Listing", "--dataset", options.dataset,
      "name of the data set in the list; by default acdc, mnms, mnms2, emidec, uamt, ssl4mis, or the folder's "
      "name");
  command
      .option(
          "Listing", "--labels", options.labels,
          "names of the label values, as LV:1,MYO:2,RV:3, or acdc, mnms, coopseg; by default those of the layout, or "
          "of a dataset.json in the folder")
      .type_name("NAMES");
  command.option(
      "Listing", "--csv", options.table,
      "layout mnms: the table with 'External code', 'ED' and 'ES'; layout mnms2: that with 'SUBJECT_CODE'; by "
      "default the only one in FOLDER");
  command.choice("Listing", "--view", options.view, kViews,
                 "layout mnms2: the short axis, which is the default, or the long axis");
  command
      .option("Listing", "--image", options.image_pattern,
              "layout glob: images, relative to FOLDER, with {id} and perhaps {frame} and other fields in braces; "
              "* and ? stay within a folder's name, **/ is any number of folders")
      .type_name("PATTERN");
  command
      .option("Listing", "--label", options.label_pattern,
              "layout glob: the label that belongs to an image; layout bids: which of several label maps, by "
              "default derivatives/**/*_dseg.nii.gz")
      .type_name("PATTERN");
  command
      .option("Listing", "--suffix", options.suffixes,
              "layout bids: suffix of the images, by default T1w; several (T1w,FLAIR) are channels of one case")
      .type_name("NAME,...");
  command
      .option("Outputs", "--cases-out", options.cases_out,
              "write the list to this file, its paths relative to the file's folder; by default to standard output, "
              "relative to the current folder",
              core::Effect::execution)
      .type_name("FILE");
  command.flag("Outputs", "--absolute", options.absolute, "write absolute paths", core::Effect::execution);
  command.add_outputs(false);
  return command.run(argc, argv, [&] { return run(command, options); });
}
