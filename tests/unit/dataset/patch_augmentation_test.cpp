#include "coopseg/dataset/patch_augmentation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

using ::testing::HasSubstr;

std::string line(const PatchAugmentation& policy) { return core::to_line(to_json(policy)); }

PatchDraw nth_draw(const PatchAugmentation& policy, std::uint64_t n) {
  core::RandomStream random(1, {"test"}, {n});
  return draw_patch(policy, random);
}

TEST(PatchPolicy, NamedOnesDifferByTheirSteps) {
  const auto named = PatchAugmentation::named;
  EXPECT_EQ(line(named("la")), line(PatchAugmentation{}));
  EXPECT_TRUE(named("uamt").quarter_turns);
  EXPECT_EQ(named("uamt").flip, PatchFlip::uamt);
  EXPECT_FALSE(named("none").quarter_turns);
  EXPECT_EQ(named("none").flip, PatchFlip::none);
  EXPECT_EQ(named("mild").flip, PatchFlip::none);
  EXPECT_FALSE(named("mild").quarter_turns);
  for (const std::string& name : patch_augmentation_names()) {
    const PatchAugmentation p = named(name);
    EXPECT_EQ(p.name, name);
    EXPECT_EQ(p.rotation_probability + p.scale_probability + p.gamma_probability + p.contrast_probability +
                      p.brightness_probability > 0,
              name == "mild");
    EXPECT_EQ(p.elastic_probability, 0);
  }
  EXPECT_THROW(named("Mild"), core::UsageError);
}

TEST(PatchPolicy, SymmetriesAreThoseOfLa) {
  PatchAugmentation la = PatchAugmentation::named("la"), mild = PatchAugmentation::named("mild"), upright = la;
  add_symmetries(la);
  EXPECT_EQ(line(la), line(PatchAugmentation::named("la")));
  add_symmetries(mild);
  EXPECT_TRUE(mild.quarter_turns);
  EXPECT_EQ(mild.flip, PatchFlip::independent);
  EXPECT_EQ(mild.flip_axes, "xy");
  EXPECT_EQ(mild.gamma_probability, PatchAugmentation::named("mild").gamma_probability);
  upright.flip_axes = "zx";
  add_symmetries(upright);
  EXPECT_EQ(upright.flip_axes, "xyz") << "what was mirrored besides still is";
  PatchAugmentation uamt = PatchAugmentation::named("uamt");
  EXPECT_THROW(add_symmetries(uamt), core::UsageError);
}

TEST(PatchPolicy, ComesBackFromItsJson) {
  for (const std::string& name : patch_augmentation_names()) {
    PatchAugmentation policy = PatchAugmentation::named(name);
    policy.elastic_amplitude = {2, 4};
    policy.rotation_degrees = {0, 5, 180};
    EXPECT_EQ(line(patch_augmentation_from_json(to_json(policy), "here")), line(policy));
  }
}

TEST(PatchPolicy, ComesFromAFileOfTheNumbersThatDiffer) {
  const test::ScratchFolder folder;
  const auto from = [&](const std::string& text) {
    core::write_file(folder / "mine.json", text, core::Overwrite::yes);
    return parse_patch_augmentation((folder / "mine.json").string());
  };
  PatchAugmentation expected;
  expected.name = "custom";
  EXPECT_EQ(line(from("{}")), line(expected));
  expected.name = "gentle";
  expected.quarter_turns = false;
  expected.flip_axes = "z";
  expected.scale_probability = 0.25;
  EXPECT_EQ(line(from(R"({"name": "gentle", "quarter_turns": false, "flip_axes": "z", "scale_probability": 0.25})")),
            line(expected));
  // What a run folder records of a policy is that policy.
  const PatchAugmentation mild = parse_patch_augmentation("mild");
  EXPECT_EQ(line(mild), line(PatchAugmentation::named("mild")));
  EXPECT_EQ(line(from(core::to_text(to_json(mild)))), line(mild));
  for (const char* bad : {"", "[]", "{", R"({"turns": 3})", R"({"scale": 1})"})
    EXPECT_THROW(from(bad), core::UsageError) << bad;
  try {
    parse_patch_augmentation("wild");
    ADD_FAILURE() << "a policy that there is not was accepted";
  } catch (const core::UsageError& e) {
    EXPECT_THAT(e.what(), HasSubstr("none, la, uamt, mild"));
  }
  EXPECT_THROW(parse_patch_augmentation(folder.path().string()), core::UsageError);
}

TEST(PatchPolicy, RefusesWhatCannotBeFollowed) {
  for (const char* text :
       {"[]", R"({"rotation": 3})", R"({"flip": "always"})", R"({"flip": true})", R"({"flip_axes": "xx"})",
        R"({"flip_axes": "t"})", R"({"flip": "uamt", "flip_axes": "z"})", R"({"quarter_turns": 1})",
        R"({"rotation_degrees": 10})", R"({"rotation_degrees": [10, 10]})", R"({"rotation_degrees": [10, 10, -1]})",
        R"({"rotation_degrees": [10, 10, 181]})", R"({"rotation_probability": 1.5})", R"({"scale": [0, 1]})",
        R"({"scale": [1.1, 0.9]})", R"({"scale": [1, 1e300]})", R"({"elastic_spacing": [1, 5]})",
        R"({"elastic_amplitude": [0, 5]})", R"({"elastic_amplitude": [-1, 1]})", R"({"gamma": [0, 1]})",
        R"({"gamma": ["a", 1]})", R"({"contrast": [-1, 1]})", R"({"brightness": [0, 11]})",
        R"({"brightness_probability": null})", R"({"name": 3})"}) {
    try {
      patch_augmentation_from_json(core::parse_json(text, "test"), "mine.json");
      ADD_FAILURE() << text << " was accepted";
    } catch (const core::DataError& e) {
      EXPECT_THAT(e.what(), HasSubstr("mine.json")) << text;
    }
  }
}

TEST(PatchDraws, KeepToTheirRangesAndFrequencies) {
  PatchAugmentation policy = PatchAugmentation::named("mild");
  policy.quarter_turns = true;
  policy.flip = PatchFlip::independent;
  policy.flip_axes = "xz";
  policy.rotation_degrees = {10, 0, 30};
  constexpr int kDraws = 4000;
  std::array<int, 4> turns{};
  std::array<int, 3> flips{};
  int rotation = 0, gamma = 0;
  double scale = 0, place = 0, degrees_squares = 0;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    const PatchDraw d = nth_draw(policy, i);
    ++turns[d.quarter_turns];
    for (std::size_t a = 0; a < 3; ++a) {
      flips[a] += d.flip[a];
      ASSERT_TRUE(d.place[a] >= 0 && d.place[a] < 1);
    }
    rotation += d.rotation;
    gamma += d.gamma;
    scale += d.scale;
    place += d.place[1];
    degrees_squares += d.rotation_degrees[2] * d.rotation_degrees[2];
    EXPECT_FALSE(d.elastic);
    EXPECT_LE(std::abs(d.rotation_degrees[0]), 10);
    EXPECT_EQ(d.rotation_degrees[1], 0);
    EXPECT_TRUE(d.scale >= 0.9 && d.scale <= 1.1);
    EXPECT_TRUE(d.exponent >= 0.8 && d.exponent <= 1.25);
    EXPECT_TRUE(d.factor >= 0.8 && d.factor <= 1.25);
    EXPECT_LE(std::abs(d.shift), 0.2);
  }
  // Five standard deviations of each.
  for (const int n : turns) EXPECT_NEAR(n, kDraws / 4, 137);
  EXPECT_NEAR(flips[0], kDraws / 2, 159);
  EXPECT_EQ(flips[1], 0);
  EXPECT_NEAR(flips[2], kDraws / 2, 159);
  EXPECT_NEAR(rotation, 0.75 * kDraws, 137);
  EXPECT_NEAR(gamma, kDraws / 2, 159);
  EXPECT_NEAR(scale / kDraws, 1, 0.005);
  EXPECT_NEAR(place / kDraws, 0.5, 0.023);
  EXPECT_NEAR(degrees_squares / kDraws, 300, 22);
}

TEST(PatchDraws, OfUamtAlwaysFlipOnceAlongXOrY) {
  const PatchAugmentation policy = PatchAugmentation::named("uamt");
  int along_x = 0;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const PatchDraw d = nth_draw(policy, i);
    EXPECT_NE(d.flip[0], d.flip[1]);
    EXPECT_FALSE(d.flip[2]);
    EXPECT_FALSE(d.resamples());
    along_x += d.flip[0];
  }
  EXPECT_NEAR(along_x, 500, 79);
}

TEST(PatchDraws, OfOneStepDoNotDependOnAnothersProbability) {
  PatchAugmentation all = PatchAugmentation::named("mild");
  all.elastic_probability = all.rotation_probability = 1;
  all.flip = PatchFlip::independent;
  all.quarter_turns = true;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const PatchDraw a = nth_draw(PatchAugmentation::named("none"), i), b = nth_draw(all, i);
    EXPECT_EQ(a.place, b.place);
    EXPECT_EQ(a.rotation_degrees, b.rotation_degrees);
    EXPECT_EQ(a.scale, b.scale);
    EXPECT_EQ(a.elastic_amplitude, b.elastic_amplitude);
    EXPECT_EQ(a.shift, b.shift);
    EXPECT_EQ(a.quarter_turns, 0u);
    EXPECT_EQ(a.flip, (std::array<bool, 3>{}));
    EXPECT_FALSE(a.resamples() || a.gamma || a.contrast || a.brightness);
  }
}

}  // namespace
}  // namespace coopseg::dataset
