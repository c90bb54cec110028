#include "coopseg/training/methods/secl.h"

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/probabilities.h"

namespace coopseg::training {
Secl::Secl(StudentParts student, Teacher teacher, std::unique_ptr<network::VoxelProjection> head,
           std::unique_ptr<network::VoxelProjection> teachers_head, const SeclSettings& settings)
    : TeacherMethod(std::move(student), std::move(teacher), settings.ramp),
      head_(std::move(head)),
      teachers_head_(std::move(teachers_head)),
      settings_(settings) {}

std::vector<std::string> Secl::terms() const {
  if (settings_.weight == 0) return {"cross_entropy", "dice"};
  return {"cross_entropy", "dice", "contrast"};
}

std::vector<network::Weights*> Secl::heads() const {
  if (!head_) return {};
  return {&head_->weights()};
}

std::vector<network::Weights*> Secl::teachers_heads() const {
  if (!teachers_head_) return {};
  return {&teachers_head_->weights()};
}

Losses Secl::step(const TensorBatch& batch) {
  const network::Output out = look(batch.clean, batch);
  Losses losses;
  add_supervised(losses, labelled_of(out.logits, batch), batch);
  if (settings_.weight == 0) return losses;
  losses.add("contrast", settings_.weight * ramp(batch.iteration) * contrast(others_of(out.stage, batch), batch));
  return losses;
}

at::Tensor Secl::contrast(const at::Tensor& features, const TensorBatch& batch) {
  RegionSamples samples;
  at::Tensor keys;
  {
    const at::NoGradGuard no_graph;
    const at::Tensor seen = with_noise(others_of(batch), batch.noise.at(0), settings_.noise);
    const network::Output teachers = teacher().look(seen, batch);
    keys = (*teachers_head_)(teachers.stage);
    core::RandomStream draws(batch.seed, {"samples"}, {batch.iteration});
    const std::vector<std::int64_t> grid = features.sizes().slice(2).vec();
    CellClasses cells;
    if (settings_.sampling == Sampling::anatomical) {
      cells = class_of_cells(probabilities(teachers.logits), grid, settings_.confidence);
      cells = {batch.other_rows.of_all(cells.of), batch.other_rows.of_all(cells.confident.to(at::kLong)).to(at::kBool)};
    }
    const std::int64_t volumes = batch.other_rows.whole(features.size(0));
    samples = draw_region_samples(cells, volumes, grid, settings_.sampling, settings_.samples, draws);
  }
  const std::int64_t first = features.size(0) > 0 ? batch.other_rows.place(0) : 0;
  return region_contrast((*head_)(features), keys, samples, settings_.tau, first);
}

}  // namespace coopseg::training
