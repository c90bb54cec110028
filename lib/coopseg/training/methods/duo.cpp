#include "coopseg/training/methods/duo.h"

#include "coopseg/core/random.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/adversarial.h"
#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/tensors.h"

namespace coopseg::training {
namespace {

constexpr char kFirst[] = "student/", kSecond[] = "second/";

void add(network::NamedTensors& all, const char* prefix, const network::NamedTensors& more) {
  for (const auto& [name, tensor] : more) all.emplace_back(prefix + name, tensor);
}

// What the critic judges: of one class its probability, of several all of them with the background.
at::Tensor map_of(const at::Tensor& logits) {
  return logits.size(1) == 1 ? at::sigmoid(logits) : at::softmax(logits, 1);
}

}  // namespace

std::vector<std::string> Duo::terms() const {
  std::vector<std::string> names{"cross_entropy", "dice"};
  if (settings_.difference_weight > 0) names.emplace_back("difference");
  if (settings_.adversarial_weight > 0) names.insert(names.end(), {"adversarial", "critic"});
  return names;
}

std::vector<Player> Duo::players() {
  network::NamedTensors both;
  add(both, "", parts_.first->weights().parameters());
  add(both, kSecond, parts_.second->weights().parameters());
  std::vector<Player> players{{"segmenters", std::move(both), parts_.how}};
  if (parts_.critic) players.push_back({"critic", parts_.critic->weights().parameters(), parts_.critics});
  return players;
}

network::NamedTensors Duo::others() const {
  network::NamedTensors tensors;
  add(tensors, kSecond, parts_.second->weights().state());
  return tensors;
}

void Duo::save(core::TensorFile& content) const {
  parts_.first->weights().save(content, kFirst);
  parts_.second->weights().save(content, kSecond);
  if (parts_.critic) parts_.critic->weights().save(content);
}

void Duo::load(const core::TensorFile& content, const std::string& file) {
  parts_.first->weights().load(content, file, kFirst);
  parts_.second->weights().load(content, file, kSecond);
  if (parts_.critic) parts_.critic->weights().load(content, file);
}

}  // namespace coopseg::training
