// Contrastive losses: InfoNCE (van den Oord et al., 2018) between vectors whose partners a mask names, and the closed
// forms of it that SimCVD (You et al., IEEE TMI 2022) and its relatives compute at every step. Scalars with gradients.
//
//   at::Tensor loss = slice_contrast(student, teacher, /*sampled=*/{}, {/*tau=*/0.5, /*normalise=*/true});
//
// Vectors are taken as they are unless a function says that it normalises: then by their Euclidean norm, of at least
// 1e-12. `tau` is the temperature, above 0.
#pragma once

#include <ATen/core/Tensor.h>

namespace coopseg::training {

// The vectors of dimension `channels`, divided by their Euclidean norm or 1e-12, whichever is greater.
at::Tensor normalised(const at::Tensor& vectors, std::int64_t channels);

// Anchors [n, C], keys [m, C]; positive, valid bool [n, m], the positives among the valid. With s = a . k / tau, of
// each anchor the mean over its positives p of log(sum of the valid keys' exp(s)) - s_p: [n], 0 where it has none.
at::Tensor info_nce_per_anchor(const at::Tensor& anchors, const at::Tensor& keys, const at::Tensor& positive,
                               const at::Tensor& valid, double tau);
// The mean over the anchors that have a positive; 0 if none has. Unlike the losses below it looks at what it is given
// and at no other process.
at::Tensor masked_info_nce(const at::Tensor& anchors, const at::Tensor& keys, const at::Tensor& positive,
                           const at::Tensor& valid, double tau);

// info_nce_per_anchor() where every key is valid, keys are constants and, of each anchor, `partners` [n, C] has the
// mean of its positives: [n]. It needs no masks and never holds all similarities at once, whose matrix can take
// hundreds of megabytes. No gradient reaches keys and partners.
at::Tensor info_nce_of_constants(const at::Tensor& anchors, const at::Tensor& keys, const at::Tensor& partners,
                                 double tau);

// The loss of SimCLR (Chen et al., ICML 2020), NT-Xent: `first` and `second` [N, C], normalised here, are two views of
// N images. Every vector is an anchor, the other view of its image its positive, all others of both views its keys. The
// mean over anchors, float32, or float64 of such vectors; 0 for a single image.
at::Tensor nt_xent(const at::Tensor& first, const at::Tensor& second, double tau);

struct SliceContrast {
  double tau = 0.5;
  bool normalise = true;
};

// SimCVD's equation 2. Student and teacher [volumes, classes, slices, D]; `sampled` bool [volumes, slices], of the
// volumes of all processes, undefined for all. A sampled slice enters with all its classes, and its partner is the same
// slice and class of the other network; the keys are all that is sampled. The mean over anchors of both directions' sum;
// 0 if nothing is sampled. Gradients reach both, so hand in a teacher without.
at::Tensor slice_contrast(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& sampled,
                          const SliceContrast& how);

enum class Reduction { mean, sum };  // over the voxels of a volume

// SimCVD's pairwise distillation: student and teacher [B, C, ...], normalised. A voxel of the student is the anchor,
// the same voxel of the teacher its positive, the voxels of that volume its keys. The mean over volumes; no gradient
// reaches the teacher.
at::Tensor pairwise_distillation(const at::Tensor& student, const at::Tensor& teacher, double tau,
                                 Reduction over_voxels);

}  // namespace coopseg::training
