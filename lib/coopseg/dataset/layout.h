// How data sets lie on disk: from a folder to a case list.
//
//   Listing listing = list_folder("acdc", "ACDC/database", {});
//   // {"id":"patient001","frame":"ED","image":"ACDC/database/training/patient001/patient001_frame01.nii.gz", ...}
//
// Layouts:
//   acdc     patientNNN/ with patientNNN_frameFF[_gt].nii[.gz], patientNNN_4d.nii[.gz] and Info.cfg, up to three
//            folders below (training/, testing/). Frames ED and ES as Info.cfg names them, from the 4D file where a
//            frame's own file is absent. Fields: labels, subset, frame_number, group, height_cm, weight_kg, frame_count
//            (Bernard et al., IEEE TMI 2018).
//   mnms     ID/ID_sa.nii[.gz] and ID/ID_sa_gt.nii[.gz], both 4D, and a table (CSV) with "External code", "ED" and
//            "ES" (frames from 0). Fields: labels, frame_index, subset, site, vendor, and the table's other columns
//            (Campello et al., IEEE TMI 2021).
//   mnms2    ID/ID_SA_ED.nii[.gz], ID_SA_ES, and the same with _gt for the labels, LA for the long axis, and perhaps a
//            table (CSV) with "SUBJECT_CODE". Fields: labels, view, subset, and the table's other columns (Martin-Isla
//            et al., IEEE JBHI 2023).
//   emidec   Case_ID/Images/Case_ID.nii[.gz] and Case_ID/Contours/Case_ID.nii[.gz], up to three folders below, and
//   "Case
//            ID.txt" beside or in the case's folder. Fields: labels, group (normal, pathological), and those of the
//            text (Lalande et al., Data 2020).
//   coopseg  ID/FRAME_img.nii[.gz] and ID/FRAME_seg.nii[.gz], or without a frame ID/img.nii[.gz]: what the programs of
//            this toolkit write.
//   msd      the Medical Segmentation Decathlon's: the images, labels and channels that dataset.json names. Channels
//            are the frames of 4D images. Fields: labels, channels, split (training, test)
//            (Antonelli et al., Nature Communications 2022).
//   nnunet   imagesTr/ID_0000.nii.gz with one file a channel, labelsTr/ID.nii.gz, imagesTs, labelsTs, and dataset.json
//            of version 1 (modality) or 2 (channel_names, file_ending). Fields: labels, channels, split
//            (Isensee et al., Nature Methods 2021).
//   bids     sub-*/[ses-*/]anat/*_SUFFIX.nii[.gz]; labels are derivatives/*/sub-*/[ses-*/]anat/*_dseg.nii[.gz] of the
//            same entities, apart from those that derivatives add; their names stand in *_dseg.tsv. Fields: labels,
//            channels, subject, session (Gorgolewski et al., Scientific Data 2016).
//   uamt     UA-MT's left atria: train.list and test.list, in the folder or the one above it, name the folders
//            NAME/mri_norm2.h5, in the folder or in one below it. The papers use the labels of the first lines of
//            train.list, so cases keep the order of the lists. Fields: labels (LA), split (train, val, test), h5_axes
//            "xyz" (Yu et al., MICCAI 2019).
//   ssl4mis  SSL4MIS's ACDC: train.list, val.list and test.list name volumes, data/NAME.h5, NAME being
//            patientNNN_frameFF; without train.list, those for training are the volumes of train_slices.list. Where one
//            is not there, its slices are listed as that list names them, data/slices/NAME_slice_N.h5. Cases keep the
//            order of the lists. Fields: labels (as acdc), split, h5_axes "zyx", of slices "yx", and slice
//            (Luo, SSL4MIS, 2020).
//   glob     patterns (see pattern.h); every {place} but {id} and {frame} becomes a field of that name.
//
// A `dataset.json` in the folder may bring {"labels": {"1": "LV", ...}} (or {"LV": 1}) and
// {"splits": {"train": [ids], ...}}; the latter becomes the field `split`. Hidden files ("._x.nii.gz") are none. Links
// are followed. Those to nothing, as of a data set that was not fetched, are listed as files, and a remark counts them.
// A file that is the label of one case is no image of another, whatever its name.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"

namespace coopseg::dataset {

enum class CardiacView { short_axis, long_axis };

struct ListOptions {
  std::string dataset;                     // empty: "acdc", "mnms", "uamt", "ssl4mis", else the folder's name
  std::optional<core::LabelNames> labels;  // wins over the layout's own and dataset.json
  std::filesystem::path table;             // mnms, mnms2: the CSV; empty: the only one of its kind in the folder
  std::optional<CardiacView> view;         // mnms2; none: the short axis
  std::string image_pattern;               // glob
  std::string label_pattern;               // glob; bids: which label maps; empty: derivatives/**/*_dseg
  std::vector<std::string> suffixes;       // bids: of the images, several are channels; empty: T1w
};

struct Listing {
  // Natural order of id, then ED before ES, then other frames; of uamt and ssl4mis the order of their lists.
  std::vector<core::Case> cases;
  std::vector<std::string> problems;                    // subjects that could not be listed, and why
  std::vector<std::string> remarks;                     // what a user should know
  std::vector<std::filesystem::path> links_to_nothing;  // that may be folders of cases
};

const std::vector<std::string>& layouts();

// Throws core::IoError for a folder that cannot be read, core::DataError if it holds nothing of this layout, two
// subjects of one id or an ambiguous label, core::UsageError for options that do not fit the layout.
Listing list_folder(const std::string& layout, const std::filesystem::path& folder, const ListOptions& options);

std::size_t count_without_label(const std::vector<core::Case>& cases);

}  // namespace coopseg::dataset
