#include "coopseg/training/methods/duo.h"

#include <array>

#include "coopseg/core/random.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/adversarial.h"
#include "coopseg/training/losses/probabilities.h"
#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/tensors.h"

namespace coopseg::training {
namespace {

constexpr char kFirst[] = "student/", kSecond[] = "second/";

void add(network::NamedTensors& all, const char* prefix, const network::NamedTensors& more) {
  for (const auto& [name, tensor] : more) all.emplace_back(prefix + name, tensor);
}

}  // namespace

std::vector<std::string> Duo::terms() const {
  std::vector<std::string> names{"cross_entropy", "dice"};
  if (settings_.difference_weight > 0) names.emplace_back("difference");
  if (settings_.adversarial_weight > 0) names.insert(names.end(), {"adversarial", "critic"});
  return names;
}

Losses Duo::step(const TensorBatch& batch) {
  network::Dropout firsts{core::RandomStream(batch.seed, {"dropout"}, {batch.iteration})};
  network::Dropout seconds{core::RandomStream(batch.seed, {"dropout", "second"}, {batch.iteration})};
  const auto look = [&](network::Network& network, const at::Tensor& images, const network::Rows& rows,
                        network::Dropout& dropout) {
    dropout.rows = rows;
    return network.forward(images, network::Mode::train, parts_.dropout ? &dropout : nullptr).logits;
  };
  const at::Tensor labelled = labelled_of(batch), others = others_of(batch);
  const std::int64_t all = batch.labelled_rows.whole(labelled.size(0));
  const std::array<network::Rows, 2> rows{batch.labelled_rows.between(0, all / 2),
                                          batch.labelled_rows.between(all / 2, all)};
  const std::int64_t of_first = rows[0].count(all / 2);
  const auto half_of = [&](const at::Tensor& t, std::int64_t which) {
    if (!t.defined()) return t;
    return which == 0 ? t.narrow(0, 0, of_first) : t.narrow(0, of_first, t.size(0) - of_first);
  };
  const std::array<at::Tensor, 2> images{half_of(labelled, 0), half_of(labelled, 1)};
  const std::array<at::Tensor, 2> labels{half_of(batch.labels, 0), half_of(batch.labels, 1)};
  const std::array<at::Tensor, 2> counted{half_of(batch.counted, 0), half_of(batch.counted, 1)};
  const std::array<at::Tensor, 2> p{look(*parts_.first, images[0], rows[0], firsts),
                                    look(*parts_.second, images[1], rows[1], seconds)};
  const bool uses_others = settings_.difference_weight > 0 || settings_.adversarial_weight > 0;
  std::array<at::Tensor, 2> u;
  if (uses_others)
    u = {look(*parts_.first, others, batch.other_rows, firsts),
         look(*parts_.second, others, batch.other_rows, seconds)};

  Losses losses;
  losses.counts = confusion_tensor(at::cat({p[0], p[1]}), batch.labels, batch.counted);
  const auto of_both = [&](const auto& term) { return term(0) + term(1); };
  losses.add("cross_entropy", of_both([&](std::size_t i) { return 0.5 * cross_entropy(p[i], labels[i], counted[i]); }));
  at::Tensor dice = of_both([&](std::size_t i) { return 0.5 * plain_dice_loss(p[i], labels[i]); });
  losses.add("dice", settings_.faithful ? dice.detach() : dice);
  if (settings_.difference_weight > 0) {
    const at::Tensor difference = settings_.difference_weight * cross_agreement(u[0], u[1]);
    losses.add("difference", settings_.faithful ? difference.detach() : difference);
  }
  if (!parts_.critic) return losses;
  const network::Critic& critic = *parts_.critic;
  losses.add("adversarial", settings_.adversarial_weight * of_both([&](std::size_t i) {
                              return origin_loss(critic(probabilities(u[i]), network::Judged::by_a_constant),
                                                 Origin::label);
                            }));
  losses.add("critic", of_both([&](std::size_t i) {
               const at::Tensor made = probabilities(p[i]).detach();
               const at::Tensor drawn = maps_of_labels(labels[i], made.size(1), made);
               return origin_loss(critic(made, network::Judged::by_a_learner), Origin::network, counted[i]) +
                      origin_loss(critic(drawn, network::Judged::by_a_learner), Origin::label, counted[i]);
             }));
  return losses;
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
