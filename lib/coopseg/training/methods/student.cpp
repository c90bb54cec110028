#include "coopseg/training/methods/student.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <utility>

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/schedule.h"
#include "coopseg/training/tensors.h"

namespace coopseg::training {

std::vector<Player> StudentMethod::players() {
  network::NamedTensors parameters = trained();
  for (const network::Weights* head : heads()) {
    for (auto& named : head->parameters()) parameters.push_back(named);
  }
  return {{"", std::move(parameters), parts_.how}};
}

void StudentMethod::save(core::TensorFile& content) const {
  parts_.network->weights().save(content, "student/");
  for (const network::Weights* head : heads()) head->save(content);
}

void StudentMethod::load(const core::TensorFile& content, const std::string& file) {
  network().weights().load(content, file, "student/");
  for (network::Weights* head : heads()) head->load(content, file);
}

network::Output StudentMethod::look(const at::Tensor& images, const TensorBatch& batch) {
  network::Dropout dropout{core::RandomStream(batch.seed, {"dropout"}, {batch.iteration}), batch.rows};
  return network().forward(images, network::Mode::train, parts_.dropout ? &dropout : nullptr);
}

double EmaSettings::at(std::size_t iteration) const { return warm_start ? teacher_keep(iteration, decay) : decay; }

Teacher::Teacher(std::unique_ptr<network::Network> network, bool dropout, EmaSettings how)
    : network_(std::move(network)), dropout_(dropout), how_(how) {}

network::Output Teacher::look(const at::Tensor& others, const TensorBatch& batch, std::uint64_t pass) {
  network::Dropout dropout{core::RandomStream(batch.seed, {"dropout", "teacher"}, {batch.iteration, pass}),
                           batch.other_rows};
  network::Output out;
  {
    const c10::InferenceMode no_graph;
    out = network_->forward(others, network::Mode::train, dropout_ ? &dropout : nullptr);
  }
  // Tensors of inference mode cannot be part of a graph, not even as constants.
  for (at::Tensor* t : {&out.logits, &out.distance, &out.code, &out.stage}) {
    if (t->defined()) *t = t->clone();
  }
  out.features.clear();
  return out;
}

void Teacher::follow(const network::Weights& student, std::size_t iteration) const {
  network_->weights().follow(student, how_.at(iteration));
}

void Teacher::save(core::TensorFile& content) const { network_->weights().save(content, "teacher/"); }

void Teacher::load(const core::TensorFile& content, const std::string& file) const {
  network_->weights().load(content, file, "teacher/");
}

at::Tensor labelled_of(const at::Tensor& outputs, const TensorBatch& batch) {
  return outputs.narrow(0, 0, batch.labels.size(0));
}

at::Tensor others_of(const at::Tensor& outputs, const TensorBatch& batch) {
  const std::int64_t labelled = batch.labels.size(0);
  return outputs.narrow(0, labelled, outputs.size(0) - labelled);
}

at::Tensor labelled_of(const TensorBatch& batch) { return labelled_of(batch.clean, batch); }

at::Tensor others_of(const TensorBatch& batch) { return others_of(batch.clean, batch); }

at::Tensor mean_over_space(const at::Tensor& code) {
  std::vector<std::int64_t> space;
  for (std::int64_t d = 2; d < code.dim(); ++d) space.push_back(d);
  return code.mean(space, /*keepdim=*/true);
}

at::Tensor with_noise(const at::Tensor& images, const at::Tensor& noise, const NoiseSettings& how) {
  if (how.deviation == 0) return images;
  return images + (how.deviation * noise).clamp(-how.most, how.most);
}

void add_supervised(Losses& losses, const at::Tensor& logits, const TensorBatch& batch, double weight) {
  losses.counts = confusion_tensor(logits, batch.labels, batch.counted);
  losses.add("cross_entropy", 0.5 * weight * cross_entropy(logits, batch.labels, batch.counted));
  losses.add("dice", 0.5 * weight * dice_loss(logits, batch.labels, batch.counted));
}

double RampSettings::at(std::size_t iteration) const { return gaussian_ramp(iteration, length, step); }

}  // namespace coopseg::training
