#include "coopseg/dataset/augmentation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/dataset/augmentation_steps.h"
#include "coopseg/dataset/batches.h"
#include "formula_slice.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

AugmentationPolicy policy_of(std::size_t pad, std::size_t crop, const std::string& name = "affine-elastic-intensity") {
  AugmentationPolicy policy = AugmentationPolicy::named(name, crop);
  policy.pad = pad;
  return policy;
}

Slice small_slice(std::size_t rows, std::size_t columns) {
  Slice slice{ImagePlane(rows, columns), LabelPlane(rows, columns)};
  for (std::size_t i = 0; i < slice.image.values.size(); ++i) {
    slice.image.values[i] = static_cast<float>(i + 1);
    slice.label.values[i] = static_cast<std::uint8_t>(i % 4);
  }
  return slice;
}

// --- steps -----------------------------------------------------------------------------------------------------------

TEST(PadTo, GivesTheReferenceNumbers) {
  const Slice padded = pad_to(test::formula_slice(), 46);
  test::expect_image(padded.image, test::kPad);
  test::expect_label(padded.label, test::kPadLabel);
}

TEST(PadTo, FillsEachLineWithItsOwnMinimumRowsFirst) {
  Slice slice{ImagePlane(1, 2), LabelPlane(1, 2)};
  slice.image.values = {5, 3};
  slice.label.values = {2, 1};
  const Slice padded = pad_to(slice, 4);
  const std::vector<float> line{3, 5, 3, 3};  // one of the two new columns comes first
  for (std::size_t r = 0; r < 4; ++r)
    for (std::size_t c = 0; c < 4; ++c) {
      EXPECT_EQ(padded.image.at(r, c), line[c]);
      EXPECT_EQ(padded.label.at(r, c), c == 1 ? 2 : 1);
    }
}

TEST(PadTo, LeavesLongerSidesAsTheyAre) {
  const Slice padded = pad_to(small_slice(9, 3), 6);
  EXPECT_EQ(padded.image.rows, 9u);
  EXPECT_EQ(padded.image.columns, 6u);
  EXPECT_EQ(padded.image.at(4, 2), small_slice(9, 3).image.at(4, 0));
}

TEST(Transform, GivesTheReferenceNumbersOfTheAffineStep) {
  const Slice out = transform(test::formula_slice(), affine_map(10, {0.05 * 43, -0.08 * 37}, {0.9, 1.05}),
                              BilinearLimit::paper);
  test::expect_image(out.image, test::kAffine);
  test::expect_label(out.label, test::kAffineLabel);
}

TEST(Transform, GivesTheReferenceNumbersOfTheRotation) {
  const Slice out = transform(test::formula_slice(), affine_map(135, {0, 0}, {1, 1}), BilinearLimit::paper);
  test::expect_image(out.image, test::kRotate135);
  test::expect_label(out.label, test::kRotate135Label);
}

TEST(Transform, ByTheIdentityLosesTheLastRowAndColumnInPaperModeOnly) {
  const Slice slice = small_slice(5, 7);
  EXPECT_EQ(transform(slice, {}, BilinearLimit::edge).image.values, slice.image.values);
  const Slice paper = transform(slice, {}, BilinearLimit::paper);
  EXPECT_EQ(paper.label.values, slice.label.values);
  for (std::size_t r = 0; r < 5; ++r)
    for (std::size_t c = 0; c < 7; ++c)
      EXPECT_EQ(paper.image.at(r, c), slice.image.at(std::min<std::size_t>(r, 3), std::min<std::size_t>(c, 5)));
}

TEST(Transform, OfASinglePixelOrLineStaysInside) {
  for (const auto limit : {BilinearLimit::paper, BilinearLimit::edge})
    for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{1, 1}, {1, 6}, {6, 1}, {2, 2}}) {
      const Slice slice = small_slice(rows, columns);
      const Slice out = transform(slice, affine_map(33, {4, -9}, {0.8, 1.1}), limit);
      for (const float v : out.image.values) {
        EXPECT_GE(v, 1);
        EXPECT_LE(v, static_cast<float>(rows * columns));
      }
    }
}

TEST(Transform, ZoomBelowOneEnlarges) {
  Slice slice{ImagePlane(41, 41), LabelPlane(41, 41)};
  for (std::size_t r = 15; r < 26; ++r)
    for (std::size_t c = 15; c < 26; ++c) slice.label.at(r, c) = 1;
  const auto area = [](const Slice& s) { return std::count(s.label.values.begin(), s.label.values.end(), 1); };
  EXPECT_GT(area(transform(slice, affine_map(0, {0, 0}, {0.8, 0.8}), BilinearLimit::paper)), area(slice));
  EXPECT_LT(area(transform(slice, affine_map(0, {0, 0}, {1.1, 1.1}), BilinearLimit::paper)), area(slice));
}

TEST(Flips, MirrorImageAndLabelAlike) {
  const Slice slice = small_slice(3, 4);
  Slice lr = slice, ud = slice;
  flip_left_right(lr);
  flip_up_down(ud);
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t c = 0; c < 4; ++c) {
      EXPECT_EQ(lr.image.at(r, c), slice.image.at(r, 3 - c));
      EXPECT_EQ(lr.label.at(r, c), slice.label.at(r, 3 - c));
      EXPECT_EQ(ud.image.at(r, c), slice.image.at(2 - r, c));
      EXPECT_EQ(ud.label.at(r, c), slice.label.at(2 - r, c));
    }
}

TEST(ScaleIntensity, IsClippedToTheRangeBefore) {
  ImagePlane image(1, 4);
  image.values = {0.2f, 0.4f, 0.6f, 1.0f};
  scale_intensity(image, 1.2, -0.1);
  EXPECT_FLOAT_EQ(image.values[0], 0.2f);
  EXPECT_FLOAT_EQ(image.values[1], 0.38f);
  EXPECT_FLOAT_EQ(image.values[2], 0.62f);
  EXPECT_FLOAT_EQ(image.values[3], 1.0f);
}

TEST(PrepareForValidation, GivesTheReferenceNumbers) {
  const Slice out = prepare_for_validation(test::formula_slice(), policy_of(46, 41));
  test::expect_image(out.image, test::kValidate);
  test::expect_label(out.label, test::kValidateLabel);
}

// --- the reference implementation, step by step ----------------------------------------------------------------------

template <class T>
Plane<T> plane(const core::TensorFile& file, const std::string& name) {
  const core::StoredTensor& t = file.at(name, "augment.safetensors");
  EXPECT_EQ(t.dtype, sizeof(T) == 4 ? "F32" : "U8");
  Plane<T> out(static_cast<std::size_t>(t.shape.at(0)), static_cast<std::size_t>(t.shape.at(1)));
  EXPECT_EQ(t.bytes.size(), out.values.size() * sizeof(T));
  std::memcpy(out.values.data(), t.bytes.data(), std::min(t.bytes.size(), out.values.size() * sizeof(T)));
  return out;
}

Field field(const core::TensorFile& file, const std::string& name) {
  const ImagePlane p = plane<float>(file, name);
  Field out(p.rows, p.columns);
  std::copy(p.values.begin(), p.values.end(), out.values.begin());
  return out;
}

template <class A, class B>
double largest_difference(const Plane<A>& a, const Plane<B>& b, std::size_t border = 0) {
  EXPECT_EQ(a.rows, b.rows);
  EXPECT_EQ(a.columns, b.columns);
  if (a.values.size() != b.values.size()) return INFINITY;
  double largest = 0;
  for (std::size_t r = border; r + border < a.rows; ++r)
    for (std::size_t c = border; c + border < a.columns; ++c)
      largest = std::max(largest, std::abs(static_cast<double>(a.at(r, c)) - static_cast<double>(b.at(r, c))));
  return largest;
}

std::size_t pixels_that_differ(const LabelPlane& a, const LabelPlane& b) {
  EXPECT_EQ(a.values.size(), b.values.size());
  std::size_t n = 0;
  for (std::size_t i = 0; i < std::min(a.values.size(), b.values.size()); ++i) n += a.values[i] != b.values[i];
  return n;
}

struct Reference {
  core::TensorFile file;
  core::Json json;
  explicit Reference(const std::filesystem::path& folder)
      : file(core::read_tensor_file(folder / "augment.safetensors")), json(core::read_json(folder / "augment.json")) {}
  Slice slice(const std::string& step) const {
    return {plane<float>(file, step + ".image"), plane<std::uint8_t>(file, step + ".label")};
  }
  Slice input() const { return {plane<float>(file, "image"), plane<std::uint8_t>(file, "label")}; }
  std::size_t pad() const { return json["pad_size"][0]; }
  std::size_t crop() const { return json["crop_size"][0]; }
  AffineMap affine() const {
    const auto& a = json["affine"];
    const double side = static_cast<double>(pad());
    return affine_map(a["rotation_degrees"], {a["shift_rows_fraction"].get<double>() * side,
                                              a["shift_columns_fraction"].get<double>() * side},
                      {a["zoom_rows"], a["zoom_columns"]});
  }
};

constexpr double kTolerance = 1e-5, kElasticTolerance = 1e-4;
constexpr std::size_t kFewPixels = 3;

TEST(AugmentReference, EveryStepGivesTheReferenceNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const Reference reference(folder);
  const auto expect = [&](const Slice& found, const std::string& step, std::size_t label_pixels) {
    const Slice expected = reference.slice(step);
    EXPECT_LE(largest_difference(found.image, expected.image), kTolerance) << step;
    EXPECT_LE(pixels_that_differ(found.label, expected.label), label_pixels) << step;
  };
  expect(pad_to(reference.input(), reference.pad()), "1_pad", 0);

  Slice flipped = reference.slice("1_pad");
  flip_left_right(flipped);
  expect(flipped, "2_flip_h", 0);
  flip_up_down(flipped);
  EXPECT_EQ(flipped.label.values, plane<std::uint8_t>(reference.file, "2_flip_v.label").values);

  Slice bright = reference.slice("2_flip_h");
  scale_intensity(bright.image, reference.json["brightness"]["scale"], reference.json["brightness"]["shift"]);
  expect(bright, "3_brightness", 0);

  const AffineMap map = reference.affine();
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 2; ++j)
      EXPECT_NEAR(map.matrix[2 * i + j], reference.json["affine"]["matrix"][i][j].get<double>(), 1e-6);
    EXPECT_NEAR(map.offset[i], reference.json["affine"]["matrix"][i][2].get<double>(), 1e-6);
  }
  expect(transform(reference.slice("3_brightness"), map, BilinearLimit::paper), "4_affine", kFewPixels);
  expect(transform(reference.slice("4_affine"), affine_map(reference.json["rotate"]["degrees"], {0, 0}, {1, 1}),
                   BilinearLimit::paper),
         "5_rotate", kFewPixels);

  const Rectangle window = centre_rounded_up(reference.pad(), reference.pad(), reference.crop());
  expect(crop(reference.slice("6_elastic"), window), "7_crop", 0);
  Slice scaled = reference.slice("7_crop");
  minmax(scaled.image);
  expect(scaled, "8_normalise", 0);

  AugmentationPolicy policy;
  policy.pad = reference.pad();
  policy.crop = reference.crop();
  expect(prepare_for_validation(reference.input(), policy), "validate", 0);
  const Slice input = reference.input();
  Slice plain{crop_or_pad(input.image, reference.crop()), crop_or_pad(input.label, reference.crop())};
  expect(plain, "original", 0);
  minmax(plain.image);
  expect(plain, "test", 0);
}

TEST(AugmentReference, ElasticStepGivesTheReferenceNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "reference");
  const Reference reference(folder);
  const std::size_t side = reference.pad();
  const Rectangle whole{0, 0, side, side};
  const Displacement shift =
      elastic_displacement(field(reference.file, "elastic/noise_rows"), field(reference.file, "elastic/noise_columns"),
                           reference.json["elastic"]["alpha"], reference.json["elastic"]["sigma"], whole);
  EXPECT_LE(largest_difference(shift.rows, field(reference.file, "elastic/shift_rows")), kTolerance);
  EXPECT_LE(largest_difference(shift.columns, field(reference.file, "elastic/shift_columns")), kTolerance);

  const Slice found = deform(reference.slice("5_rotate"), shift, whole), expected = reference.slice("6_elastic");
  EXPECT_LE(largest_difference(found.image, expected.image, 4), kElasticTolerance);
  EXPECT_LE(pixels_that_differ(found.label, expected.label), kFewPixels);
}

// --- policies and draws ----------------------------------------------------------------------------------------------

TEST(Policy, NamedOnesDifferByTheirSteps) {
  const auto policy = [](const std::string& name) { return AugmentationPolicy::named(name, 192); };
  EXPECT_EQ(policy("affine-elastic-intensity").pad, 224u);
  EXPECT_EQ(core::to_line(to_json(policy("affine-elastic-intensity"))), core::to_line(to_json(AugmentationPolicy{})));
  EXPECT_EQ(policy("affine-elastic").intensity_probability, 0);
  EXPECT_EQ(policy("affine-elastic").elastic_probability, 0.5);
  EXPECT_EQ(policy("affine-intensity").intensity_probability, 0.5);
  EXPECT_EQ(policy("affine-intensity").elastic_probability, 0);
  EXPECT_EQ(policy("affine").rotation_degrees, 15);
  EXPECT_EQ(policy("none").flip_probability, 0);
  EXPECT_EQ(AugmentationPolicy::named("none", 96).pad, 112u);
  EXPECT_THROW(policy("Affine"), core::UsageError);
  EXPECT_THROW(AugmentationPolicy::named("none", 0), core::UsageError);
}

TEST(Policy, ComesBackFromItsJson) {
  AugmentationPolicy policy = AugmentationPolicy::named("affine-elastic", 64);
  policy.zoom = {0.7, 1.3};
  policy.paper_limit = false;
  const core::Json json = to_json(policy);
  EXPECT_EQ(core::to_line(to_json(augmentation_from_json(json, "here"))), core::to_line(json));
}

TEST(Policy, ComesFromAFileOfTheNumbersThatDiffer) {
  const test::ScratchFolder folder;
  const auto from = [&](const std::string& text, std::size_t crop = 96) {
    core::write_file(folder / "mine.json", text, core::Overwrite::yes);
    return parse_augmentation((folder / "mine.json").string(), crop);
  };
  AugmentationPolicy expected = AugmentationPolicy::named("affine-elastic-intensity", 96);
  expected.name = "custom";
  EXPECT_EQ(to_json(from("{}")), to_json(expected));
  expected.zoom = {0.9, 1.2};
  expected.pad = 100;
  expected.name = "gentle";
  EXPECT_EQ(to_json(from(R"({"zoom": [0.9, 1.2], "pad": 100, "name": "gentle"})")), to_json(expected));
  // What a run folder records of a policy is that policy.
  const AugmentationPolicy affine = AugmentationPolicy::named("affine", 64);
  EXPECT_EQ(to_json(from(core::to_text(to_json(affine)), 64)), to_json(affine));
  EXPECT_EQ(to_json(parse_augmentation("affine", 64)), to_json(affine));
  for (const char* bad : {"", "[]", R"({"rotation": 3})", R"({"crop": 64})", R"({"pad": 95})", R"({"zoom": 1})"}) {
    EXPECT_THROW(from(bad), core::UsageError) << bad;
  }
  EXPECT_THROW(parse_augmentation("affin", 64), core::UsageError);
  EXPECT_THROW(parse_augmentation(folder.path().string(), 64), core::UsageError);
}

TEST(Symmetries, AreEightAndMoveImageAndLabelAlike) {
  Slice square{ImagePlane(3, 3), LabelPlane(3, 3)};
  for (std::size_t i = 0; i < 9; ++i) square.label.values[i] = static_cast<std::uint8_t>(i);
  square.image.values.assign(square.label.values.begin(), square.label.values.end());
  std::set<std::vector<float>> found;
  for (unsigned which = 0; which < kSymmetries; ++which) {
    Slice turned = square;
    turn_to_symmetry(turned, which);
    EXPECT_EQ(turned.image.at(1, 1), 4) << "the middle stays";
    EXPECT_EQ(turned.image.at(0, 0) + turned.image.at(2, 2), 8) << "corners stay opposite";
    EXPECT_EQ(turned.image.values, std::vector<float>(turned.label.values.begin(), turned.label.values.end()));
    found.insert(turned.image.values);
    EXPECT_EQ(turned.image.values == square.image.values, which == 0);
  }
  EXPECT_EQ(found.size(), kSymmetries);
}

TEST(Symmetries, StandInAPolicyOnlyWhereTheyAreOn) {
  AugmentationPolicy policy;
  EXPECT_FALSE(to_json(policy).contains("symmetries")) << "what was recorded before they came stays as it was";
  policy.symmetries = true;
  EXPECT_EQ(to_json(augmentation_from_json(to_json(policy), "config.json")), to_json(policy));
  EXPECT_TRUE(augmentation_from_json(to_json(policy), "config.json").symmetries);
}

TEST(Policy, RefusesWhatCannotBeFollowed) {
  const auto refused = [](const char* text) {
    EXPECT_THROW(augmentation_from_json(core::parse_json(text, "test"), "config.json"), core::DataError) << text;
  };
  refused("[]");
  refused(R"({"rotation": 3})");
  refused(R"({"crop": 192, "pad": 100})");
  refused(R"({"crop": -1})");
  refused(R"({"crop": 64.5})");
  refused(R"({"zoom": [0, 1]})");
  refused(R"({"zoom": [1.1, 0.8]})");
  refused(R"({"zoom": [1, 1, 1]})");
  refused(R"({"flip_probability": 1.5})");
  refused(R"({"elastic_sigma": [0, 0.2]})");
  refused(R"({"quarter_rotations": 0})");
  refused(R"({"minmax": "yes"})");
  refused(R"({"symmetries": 8})");
}

TEST(Draws, KeepToTheirRangesAndFrequencies) {
  const AugmentationPolicy policy;
  constexpr int kDraws = 4000;
  int flips = 0, upside = 0, intensity = 0, elastic = 0;
  double rotation = 0, rotation_squares = 0, zoom = 0;
  std::set<double> quarters;
  for (int i = 0; i < kDraws; ++i) {
    core::RandomStream random(1, {"test"}, {static_cast<std::uint64_t>(i)});
    const AugmentationDraw d = draw_augmentation(policy, random);
    flips += d.flip_left_right;
    upside += d.flip_up_down;
    intensity += d.intensity;
    elastic += d.elastic;
    rotation += d.rotation_degrees;
    rotation_squares += d.rotation_degrees * d.rotation_degrees;
    zoom += d.zoom[0];
    quarters.insert(d.quarter_degrees);
    EXPECT_LE(std::abs(d.rotation_degrees), 15);
    for (const double v : d.shift_fraction) EXPECT_LE(std::abs(v), 0.1);
    for (const double v : d.zoom) EXPECT_TRUE(v >= 0.8 && v <= 1.1);
    EXPECT_TRUE(d.intensity_scale >= 0.8 && d.intensity_scale <= 1.2);
    EXPECT_LE(std::abs(d.intensity_shift), 0.1);
    EXPECT_TRUE(d.elastic_alpha >= 1.5 && d.elastic_alpha <= 2);
    EXPECT_TRUE(d.elastic_sigma >= 0.1 && d.elastic_sigma <= 0.2);
  }
  // Five standard deviations of each.
  EXPECT_NEAR(flips, 0.2 * kDraws, 127);
  EXPECT_NEAR(upside, 0.2 * kDraws, 127);
  EXPECT_NEAR(intensity, 0.5 * kDraws, 159);
  EXPECT_NEAR(elastic, 0.5 * kDraws, 159);
  EXPECT_NEAR(rotation / kDraws, 0, 0.69);
  EXPECT_NEAR(rotation_squares / kDraws, 75, 5.4);
  EXPECT_NEAR(zoom / kDraws, 0.95, 0.007);
  EXPECT_EQ(quarters, (std::set<double>{0, 45, 90, 135, 180, 225, 270, 315}));
}

TEST(Augment, GivesCropsInRangeWithLabelsOfTheSliceWhateverItsSize) {
  for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{43, 37}, {90, 20}, {1, 1}, {64, 64}}) {
    Slice slice = small_slice(rows, columns);
    for (auto& v : slice.label.values) v = v == 1 ? 0 : v;
    for (std::uint64_t i = 0; i < 12; ++i) {
      const AugmentationPolicy policy = policy_of(56, 48);
      core::RandomStream random(2, {"test"}, {i});
      AugmentationDraw draw = draw_augmentation(policy, random);
      draw.elastic = i % 2 == 0;
      const Slice out = augment(slice, policy, draw, core::RandomStream(2, {"elastic"}, {i}));
      ASSERT_EQ(out.image.rows, 48u);
      ASSERT_EQ(out.image.columns, 48u);
      ASSERT_EQ(out.label.values.size(), 48u * 48u);
      for (const float v : out.image.values) ASSERT_TRUE(v >= 0 && v <= 1) << rows << " x " << columns;
      for (const std::uint8_t v : out.label.values) ASSERT_TRUE(v == 0 || v == 2 || v == 3);
    }
  }
}

TEST(Augment, WithoutAnyStepIsTheValidationTransform) {
  const Slice slice = test::formula_slice();
  const AugmentationPolicy policy = policy_of(46, 41, "none");
  core::RandomStream random(3, {"test"});
  const Slice out = augment(slice, policy, draw_augmentation(policy, random), random);
  test::expect_image(out.image, test::kValidate);
  test::expect_label(out.label, test::kValidateLabel);
}

TEST(Augment, TakesItsDisplacementsFromTheElasticStreamAlone) {
  const Slice slice = test::formula_slice();
  const AugmentationPolicy policy = policy_of(46, 41);
  core::RandomStream random(4, {"test"});
  AugmentationDraw draw = draw_augmentation(policy, random);
  draw.elastic = true;
  const auto with = [&](std::uint64_t seed) {
    return augment(slice, policy, draw, core::RandomStream(seed, {"elastic"})).image.values;
  };
  EXPECT_EQ(with(1), with(1));
  EXPECT_NE(with(1), with(2));
}

}  // namespace
}  // namespace coopseg::dataset
