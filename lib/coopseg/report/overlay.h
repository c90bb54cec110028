// Pictures of cases: the image with the outlines of reference and prediction.
#pragma once

#include <string>
#include <vector>

#include "coopseg/image/picture.h"
#include "coopseg/report/experiment.h"
#include "coopseg/report/scene.h"

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

// `count` places from 0 to total - 1 at even distances, the first and the last among them; of an odd number the one in
// the middle is total / 2. Fewer where there are fewer.
std::vector<std::size_t> spread(std::size_t total, std::size_t count);

// `count` cases of a method, spread() from the best to the worst by the first metric (1: the median), over all sets and
// trainings; of its first stage. Fewer where there are fewer cases.
std::vector<Choice> choose_cases(const Experiment& experiment, const std::string& method, std::size_t count);

// Another prediction of the case of a choice, with what it is called.
struct OtherOutput {
  std::string title;
  const CaseScores* of = nullptr;
};
// By the stages behind that of `choice`, of the same training.
std::vector<OtherOutput> later_stages(const Experiment& experiment, const Choice& choice);
// By the other methods, in the same stage and with as many labelled cases: by the training of the same seed and fold,
// or the method's first one.
std::vector<OtherOutput> other_methods(const Experiment& experiment, const Choice& choice);

struct Overlay {
  std::string image_png;                  // PNG files
  std::vector<std::string> outline_pngs;  // the image with outlines, one for each prediction
  std::string plane;                      // "axial", "coronal", "sagittal"; empty for a stack of slices
  std::size_t slice = 0, slices = 0;      // from 0, as stored
  std::size_t width = 0, height = 0;      // pixels
  double width_mm = 1, height_mm = 1;
};

// A picture of each view of a scene, its outlines of the reference and of each prediction.
std::vector<Overlay> draw_overlay(const Scene& scene);

// The table as a picture. Columns are the test sets, each with the case that is in the middle of those that all methods
// have scored, by the mean of their values; the same case for each number of labelled cases that all methods have
// learned from. Rows are the image, the reference and what each method's first training says in the first stage,
// classes in colours; volumes in their three planes. Pixels are drawn square. Throws as read_scene(), and
// core::UsageError if no set has a case to draw.
image::Picture draw_table(const Experiment& experiment);

}  // namespace coopseg::report
