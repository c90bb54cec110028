#include "coopseg/dataset/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/core/threads.h"
#include "coopseg/dataset/augmentation_steps.h"
#include "coopseg/dataset/batch_queue.h"
#include "coopseg/image/nifti.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kCrop = 32;

// Volumes of five slices, the first of each empty; every slice's pixel (0, 0) of the middle tells which one it is.
TrainingSet small_set(std::size_t volumes = 3, std::size_t rows = 30, std::size_t columns = 41) {
  TrainingSet set;
  set.classes = {{"LV", 1}, {"MYO", 2}};
  for (std::size_t v = 0; v < volumes; ++v) {
    set.sources.push_back({"case" + std::to_string(v), "", set.slices.size(), 5, {}});
    for (std::size_t k = 0; k < 5; ++k) {
      Slice s{ImagePlane(rows, columns), LabelPlane(rows, columns)};
      for (std::size_t i = 0; i < s.image.values.size(); ++i)
        s.image.values[i] = static_cast<float>(
            test::formula_uniform(static_cast<std::uint32_t>(set.slices.size()), static_cast<std::uint32_t>(i)));
      for (std::size_t r = 0; k > 0 && r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) {
          const double d = std::hypot(static_cast<double>(r) - 15, static_cast<double>(c) - 20);
          s.label.at(r, c) = d < 4 ? 1 : d < 7 ? 2 : 0;
        }
      set.empty_slices += k == 0;
      set.slices.push_back(std::move(s));
    }
  }
  return set;
}

AugmentationPolicy policy() { return AugmentationPolicy::named("affine-elastic-intensity", kCrop); }

BatchOptions options(int threads = 1, std::size_t batch_size = 8) {
  BatchOptions o;
  o.batch_size = batch_size;
  o.threads = threads;
  o.seed = 5;
  return o;
}

void expect_same(const Batch& a, const Batch& b) {
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.images, b.images);
  EXPECT_EQ(a.noise, b.noise);
  EXPECT_EQ(a.labels, b.labels);
}

std::vector<float> image_of(const Batch& batch, std::size_t n) {
  const auto pixels = static_cast<std::ptrdiff_t>(batch.voxels());
  const auto begin = batch.images.begin() + static_cast<std::ptrdiff_t>(n) * pixels;
  return {begin, begin + pixels};
}

Slice slice_of_batch(const Batch& batch, std::size_t n) {
  Slice slice{ImagePlane(batch.size[1], batch.size[0]), LabelPlane(batch.size[1], batch.size[0])};
  slice.image.values = image_of(batch, n);
  for (std::size_t i = 0; i < batch.voxels(); ++i)
    slice.label.values[i] = static_cast<std::uint8_t>(batch.labels[n * batch.voxels() + i]);
  return slice;
}

// Index of the slice whose plain crop is image n of the batch.
std::size_t slice_behind(const TrainingSet& set, const Batch& batch, std::size_t n) {
  const std::vector<float> found = image_of(batch, n);
  for (std::size_t i = 0; i < set.slices.size(); ++i)
    if (crop_or_pad(set.slices[i].image, batch.size[1]).values == found) return i;
  ADD_FAILURE() << "image " << n << " is no slice of the set";
  return 0;
}

TEST(SliceBatches, GivesTheSameBytesWithAnyNumberOfThreads) {
  const core::ThreadLimit four_even_on_fewer_processors(4);
  const TrainingSet set = small_set();
  const SliceBatches one(set, policy(), options(1)), four(set, policy(), options(4));
  for (std::size_t i = 0; i < one.batches_per_epoch(); ++i) expect_same(one.make(1, i), four.make(1, i));
}

TEST(SliceBatches, ResumesAnywhere) {
  const TrainingSet set = small_set();
  const SliceBatches maker(set, policy(), options(2)), single(set, policy(), options(1));
  BatchQueue through(maker), resumed(single);
  ASSERT_EQ(maker.batches_per_epoch(), 4u);
  std::vector<Batch> batches;
  batches.reserve(10);
  for (int i = 0; i < 10; ++i) batches.push_back(through.next());
  expect_same(batches[6], maker.make(1, 2));
  resumed.start(1, 2);
  for (std::size_t i = 6; i < 10; ++i) expect_same(resumed.next(), batches[i]);
  resumed.start(0, 3);
  expect_same(resumed.next(), batches[3]);
  expect_same(resumed.next(), batches[4]);
}

TEST(SliceBatches, GivesTheSameBatchesWithAndWithoutABackground) {
  const TrainingSet set = small_set();
  const SliceBatches maker(set, policy(), options());
  BatchQueue background(maker), direct(maker, /*ahead=*/0);
  for (int i = 0; i < 5; ++i) expect_same(background.next(), direct.next());
}

TEST(SliceBatches, EndsAtOnceWithBatchesUnread) {
  const TrainingSet set = small_set();
  const SliceBatches maker(set, policy(), options(2));
  BatchQueue queue(maker);
  queue.next();
  queue.start(3, 0);
  expect_same(queue.next(), maker.make(3, 0));  // none of what was made before, and the destructor ends, too
}

TEST(SliceBatches, GivesAugmentedSlicesThenTheSameSlicesAsTheyAre) {
  const TrainingSet set = small_set();
  const AugmentationPolicy none = AugmentationPolicy::named("none", kCrop);
  const SliceBatches source(set, none, options());
  const Batch batch = source.make(0, 0);
  ASSERT_EQ(batch.count, 8u);
  for (std::size_t n = 0; n < 4; ++n) {
    const Slice& slice = set.slices[slice_behind(set, batch, 4 + n)];
    const Slice expected = prepare_for_validation(slice, none);
    EXPECT_EQ(image_of(batch, n), expected.image.values);
    const LabelPlane label = crop_or_pad(slice.label, kCrop);
    for (std::size_t i = 0; i < kCrop * kCrop; ++i) {
      ASSERT_EQ(batch.labels[n * kCrop * kCrop + i], expected.label.values[i]);
      ASSERT_EQ(batch.labels[(4 + n) * kCrop * kCrop + i], label.values[i]);
    }
  }
}

TEST(SliceBatches, ComeInPartsThatMakeTheWholeBatch) {
  const TrainingSet set = small_set();
  const SliceBatches maker(set, policy(), options());
  for (std::size_t index = 0; index < maker.batches_per_epoch(); ++index) {
    const Batch whole = maker.make(2, index);
    EXPECT_EQ(whole.labelled, whole.count);
    for (const std::size_t count : {2u, 3u}) {
      Batch joined;
      joined.noise.resize(1);
      for (std::size_t part = 0; part < count; ++part) {
        const Batch share = maker.make(2, index, {part, count});
        EXPECT_EQ(share.whole.count, whole.count);
        EXPECT_EQ(share.whole.labelled, whole.count);
        ASSERT_EQ(share.whole.places.size(), share.count);
        for (std::size_t n = 0; n < share.count; ++n) EXPECT_EQ(share.whole.places[n], joined.count + n);
        joined.count += share.count;
        const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
        append(joined.images, share.images);
        append(joined.labels, share.labels);
        append(joined.noise.front(), share.noise.front());
        append(joined.cases, share.cases);
      }
      EXPECT_EQ(joined.count, whole.count);
      EXPECT_EQ(joined.cases, whole.cases);
      EXPECT_EQ(joined.images, whole.images);
      EXPECT_EQ(joined.labels, whole.labels);
      EXPECT_EQ(joined.noise, whole.noise);
    }
  }
}

TEST(SliceBatches, AreWholeInEveryShareWhereTheLastOnesImagesAreFewerThanTheShares) {
  const TrainingSet set = small_set();
  BatchOptions o = options();
  o.batch_size = 2 * (set.slices.size() - 1);
  const SliceBatches maker(set, policy(), o);
  ASSERT_EQ(maker.batches_per_epoch(), 2u);
  const Batch last = maker.make(0, 1);
  ASSERT_EQ(last.count, 2u);
  for (std::size_t part = 0; part < 3; ++part) {
    const Batch share = maker.make(0, 1, {part, 3});
    EXPECT_EQ(share.images, last.images);
    EXPECT_EQ(share.whole.count, share.count);
    EXPECT_EQ(share.whole.places, (std::vector<std::size_t>{0, 1}));
    EXPECT_LT(maker.make(0, 0, {part, 3}).count, maker.make(0, 0).count);
  }
}

TEST(SliceBatches, SayWhichCaseAnImageIsOf) {
  const TrainingSet set = small_set();
  const SliceBatches maker(set, policy(), options());
  const Batch batch = maker.make(0, 0);
  for (std::size_t n = batch.count / 2; n < batch.count; ++n) {
    const auto& source = set.sources[batch.cases[n]];
    const std::size_t slice = slice_behind(set, batch, n);
    EXPECT_GE(slice, source.first_slice);
    EXPECT_LT(slice, source.first_slice + source.slices);
    EXPECT_EQ(batch.cases[n], batch.cases[n - batch.count / 2]);
  }
}

TEST(SliceBatches, PassesOverEverySliceOncePerEpochInAnotherOrder) {
  const TrainingSet set = small_set();
  BatchOptions o = options();
  o.keep_empty_slices = true;
  const SliceBatches source(set, policy(), o);
  std::vector<std::vector<std::size_t>> orders;
  for (std::size_t epoch = 0; epoch < 2; ++epoch) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < source.batches_per_epoch(); ++i) {
      const Batch batch = source.make(epoch, i);
      EXPECT_EQ(batch.count, i == 3 ? 6u : 8u);
      for (std::size_t n = batch.count / 2; n < batch.count; ++n) order.push_back(slice_behind(set, batch, n));
    }
    EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), set.slices.size());
    EXPECT_EQ(order.size(), set.slices.size());
    orders.push_back(order);
  }
  EXPECT_NE(orders[0], orders[1]);
}

TEST(SliceBatches, PutsALabelledSliceOfTheVolumeInTheEmptyOnesPlace) {
  const TrainingSet set = small_set();
  const SliceBatches source(set, policy(), options());
  std::map<std::size_t, int> seen_per_volume;
  for (std::size_t i = 0; i < source.batches_per_epoch(); ++i) {
    const Batch batch = source.make(0, i);
    for (std::size_t n = batch.count / 2; n < batch.count; ++n) {
      const std::size_t slice = slice_behind(set, batch, n);
      EXPECT_NE(slice % 5, 0u) << "empty slices are not seen";
      ++seen_per_volume[slice / 5];
    }
  }
  EXPECT_EQ(seen_per_volume, (std::map<std::size_t, int>{{0, 5}, {1, 5}, {2, 5}}));
}

TEST(SliceBatches, UsesAVolumeWithoutAnyLabelAsItIs) {
  TrainingSet set = small_set(1);
  for (Slice& s : set.slices) std::fill(s.label.values.begin(), s.label.values.end(), std::uint8_t{0});
  const SliceBatches source(set, policy(), options(1, 10));
  const Batch batch = source.make(0, 0);
  std::set<std::size_t> seen;
  for (std::size_t n = 5; n < 10; ++n) seen.insert(slice_behind(set, batch, n));
  EXPECT_EQ(seen.size(), 5u);
}

TEST(SliceBatches, AugmentsASliceAnewInEveryEpoch) {
  const TrainingSet set = small_set(1);
  const SliceBatches source(set, policy(), options(1, 10));
  std::set<std::vector<float>> first_halves;
  for (std::size_t epoch = 0; epoch < 3; ++epoch) {
    const Batch batch = source.make(epoch, 0);
    for (std::size_t n = 0; n < 5; ++n) first_halves.insert(image_of(batch, n));
  }
  EXPECT_EQ(first_halves.size(), 15u);
}

// The stored orientation is no more likely than any other, also in the half of a batch that is not augmented; but for
// that, each image is the one of a training without symmetries.
TEST(SliceBatches, ShowsAllEightSymmetriesEquallyOften) {
  const TrainingSet set = small_set(1);
  AugmentationPolicy stored = AugmentationPolicy::named("affine-intensity", kCrop), turned = stored;
  turned.symmetries = true;
  const SliceBatches off(set, stored, options()), on(set, turned, options());
  std::array<int, kSymmetries> augmented{}, plain{};
  int ambiguous = 0;
  for (std::size_t epoch = 0; epoch < 100; ++epoch) {
    for (std::size_t index = 0; index < off.batches_per_epoch(); ++index) {
      const Batch as_stored = off.make(epoch, index), found = on.make(epoch, index);
      EXPECT_EQ(found.noise, as_stored.noise);
      for (std::size_t n = 0; n < found.count; ++n) {
        const Slice wanted = slice_of_batch(found, n);
        std::vector<unsigned> equal;
        for (unsigned which = 0; which < kSymmetries; ++which) {
          Slice slice = slice_of_batch(as_stored, n);
          turn_to_symmetry(slice, which);
          if (slice.image.values == wanted.image.values && slice.label.values == wanted.label.values)
            equal.push_back(which);
        }
        ASSERT_FALSE(equal.empty()) << "image " << n << " of batch " << index << " is no symmetry of what it was";
        if (equal.size() > 1) ++ambiguous;
        else ++(n < found.count / 2 ? augmented : plain)[equal.front()];
      }
    }
  }
  EXPECT_EQ(ambiguous, 0);
  for (const auto& counts : {augmented, plain}) {
    const double expected = std::accumulate(counts.begin(), counts.end(), 0) / 8.0;
    double chi_squared = 0;
    for (const int count : counts) chi_squared += (count - expected) * (count - expected) / expected;
    EXPECT_GT(expected, 50);
    EXPECT_LT(chi_squared, 24.3) << "one in a thousand, of seven degrees of freedom";
  }
}

TEST(SliceBatches, GivesStandardNormalNoiseThatIsNeverTheSame) {
  const TrainingSet set = small_set();
  const SliceBatches source(set, policy(), options());
  const Batch a = source.make(0, 0), b = source.make(0, 1), c = source.make(1, 0);
  EXPECT_NE(a.noise, b.noise);
  EXPECT_NE(a.noise, c.noise);
  double sum = 0, squares = 0, neighbours = 0;
  const std::vector<float>&first = a.noise.front(), &second = b.noise.front();
  for (std::size_t i = 0; i < first.size(); ++i) {
    sum += first[i];
    squares += static_cast<double>(first[i]) * first[i];
    neighbours += static_cast<double>(first[i]) * second[i];
  }
  const auto n = static_cast<double>(first.size());  // 8192: five standard deviations of each mean are 0.055
  EXPECT_NEAR(sum / n, 0, 0.055);
  EXPECT_NEAR(squares / n, 1, 0.079);
  EXPECT_NEAR(neighbours / n, 0, 0.055);
}

TEST(SliceBatches, KeepsLabelsAmongTheClassesAndImagesInRange) {
  const TrainingSet set = small_set(3, 25, 70);
  const SliceBatches source(set, policy(), options());
  for (std::size_t epoch = 0; epoch < 4; ++epoch) {
    const Batch batch = source.make(epoch, 0);
    EXPECT_EQ(batch.size[1], kCrop);
    EXPECT_EQ(batch.size[0], kCrop);
    for (const std::int64_t v : batch.labels) ASSERT_TRUE(v >= 0 && v <= 2);
    for (const float v : batch.images) ASSERT_TRUE(v >= 0 && v <= 1);
  }
}

TEST(SliceBatches, RefusesOddBatchesEmptySetsAndPositionsBeyondTheEpoch) {
  const TrainingSet set = small_set(), empty;
  EXPECT_THROW(SliceBatches(set, policy(), options(1, 1)), core::UsageError);
  EXPECT_THROW(SliceBatches(set, policy(), options(1, 7)), core::UsageError);
  EXPECT_THROW(SliceBatches(set, policy(), options(1, 0)), core::UsageError);
  EXPECT_THROW(SliceBatches(empty, policy(), options()), core::UsageError);
  const SliceBatches maker(set, policy(), options());
  EXPECT_THROW(BatchQueue(maker).start(0, 4), core::UsageError);
}

TEST(ValidationSource, HoldsEverySliceInOrder) {
  const TrainingSet set = small_set();
  BatchOptions o = options(2, 7);
  o.keep_empty_slices = true;
  ValidationSource source(&set, policy(), o);
  const std::vector<Batch> batches = source.batches(0);
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_EQ(batches[2].count, 1u);
  for (std::size_t i = 0; i < set.slices.size(); ++i) {
    const Slice expected = prepare_for_validation(set.slices[i], policy());
    EXPECT_EQ(image_of(batches[i / 7], i % 7), expected.image.values);
  }
  for (std::size_t b = 0; b < 3; ++b) expect_same(source.batches(1)[b], batches[b]);
}

TEST(ValidationSource, ReplacesEmptySlicesAnewInEachEpoch) {
  const TrainingSet set = small_set();
  BatchOptions o = options(2, 7);
  o.keep_empty_slices = false;
  ValidationSource source(&set, policy(), o);
  const std::vector<Batch> first = source.batches(0);
  std::int64_t labelled = 0;
  for (std::size_t i = 0; i < kCrop * kCrop; ++i) labelled += first[0].labels[i] != 0;
  EXPECT_GT(labelled, 0) << "the first slice is empty and must have been replaced";
  bool differs = false;
  for (std::size_t epoch = 1; epoch < 20; ++epoch)
    differs = differs || source.batches(epoch)[0].images != first[0].images;
  EXPECT_TRUE(differs);
  o.threads = 1;
  ValidationSource other(&set, policy(), o);
  other.batches(7);
  for (std::size_t b = 0; b < 3; ++b) expect_same(other.batches(0)[b], first[b]);
}

TEST(ValidationSource, IsEmptyWithoutASet) {
  ValidationSource source(nullptr, policy(), options());
  EXPECT_TRUE(source.empty());
  EXPECT_TRUE(source.batches(0).empty());
}

// --- loading ---------------------------------------------------------------------------------------------------------

class LoadTrainingSet : public ::testing::Test {
 protected:
  // A case of 6 x 5 x 3 voxels whose first slice is empty and whose others hold the values.
  core::Case make_case(const std::string& id, const std::vector<std::int32_t>& values, const core::LabelNames& names,
                       double label_spacing = 1.4) {
    image::Grid grid;
    grid.size = {6, 5, 3};
    grid.spacing_mm = {1.4, 1.4, 8};
    image::Image img(grid);
    for (std::size_t i = 0; i < img.voxels.size(); ++i) img.voxels[i] = static_cast<float>(i);
    grid.spacing_mm[0] = label_spacing;
    image::LabelMap labels(grid);
    for (std::size_t i = 30; i < labels.voxels.size() && !values.empty(); ++i)
      labels.voxels[i] = values[i % values.size()];
    image::write_image(folder_ / (id + "_img.nii.gz"), img);
    image::write_labels(folder_ / (id + "_seg.nii.gz"), labels);
    core::Case c(id, folder_ / (id + "_img.nii.gz"));
    c.set_path("label", folder_ / (id + "_seg.nii.gz"));
    if (!names.empty()) c.set_labels("labels", names);
    return c;
  }
  test::ScratchFolder folder_;
};

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const core::DataError& e) {
    return e.what();
  }
  return "nothing was thrown";
}

TEST_F(LoadTrainingSet, TurnsValuesIntoClassesByName) {
  const core::Case a = make_case("a", {0, 1, 3}, {{"RV", 1}, {"MYO", 2}, {"LV", 3}});
  const core::Case b = make_case("b", {0, 1, 3}, {{"LV", 1}, {"MYO", 2}, {"RV", 3}});
  LoadOptions o;
  o.classes = {{"LV", 1}, {"MYO", 2}, {"RV", 3}};
  o.threads = 2;
  const TrainingSet set = load_training_set({a, b}, o);
  ASSERT_EQ(set.slices.size(), 6u);
  EXPECT_EQ(set.empty_slices, 2u);
  EXPECT_EQ(set.classes, o.classes);
  const Slice &in_a = set.slices[1], &in_b = set.slices[4];
  ASSERT_EQ(in_a.image.rows, 5u);
  ASSERT_EQ(in_a.image.columns, 6u);
  EXPECT_EQ(in_a.image.at(2, 1), 30 + 2 * 6 + 1);
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_EQ(in_a.label.values[i], std::vector<int>({0, 3, 1})[i % 3]);
    EXPECT_EQ(in_b.label.values[i], std::vector<int>({0, 1, 3})[i % 3]);
  }
  ASSERT_EQ(set.sources.size(), 2u);
  EXPECT_EQ(set.sources[1].case_name, "b");
  EXPECT_EQ(set.sources[1].first_slice, 3u);
  EXPECT_EQ(set.sources[0].image_sha256, core::sha256_of_file(a.image()));
}

TEST_F(LoadTrainingSet, TakesTheListsNamesOrTheValuesFound) {
  const TrainingSet named = load_training_set({make_case("a", {0, 3, 1}, {{"RV", 1}, {"MYO", 2}, {"LV", 3}})}, {});
  EXPECT_EQ(named.classes, (core::LabelNames{{"RV", 1}, {"MYO", 2}, {"LV", 3}}));
  const TrainingSet values = load_training_set({make_case("b", {0, 70}, {}), make_case("c", {9, 0}, {})}, {});
  EXPECT_EQ(values.classes, (core::LabelNames{{"9", 1}, {"70", 2}}));
  EXPECT_EQ(values.slices[1].label.values[1], 2);
  EXPECT_EQ(values.slices[4].label.values[0], 1);
}

TEST_F(LoadTrainingSet, UsesTheClassesValuesWhereACaseDoesNotName) {
  LoadOptions o;
  o.classes = {{"LV", 170}, {"MYO", 85}};
  const TrainingSet set = load_training_set({make_case("a", {0, 85, 170}, {})}, o);
  EXPECT_EQ(set.classes, (core::LabelNames{{"LV", 1}, {"MYO", 2}}));
  EXPECT_EQ(set.slices[1].label.values[1], 2);
  EXPECT_EQ(set.slices[1].label.values[2], 1);
}

TEST_F(LoadTrainingSet, LeavesOutCasesWithoutLabel) {
  core::Case bare = make_case("a", {1}, {});
  bare.erase("label");
  core::Case unlabelled("a", bare.image());
  EXPECT_EQ(load_training_set({unlabelled, make_case("b", {1, 0}, {})}, {}).sources.size(), 1u);
  EXPECT_THAT(message_of([&] { load_training_set({unlabelled}, {}); }), HasSubstr("has a label"));
}

TEST_F(LoadTrainingSet, NamesTheFileAndWhatIsWrongWithIt) {
  LoadOptions o;
  o.classes = {{"LV", 1}, {"MYO", 2}};
  EXPECT_THAT(message_of([&] { load_training_set({make_case("a", {0, 7}, {})}, o); }),
              AllOf(HasSubstr("a_seg.nii.gz"), HasSubstr("label 7"), HasSubstr("LV, MYO")));
  EXPECT_THAT(message_of([&] { load_training_set({make_case("b", {1}, {}, 1.5)}, o); }),
              AllOf(HasSubstr("b_seg.nii.gz"), HasSubstr("grid differs"), HasSubstr("1.5")));
  EXPECT_THAT(message_of([&] { load_training_set({make_case("c", {1}, {{"LV", 1}})}, o); }),
              AllOf(HasSubstr("c_seg.nii.gz"), HasSubstr("MYO")));
  EXPECT_THAT(message_of([&] { load_training_set({make_case("d", {0}, {})}, {}); }), HasSubstr("empty"));
  EXPECT_THAT(message_of([&] {
                load_training_set({make_case("e", {1}, {{"LV", 1}}), make_case("f", {1}, {{"liver", 1}})}, {});
              }),
              AllOf(HasSubstr("f: "), HasSubstr("liver"), HasSubstr("LV")));
  std::vector<std::int32_t> many(30);
  std::iota(many.begin(), many.end(), 0);
  EXPECT_EQ(load_training_set({make_case("g", many, {})}, {}).classes.size(), 29u);
}

TEST_F(LoadTrainingSet, ThrowsTheFirstFaultOfTheListWhateverTheThreads) {
  LoadOptions o;
  o.classes = {{"LV", 1}};
  o.threads = 4;
  const core::ThreadLimit four_even_on_fewer_processors(4);
  std::vector<core::Case> cases{make_case("good", {1}, {})};
  for (const char* id : {"bad1", "bad2", "bad3"}) cases.push_back(make_case(id, {0, 9}, {}));
  EXPECT_THAT(message_of([&] { load_training_set(cases, o); }), HasSubstr("bad1_seg"));
}

}  // namespace
}  // namespace coopseg::dataset
