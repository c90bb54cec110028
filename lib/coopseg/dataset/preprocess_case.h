// Preprocesses cases: image and label map to what a network expects or onto another grid, written with their sidecars.
//
//   const CasePreprocessor preprocessor(options);
//   core::for_each_case("preprocessing", cases, threads, [&](const core::Case& c) { return preprocessor.make(c, "out");
//   },
//                       ...);
//
// Thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/output.h"
#include "coopseg/dataset/hdf5_case.h"
#include "coopseg/dataset/label_conversion.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/preprocess.h"

namespace coopseg::dataset {

struct PreprocessOptions {
  image::Preprocessing steps;
  core::fs::path like;  // the image whose grid the outputs get after the steps; empty: the grid that the steps lead to
  core::fs::path header_from;  // the image of the same size whose grid the voxels are said to lie on; not with `like`
  image::GeometryRule geometry = image::GeometryRule::automatic;
  std::optional<double> nan_value;  // what NaN and infinite voxels become; none: refused
  Hdf5Options hdf5;  // require_fitting() for the files that will come
  LabelConversionRules labels;
  core::OutputRules rules;
  core::Provenance provenance;  // of the run
};

class CasePreprocessor {
 public:
  // Reads the header of `like` or `header_from`. Throws core::Error.
  explicit CasePreprocessor(PreprocessOptions options);

  // The case's image and, if it has one, its label map, below the folder `out`; both must lie on one grid, unless a
  // grid is given. Returns the case of the outputs. Throws core::Error: core::DataError too where the case's record
  // tells of steps after which those of this run cannot be repeated from the original (see image/preprocess.h's order).
  // Slices that the case's labelled_slices leave out become voxels of the value called core::kIgnoreName: that of the
  // list or, where it has none, the first of 255, 256 ... that no label has.
  core::Case make(const core::Case& c, const core::fs::path& out) const;

  // Single files, of 4D ones this frame; without one, all of them with their time axis where headers are mended, NaN is
  // replaced or another grid is taken, and no step is to be done. Throw core::Error: core::DataError too where a file
  // hardly meets the grid of `like` (image::kLeastShared), or has another size than `header_from`.
  void make_image(const core::fs::path& from, const core::fs::path& to, std::optional<std::size_t> frame) const;
  void make_labels(const core::fs::path& from, const core::fs::path& to, std::optional<std::size_t> frame) const;

 private:
  struct Job;
  // `c` is the case that the file is of, none for a file by itself; `frame` counts where there is none.
  Job job_for(const core::fs::path& from, const core::fs::path& to, std::optional<std::size_t> frame,
              const core::Case* c) const;
  Job label_job_for(const core::fs::path& from, const core::fs::path& to, std::optional<std::size_t> frame,
                    const core::Case* c) const;
  image::Image read_image(const Job& job) const;
  image::LabelMap read_labels(const Job& job) const;
  void require_one_grid(const Job& label_job, const Job& image_job) const;
  bool is_wanted(const Job& job) const;
  bool takes_all_frames(const Job& job) const;
  image::WriteOptions like_its_source(const Job& job, core::Overwrite overwrite) const;
  void require_meeting(const image::Grid& grid, const Job& job) const;
  template <class T>
  void take_header(image::Volume<T>& volume, const Job& job) const;
  image::Image made_of(image::Image image, const Job& job) const;
  image::LabelMap made_of(image::LabelMap labels, const Job& job) const;
  void write_image(const Job& job, core::Overwrite overwrite) const;
  void convert_labels(const Job& job, image::LabelMap& labels) const;
  void write_labels(const Job& job, core::Overwrite overwrite) const;
  // Where a crop puts both files of a case; none without a crop.
  std::optional<image::Grid> cropped_grid(const Job& image_job, const std::optional<Job>& label_job) const;
  void do_image(const Job& job) const;
  void do_labels(const Job& job) const;
  image::ReadOptions reading(std::optional<std::size_t> frame = {}) const;
  void refuse_other_order(const core::Case& c) const;
  core::Json record_of(const core::Case& c) const;

  PreprocessOptions options_;
  core::fs::path reference_;  // `like` or `header_from`
  std::optional<image::Grid> reference_grid_;
  std::optional<core::InputFile> reference_file_;
};

}  // namespace coopseg::dataset
