#include "coopseg/inference/mirrored.h"

#include <gmock/gmock.h>

#include <numeric>

#include "coopseg/dataset/augmentation.h"
#include "coopseg/dataset/patch_augmentation.h"

namespace coopseg::inference {
namespace {

using ::testing::ElementsAre;

using Size = std::array<std::size_t, 3>;

TEST(Mirror, ReversesEachBlockAlongEachAxis) {
  const Size size{4, 3, 2};
  std::vector<float> original(2 * 24);
  std::iota(original.begin(), original.end(), 0.0F);
  for (unsigned choice = 0; choice < 8; ++choice) {
    const std::array<bool, 3> along{(choice & 1) != 0, (choice & 2) != 0, (choice & 4) != 0};
    std::vector<float> found = original;
    mirror(found, size, along);
    for (std::size_t n = 0; n < 2; ++n)
      for (std::size_t z = 0; z < 2; ++z)
        for (std::size_t y = 0; y < 3; ++y)
          for (std::size_t x = 0; x < 4; ++x) {
            const std::size_t from_x = along[0] ? 3 - x : x, from_y = along[1] ? 2 - y : y,
                              from_z = along[2] ? 1 - z : z;
            ASSERT_EQ(found[((n * 2 + z) * 3 + y) * 4 + x], original[((n * 2 + from_z) * 3 + from_y) * 4 + from_x])
                << choice;
          }
  }
}

// Says the value itself, and of the first column of each row, wherever that lies, half as much.
class Lopsided : public request::Predictor {
 public:
  std::vector<float> probabilities(const std::vector<dataset::ImagePlane>& slices) override {
    ++shown;
    std::vector<float> out;
    for (const auto& slice : slices)
      for (std::size_t v = 0; v < slice.values.size(); ++v)
        out.push_back(v % slice.columns == 0 ? slice.values[v] / 2 : slice.values[v]);
    return out;
  }
  std::vector<float> windows(const std::vector<float>& values, std::size_t, const Size& size, bool) override {
    ++shown;
    std::vector<float> out = values;
    for (std::size_t v = 0; v < out.size(); v += size[0]) out[v] /= 2;
    return out;
  }
  std::string torch_version() const override { return "1"; }
  request::Precision precision() const override { return request::Precision::fp32; }
  double busy_seconds() const override { return 2; }

  int shown = 0;
};

TEST(MirroredPredictor, AveragesOverAllChoicesOfItsAxes) {
  for (const auto& [axes, times] : {std::pair<const char*, int>{"x", 2}, {"xy", 4}, {"xyz", 8}, {"z", 2}}) {
    auto owned = std::make_unique<Lopsided>();
    const Lopsided& network = *owned;
    MirroredPredictor mirrored(std::move(owned), axes);
    const std::vector<float> found = mirrored.windows(std::vector<float>(2 * 12, 8.0F), 2, {3, 2, 2}, false);
    EXPECT_EQ(network.shown, times) << axes;
    ASSERT_EQ(found.size(), 24u);
    const bool along_x = axes[0] == 'x';
    for (std::size_t v = 0; v < found.size(); v += 3) {
      EXPECT_EQ(found[v], along_x ? 6 : 4) << axes;
      EXPECT_EQ(found[v + 1], 8) << axes;
      EXPECT_EQ(found[v + 2], along_x ? 6 : 8) << axes;
    }
  }
}

TEST(MirroredPredictor, MirrorsSlicesAndTheirMapsBack) {
  MirroredPredictor mirrored(std::make_unique<Lopsided>(), "x");
  dataset::ImagePlane slice(1, 3);
  slice.values = {2, 4, 8};
  EXPECT_THAT(mirrored.probabilities({slice}), ElementsAre((1 + 2) / 2.0F, 4, (8 + 4) / 2.0F));
  EXPECT_EQ(mirrored.busy_seconds(), 2);
}

std::string axes_of(const core::Json& training, bool windows, int dimensions = 3) {
  model::ModelDescription description;
  description.training = training;
  description.input.dimensions = windows ? dimensions : 2;
  if (windows) description.input.window.assign(static_cast<std::size_t>(dimensions), 16);
  return mirrored_axes(description);
}

TEST(MirroredAxes, AreThoseOfTheTrainingsAugmentation) {
  for (const std::string& name : dataset::augmentation_names()) {
    const auto policy = dataset::AugmentationPolicy::named(name, 32);
    EXPECT_EQ(axes_of({{"augmentation", to_json(policy)}}, false), policy.flip_probability > 0 ? "xy" : "") << name;
  }
  auto turned = dataset::AugmentationPolicy::named("none", 32);
  turned.symmetries = true;
  EXPECT_EQ(axes_of({{"augmentation", to_json(turned)}}, false), "xy");
  const auto of_patches = [](const std::string& name) {
    return core::Json{{"augmentation", to_json(dataset::PatchAugmentation::named(name))}};
  };
  EXPECT_EQ(axes_of(of_patches("la"), true), "xy");
  EXPECT_EQ(axes_of(of_patches("uamt"), true), "xy");
  EXPECT_EQ(axes_of(of_patches("mild"), true), "");
  EXPECT_EQ(axes_of(of_patches("none"), true), "");
  core::Json one = of_patches("la");
  one["augmentation"]["flip_axes"] = "zx";
  EXPECT_EQ(axes_of(one, true), "xz");
  EXPECT_EQ(axes_of(one, true, 2), "x") << "slices have no third axis";
}

TEST(MirroredAxes, AreNoneWhereTheFileDoesNotSay) {
  for (const char* training :
       {"null", "[]", "{}", R"({"augmentation":null})", R"({"augmentation":"la"})", R"({"augmentation":{}})",
        R"({"augmentation":{"flip":"independent"}})", R"({"augmentation":{"flip":"independent","flip_axes":7}})",
        R"({"augmentation":{"flip":["uamt"]}})", R"({"augmentation":{"flip":"sometimes","flip_axes":"xy"}})",
        R"({"augmentation":{"flip_probability":"0.5"}})", R"({"augmentation":{"flip_probability":0}})",
        R"({"augmentation":{"flip_probability":0,"symmetries":"all"}})", R"({"augmentation":{"symmetries":false}})",
        R"({"augmentation":{"flip":"independent","flip_axes":"abc"}})"}) {
    EXPECT_EQ(axes_of(core::Json::parse(training), true), "") << training;
    EXPECT_EQ(axes_of(core::Json::parse(training), false), "") << training;
  }
}

}  // namespace
}  // namespace coopseg::inference
