#include "coopseg/dataset/patch_cutting.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "formula_volume.h"

namespace coopseg::dataset {
namespace {

using Size = PatchSize;

struct Patch {
  std::vector<float> image;
  std::vector<std::int64_t> labels;
};

Patch cut(const TrainingVolume& volume, const PatchDraw& draw, const Size& size,
          PatchFlip rules = PatchFlip::independent, std::uint64_t elastic = 0) {
  Patch out;
  out.image.assign(size[0] * size[1] * size[2], -1e9f);
  out.labels.assign(out.image.size(), -1);
  cut_patch(volume, statistics_of(volume), rules, draw, core::RandomStream(elastic, {"test"}), size,
            {out.image.data(), out.labels.data()});
  return out;
}

std::size_t at(const Size& size, std::size_t i, std::size_t j, std::size_t k) {
  return (k * size[1] + j) * size[0] + i;
}

// A volume whose voxels are value(i, j, k), with the labels of their whole parts.
TrainingVolume volume_of(const Size& size, const std::function<double(double, double, double)>& value,
                         std::array<double, 3> spacing_mm = {1, 1, 1}) {
  TrainingVolume v = test::formula_volume(0, size, spacing_mm);
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i) {
        const double x = value(static_cast<double>(i), static_cast<double>(j), static_cast<double>(k));
        v.voxels[at(size, i, j, k)] = static_cast<float>(x);
        v.labels[at(size, i, j, k)] = static_cast<std::uint8_t>(std::clamp(x, 0.0, 255.0));
      }
  return v;
}

// A plane of a volume, as a volume of its own.
TrainingVolume plane_of(const TrainingVolume& v, std::size_t k) {
  TrainingVolume out = v;
  const auto pixels = static_cast<std::ptrdiff_t>(v.grid.size[0] * v.grid.size[1]);
  const auto first = static_cast<std::ptrdiff_t>(k) * pixels;
  out.grid.size[2] = 1;
  out.voxels.assign(v.voxels.begin() + first, v.voxels.begin() + first + pixels);
  out.labels.assign(v.labels.begin() + first, v.labels.begin() + first + pixels);
  return out;
}

TEST(CutPatch, OfAPlaneIsThatOfTheImageThatThePlaneIs) {
  const TrainingVolume volume = test::formula_volume(3, {13, 11, 4}, {1.2, 0.9, 8});
  PatchAugmentation policy;
  policy.rotation_probability = policy.scale_probability = policy.elastic_probability = 0.7;
  policy.rotation_degrees = {30, 30, 30};
  policy.flip_axes = "xyz";
  for (const PatchFlip rules : {PatchFlip::independent, PatchFlip::uamt}) {
    policy.flip = rules;
    policy.flip_axes = rules == PatchFlip::uamt ? "xy" : "xyz";
    for (std::uint64_t i = 0; i < 40; ++i) {
      core::RandomStream random(i, {"planes"});
      const std::size_t k = i % 4;
      const PatchDraw draw = draw_patch(policy, random).in_plane(k);
      PatchDraw alone = draw;
      alone.plane = 0;
      // What lies around a volume is its minimum: that of the volume, not of the plane.
      const VolumeStatistics statistics = statistics_of(volume);
      const Size size{8, 9, 1};
      Patch of_volume, of_plane;
      for (Patch* p : {&of_volume, &of_plane}) {
        p->image.resize(72);
        p->labels.resize(72);
      }
      cut_patch(volume, statistics, rules, draw, core::RandomStream(i, {"e"}), size,
                {of_volume.image.data(), of_volume.labels.data()});
      cut_patch(plane_of(volume, k), statistics, rules, alone, core::RandomStream(i, {"e"}), size,
                {of_plane.image.data(), of_plane.labels.data()});
      EXPECT_EQ(of_volume.image, of_plane.image);
      EXPECT_EQ(of_volume.labels, of_plane.labels);
    }
  }
}

// --- copies ----------------------------------------------------------------------------------------------------------

TrainingVolume turned_once(const TrainingVolume& in) {
  const Size from = in.grid.size, to{from[1], from[0], from[2]};
  TrainingVolume out = in;
  out.grid.size = to;
  for (std::size_t k = 0; k < to[2]; ++k)
    for (std::size_t j = 0; j < to[1]; ++j)
      for (std::size_t i = 0; i < to[0]; ++i) {  // numpy.rot90(m)[i, j] = m[j, n - 1 - i]
        const std::size_t source = at(from, j, from[1] - 1 - i, k);
        out.voxels[at(to, i, j, k)] = in.voxels[source];
        out.labels[at(to, i, j, k)] = in.labels[source];
      }
  return out;
}

TrainingVolume flipped(const TrainingVolume& in, std::size_t axis) {
  const Size size = in.grid.size;
  TrainingVolume out = in;
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i) {
        Size p{i, j, k};
        p[axis] = size[axis] - 1 - p[axis];
        out.voxels[at(size, i, j, k)] = in.voxels[at(size, p[0], p[1], p[2])];
        out.labels[at(size, i, j, k)] = in.labels[at(size, p[0], p[1], p[2])];
      }
  return out;
}

// Turned, flipped, padded and cropped, each as a volume of its own.
Patch step_by_step(TrainingVolume v, const PatchDraw& draw, const Size& patch, const Size& before, const Size& start,
                   float padding) {
  for (unsigned turn = 0; turn < draw.quarter_turns; ++turn) v = turned_once(v);
  for (std::size_t a = 0; a < 3; ++a)
    if (draw.flip[a]) v = flipped(v, a);
  Patch out;
  for (std::size_t k = 0; k < patch[2]; ++k)
    for (std::size_t j = 0; j < patch[1]; ++j)
      for (std::size_t i = 0; i < patch[0]; ++i) {
        const Size p{i + start[0], j + start[1], k + start[2]};  // in the padded volume
        bool inside = true;
        for (std::size_t a = 0; a < 3; ++a)
          inside = inside && p[a] >= before[a] && p[a] - before[a] < v.grid.size[a];
        const std::size_t source = at(v.grid.size, p[0] - before[0], p[1] - before[1], p[2] - before[2]);
        out.image.push_back(inside ? v.voxels[source] : padding);
        out.labels.push_back(inside ? v.labels[source] : 0);
      }
  return out;
}

TEST(CutPatch, CopiesWhatTurnsFlipsAndTheCropSay) {
  for (const Size& size : {Size{7, 5, 4}, Size{4, 6, 9}, Size{9, 3, 1}}) {
    const TrainingVolume volume = test::formula_volume(3, size);
    const Size patch{5, 4, 3};
    for (unsigned turns = 0; turns < 4; ++turns)
      for (unsigned flips = 0; flips < 8; ++flips)
        for (const auto rules : {PatchFlip::independent, PatchFlip::uamt})
          for (const double place : {0.0, 0.4, 0.999999}) {
            PatchDraw draw;
            draw.quarter_turns = turns;
            draw.flip = {(flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0};
            draw.place = {place, 1 - place - 1e-6, place};
            const Size seen = turns % 2 == 0 ? size : Size{size[1], size[0], size[2]};
            const PatchPlaces places = patch_places(seen, patch, rules);
            Size start{};
            for (std::size_t a = 0; a < 3; ++a)
              start[a] = static_cast<std::size_t>(draw.place[a] * static_cast<double>(places.starts[a]));
            const Patch expected = step_by_step(volume, draw, patch, places.before, start,
                                                rules == PatchFlip::uamt ? 0.0f : volume.voxels[0]);
            const Patch found = cut(volume, draw, patch, rules);
            ASSERT_EQ(found.image, expected.image) << turns << " turns, flips " << flips;
            ASSERT_EQ(found.labels, expected.labels) << turns << " turns, flips " << flips;
          }
  }
}

// Probabilities of the labels themselves: 1 for each voxel's class of three.
TrainingVolume with_probabilities(TrainingVolume v) {
  v.probabilities.assign(3 * v.voxels.size(), 0);
  for (std::size_t i = 0; i < v.voxels.size(); ++i) v.probabilities[v.labels[i] * v.voxels.size() + i] = 1;
  return v;
}

struct SoftPatch : Patch {
  std::vector<float> probabilities;
};

SoftPatch cut_soft(const TrainingVolume& volume, const PatchDraw& draw, const Size& size, PatchFlip rules,
                   std::uint64_t elastic = 0) {
  SoftPatch out;
  out.image.resize(size[0] * size[1] * size[2]);
  out.labels.resize(out.image.size());
  out.probabilities.assign(3 * out.image.size(), -1);
  cut_patch(volume, statistics_of(volume), rules, draw, core::RandomStream(elastic, {"test"}), size,
            {out.image.data(), out.labels.data(), out.probabilities.data()});
  return out;
}

TEST(CutPatch, CopiesProbabilitiesAsLabels) {
  for (const Size& size : {Size{7, 5, 4}, Size{4, 6, 9}}) {
    const TrainingVolume volume = with_probabilities(test::formula_volume(3, size));
    for (unsigned turns = 0; turns < 4; ++turns)
      for (unsigned flips = 0; flips < 8; ++flips) {
        PatchDraw draw;
        draw.quarter_turns = turns;
        draw.flip = {(flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0};
        draw.place = {0.3, 0.6, 0.9};
        const SoftPatch found = cut_soft(volume, draw, {6, 6, 5}, PatchFlip::independent);
        for (std::size_t v = 0; v < found.labels.size(); ++v)
          for (std::size_t c = 0; c < 3; ++c)
            ASSERT_EQ(found.probabilities[c * found.labels.size() + v], found.labels[v] == std::int64_t(c) ? 1 : 0);
      }
  }
}

// The image is one of the classes' probabilities here, so that both are interpolated alike.
TEST(CutPatch, InterpolatesProbabilitiesAsTheImage) {
  TrainingVolume volume = with_probabilities(test::formula_volume(2, {11, 9, 6}, {1, 1.5, 3}));
  volume.voxels.assign(volume.probabilities.begin() + 594, volume.probabilities.begin() + 2 * 594);
  PatchAugmentation policy;
  policy.rotation_probability = policy.scale_probability = policy.elastic_probability = 0.8;
  bool between = false;
  for (std::uint64_t i = 0; i < 20; ++i) {
    core::RandomStream random(i, {"soft"});
    const SoftPatch found = cut_soft(volume, draw_patch(policy, random), {8, 8, 8}, PatchFlip::uamt, i);
    const std::size_t voxels = found.image.size();
    for (std::size_t v = 0; v < voxels; ++v) {
      ASSERT_NEAR(found.probabilities[voxels + v], found.image[v], 1e-6);
      float sum = 0;
      for (std::size_t c = 0; c < 3; ++c) {
        const float p = found.probabilities[c * voxels + v];
        ASSERT_TRUE(p >= 0 && p <= 1);
        between = between || (p > 0.1F && p < 0.9F);
        sum += p;
      }
      ASSERT_NEAR(sum, 1, 1e-6);
    }
  }
  EXPECT_TRUE(between);
}

TEST(CutPatch, LeavesOutTheLabelsOfWhatHasNone) {
  TrainingVolume volume = test::formula_volume(0, {5, 5, 5});
  PatchDraw draw;
  draw.rotation = true;
  draw.rotation_degrees = {5, 5, 5};
  const Patch labelled = cut(volume, draw, {4, 4, 4});
  volume.labels.clear();
  std::vector<float> image(64);
  cut_patch(volume, statistics_of(volume), PatchFlip::none, draw, core::RandomStream(0, {"test"}), {4, 4, 4},
            {image.data()});
  EXPECT_EQ(image, labelled.image);
}

// --- places ----------------------------------------------------------------------------------------------------------

TEST(PatchPlaces, PadShorterSidesAloneAndAllowEveryPlace) {
  const PatchPlaces places = patch_places({5, 8, 12}, {8, 8, 8}, PatchFlip::independent);
  EXPECT_EQ(places.before, (Size{1, 0, 0}));  // of three voxels the larger half comes behind
  EXPECT_EQ(places.starts, (Size{1, 1, 5}));
}

TEST(PatchPlaces, OfUamtFollowThePublicFormula) {
  for (std::size_t x = 1; x < 20; ++x)
    for (std::size_t y = 1; y < 20; ++y) {
      const Size size{x, y, 13}, patch{10, 8, 7};
      const PatchPlaces places = patch_places(size, patch, PatchFlip::uamt);
      const bool small = x <= 10 || y <= 8;
      for (std::size_t a = 0; a < 3; ++a) {
        const double margin = static_cast<double>(patch[a]) - static_cast<double>(size[a]);
        const double before = small ? std::max(std::floor(margin / 2) + 3, 0.0) : 0;
        EXPECT_EQ(static_cast<double>(places.before[a]), before) << x << " " << y << " axis " << a;
        const double padded = static_cast<double>(size[a]) + 2 * before;
        EXPECT_EQ(static_cast<double>(places.starts[a]), padded - static_cast<double>(patch[a]));
        EXPECT_GE(places.starts[a], 1u);
      }
    }
}

TEST(CutPatch, ReachesEveryPlaceTheLastOneUnlessAsUamt) {
  const TrainingVolume ramp = volume_of({12, 9, 9}, [](double i, double, double) { return i; });
  for (const auto rules : {PatchFlip::independent, PatchFlip::uamt}) {
    std::vector<int> seen(12);
    for (std::uint64_t n = 0; n < 400; ++n) {
      core::RandomStream random(2, {"test"}, {n});
      const PatchDraw draw = draw_patch(PatchAugmentation::named("none"), random);
      ++seen[static_cast<std::size_t>(cut(ramp, draw, {8, 8, 8}, rules).image[0])];
    }
    for (std::size_t start = 0; start < 12; ++start) {
      const bool drawn = start < (rules == PatchFlip::uamt ? 4u : 5u);
      // 80 or 100 of each: five standard deviations are 40 and 43.
      EXPECT_EQ(seen[start] > 0, drawn) << start;
      EXPECT_NEAR(seen[start], !drawn ? 0 : rules == PatchFlip::uamt ? 100 : 80, 43) << start;
    }
  }
}

TEST(CutPatch, SurroundsAVolumeByItsMinimumOrAsUamtByZero) {
  TrainingVolume volume = test::formula_volume(0, {2, 2, 2});
  volume.voxels = {5, 6, 7, 8, -3, 6, 7, 8};
  volume.labels.assign(8, 2);
  for (const bool resampled : {false, true}) {
    PatchDraw draw;
    draw.rotation = resampled;
    const Patch own = cut(volume, draw, {4, 4, 4}, PatchFlip::none);
    EXPECT_EQ(own.image[0], -3);
    EXPECT_EQ(own.labels[0], 0);
    EXPECT_EQ(own.image[at({4, 4, 4}, 1, 1, 1)], 5);
    EXPECT_EQ(own.labels[at({4, 4, 4}, 1, 1, 1)], 2);
    EXPECT_EQ(std::count(own.labels.begin(), own.labels.end(), 2), 8);
    EXPECT_EQ(cut(volume, draw, {4, 4, 4}, PatchFlip::uamt).image[0], 0);
  }
}

// --- resampling ------------------------------------------------------------------------------------------------------

TEST(CutPatch, ResampledByTheIdentityIsTheCopy) {
  const TrainingVolume volume = test::formula_volume(1, {9, 8, 7}, {1, 1.5, 4});
  PatchDraw draw;
  draw.quarter_turns = 3;
  draw.flip = {true, false, true};
  draw.place = {0.5, 0.5, 0.9};
  const Patch copy = cut(volume, draw, {6, 11, 4});
  draw.rotation = draw.scaling = true;
  const Patch resampled = cut(volume, draw, {6, 11, 4});
  EXPECT_EQ(resampled.labels, copy.labels);
  for (std::size_t i = 0; i < copy.image.size(); ++i) EXPECT_NEAR(resampled.image[i], copy.image[i], 0.05);
}

TEST(CutPatch, RotatedByNinetyDegreesIsTheQuarterTurn) {
  const TrainingVolume volume = test::formula_volume(1, {9, 9, 3});
  PatchDraw turned, rotated;
  turned.quarter_turns = 1;
  rotated.rotation = true;
  rotated.rotation_degrees = {0, 0, 90};
  const Patch a = cut(volume, turned, {9, 9, 3}), b = cut(volume, rotated, {9, 9, 3});
  EXPECT_EQ(b.labels, a.labels);
  for (std::size_t i = 0; i < a.image.size(); ++i) EXPECT_NEAR(b.image[i], a.image[i], 0.05);
}

TEST(CutPatch, TurnsInMillimetresAboutEachAxisAndScalesAboutTheMiddle) {
  const std::array<double, 3> spacing{1, 2, 4};
  const Size size{60, 40, 30}, patch{9, 7, 5};
  // Linear in space, so that interpolation is exact: the position along `along`, in mm.
  for (std::size_t along = 0; along < 3; ++along) {
    const TrainingVolume volume = volume_of(
        size, [&](double i, double j, double k) { return std::array<double, 3>{i, 2 * j, 4 * k}[along]; }, spacing);
    for (std::size_t about = 0; about < 3; ++about) {
      PatchDraw draw;
      draw.place = {0.5, 0.5, 0.5};
      const Patch plain = cut(volume, draw, patch);
      draw.rotation = draw.scaling = true;
      draw.rotation_degrees[about] = 20;
      draw.scale = 1.25;
      const Patch found = cut(volume, draw, patch);
      const double middle = plain.image[at(patch, 4, 3, 2)];
      const double c = std::cos(20 * M_PI / 180), s = std::sin(20 * M_PI / 180);
      for (std::size_t k = 0; k < patch[2]; ++k)
        for (std::size_t j = 0; j < patch[1]; ++j)
          for (std::size_t i = 0; i < patch[0]; ++i) {
            const std::array<double, 3> p{static_cast<double>(i) - 4, 2 * (static_cast<double>(j) - 3),
                                          4 * (static_cast<double>(k) - 2)};
            std::array<double, 3> q = p;  // turned back
            const std::size_t a = (about + 1) % 3, b = (about + 2) % 3;
            q[a] = c * p[a] + s * p[b];
            q[b] = c * p[b] - s * p[a];
            ASSERT_NEAR(found.image[at(patch, i, j, k)], middle + q[along] / 1.25, 1e-4)
                << "along " << along << " about " << about;
          }
    }
  }
}

TEST(CutPatch, KeepsImageAndLabelTogetherWhateverIsDrawn) {
  PatchAugmentation policy;
  policy.rotation_probability = policy.scale_probability = policy.elastic_probability = 0.7;
  policy.rotation_degrees = {15, 15, 15};
  policy.flip_axes = "xyz";
  const Size size{40, 36, 44};  // so large that the patch in its middle never leaves it
  for (std::size_t along = 0; along < 3; ++along) {
    const TrainingVolume volume =
        volume_of(size, [&](double i, double j, double k) { return std::array<double, 3>{i, j, k}[along]; });
    for (std::uint64_t n = 0; n < 12; ++n) {
      core::RandomStream random(3, {"test"}, {n});
      PatchDraw draw = draw_patch(policy, random);
      draw.place = {0.5, 0.5, 0.5};
      const Patch found = cut(volume, draw, {16, 14, 12}, PatchFlip::independent, n);
      for (std::size_t i = 0; i < found.image.size(); ++i)
        ASSERT_NEAR(found.image[i], static_cast<double>(found.labels[i]), 0.5 + 1e-4) << n;
    }
  }
}

TEST(CutPatch, BendsSmoothlyWithinTheAmplitudeAndNeverFolds) {
  const Size patch{24, 20, 18};
  const TrainingVolume ramp = volume_of({60, 60, 60}, [](double i, double, double) { return i; });
  PatchDraw draw;
  draw.place = {0.5, 0.5, 0.5};
  const Patch plain = cut(ramp, draw, patch);
  draw.elastic = true;
  draw.elastic_amplitude = 2;
  draw.elastic_spacing = 5;
  double most = 0;
  for (std::uint64_t n = 0; n < 5; ++n) {
    const Patch bent = cut(ramp, draw, patch, PatchFlip::none, n);
    for (std::size_t i = 0; i < bent.image.size(); ++i) {
      const double shift = std::abs(bent.image[i] - plain.image[i]);
      ASSERT_LE(shift, 2 + 1e-5);
      most = std::max(most, shift);
      if (i % patch[0] > 0) {
        ASSERT_GT(bent.image[i], bent.image[i - 1]);
      }
    }
  }
  EXPECT_GT(most, 0.7);
  EXPECT_EQ(cut(ramp, draw, patch, PatchFlip::none, 1).image, cut(ramp, draw, patch, PatchFlip::none, 1).image);
  EXPECT_NE(cut(ramp, draw, patch, PatchFlip::none, 1).image, cut(ramp, draw, patch, PatchFlip::none, 2).image);
}

TEST(CutPatch, StaysFiniteInAbsurdSpacing) {
  for (const std::array<double, 3>& spacing : {std::array<double, 3>{1e-300, 1, 1e300}, {1e-30, 1, 1e30}}) {
    const TrainingVolume volume = test::formula_volume(0, {6, 6, 6}, spacing);
    PatchDraw draw;
    draw.rotation = draw.scaling = draw.elastic = true;
    draw.rotation_degrees = {30, 40, 50};
    draw.scale = 0.1;
    draw.elastic_amplitude = 3;
    draw.elastic_spacing = 8;
    const Patch found = cut(volume, draw, {5, 5, 5});
    for (const float v : found.image) EXPECT_TRUE(v >= 1 && v <= 216);
  }
}

// --- intensity -------------------------------------------------------------------------------------------------------

TEST(CutPatch, ChangesIntensityAboutTheVolumesOwnNumbers) {
  TrainingVolume volume = test::formula_volume(0, {4, 1, 1});
  volume.voxels = {-2, 0, 2, 4};  // mean 1, variance 5
  PatchDraw draw;
  draw.gamma = true;
  draw.exponent = 2;
  const std::vector<float> bent = cut(volume, draw, {4, 1, 1}).image;
  EXPECT_FLOAT_EQ(bent[0], -2);
  EXPECT_FLOAT_EQ(bent[1], -2 + 6.0f / 9);
  EXPECT_FLOAT_EQ(bent[2], -2 + 24.0f / 9);
  EXPECT_FLOAT_EQ(bent[3], 4);
  draw.gamma = false;
  draw.contrast = draw.brightness = true;
  draw.factor = 0.5;
  draw.shift = 0.1;
  const std::vector<float> grey = cut(volume, draw, {4, 1, 1}).image;
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(grey[i], 1 + (volume.voxels[i] - 1) / 2 + 0.1 * std::sqrt(5.0), 1e-6);
  volume.voxels.assign(4, 3);
  draw.gamma = true;
  EXPECT_EQ(cut(volume, draw, {4, 1, 1}).image, volume.voxels);
}

}  // namespace
}  // namespace coopseg::dataset
