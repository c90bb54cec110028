#include "coopseg/training/methods/simcvd.h"

#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/agreement.h"
#include "coopseg/training/losses/distance.h"

namespace coopseg::training {
SimCvd::SimCvd(StudentParts student, Teacher teacher, std::unique_ptr<network::SliceProjection> head,
               std::unique_ptr<network::SliceProjection> teachers_head, const SimCvdSettings& settings)
    : TeacherMethod(std::move(student), std::move(teacher), settings.ramp),
      head_(std::move(head)),
      teachers_head_(std::move(teachers_head)),
      settings_(settings) {}

std::vector<std::string> SimCvd::terms() const {
  std::vector<std::string> names{"cross_entropy", "dice"};
  if (settings_.distance_weight > 0) names.emplace_back("distance");
  if (settings_.contrast_weight > 0) names.emplace_back("contrast");
  if (settings_.distillation_weight > 0) names.emplace_back("distillation");
  if (settings_.consistency_weight > 0) names.emplace_back("consistency");
  return names;
}

std::vector<network::Weights*> SimCvd::heads() const {
  if (!head_) return {};
  return {&head_->weights()};
}

std::vector<network::Weights*> SimCvd::teachers_heads() const {
  if (!teachers_head_) return {};
  return {&teachers_head_->weights()};
}

double SimCvd::weight(double of_term, bool ramped, std::size_t iteration) const {
  return ramped ? of_term * ramp(iteration) : of_term;
}

Losses SimCvd::step(const TensorBatch& batch) {
  const at::Tensor others = others_of(batch);
  const at::Tensor seen = with_noise(others, batch.noise.at(0), settings_.noise);
  const network::Output out = look(at::cat({labelled_of(batch), seen}), batch);
  Losses losses;
  add_supervised(losses, labelled_of(out.logits, batch), batch);
  if (settings_.distance_weight > 0) {
    const at::Tensor error = distance_error(labelled_of(out.distance, batch), batch.distances, batch.counted);
    losses.add("distance", settings_.distance_weight * error);
  }
  const bool contrasts = settings_.contrast_weight > 0, distils = settings_.distillation_weight > 0,
             agrees = settings_.consistency_weight > 0;
  if (!contrasts && !distils && !agrees) return losses;

  const network::Output teachers = teacher().look(with_noise(others, batch.noise.at(1), settings_.noise), batch);
  if (contrasts) {
    const double weight = this->weight(settings_.contrast_weight, settings_.ramped_contrast, batch.iteration);
    losses.add("contrast", weight * contrast(out, teachers, batch));
  }
  if (distils) {
    const double weight = this->weight(settings_.distillation_weight, settings_.ramped_distillation, batch.iteration);
    losses.add("distillation",
               weight * pairwise_distillation(others_of(out.code, batch), teachers.code, settings_.distillation_tau,
                                              settings_.distillation_reduction));
  }
  if (agrees) {
    const double weight = this->weight(settings_.consistency_weight, settings_.ramped_consistency, batch.iteration);
    at::Tensor difference = probability_difference(others_of(out.logits, batch), teachers.logits);
    if (settings_.consistent_distances)
      difference =
          difference + network::mean_of_all((others_of(out.distance, batch) - teachers.distance).square().mean(),
                                            teachers.distance.numel());
    losses.add("consistency", weight * difference);
  }
  return losses;
}

// Boundary-aware features, image + distance map of each class, of the images without noise.
at::Tensor SimCvd::contrast(const network::Output& student, const network::Output& teachers,
                            const TensorBatch& batch) const {
  const at::Tensor images = others_of(batch);
  network::Dropout students{core::RandomStream(batch.seed, {"alpha dropout"}, {batch.iteration}), batch.other_rows};
  network::Dropout of_teacher{core::RandomStream(batch.seed, {"alpha dropout", "teacher"}, {batch.iteration}),
                              batch.other_rows};
  const at::Tensor h = (*head_)(images + others_of(student.distance, batch), &students);
  at::Tensor key;
  {
    const at::NoGradGuard no_graph;
    key = (*teachers_head_)(images + teachers.distance, &of_teacher);
  }
  return slice_contrast(h, key, sampled_slices(batch.other_rows.whole(h.size(0)), h.size(2), batch),
                        settings_.contrast);
}

at::Tensor SimCvd::sampled_slices(std::int64_t images, std::int64_t slices, const TensorBatch& batch) const {
  const auto all = static_cast<std::size_t>(images * slices);
  if (settings_.slices == 0 || settings_.slices >= all) return {};
  core::RandomStream draws(batch.seed, {"contrast slices"}, {batch.iteration});
  const std::vector<std::size_t> order = draws.permutation(all);
  at::Tensor sampled = at::zeros({images * slices}, at::kBool);
  for (std::size_t i = 0; i < settings_.slices; ++i) sampled.data_ptr<bool>()[order[i]] = true;
  return sampled.view({images, slices}).to(batch.clean.device());
}

}  // namespace coopseg::training
