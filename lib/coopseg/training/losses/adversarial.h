// What Duo-SegNet (Peiris et al., MICCAI 2021) sums: two segmentation networks, each with labelled images of its own,
// that agree on unlabelled ones, and a critic (network/critic.h) that tells label maps from predictions. With logits
// p1, p2 of labelled images, u1, u2 of unlabelled ones and D the critic of their probabilities,
//
//   networks: sum over i of (cross_entropy(p_i, y_i) + plain_dice_loss(p_i, y_i)) / 2
//             + 0.4 * cross_agreement(u1, u2)
//             + 0.2 * sum over i of origin_loss(D(u_i) by a constant, Origin::label)
//   critic:   sum over i of origin_loss(D(p_i, detached), Origin::network)
//                         + origin_loss(D(maps_of_labels(y_i)), Origin::label)
//
// Logits [B, 1, ...] of a sigmoid or [B, K + 1, ...] of a softmax; labels int64 [B, ...]. Scalars with gradients.
#pragma once

#include <ATen/core/Tensor.h>

namespace coopseg::training {

// 1 - (2 sum p y + s) / (sum p + sum y + s), s = 1e-5: plain sums over the whole batch, averaged over the foreground
// classes. Voxels whose label is no class (dataset's mark of those that nobody drew) are left out.
at::Tensor plain_dice_loss(const at::Tensor& logits, const at::Tensor& labels);

// The cross-entropy of each network with the other's probabilities as its constant target, both added, the mean over
// voxels, divided by the batch once more, as the public code does.
at::Tensor cross_agreement(const at::Tensor& first, const at::Tensor& second);

// Labels as a critic takes them: [B, 1, ...] or, of more `channels`, one-hot [B, channels, ...], in the type of `like`.
// Voxels of no class are zero in every channel.
at::Tensor maps_of_labels(const at::Tensor& labels, std::int64_t channels, const at::Tensor& like);

enum class Origin { network, label };

// How far a critic's opinion [B, 1, ...], 0 for a network and 1 for a label map, is from `claimed`: the mean binary
// cross-entropy over voxels, logarithms not below -100. `counted` bool [B, ...] leaves voxels out; 0 if all are.
// Not a number where an opinion is none.
at::Tensor origin_loss(const at::Tensor& opinion, Origin claimed, const at::Tensor& counted = {});

}  // namespace coopseg::training
