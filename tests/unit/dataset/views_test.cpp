#include "coopseg/dataset/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/threads.h"
#include "coopseg/dataset/class_index.h"
#include "formula_volume.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;

constexpr std::size_t kImages = 5;

ViewOptions slices(bool labels, int threads = 1) {
  ViewOptions o;
  o.patch = {8, 6, 1};
  o.images = 3;
  o.labels = labels;
  o.seed = 4;
  o.threads = threads;
  return o;
}

// What is cut and nothing else.
ViewAugmentation nothing() {
  ViewAugmentation p = ViewAugmentation::named("local");
  p.patch.gamma_probability = p.shift_probability = p.noise_probability = 0;
  return p;
}

const float* view_of(const Batch& batch, std::size_t n) { return batch.images.data() + n * batch.voxels(); }

TEST(Views, ComeInPairsOfOneImage) {
  const VolumeSet set = test::formula_volumes(0, kImages, {8, 6, 4});  // as large as the patch
  const ViewBatches batches(set, nothing(), slices(false));
  EXPECT_EQ(batches.images(), kImages * 4);
  EXPECT_EQ(batches.batches_per_epoch(), 6u);  // of 3 images; the incomplete group is dropped
  const Batch batch = batches.make(0, 1);
  EXPECT_EQ(batch.count, 6u);
  EXPECT_EQ(batch.labelled, 0u);
  EXPECT_TRUE(batch.labels.empty());
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(batch.cases[i], batch.cases[i + 3]);
    EXPECT_TRUE(std::equal(view_of(batch, i), view_of(batch, i + 1), view_of(batch, i + 3)));
  }
}

TEST(Views, OfAnEpochShowEachImageOnce) {
  const VolumeSet set = test::formula_volumes(0, kImages, {12, 9, 3});
  const ViewBatches batches(set, nothing(), slices(false));
  for (const std::size_t epoch : {0, 1}) {
    std::set<float> seen;  // the greatest value of a slice's piece tells slices apart by their thousands
    for (std::size_t b = 0; b < batches.batches_per_epoch(); ++b) {
      const Batch batch = batches.make(epoch, b);
      for (std::size_t i = 0; i < 3; ++i) {
        const float last = *std::max_element(view_of(batch, i), view_of(batch, i + 1));
        seen.insert(static_cast<float>(batch.cases[i] * 10) + std::floor((last - 1) / (12 * 9)));
      }
    }
    EXPECT_EQ(seen.size(), kImages * 3);
  }
  EXPECT_NE(batches.make(0, 0).cases, batches.make(1, 0).cases);
}

TEST(Views, DifferInGeometryOnlyWithoutLabels) {
  const VolumeSet set = test::formula_volumes(0, kImages, {12, 9, 4});
  // With labels the crop is common, too.
  ViewAugmentation turning = nothing();
  turning.patch.rotation_probability = turning.patch.elastic_probability = 1;
  turning.patch.rotation_degrees = {0, 0, 180};
  const Batch free = ViewBatches(set, turning, slices(false)).make(0, 0);
  const Batch bound = ViewBatches(set, turning, slices(true)).make(0, 0);
  const std::size_t half = 3 * free.voxels();
  EXPECT_FALSE(std::equal(free.images.begin(), free.images.begin() + static_cast<std::ptrdiff_t>(half),
                          free.images.begin() + static_cast<std::ptrdiff_t>(half)));
  EXPECT_TRUE(std::equal(bound.images.begin(), bound.images.begin() + static_cast<std::ptrdiff_t>(half),
                         bound.images.begin() + static_cast<std::ptrdiff_t>(half)));
  ASSERT_EQ(bound.labelled, 6u);
  EXPECT_TRUE(std::equal(bound.labels.begin(), bound.labels.begin() + static_cast<std::ptrdiff_t>(half),
                         bound.labels.begin() + static_cast<std::ptrdiff_t>(half)));
}

TEST(Views, OfIntensitiesAreShiftedAndNoisyAsThePolicySays) {
  VolumeSet set = test::formula_volumes(0, 1, {32, 32, 64});
  set.volumes[0].voxels.assign(set.volumes[0].voxels.size(), 0.0F);
  ViewAugmentation policy = nothing();
  policy.shift_probability = policy.noise_probability = 0.5;
  ViewOptions how = slices(false);
  how.patch = {32, 32, 1};
  how.images = 64;
  const ViewBatches batches(set, policy, how);
  double sum = 0, squares = 0;
  std::size_t shifted = 0, noisy = 0, views = 0;
  for (std::size_t epoch = 0; epoch < 8; ++epoch) {
    const Batch batch = batches.make(epoch, 0);
    for (std::size_t i = 0; i < batch.count; ++i, ++views) {
      const float* const first = view_of(batch, i);
      double mean = 0, deviation = 0;
      for (std::size_t v = 0; v < batch.voxels(); ++v) mean += first[v] / static_cast<double>(batch.voxels());
      for (std::size_t v = 0; v < batch.voxels(); ++v) deviation += (first[v] - mean) * (first[v] - mean);
      deviation = std::sqrt(deviation / static_cast<double>(batch.voxels()));
      EXPECT_LT(deviation, 0.11);
      noisy += deviation > 1e-5;
      if (std::abs(mean) < 0.02) continue;
      ++shifted;
      sum += mean;
      squares += mean * mean;
    }
  }
  const auto n = static_cast<double>(views);
  EXPECT_NEAR(static_cast<double>(shifted) / n, 0.5, 0.06);
  EXPECT_NEAR(static_cast<double>(noisy) / n, 0.5, 0.06);
  const double mean = sum / static_cast<double>(shifted);
  EXPECT_NEAR(mean, 1, 0.15);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(shifted) - mean * mean), 1, 0.12);
}

TEST(Views, CanBeScaledToTheUnitRangeFirst) {
  const VolumeSet set = test::formula_volumes(0, kImages, {12, 9, 4});
  ViewOptions how = slices(false);
  how.minmax = true;
  const Batch batch = ViewBatches(set, nothing(), how).make(0, 0);
  for (std::size_t i = 0; i < batch.count; ++i) {
    EXPECT_EQ(*std::min_element(view_of(batch, i), view_of(batch, i + 1)), 0);
    EXPECT_EQ(*std::max_element(view_of(batch, i), view_of(batch, i + 1)), 1);
  }
}

TEST(Views, WithLabelsAreOfImagesThatHaveThem) {
  VolumeSet set = test::formula_volumes(0, 2, {12, 9, 4});
  auto& labels = set.volumes[0].labels;
  std::fill(labels.begin(), labels.begin() + 12 * 9, std::uint8_t{0});
  std::fill(labels.begin() + 12 * 9, labels.begin() + 2 * 12 * 9, kIgnoredLabel);
  EXPECT_EQ(ViewBatches(set, nothing(), slices(true)).images(), 6u);
  EXPECT_EQ(ViewBatches(set, nothing(), slices(false)).images(), 8u);
}

TEST(Views, AreTheSameOnAnyThreadsAndInShares) {
  const VolumeSet set = test::formula_volumes(0, kImages, {12, 9, 8});
  const core::ThreadLimit limit(3);
  for (const bool volumes : {false, true}) {
    ViewOptions one = slices(true), three = slices(true, 3);
    if (volumes) one.patch = three.patch = {8, 6, 5};
    const ViewBatches a(set, ViewAugmentation::named("global"), one), b(set, ViewAugmentation::named("global"), three);
    const Batch whole = a.make(2, 0), other = b.make(2, 0);
    EXPECT_EQ(whole.images, other.images);
    EXPECT_EQ(whole.labels, other.labels);
    std::vector<float> first, second;
    for (const std::size_t share : {0, 1}) {
      const Batch part = a.make(2, 0, {share, 2});
      EXPECT_EQ(part.whole.count, whole.count);
      EXPECT_EQ(part.whole.labelled, whole.labelled);
      for (std::size_t n = 0; n < part.count; ++n) {
        const auto begin = [&](const Batch& of, std::size_t image) {
          return of.images.begin() + static_cast<std::ptrdiff_t>(image * of.voxels());
        };
        EXPECT_TRUE(std::equal(begin(part, n), begin(part, n + 1), begin(whole, part.whole.places.at(n))));
      }
      const auto half = static_cast<std::ptrdiff_t>(part.images.size() / 2);
      first.insert(first.end(), part.images.begin(), part.images.begin() + half);
      second.insert(second.end(), part.images.begin() + half, part.images.end());
    }
    first.insert(first.end(), second.begin(), second.end());
    EXPECT_EQ(first, whole.images);
  }
}

TEST(Views, RefuseBatchesThatTheImagesDoNotFill) {
  const VolumeSet set = test::formula_volumes(0, 1, {12, 9, 2});
  EXPECT_THAT([&] { ViewBatches(set, nothing(), slices(true)); },
              ::testing::ThrowsMessage<core::UsageError>(
                  AllOf(HasSubstr("--batch-size"), HasSubstr("takes 3 images"), HasSubstr("2 slices with a label"))));
}

TEST(ViewAugmentation, IsReadFromAFile) {
  const test::ScratchFolder folder;
  std::ofstream(folder / "views.json") << R"({"noise": 0.5, "scale_probability": 1, "name": "mine"})";
  const ViewAugmentation p = parse_view_augmentation((folder / "views.json").string());
  EXPECT_EQ(p.noise, 0.5);
  EXPECT_EQ(p.patch.scale_probability, 1);
  EXPECT_EQ(p.patch.name, "mine");
  EXPECT_EQ(p.shift_mean, ViewAugmentation::named("local").shift_mean);
  std::ofstream(folder / "same.json") << to_json(p).dump();
  EXPECT_EQ(to_json(parse_view_augmentation((folder / "same.json").string())), to_json(p));
}

TEST(ViewAugmentation, RefusesWhatNobodyCanFollow) {
  const test::ScratchFolder folder;
  for (const auto& [text, problem] : {std::pair(R"({"noise": -1})", "noise must be"),
                                      {R"({"shift_deviation": 1e9})", "shift_deviation must be"},
                                      {R"({"shift_probability": 2})", "shift_probability must be"},
                                      {R"({"flip": "uamt"})", "flip must be"},
                                      {R"({"gamma": [0, 1]})", "gamma must be"},
                                      {R"({"nonsense": 1})", "nonsense"}}) {
    const auto file = folder / "views.json";
    std::ofstream(file) << text;
    EXPECT_THAT([&] { parse_view_augmentation(file.string()); },
                ::testing::ThrowsMessage<core::UsageError>(HasSubstr(problem)));
  }
  EXPECT_THROW(ViewAugmentation::named("mild"), core::UsageError);
}

}  // namespace
}  // namespace coopseg::dataset
