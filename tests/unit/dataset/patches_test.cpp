#include "coopseg/dataset/patches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <numeric>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/threads.h"
#include "coopseg/dataset/batch_queue.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/image/distance_map.h"
#include "formula_volume.h"

namespace coopseg::dataset {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::size_t kLabelled = 5, kUnlabelled = 7;

struct Sets {
  VolumeSet labelled = test::formula_volumes(0, kLabelled, {12, 9, 8});
  VolumeSet unlabelled = test::formula_volumes(kLabelled, kUnlabelled, {9, 10, 5});
  Sets() {
    for (TrainingVolume& v : unlabelled.volumes) v.labels.clear();
  }
};

PatchAugmentation everything() {
  PatchAugmentation p;
  p.rotation_probability = p.scale_probability = p.elastic_probability = 0.5;
  p.gamma_probability = p.contrast_probability = p.brightness_probability = 0.5;
  return p;
}

PatchOptions options(int threads = 1) {
  PatchOptions o;
  o.patch = {8, 6, 7};
  o.labelled = 2;
  o.unlabelled = 3;
  o.noise_views = 2;
  o.seed = 4;
  o.threads = threads;
  return o;
}

void expect_same(const Batch& a, const Batch& b) {
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.labelled, b.labelled);
  EXPECT_EQ(a.images, b.images);
  EXPECT_EQ(a.noise, b.noise);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.distances, b.distances);
  EXPECT_EQ(a.pseudo_labels, b.pseudo_labels);
  EXPECT_EQ(a.pseudo_probabilities, b.pseudo_probabilities);
  EXPECT_EQ(a.cases, b.cases);
}

// Every voxel of the formula's volumes says which volume it is of.
std::size_t volume_behind(const Batch& batch, std::size_t n) {
  const auto begin = batch.images.begin() + static_cast<std::ptrdiff_t>(n * batch.voxels());
  return static_cast<std::size_t>(*std::max_element(begin, begin + static_cast<std::ptrdiff_t>(batch.voxels()))) /
         100000;
}

TEST(PatchBatches, HaveTheLabelledVolumesFirst) {
  const Sets sets;
  const PatchBatches maker(sets.labelled, &sets.unlabelled, PatchAugmentation::named("la"), options());
  EXPECT_EQ(maker.batches_per_epoch(), 2u);
  for (std::size_t index = 0; index < 2; ++index) {
    const Batch batch = maker.make(3, index);
    EXPECT_EQ(batch.size, (PatchSize{8, 6, 7}));
    EXPECT_EQ(batch.count, 5u);
    EXPECT_EQ(batch.labelled, 2u);
    EXPECT_EQ(batch.images.size(), 5 * batch.voxels());
    EXPECT_EQ(batch.labels.size(), 2 * batch.voxels());
    ASSERT_EQ(batch.noise.size(), 2u);
    for (const auto& view : batch.noise) EXPECT_EQ(view.size(), 3 * batch.voxels());
    EXPECT_TRUE(batch.distances.empty());
    for (std::size_t n = 0; n < 5; ++n) {
      EXPECT_EQ(batch.cases[n] < kLabelled, n < 2);
      EXPECT_EQ(volume_behind(batch, n), batch.cases[n]);
    }
    for (const std::int64_t label : batch.labels) ASSERT_TRUE(label >= 0 && label <= 2);
  }
}

TEST(PatchBatches, SayWhetherTheyHoldIgnoredLabels) {
  Sets sets;
  TrainingVolume& partly = sets.labelled.volumes[3];
  std::fill(partly.labels.begin() + 1, partly.labels.end(), kIgnoredLabel);
  partly.has_ignored = true;
  const PatchBatches maker(sets.labelled, &sets.unlabelled, everything(), options(2));
  std::set<bool> seen;
  for (std::size_t epoch = 0; epoch < 6; ++epoch)
    for (std::size_t index = 0; index < 2; ++index) {
      const Batch batch = maker.make(epoch, index);
      const bool holds = std::count(batch.labels.begin(), batch.labels.end(), kIgnoredLabel) > 0;
      EXPECT_EQ(batch.has_ignored, holds);
      EXPECT_EQ(batch.has_ignored, batch.cases[0] == 3 || batch.cases[1] == 3);
      seen.insert(holds);
      for (const std::int64_t label : batch.labels) ASSERT_TRUE((label >= 0 && label <= 2) || label == kIgnoredLabel);
    }
  EXPECT_EQ(seen.size(), 2u);
}

// The second set with labels, and with probabilities that say the same: of the background and the two classes.
VolumeSet pseudo_labelled() {
  VolumeSet set = test::formula_volumes(kLabelled, kUnlabelled, {9, 10, 5});
  for (TrainingVolume& v : set.volumes) {
    v.probabilities.assign(3 * v.voxels.size(), 0);
    for (std::size_t i = 0; i < v.voxels.size(); ++i) v.probabilities[v.labels[i] * v.voxels.size() + i] = 1;
  }
  return set;
}

PatchOptions with(OthersHave what, std::size_t planes = 7) {
  PatchOptions o = options(2);
  o.noise_views = 0;
  o.patch[2] = planes;
  o.others_have = what;
  return o;
}

TEST(PatchBatches, MayHavePseudoLabelsOfTheOthers) {
  const Sets sets;
  const VolumeSet pseudo = pseudo_labelled();
  for (const std::size_t planes : {7, 1}) {
    const auto made = [&](OthersHave what) {
      return PatchBatches(sets.labelled, &pseudo, PatchAugmentation::named("la"), with(what, planes)).make(4, 1);
    };
    const Batch none = made(OthersHave::nothing), hard = made(OthersHave::labels),
                soft = made(OthersHave::probabilities);
    EXPECT_TRUE(none.pseudo_labels.empty() && none.pseudo_probabilities.empty());
    // The images and what the labelled ones have do not depend on it.
    for (const Batch* other : {&hard, &soft}) {
      EXPECT_EQ(other->images, none.images);
      EXPECT_EQ(other->labels, none.labels);
      EXPECT_EQ(other->cases, none.cases);
    }
    const std::size_t voxels = hard.voxels();
    ASSERT_EQ(hard.pseudo_labels.size(), 3 * voxels);
    ASSERT_EQ(soft.pseudo_probabilities.size(), 3 * 3 * voxels);
    EXPECT_TRUE(hard.pseudo_probabilities.empty() && soft.pseudo_labels.empty());
    std::set<std::int64_t> seen;
    for (std::size_t n = 0; n < 3; ++n)
      for (std::size_t v = 0; v < voxels; ++v) {
        const std::int64_t label = hard.pseudo_labels[n * voxels + v];
        seen.insert(label);
        for (std::int64_t c = 0; c < 3; ++c)
          ASSERT_EQ(soft.pseudo_probabilities[(n * 3 + static_cast<std::size_t>(c)) * voxels + v], label == c ? 1 : 0);
        // Labels are those of the voxels behind the image's, which say where they are of.
        const auto value = static_cast<std::size_t>(hard.images[(2 + n) * voxels + v]);
        const TrainingVolume& volume = pseudo.volumes[hard.cases[2 + n] - kLabelled];
        const std::size_t place = value % 100000 - 1;
        if (volume.voxels[place] == volume.voxels[0]) continue;  // may lie outside
        ASSERT_EQ(label, volume.labels[place]);
      }
    EXPECT_EQ(seen.size(), 3u);
  }
}

TEST(PatchBatches, LeaveOutWhatIsIgnoredOfPseudoLabels) {
  const Sets sets;
  VolumeSet pseudo = pseudo_labelled();
  for (TrainingVolume& v : pseudo.volumes) {
    v.has_ignored = true;
    for (std::size_t i = 0; i < v.labels.size(); i += 3) v.labels[i] = kIgnoredLabel;
  }
  const Batch hard = PatchBatches(sets.labelled, &pseudo, everything(), with(OthersHave::labels)).make(0, 0);
  const Batch soft = PatchBatches(sets.labelled, &pseudo, everything(), with(OthersHave::probabilities)).make(0, 0);
  EXPECT_TRUE(hard.has_ignored);
  EXPECT_TRUE(soft.has_ignored);
  const std::size_t voxels = hard.voxels();
  for (std::size_t n = 0; n < 3; ++n)
    for (std::size_t v = 0; v < voxels; ++v) {
      float sum = 0;
      for (std::size_t c = 0; c < 3; ++c) sum += soft.pseudo_probabilities[(n * 3 + c) * voxels + v];
      ASSERT_NEAR(sum, hard.pseudo_labels[n * voxels + v] == kIgnoredLabel ? 0 : 1, 1e-6);
    }
}

TEST(PatchBatches, WithPseudoLabelsAreTheSameFromAnyPlaceAndInParts) {
  const core::ThreadLimit two_even_on_one_processor(2);
  const Sets sets;
  const VolumeSet pseudo = pseudo_labelled();
  for (const OthersHave what : {OthersHave::labels, OthersHave::probabilities}) {
    const PatchBatches maker(sets.labelled, &pseudo, everything(), with(what));
    PatchOptions alone = with(what);
    alone.threads = 1;
    const Batch whole = maker.make(1, 1);
    expect_same(PatchBatches(sets.labelled, &pseudo, everything(), alone).make(1, 1), whole);
    std::vector<std::int64_t> labels;
    std::vector<float> probabilities;
    for (std::size_t part = 0; part < 2; ++part) {
      const Batch share = maker.make(1, 1, {part, 2});
      labels.insert(labels.end(), share.pseudo_labels.begin(), share.pseudo_labels.end());
      probabilities.insert(probabilities.end(), share.pseudo_probabilities.begin(), share.pseudo_probabilities.end());
    }
    EXPECT_EQ(labels, whole.pseudo_labels);
    EXPECT_EQ(probabilities, whole.pseudo_probabilities);
  }
}

TEST(PatchBatches, PassOverTheLabelledVolumesOncePerEpochInAnotherOrder) {
  const Sets sets;
  PatchOptions o = options();
  o.labelled = 1;
  const PatchBatches maker(sets.labelled, &sets.unlabelled, PatchAugmentation::named("none"), o);
  ASSERT_EQ(maker.batches_per_epoch(), kLabelled);
  std::set<std::vector<std::uint32_t>> orders;
  for (std::size_t epoch = 0; epoch < 4; ++epoch) {
    std::vector<std::uint32_t> order;
    for (std::size_t i = 0; i < kLabelled; ++i) order.push_back(maker.make(epoch, i).cases[0]);
    EXPECT_EQ(std::set<std::uint32_t>(order.begin(), order.end()).size(), kLabelled);
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 1u);

  // Of five volumes in groups of two each is the one that is dropped at times.
  const PatchBatches pairs(sets.labelled, &sets.unlabelled, PatchAugmentation::named("none"), options());
  std::map<std::uint32_t, int> seen;
  for (std::size_t epoch = 0; epoch < 40; ++epoch) {
    std::set<std::uint32_t> of_epoch;
    for (std::size_t i = 0; i < 2; ++i)
      for (std::size_t n = 0; n < 2; ++n) of_epoch.insert(pairs.make(epoch, i).cases[n]);
    EXPECT_EQ(of_epoch.size(), 4u);
    for (const std::uint32_t c : of_epoch) ++seen[c];
  }
  for (std::uint32_t c = 0; c < kLabelled; ++c) EXPECT_NEAR(seen[c], 32, 13);
}

TEST(PatchBatches, TakeUnlabelledVolumesOfEndlessPermutations) {
  const Sets sets;
  const PatchBatches maker(sets.labelled, &sets.unlabelled, PatchAugmentation::named("none"), options());
  std::vector<std::uint32_t> taken;
  for (std::size_t epoch = 0; epoch < 7; ++epoch)
    for (std::size_t i = 0; i < 2; ++i) {
      const Batch batch = maker.make(epoch, i);
      taken.insert(taken.end(), batch.cases.begin() + 2, batch.cases.end());
    }
  ASSERT_EQ(taken.size(), 6 * kUnlabelled);
  std::set<std::vector<std::uint32_t>> permutations;
  for (auto first = taken.begin(); first != taken.end(); first += kUnlabelled) {
    EXPECT_EQ(std::set<std::uint32_t>(first, first + kUnlabelled).size(), kUnlabelled);
    EXPECT_GE(*std::min_element(first, first + kUnlabelled), kLabelled);
    permutations.emplace(first, first + kUnlabelled);
  }
  EXPECT_EQ(permutations.size(), 6u);
}

TEST(PatchBatches, RepeatFewUnlabelledVolumesWithinABatchInOtherPatches) {
  Sets sets;
  sets.unlabelled.volumes.resize(2);
  PatchOptions o = options();
  o.unlabelled = 4;
  const PatchBatches maker(sets.labelled, &sets.unlabelled, everything(), o);
  const Batch batch = maker.make(0, 0);
  EXPECT_NE(batch.cases[2], batch.cases[3]);
  EXPECT_NE(batch.cases[4], batch.cases[5]);
  std::set<std::vector<float>> images;
  for (std::size_t n = 0; n < batch.count; ++n) {
    const auto begin = batch.images.begin() + static_cast<std::ptrdiff_t>(n * batch.voxels());
    images.emplace(begin, begin + static_cast<std::ptrdiff_t>(batch.voxels()));
  }
  EXPECT_EQ(images.size(), batch.count);
}

TEST(PatchBatches, GiveTheSameBytesWithAnyNumberOfThreadsAndFromAnyPlace) {
  const core::ThreadLimit four_even_on_fewer_processors(4);
  const Sets sets;
  const PatchBatches one(sets.labelled, &sets.unlabelled, everything(), options(1));
  const PatchBatches four(sets.labelled, &sets.unlabelled, everything(), options(4));
  BatchQueue through(one), resumed(four);
  std::vector<Batch> batches;
  batches.reserve(8);
  for (int i = 0; i < 8; ++i) batches.push_back(through.next());
  resumed.start(2, 1);
  for (std::size_t i = 5; i < 8; ++i) expect_same(resumed.next(), batches[i]);
  expect_same(four.make(0, 1), batches[1]);
  EXPECT_NE(batches[0].images, batches[2].images);

  PatchOptions other = options();
  other.seed = 5;
  const PatchBatches reseeded(sets.labelled, &sets.unlabelled, everything(), other);
  EXPECT_NE(reseeded.make(0, 0).images, batches[0].images);
  EXPECT_NE(reseeded.make(0, 0).noise, batches[0].noise);
}

TEST(PatchBatches, ComeInPartsThatMakeTheWholeBatch) {
  const Sets sets;
  PatchOptions o = options();
  o.labelled = 4;
  o.distance_classes = 2;
  const PatchBatches maker(sets.labelled, &sets.unlabelled, everything(), o);
  const Batch whole = maker.make(2, 0);
  const std::size_t voxels = whole.voxels();
  for (const std::size_t count : {2u, 3u, 9u}) {
    Batch joined;  // the labelled images of all parts, then the others
    joined.noise.resize(2);
    for (const bool labelled : {true, false})
      for (std::size_t part = 0; part < count; ++part) {
        const Batch share = maker.make(2, 0, {part, count});
        const std::size_t first = labelled ? 0 : share.labelled, end = labelled ? share.labelled : share.count;
        const auto append = [&](auto& to, const auto& from, std::size_t size) {
          to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(first * size),
                    from.begin() + static_cast<std::ptrdiff_t>(end * size));
        };
        append(joined.images, share.images, voxels);
        append(joined.cases, share.cases, 1);
        if (labelled) {
          append(joined.labels, share.labels, voxels);
          append(joined.distances, share.distances, 2 * voxels);
          for (std::size_t v = 0; v < 2; ++v)
            joined.noise[v].insert(joined.noise[v].end(), share.noise[v].begin(), share.noise[v].end());
        } else {
          EXPECT_EQ(share.labels.size(), share.labelled * voxels);
        }
      }
    EXPECT_EQ(joined.images, whole.images) << count;
    EXPECT_EQ(joined.labels, whole.labels) << count;
    EXPECT_EQ(joined.noise, whole.noise) << count;
    EXPECT_EQ(joined.distances, whole.distances) << count;
    EXPECT_EQ(joined.cases, whole.cases) << count;
  }
}

std::vector<float> image_of(const Batch& batch, std::size_t n) {
  const auto begin = batch.images.begin() + static_cast<std::ptrdiff_t>(n * batch.voxels());
  return {begin, begin + static_cast<std::ptrdiff_t>(batch.voxels())};
}

TEST(PatchBatches, SayInTheirPartsWhichImagesTheseAre) {
  const Sets sets;
  for (const std::size_t streams : {1u, 2u}) {
    PatchOptions o = options();
    o.labelled = 4;
    o.unlabelled = 3;
    o.labelled_streams = streams;
    o.distance_classes = 2;
    const PatchBatches maker(sets.labelled, &sets.unlabelled, everything(), o);
    const Batch whole = maker.make(1, 0);
    for (const std::size_t count : {1u, 2u, 3u, 9u}) {
      std::vector<std::size_t> seen(whole.count, 0);
      for (std::size_t part = 0; part < count; ++part) {
        const Batch share = maker.make(1, 0, {part, count});
        EXPECT_EQ(share.whole.count, 7u);
        EXPECT_EQ(share.whole.labelled, 4u);
        EXPECT_EQ(share.whole.distances, 2u);
        ASSERT_EQ(share.whole.places.size(), share.count);
        EXPECT_TRUE(std::is_sorted(share.whole.places.begin(), share.whole.places.end()));
        for (std::size_t n = 0; n < share.count; ++n) {
          const std::size_t place = share.whole.places[n];
          EXPECT_EQ(place < 4, n < share.labelled);
          EXPECT_EQ(image_of(share, n), image_of(whole, place));
          ++seen[place];
        }
        // Every share of two has its part of each stream.
        if (count == 2 && streams == 2) {
          EXPECT_EQ(share.whole.places[0] < 2, share.whole.places[1] >= 2);
        }
      }
      EXPECT_EQ(seen, std::vector<std::size_t>(whole.count, 1));
    }
  }
}

TEST(PatchBatches, GiveOneImageToEachOfAsManyShares) {
  const Sets sets;
  for (const std::size_t labelled : {1u, 2u, 3u}) {
    PatchOptions o = options();
    o.labelled = labelled;
    o.unlabelled = 4 - labelled;
    const PatchBatches maker(sets.labelled, &sets.unlabelled, everything(), o);
    for (std::size_t part = 0; part < 4; ++part) EXPECT_EQ(maker.make(0, 0, {part, 4}).count, 1u);
  }
}

TEST(PatchBatches, TrainWithLabelsAlone) {
  const Sets sets;
  PatchOptions o = options();
  o.unlabelled = o.noise_views = 0;
  for (const VolumeSet* none : {static_cast<const VolumeSet*>(nullptr), &sets.unlabelled}) {
    const PatchBatches maker(sets.labelled, none, everything(), o);
    const Batch batch = maker.make(1, 1);
    EXPECT_EQ(batch.count, 2u);
    EXPECT_EQ(batch.labelled, 2u);
    EXPECT_TRUE(batch.noise.empty());
    // What the unlabelled ones are has no say in the labelled part.
    const Batch both = PatchBatches(sets.labelled, &sets.unlabelled, everything(), options()).make(1, 1);
    EXPECT_TRUE(std::equal(batch.images.begin(), batch.images.end(), both.images.begin()));
    EXPECT_EQ(batch.labels, both.labels);
  }
}

TEST(PatchBatches, GiveStandardNormalNoiseThatIsNeverTheSame) {
  const Sets sets;
  PatchOptions o = options();
  o.patch = {16, 16, 8};
  const PatchBatches maker(sets.labelled, &sets.unlabelled, everything(), o);
  const Batch a = maker.make(0, 0), b = maker.make(0, 1), c = maker.make(1, 0);
  const std::vector<float>& first = a.noise[0];
  double sum = 0, squares = 0;
  for (const float v : first) {
    sum += v;
    squares += static_cast<double>(v) * v;
  }
  const auto n = static_cast<double>(first.size());  // 6144: five standard deviations are 0.064 and 0.09
  EXPECT_NEAR(sum / n, 0, 0.064);
  EXPECT_NEAR(squares / n, 1, 0.09);
  for (const std::vector<float>* other : {&a.noise[1], &b.noise[0], &c.noise[0]}) {
    const double product = std::inner_product(first.begin(), first.end(), other->begin(), 0.0);
    EXPECT_NEAR(product / n, 0, 0.064);
  }
  // Planes and images have noise of their own.
  std::set<float> starts;
  for (std::size_t i = 0; i < first.size(); i += 256) starts.insert(first[i]);
  EXPECT_EQ(starts.size(), first.size() / 256);
}

TEST(PatchBatches, RefuseWhatGivesNoBatch) {
  const Sets sets;
  const VolumeSet none;
  const auto message = [&](const std::function<void(PatchOptions&)>& change, const VolumeSet* unlabelled) {
    PatchOptions o = options();
    change(o);
    try {
      const PatchBatches maker(sets.labelled, unlabelled, everything(), o);
    } catch (const core::UsageError& e) {
      return std::string(e.what());
    }
    return std::string("nothing was thrown");
  };
  const VolumeSet* pool = &sets.unlabelled;
  EXPECT_THAT(message([](PatchOptions& o) { o.labelled = 6; }, pool),
              AllOf(HasSubstr("6 labelled"), HasSubstr("has 5")));
  EXPECT_THAT(message([](PatchOptions& o) { o.labelled = 0; }, pool), HasSubstr("0 labelled"));
  EXPECT_THAT(message([](PatchOptions& o) { o.patch[1] = 0; }, pool), HasSubstr("8 x 0 x 7"));
  EXPECT_THAT(message([](PatchOptions& o) { o.patch[2] = SIZE_MAX; }, pool), HasSubstr("1 to 4096"));
  EXPECT_THAT(message([](PatchOptions& o) { o.patch = {4096, 4096, 4096}; }, pool), HasSubstr("too large"));
  EXPECT_THAT(message([](PatchOptions& o) { o.unlabelled = SIZE_MAX; }, pool), HasSubstr("at most 4096"));
  EXPECT_THAT(message([](PatchOptions& o) { o.noise_views = SIZE_MAX; }, pool), HasSubstr("noise views"));
  EXPECT_THAT(message([](PatchOptions& o) { o.distance_classes = 256; }, pool), HasSubstr("at most 255"));
  EXPECT_THAT(message([](PatchOptions& o) { o.labelled_streams = 0; }, pool), HasSubstr("1 or 2"));
  EXPECT_THAT(message([](PatchOptions& o) { o.labelled_streams = 3; }, pool), HasSubstr("1 or 2"));
  EXPECT_THAT(message([](PatchOptions& o) { o.labelled = 3, o.labelled_streams = 2; }, pool), HasSubstr("even number"));
  EXPECT_THAT(message([](PatchOptions& o) { o.labelled = 6, o.labelled_streams = 2; }, pool),
              AllOf(HasSubstr("takes 3 labelled volumes"), HasSubstr("first half of the 5 labelled subjects has 2")));
  EXPECT_THAT(message([](PatchOptions& o) { o.patch[2] = 1, o.labelled = 41; }, pool),
              AllOf(HasSubstr("41 labelled slices"), HasSubstr("has 40")));
  EXPECT_THAT(message([](PatchOptions&) {}, nullptr), HasSubstr("there are none"));
  EXPECT_THAT(message([](PatchOptions&) {}, &none), HasSubstr("there are none"));
}

TEST(PatchBatches, MeasureTheDistancesOfEachClassOfThePatchAsItIs) {
  const Sets sets;
  PatchOptions o = options();
  o.distance_classes = 3;  // no voxel is of the third
  const PatchBatches maker(sets.labelled, &sets.unlabelled, everything(), o);
  const Batch batch = maker.make(1, 0);
  const std::size_t voxels = batch.voxels();
  ASSERT_EQ(batch.distances.size(), 2 * 3 * voxels);
  for (std::size_t n = 0; n < 2; ++n) {
    const auto first = batch.labels.begin() + static_cast<std::ptrdiff_t>(n * voxels);
    const std::vector<std::uint8_t> labels(first, first + static_cast<std::ptrdiff_t>(voxels));
    for (std::size_t c = 0; c < 3; ++c) {
      std::vector<float> map(voxels, -5);
      image::signed_distance_map(labels.data(), batch.size, {1, 1, 1}, static_cast<std::uint8_t>(c + 1),
                                 image::DistanceScale::crop, map.data());
      const auto found = batch.distances.begin() + static_cast<std::ptrdiff_t>((n * 3 + c) * voxels);
      EXPECT_TRUE(std::equal(map.begin(), map.end(), found)) << n << " " << c;
      EXPECT_EQ(*std::max_element(map.begin(), map.end()), c < 2 ? 1.0f : 0.0f);
    }
  }
  // Nothing else of the batch depends on whether they are measured.
  const Batch without = PatchBatches(sets.labelled, &sets.unlabelled, everything(), options()).make(1, 0);
  EXPECT_EQ(batch.images, without.images);
  EXPECT_EQ(batch.noise, without.noise);
}

TEST(PatchBatches, TakeEachHalfOfTheLabelledImagesOfItsOwnSubjects) {
  Sets sets;  // subjects a b a c d: a and b make the first stream, with volumes 0, 1 and 2
  const char* subjects[] = {"a", "b", "a", "c", "d"};
  for (std::size_t i = 0; i < kLabelled; ++i) sets.labelled.volumes[i].subject = subjects[i];
  PatchOptions o = options();
  o.labelled_streams = 2;
  const PatchBatches maker(sets.labelled, &sets.unlabelled, everything(), o);
  ASSERT_EQ(maker.batches_per_epoch(), 2u);  // the second stream has two volumes
  std::set<std::vector<std::uint32_t>> orders;
  std::set<std::uint32_t> seen;
  for (std::size_t epoch = 0; epoch < 12; ++epoch) {
    const Batch one = maker.make(epoch, 0), two = maker.make(epoch, 1);
    EXPECT_LT(one.cases[0], 3u);
    EXPECT_LT(two.cases[0], 3u);
    EXPECT_NE(one.cases[0], two.cases[0]);
    EXPECT_EQ((std::set<std::uint32_t>{one.cases[1], two.cases[1]}), (std::set<std::uint32_t>{3, 4}));
    for (std::size_t n = 0; n < one.count; ++n) EXPECT_EQ(volume_behind(one, n), one.cases[n]);
    orders.insert({one.cases[0], two.cases[0], one.cases[1]});
    seen.insert({one.cases[0], two.cases[0]});
  }
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_GT(orders.size(), 4u);  // of 12: the streams are permuted each for itself
}

// Where in its volume a patch's first voxel lies, by the formula's values.
PatchSize first_voxel(const Batch& batch, std::size_t n, const PatchSize& volume) {
  const std::size_t index = static_cast<std::size_t>(batch.images[n * batch.voxels()]) % 100000 - 1;
  return {index % volume[0], index / volume[0] % volume[1], index / volume[0] / volume[1]};
}

TEST(PatchBatches, CutAllUnlabelledPatchesInOnePlaceIfAsked) {
  const Sets sets;
  PatchOptions o = options();
  o.patch = {4, 4, 3};
  std::set<PatchSize> places;
  for (const bool common : {false, true}) {
    o.common_place = common;
    const PatchBatches maker(sets.labelled, &sets.unlabelled, PatchAugmentation::named("la"), o);
    int same = 0;
    for (std::size_t epoch = 0; epoch < 10; ++epoch) {
      const Batch batch = maker.make(epoch, 0);
      std::set<std::vector<float>> contents;  // without what tells the volumes apart
      for (std::size_t n = 2; n < 5; ++n) {
        const auto begin = batch.images.begin() + static_cast<std::ptrdiff_t>(n * batch.voxels());
        std::vector<float> content(begin, begin + static_cast<std::ptrdiff_t>(batch.voxels()));
        for (float& v : content) v = std::fmod(v, 100000.0f);
        contents.insert(content);
      }
      same += contents.size() == 1;
      if (common) places.insert(first_voxel(batch, 2, {9, 10, 5}));
    }
    EXPECT_EQ(same, common ? 10 : 0);
  }
  EXPECT_GT(places.size(), 5u);
  o.common_place = false;
  const PatchBatches apart(sets.labelled, &sets.unlabelled, PatchAugmentation::named("la"), o);
  o.common_place = true;
  const PatchBatches together(sets.labelled, &sets.unlabelled, PatchAugmentation::named("la"), o);
  EXPECT_EQ(apart.make(3, 1).labels, together.make(3, 1).labels);
}

TEST(PatchBatches, OfOnePlanePassOverTheSlices) {
  const Sets sets;
  PatchOptions o = options();
  o.patch = {8, 6, 1};
  o.labelled = 4;
  o.distance_classes = 2;
  const PatchBatches maker(sets.labelled, &sets.unlabelled, PatchAugmentation::named("la"), o);
  ASSERT_EQ(maker.batches_per_epoch(), kLabelled * 8 / 4);
  std::set<std::pair<std::uint32_t, std::size_t>> labelled;
  std::vector<std::pair<std::uint32_t, std::size_t>> others;
  for (std::size_t i = 0; i < maker.batches_per_epoch(); ++i) {
    const Batch batch = maker.make(0, i);
    EXPECT_EQ(batch.size, (PatchSize{8, 6, 1}));
    EXPECT_EQ(batch.distances.size(), 4 * 2 * batch.voxels());
    EXPECT_EQ(batch.noise.at(1).size(), 3 * batch.voxels());
    for (std::size_t n = 0; n < batch.count; ++n) {
      EXPECT_EQ(volume_behind(batch, n), batch.cases[n]);
      const PatchSize volume = n < 4 ? PatchSize{12, 9, 8} : PatchSize{9, 10, 5};
      // The minimum may lie around a turned slice: its middle never does.
      const std::size_t index =
          static_cast<std::size_t>(batch.images[n * batch.voxels() + 3 * 8 + 4]) % 100000 - 1;
      const std::pair source(batch.cases[n], index / volume[0] / volume[1]);
      if (n < 4) EXPECT_TRUE(labelled.insert(source).second);
      else others.push_back(source);
    }
  }
  EXPECT_EQ(labelled.size(), kLabelled * 8);
  const std::set<std::pair<std::uint32_t, std::size_t>> different(others.begin(), others.end());
  EXPECT_EQ(different.size(), others.size());  // 30 of 35 slices, each once
}

// Each slice has one value of its own: no other value may come out of it, but that of what lies around the volume.
TEST(PatchBatches, OfOnePlaneNeverMixSlices) {
  Sets sets;
  for (VolumeSet* set : {&sets.labelled, &sets.unlabelled})
    for (TrainingVolume& v : set->volumes) {
      v.grid.spacing_mm = {1, 1, 8};
      const std::size_t pixels = v.grid.size[0] * v.grid.size[1];
      for (std::size_t i = 0; i < v.voxels.size(); ++i) v.voxels[i] = static_cast<float>(10 + i / pixels);
    }
  PatchAugmentation strong;
  strong.rotation_degrees = {40, 40, 40};
  strong.rotation_probability = strong.scale_probability = strong.elastic_probability = 1;
  strong.scale = {0.5, 2};
  strong.flip_axes = "xyz";
  PatchOptions o = options();
  o.patch = {8, 8, 1};
  std::set<float> slices;
  for (const PatchFlip flip : {PatchFlip::independent, PatchFlip::uamt}) {
    strong.flip = flip;
    const float outside = flip == PatchFlip::uamt ? 0.0f : 10.0f;
    const PatchBatches maker(sets.labelled, &sets.unlabelled, strong, o);
    for (std::size_t i = 0; i < 12; ++i) {
      const Batch batch = maker.make(0, i);
      for (std::size_t n = 0; n < batch.count; ++n) {
        const auto begin = batch.images.begin() + static_cast<std::ptrdiff_t>(n * batch.voxels());
        const float own = begin[4 * 8 + 4];
        EXPECT_NEAR(own, std::round(own), 1e-5);
        slices.insert(std::round(own));
        for (auto v = begin; v != begin + static_cast<std::ptrdiff_t>(batch.voxels()); ++v)
          // Between a slice and what lies around it in the plane there is a mixture.
          ASSERT_TRUE(*v >= std::min(own, outside) - 1e-5f && *v <= std::max(own, outside) + 1e-5f) << *v;
      }
    }
  }
  EXPECT_EQ(slices.size(), 8u);
}

// Volumes that are smaller than the patch on some sides, in three scales of intensity, with labels in the middle.
TEST(PatchBatches, OfRealVolumesHoldTheirLabels) {
  const char* data = std::getenv("COOPSEG_DATA_DIR");
  const std::filesystem::path folder = data ? std::filesystem::path(data) / "hippocampus" : "";
  if (folder.empty() || !std::filesystem::exists(folder)) GTEST_SKIP() << "no hippocampus data; set COOPSEG_DATA_DIR";
  const VolumeSet labelled = load_labelled_volumes(core::read_cases((folder / "labelled.jsonl").string()), {{}, 2});
  const VolumeSet pool = load_unlabelled_volumes(core::read_cases((folder / "unlabelled.jsonl").string()), 2);
  EXPECT_EQ(labelled.classes, (core::LabelNames{{"anterior", 1}, {"posterior", 2}}));
  EXPECT_EQ(pool.volumes.size(), 48u);
  PatchOptions o;
  o.patch = {32, 48, 32};
  o.unlabelled = 2;
  const PatchBatches maker(labelled, &pool, PatchAugmentation::named("mild"), o);
  for (std::size_t i = 0; i < maker.batches_per_epoch(); ++i) {
    const Batch batch = maker.make(0, i);
    for (std::size_t n = 0; n < batch.labelled; ++n)
      for (const std::int64_t index : {1, 2}) {
        const auto begin = batch.labels.begin() + static_cast<std::ptrdiff_t>(n * batch.voxels());
        // Each class has 1000 to 2500 voxels, and the crop takes little of them.
        EXPECT_GT(std::count(begin, begin + static_cast<std::ptrdiff_t>(batch.voxels()), index), 300);
      }
    for (const float v : batch.images) ASSERT_TRUE(std::isfinite(v));
  }
}

}  // namespace
}  // namespace coopseg::dataset
