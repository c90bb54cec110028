#include "coopseg/training/tensors.h"

#include <gtest/gtest.h>

#include <numeric>

#include "coopseg/dataset/class_index.h"
#include "coopseg/network/libtorch.h"

namespace coopseg::training {
namespace {

// Two images of which one has labels, two views' noise of the other, distances of three classes: numbers 0, 1, 2, ...
dataset::Batch batch_of(std::array<std::size_t, 3> size) {
  dataset::Batch batch;
  batch.size = size;
  batch.count = 2;
  batch.labelled = 1;
  batch.images.resize(2 * batch.voxels());
  batch.noise.assign(2, std::vector<float>(batch.voxels()));
  batch.labels.resize(batch.voxels());
  batch.distances.resize(3 * batch.voxels());
  batch.cases = {4, 9};
  std::iota(batch.images.begin(), batch.images.end(), 0.0f);
  std::iota(batch.labels.begin(), batch.labels.end(), 0);
  std::iota(batch.distances.begin(), batch.distances.end(), 0.0f);
  for (std::size_t v = 0; v < 2; ++v)
    std::iota(batch.noise[v].begin(), batch.noise[v].end(), 1000.0f * static_cast<float>(v + 1));
  return batch;
}

TEST(ToTensors, HaveVolumesByTheirVoxelAxes) {
  const dataset::Batch batch = batch_of({4, 3, 2});
  const TensorBatch t = to_tensors(batch, "cpu");
  EXPECT_EQ(t.clean.sizes(), (std::vector<std::int64_t>{2, 1, 4, 3, 2}));
  EXPECT_EQ(t.labels.sizes(), (std::vector<std::int64_t>{1, 4, 3, 2}));
  EXPECT_EQ(t.distances.sizes(), (std::vector<std::int64_t>{1, 3, 4, 3, 2}));
  ASSERT_EQ(t.noise.size(), 2u);
  EXPECT_EQ(t.noise[1].sizes(), (std::vector<std::int64_t>{1, 1, 4, 3, 2}));
  EXPECT_EQ(t.cases, batch.cases);
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t j = 0; j < 3; ++j)
      for (std::int64_t k = 0; k < 2; ++k) {
        const std::int64_t n = (k * 3 + j) * 4 + i;
        EXPECT_EQ(t.clean[1][0][i][j][k].item<float>(), static_cast<float>(24 + n));
        EXPECT_EQ(t.labels[0][i][j][k].item<std::int64_t>(), n);
        EXPECT_EQ(t.distances[0][2][i][j][k].item<float>(), static_cast<float>(48 + n));
        EXPECT_EQ(t.noise[1][0][0][i][j][k].item<float>(), static_cast<float>(2000 + n));
      }
}

TEST(ToTensors, HavePseudoLabelsOfTheOtherImages) {
  for (const std::size_t planes : {2, 1}) {
    dataset::Batch batch = batch_of({4, 3, planes});
    batch.pseudo_labels.resize(batch.voxels());
    std::iota(batch.pseudo_labels.begin(), batch.pseudo_labels.end(), 0);
    TensorBatch t = to_tensors(batch, "cpu");
    EXPECT_EQ(t.pseudo_labels.sizes(), t.labels.sizes());
    EXPECT_TRUE(at::equal(t.pseudo_labels, t.labels));
    EXPECT_FALSE(t.pseudo_probabilities.defined() || t.pseudo_counted.defined());
    batch.pseudo_labels[5] = dataset::kIgnoredLabel;
    batch.has_ignored = true;
    t = to_tensors(batch, "cpu");
    EXPECT_EQ(t.pseudo_counted.logical_not().sum().item<std::int64_t>(), 1);
    EXPECT_TRUE(t.counted.all().item<bool>());

    batch.pseudo_labels.clear();
    batch.pseudo_probabilities.assign(3 * batch.voxels(), 0.25F);
    batch.pseudo_probabilities[batch.voxels() + 1] = 0.5F;  // of class 1 in voxel (1, 0, 0)
    for (std::size_t c = 0; c < 3; ++c) batch.pseudo_probabilities[c * batch.voxels() + 2] = 0;
    t = to_tensors(batch, "cpu");
    EXPECT_EQ(t.pseudo_probabilities.sizes(), t.distances.sizes());
    EXPECT_FALSE(t.pseudo_labels.defined());
    const at::Tensor of_class = t.pseudo_probabilities[0][1];
    EXPECT_EQ((planes == 1 ? of_class[0][1] : of_class[1][0][0]).item<float>(), 0.5F);
    EXPECT_EQ(t.pseudo_counted.logical_not().sum().item<std::int64_t>(), 1);
    EXPECT_FALSE((planes == 1 ? t.pseudo_counted[0][0][2] : t.pseudo_counted[0][2][0][0]).item<bool>());
  }
}

TEST(ToTensors, HaveSlicesByRowsAndColumns) {
  const dataset::Batch batch = batch_of({4, 3, 1});
  const TensorBatch t = to_tensors(batch, "cpu");
  EXPECT_EQ(t.clean.sizes(), (std::vector<std::int64_t>{2, 1, 3, 4}));
  EXPECT_EQ(t.labels.sizes(), (std::vector<std::int64_t>{1, 3, 4}));
  EXPECT_EQ(t.distances.sizes(), (std::vector<std::int64_t>{1, 3, 3, 4}));
  EXPECT_EQ(t.noise.at(0).sizes(), (std::vector<std::int64_t>{1, 1, 3, 4}));
  EXPECT_EQ(t.clean[1][0][2][1].item<float>(), 12 + 9);
  EXPECT_EQ(t.labels[0][2][1].item<std::int64_t>(), 9);
  EXPECT_EQ(t.distances[0][1][2][1].item<float>(), 12 + 9);
}

TEST(ToTensors, HaveNothingThatTheBatchHasNot) {
  dataset::Batch batch = batch_of({4, 3, 2});
  batch.noise.clear();
  batch.distances.clear();
  const TensorBatch t = to_tensors(batch, "cpu");
  EXPECT_TRUE(t.noise.empty());
  EXPECT_FALSE(t.distances.defined());
}

TEST(ToTensors, KnowWhichImagesOfTheWholeBatchTheyAre) {
  dataset::Batch batch = batch_of({4, 3, 2});
  EXPECT_EQ(to_tensors(batch, "cpu").rows.whole(2), 2);
  batch.whole.count = 5;
  batch.whole.labelled = 2;
  batch.whole.places = {1, 3};
  const TensorBatch t = to_tensors(batch, "cpu");
  EXPECT_EQ(t.rows.whole(2), 5);
  EXPECT_EQ(t.rows.place(1), 3);
  EXPECT_EQ(t.labelled_rows.whole(1), 2);
  EXPECT_EQ(t.labelled_rows.place(0), 1);
  EXPECT_EQ(t.other_rows.whole(1), 3);
  EXPECT_EQ(t.other_rows.place(0), 1);
}

TEST(ToTensors, HaveRoomForWhatAShareHasNoImageOf) {
  dataset::Batch batch;
  batch.size = {4, 3, 2};
  batch.noise.resize(1);
  batch.whole.count = 4;
  batch.whole.labelled = 2;
  batch.whole.distances = 3;
  batch.whole.pseudo_probabilities = 2;
  const TensorBatch t = to_tensors(batch, "cpu");
  EXPECT_EQ(t.clean.sizes(), (std::vector<std::int64_t>{0, 1, 4, 3, 2}));
  EXPECT_EQ(t.noise.at(0).sizes(), (std::vector<std::int64_t>{0, 1, 4, 3, 2}));
  EXPECT_EQ(t.labels.sizes(), (std::vector<std::int64_t>{0, 4, 3, 2}));
  EXPECT_EQ(t.distances.sizes(), (std::vector<std::int64_t>{0, 3, 4, 3, 2}));
  EXPECT_EQ(t.pseudo_probabilities.sizes(), (std::vector<std::int64_t>{0, 2, 4, 3, 2}));
  EXPECT_FALSE(t.pseudo_labels.defined());
}

}  // namespace
}  // namespace coopseg::training
