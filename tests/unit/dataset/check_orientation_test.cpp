#include "coopseg/dataset/check_orientation.h"

#include <gmock/gmock.h>

#include <cmath>

#include "coopseg/image/orientation.h"

namespace coopseg::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

image::Grid stack() {
  image::Grid grid;
  grid.size = {40, 36, 5};
  grid.spacing_mm = {1.5, 1.5, 8};
  return grid;
}

// The messages, case by case; "" for none.
std::vector<std::string> messages(const std::vector<image::Grid>& grids) {
  std::vector<CaseVerdict> verdicts;
  for (const image::Grid& grid : grids) {
    auto facts = std::make_shared<FileFacts>();
    facts->summary.emplace();
    facts->summary->grid = grid;
    verdicts.push_back({core::Case("p", "p.nii"), {facts, nullptr, nullptr}, {}});
  }
  find_orientations(verdicts);
  std::vector<std::string> found;
  for (const CaseVerdict& verdict : verdicts)
    found.push_back(verdict.findings.empty() ? "" : verdict.findings.front().message());
  return found;
}

TEST(FindOrientations, NamesWhatTurnsAnImage) {
  const image::Grid mirrored = turned(stack(), image::AxisTurn{{0, 1, 2}, {true, false, false}});
  EXPECT_THAT(messages({stack(), mirrored, stack()}),
              ElementsAre("", HasSubstr("(RPS) than 2 images of the list (LPS): networks that learn from the list see "
                                        "it turned or mirrored; cs-preprocess --orient-like p.nii turns it"),
                          ""));
  EXPECT_THAT(messages({stack(), stack()}), ElementsAre("", ""));
  EXPECT_THAT(messages({}), IsEmpty());
}

// No order of the axes makes sagittal slices of axial ones.
TEST(FindOrientations, DoesNotTurnSlicesOfAnotherPlane) {
  image::Grid sagittal = stack();
  sagittal.direction = {0, 0, 1, 1, 0, 0, 0, -1, 0};
  const auto found = messages({stack(), sagittal, stack()});
  EXPECT_THAT(found[1], HasSubstr("its slices lie in another plane; leave it out, or resample it"));
  EXPECT_EQ(found[1].find("--orient-like"), std::string::npos);
}

// Short-axis stacks are oblique: what is called after another axis of the patient may lie close all the same.
TEST(FindOrientations, TurnsObliqueStacksByWhatIsClosest) {
  const double c = std::cos(0.75), s = std::sin(0.75);
  image::Grid oblique = stack(), other = stack();
  oblique.direction = {c, -s, 0, s, c, 0, 0, 0, 1};
  const double d = std::cos(0.85), t = std::sin(0.85);
  other.direction = {-d, t, 0, -t, -d, 0, 0, 0, 1};  // half a turn, and a little
  const auto found = messages({oblique, oblique, other});
  EXPECT_THAT(found[2], HasSubstr("turned or mirrored; cs-preprocess --orient-like p.nii turns it"));
}

// Whether networks are likely to see slices does not hang on the order of the list.
TEST(FindOrientations, JudgesWhatMostImagesAre) {
  image::Grid volume = stack();
  volume.spacing_mm = {1, 1, 1};
  const image::Grid mirrored = turned(stack(), image::AxisTurn{{1, 0, 2}, {}});
  for (const std::size_t place : {0U, 4U}) {
    std::vector<image::Grid> grids{stack(), mirrored, stack(), stack()};
    grids.insert(grids.begin() + static_cast<std::ptrdiff_t>(place), volume);
    const auto found = messages(grids);
    EXPECT_EQ(std::count(found.begin(), found.end(), ""), 4) << place;
  }
}

TEST(FindOrientations, TellsOfHeadersThatDoNotSay) {
  image::Grid nominal = stack();
  nominal.nominal = true;
  EXPECT_THAT(messages({stack(), nominal}), ElementsAre("", HasSubstr("does not say how it lies")));
  EXPECT_THAT(messages({nominal, nominal}), ElementsAre("", ""));
}

}  // namespace
}  // namespace coopseg::dataset
