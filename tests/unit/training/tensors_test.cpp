#include "coopseg/training/tensors.h"

#include <gtest/gtest.h>

#include <numeric>

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

}  // namespace
}  // namespace coopseg::training
