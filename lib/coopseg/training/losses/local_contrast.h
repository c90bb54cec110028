// Supervised local contrast (Hu, Zeng, Xu, Shi, MICCAI 2021): features of the same class are drawn together wherever
// they stand, in all views of all images of a batch. A scalar with a gradient.
//
//   LocalContrastLoss found = supervised_local_contrast(features, labels, {/*tau=*/0.1, /*stride=*/4});
//   if (found.has_anchors) found.loss.backward();
//
// It is the supervised contrastive loss of the public code; the paper's printed formula is another. No matrix of all
// similarities is ever held, nor one of a tile: memory grows with the features, time with the square of a tile.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>

namespace coopseg::training {

struct LocalContrast {
  double tau = 0.1;        // above 0
  std::size_t stride = 1;  // of rows, columns and planes: every stride-th is kept
  // Of the kept ones, the side of the tiles that are compared within themselves, all views and images together; 0: one
  // tile that has all. Those at the border are smaller where a side is no multiple.
  std::size_t block = 0;
};

struct LocalContrastLoss {
  at::Tensor loss;  // 0 without anchors, with a graph that gives zeros
  bool has_anchors = false;
};

// Features [images, C, rows, columns] or [images, C, X, Y, Z], of all views, normalised here; labels [images, rows,
// columns] or [images, X, Y, Z], int64. Of each position with a class besides the background, and with others of its
// class in its tile: the mean over those of log(sum of exp(s) over all others in the tile) - s of that one, s being the
// cosine of their features by tau. The mean over the positions of a tile, then over the tiles that have such a
// position. Positions of kIgnoredLabel take no part. Where several processes train together all of them give the same
// features and labels, of the whole batch, and the work is divided. The loss is float32, or float64 of such features.
LocalContrastLoss supervised_local_contrast(const at::Tensor& features, const at::Tensor& labels,
                                            const LocalContrast& how);

// Every stride-th position of axes `first` and behind, beginning with the first: a view.
at::Tensor strided(const at::Tensor& images, std::int64_t first, std::size_t stride);

}  // namespace coopseg::training
