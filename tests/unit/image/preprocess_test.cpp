#include "coopseg/image/preprocess.h"

#include <gmock/gmock.h>

#include <set>

#include "coopseg/core/error.h"
#include "coopseg/image/intensity.h"
#include "support/support.h"

namespace coopseg::image {
namespace {

Image sample() {
  Grid grid;
  grid.size = {20, 16, 3};
  grid.spacing_mm = {1.8, 1.8, 8};
  Image image(grid);
  for (std::size_t v = 0; v < image.voxels.size(); ++v) {
    image.voxels[v] = static_cast<float>(1000 * test::formula_uniform(6, static_cast<std::uint32_t>(v)));
  }
  return image;
}

TEST(Preprocess, DefaultsAreTheReferencesNumbers) {
  EXPECT_EQ(core::to_line(to_json(Preprocessing())),
            R"({"n4":null,"percentiles":[2.0,98.0],"spacing_mm":[1.36719,1.36719],"interpolation":"linear"})");
}

TEST(Preprocess, DescriptionsComeBack) {
  Preprocessing steps;
  steps.n4 = BiasCorrection{2, 5, 40};
  steps.percentiles = {{0.5, 99.5}};
  steps.spacing_mm = {{1.25, 1.5}};
  steps.interpolation = Interpolation::nearest;
  for (const Preprocessing& each : {steps, Preprocessing(), Preprocessing::none()}) {
    EXPECT_EQ(to_json(preprocessing_from_json(to_json(each), "x")), to_json(each));
  }
  EXPECT_EQ(to_json(preprocessing_from_json(core::Json::object(), "x")), to_json(Preprocessing::none()));
}

TEST(Preprocess, RefusesDescriptionsOutOfRange) {
  for (const char* wrong :
       {"[]", "{\"percentiles\":[98,2]}", "{\"percentiles\":[2]}", "{\"percentiles\":\"2,98\"}",
        "{\"spacing_mm\":[0,1]}", "{\"spacing_mm\":1.4}", "{\"interpolation\":\"cubic\"}", "{\"interpolation\":3}",
        "{\"normalise\":true}", "{\"n4\":{\"shrink\":0}}", "{\"n4\":true}", "{\"n4\":{\"power\":1}}"}) {
    EXPECT_THROW(preprocessing_from_json(core::parse_json(wrong, "x"), "model"), core::DataError) << wrong;
  }
}

TEST(Preprocess, NormalisesThenResamples) {
  Image expected = sample();
  normalise_percentiles(expected, 2, 98);
  expected = resample(expected, with_inplane_spacing(expected.grid, {1.36719, 1.36719}), Interpolation::linear);
  const Image found = preprocess(sample(), Preprocessing());
  EXPECT_EQ(found.voxels, expected.voxels);
  EXPECT_EQ(found.grid.size, (std::array<std::size_t, 3>{26, 21, 3}));
  EXPECT_EQ(found.grid.size, preprocessed_grid(sample().grid, Preprocessing()).size);
  EXPECT_EQ(preprocess(sample(), Preprocessing::none()).voxels, sample().voxels);
}

TEST(Preprocess, LabelsAreOnlyResampled) {
  LabelMap labels(sample().grid, 3);
  const LabelMap found = preprocess(labels, Preprocessing());
  EXPECT_EQ(found.grid.size[0], 26u);
  EXPECT_THAT(std::set<std::int32_t>(found.voxels.begin(), found.voxels.end()), testing::IsSubsetOf({0, 3}));
}

}  // namespace
}  // namespace coopseg::image
