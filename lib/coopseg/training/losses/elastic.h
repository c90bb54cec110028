// The elastic interaction of two contours: each attracts the other from afar, as dislocations in a crystal do (Lan et
// al., MICCAI 2020). Of what a class's probability p and label g differ by, u = rho p - g, it takes the lengths of the
// frequencies k: E = the sum of |k| |F[u](k)|^2 over the voxels' number, F the orthonormal Fourier transform. It is
// zero where p is g and rho 1. Scalars with gradients.
#pragma once

#include <ATen/core/Tensor.h>

namespace coopseg::training {

// E of each class: `difference` [B, C, N1, N2, ...] is transformed along its first `dimensions` axes of space, and the
// mean is taken over the others and the batch: [C]. The energy is one of planes, with 2; 3 give its formula alone.
at::Tensor interaction_energy(const at::Tensor& difference, int dimensions);

// The mean of E over the foreground classes. Logits [B, 1 or classes, X, Y] or, each Z a plane, [B, 1 or classes, X, Y,
// Z]; labels int64 [B, X, Y (, Z)]. Where a label is no class (dataset's mark of voxels that nobody drew) the
// prediction is taken for the truth: u is 0, without gradient.
at::Tensor elastic_energy(const at::Tensor& logits, const at::Tensor& labels, double rho);

}  // namespace coopseg::training
