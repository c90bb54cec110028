// How a student and its mean teacher agree on volumes without labels. Logits [B, 1, ...] of a sigmoid or [B, K + 1,
// ...] of a softmax, of the same volumes, two or three dimensions. Scalars whose gradients reach the student alone.
//
//   at::Tensor u = uncertainty(teacher_logits_of_eight_noisy_passes);
//   double most = uncertainty_threshold(0.75, gaussian_ramp(t, iterations), classes);
//   at::Tensor loss = certain_difference(student, teacher, u, most);
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

namespace coopseg::training {

// The mean teacher's (Tarvainen and Valpola, NeurIPS 2017): the mean squared difference of all probabilities. One
// channel gives what (0, z) would by a softmax.
at::Tensor probability_difference(const at::Tensor& student, const at::Tensor& teacher);

// UA-MT's (Yu et al., MICCAI 2019), in nats: -sum p log(p + 1e-6) over the K + 1 probabilities p that several passes of
// a teacher have in the mean, two for a sigmoid. [B, 1, ...], without gradients. At least one pass.
at::Tensor uncertainty(const std::vector<at::Tensor>& teacher_logits);

// (start + (1 - start) * ramp) * ln(classes), the background among them; UA-MT starts at 0.75.
double uncertainty_threshold(double start, double ramp, int classes_with_background);

// probability_difference() over the voxels whose uncertainty is below the threshold; 0 where none is.
at::Tensor certain_difference(const at::Tensor& student, const at::Tensor& teacher, const at::Tensor& uncertainty,
                              double threshold);

}  // namespace coopseg::training
