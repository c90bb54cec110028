#include "coopseg/training/methods/cvrl.h"

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/agreement.h"
#include "coopseg/training/losses/contrast.h"
#include "coopseg/training/losses/elastic.h"

namespace coopseg::training {
Cvrl::Cvrl(StudentParts student, Teacher teacher, Heads heads, const CvrlSettings& settings)
    : TeacherMethod(std::move(student), std::move(teacher), settings.ramp),
      heads_(std::move(heads)),
      settings_(settings) {}

std::vector<std::string> Cvrl::terms() const {
  std::vector<std::string> names{"cross_entropy", "dice"};
  if (settings_.elastic_weight > 0) names.emplace_back("elastic");
  if (settings_.volume_weight > 0) names.emplace_back("volume");
  if (settings_.voxel_weight > 0) names.emplace_back("voxel");
  if (settings_.consistency_weight > 0) names.emplace_back("consistency");
  return names;
}

std::vector<network::Weights*> Cvrl::heads() const {
  if (!heads_.student) return {};
  return {&heads_.student->weights()};
}

std::vector<network::Weights*> Cvrl::teachers_heads() const {
  if (!heads_.teacher) return {};
  return {&heads_.teacher->weights()};
}

Losses Cvrl::step(const TensorBatch& batch) {
  const network::Output out = look(batch.clean, batch);
  Losses losses;
  add_supervised(losses, labelled_of(out.logits, batch), batch);
  if (settings_.elastic_weight > 0) {
    const at::Tensor energy = elastic_energy(labelled_of(out.logits, batch), batch.labels, settings_.elastic_rho);
    losses.add("elastic", settings_.elastic_weight * energy);
  }
  const bool of_volumes = settings_.volume_weight > 0, of_voxels = settings_.voxel_weight > 0,
             agrees = settings_.consistency_weight > 0;
  if (!of_volumes && !of_voxels && !agrees) return losses;

  const double ramp = this->ramp(batch.iteration);
  const at::Tensor seen = with_noise(others_of(batch), batch.noise.at(0), settings_.noise);
  const network::Output teachers = teacher().look(seen, batch);
  at::Tensor voxels;
  if (of_volumes || of_voxels) voxels = normalised((*heads_.student)(others_of(out.code, batch)), 1);
  if (of_volumes) {
    const at::NoGradGuard no_graph;
    const at::Tensor own = normalised((*heads_.volume)(mean_over_space(teachers.code)).flatten(1), 1);
    at::Tensor cases = at::empty({own.size(0)}, at::kLong);
    const std::size_t labelled = batch.cases.size() - static_cast<std::size_t>(own.size(0));
    std::copy(batch.cases.begin() + static_cast<std::ptrdiff_t>(labelled), batch.cases.end(),
              cases.data_ptr<std::int64_t>());
    pending_ = batch.other_rows.of_all(own);
    pending_cases_ = batch.other_rows.of_all(cases.to(own.device()));
  }
  if (of_volumes) losses.add("volume", settings_.volume_weight * ramp * voxels_to_volumes(voxels, batch.other_rows));
  if (of_voxels) {
    at::Tensor keys;
    {
      const at::NoGradGuard no_graph;
      keys = (*heads_.teacher)(teachers.code);
    }
    losses.add("voxel", settings_.voxel_weight * ramp *
                            pairwise_distillation(voxels, keys, settings_.voxel_tau, Reduction::mean));
  }
  if (agrees) {
    losses.add("consistency", settings_.consistency_weight * ramp *
                                  probability_difference(others_of(out.logits, batch), teachers.logits));
  }
  return losses;
}

// Every voxel [U, D, ...] against its own volume of the pending ones, the others of the batch and those of the queue;
// other crops of the own case are neither.
at::Tensor Cvrl::voxels_to_volumes(const at::Tensor& voxels, const network::Rows& rows) const {
  const at::Tensor anchors = voxels.flatten(2).transpose(1, 2).flatten(0, 1);
  const std::int64_t each = c10::multiply_integers(voxels.sizes().slice(2));
  const at::Tensor keys = queue_.defined() ? at::cat({pending_, queue_}) : pending_;
  const at::Tensor cases_of_keys = queue_.defined() ? at::cat({pending_cases_, queued_cases_}) : pending_cases_;
  const at::Tensor places = at::arange(keys.size(0), cases_of_keys.options());
  const at::Tensor own_places = rows.own(places.narrow(0, 0, pending_.size(0)));
  const at::Tensor own = own_places.view({-1, 1}) == places.view({1, -1});
  const at::Tensor cases = pending_cases_.index_select(0, own_places);
  const at::Tensor valid = own.logical_or(cases.view({-1, 1}) != cases_of_keys.view({1, -1}));
  const at::Tensor loss = masked_info_nce(anchors, keys, own.repeat_interleave(each, 0),
                                          valid.repeat_interleave(each, 0), settings_.volume_tau);
  return network::mean_of_all(loss, anchors.size(0));
}

void Cvrl::after_step(std::size_t iteration) {
  TeacherMethod::after_step(iteration);
  if (!pending_.defined() || settings_.queue == 0) return;
  queue_ = queue_.defined() ? at::cat({queue_, pending_}) : pending_;
  queued_cases_ = queued_cases_.defined() ? at::cat({queued_cases_, pending_cases_}) : pending_cases_;
  const auto most = static_cast<std::int64_t>(settings_.queue);
  if (queue_.size(0) > most) {
    queue_ = queue_.narrow(0, queue_.size(0) - most, most).clone();
    queued_cases_ = queued_cases_.narrow(0, queued_cases_.size(0) - most, most).clone();
  }
}

void Cvrl::save(core::TensorFile& content) const {
  TeacherMethod::save(content);
  if (heads_.volume) heads_.volume->weights().save(content);
  if (!queue_.defined()) return;
  content.tensors["queue/embeddings"] = network::to_stored(queue_);
  content.tensors["queue/cases"] = network::to_stored(queued_cases_);
}

void Cvrl::load(const core::TensorFile& content, const std::string& file) {
  TeacherMethod::load(content, file);
  if (heads_.volume) heads_.volume->weights().load(content, file);
  queue_ = queued_cases_ = at::Tensor();
  if (content.tensors.count("queue/embeddings") == 0) return;
  const at::Device device = heads_.volume->weights().parameters().front().second.device();
  queue_ = network::from_stored(content.at("queue/embeddings", file)).to(device);
  queued_cases_ = network::from_stored(content.at("queue/cases", file)).to(device);
  if (queue_.dim() != 2 || queued_cases_.dim() != 1 || queued_cases_.size(0) != queue_.size(0) ||
      queued_cases_.scalar_type() != at::kLong || !queue_.is_floating_point())
    throw core::DataError(file, "queue/embeddings and queue/cases do not fit each other", "the file is damaged");
}

}  // namespace coopseg::training
