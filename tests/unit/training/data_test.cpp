#include "coopseg/training/data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coopseg/core/error.h"

namespace coopseg::training {
namespace {

core::Case a_case(const std::string& id, const char* preprocessing = nullptr) {
  core::Case c(id, id + ".nii.gz");
  if (preprocessing) c.set("preprocessing", core::Json::parse(preprocessing));
  return c;
}

TEST(CommonPreprocessing, IsWhatAllCasesSay) {
  const char* text = R"({"spacing_mm":[1.36719,1.36719,0]})";
  const std::vector<core::Case> two{a_case("a", text), a_case("b", text)}, one{a_case("c", text)}, bare{a_case("a")};
  EXPECT_EQ(common_preprocessing({&two, &one}), core::Json::parse(text));
  EXPECT_TRUE(common_preprocessing({&bare}).is_null());
}

TEST(CommonPreprocessing, RefusesCasesThatDifferNamingThem) {
  const auto refused = [](const std::vector<core::Case>& train, const std::vector<core::Case>& validate) {
    try {
      common_preprocessing({&train, &validate});
    } catch (const core::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refused({a_case("first", R"({"n4":true})"), a_case("second", R"({"n4":false})")}, {}),
              testing::AllOf(testing::HasSubstr("first"), testing::HasSubstr("second")));
  EXPECT_THAT(refused({a_case("first", R"({"n4":true})")}, {a_case("other")}),
              testing::AllOf(testing::HasSubstr("other"), testing::HasSubstr("none")));
}

TEST(Describe, HashesImagesAndLabels) {
  dataset::TrainingSet set;
  set.slices.resize(1);
  set.slices[0].image = dataset::ImagePlane(4, 4, 0.5f);
  set.slices[0].label = dataset::LabelPlane(4, 4, 1);
  set.sources = {{"a ED", "0123", 0, 1, {}}};
  const core::Json before = describe(set);
  EXPECT_EQ(before["cases"][0]["image_sha256"], "0123");
  set.slices[0].label.at(1, 1) = 2;
  EXPECT_NE(describe(set)["sha256"], before["sha256"]);
}

}  // namespace
}  // namespace coopseg::training
