// Pictures of cases: the image with the outlines of reference and prediction.
#pragma once

#include <string>
#include <vector>

#include "coopseg/image/picture.h"
#include "coopseg/report/experiment.h"

namespace coopseg::report {

// Of Okabe and Ito's colours the two that stand out most from grey and from each other. The prediction is dashed: lines
// that lie on one another stay apart, also without colours.
constexpr image::Colour kReferenceColour{230, 159, 0}, kPredictionColour{86, 180, 233};

struct Choice {
  std::string what;  // "best", "median", "worst", "rank 14 of 54"
  const ScoredList* list = nullptr;
  const CaseScores* of = nullptr;
  double value = 0;
};

// `count` cases of a method at even distances from the best to the worst by the first metric (1: the median), over all
// sets and trainings; of its first stage. Fewer where there are fewer cases.
std::vector<Choice> choose_cases(const Experiment& experiment, const std::string& method, std::size_t count);

// The same case of the same training in the stages behind that of `choice`, with what the stage is called.
struct LaterStage {
  std::string title;
  const CaseScores* of = nullptr;
};
std::vector<LaterStage> later_stages(const Experiment& experiment, const Choice& choice);

struct Overlay {
  std::string image_png;                  // PNG files
  std::vector<std::string> outline_pngs;  // the image with outlines, one for each prediction
  std::string plane;                      // "axial", "coronal", "sagittal"; empty for a stack of slices
  std::size_t slice = 0, slices = 0;      // from 0, as stored
  std::size_t width = 0, height = 0;      // pixels
  double width_mm = 1, height_mm = 1;
};

// Of a stack of slices one picture: the slice with most of the reference (of the first prediction where that is empty),
// cut to what any side has labelled. Of a volume, whose coarsest spacing is less than twice its finest and which has
// eight voxels or more along each axis, three pictures, axial, coronal and sagittal, each of such a slice, cut to one
// cube around what any side has labelled; seen as radiologists do, by the axes of the patient that are closest to the
// voxels'. All of `cases` have one image and label. Throws core::DataError or core::IoError where a file is missing or
// cannot be read, or grids differ.
std::vector<Overlay> draw_overlay(const std::vector<const CaseScores*>& cases);

// The table as a picture. Columns are the test sets, each with the case that is in the middle of those that all methods
// have scored, by the mean of their values; the same case for each number of labelled cases that all methods have
// learned from. Rows are the image, the reference and what each method's first training says in the first stage,
// classes in colours; volumes in the three planes of draw_overlay(). Pixels are drawn square. Throws as draw_overlay(),
// and core::UsageError if no set has a case to draw.
image::Picture draw_table(const Experiment& experiment);

}  // namespace coopseg::report
