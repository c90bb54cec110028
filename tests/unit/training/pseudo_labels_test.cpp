// Training on labelled images and on others with pseudo-labels.
#include "coopseg/training/methods/pseudo_labels.h"

#include <gtest/gtest.h>

#include <map>

#include "coopseg/dataset/class_index.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/methods/supervised.h"
#include "small_network.h"

namespace coopseg::training {
namespace {

StudentParts parts() {
  auto net = std::make_unique<network::VNet>(model::VNetShape{1, 2, 3, 0, model::Norm::batch});
  net->weights().initialise(4);
  return {std::move(net), /*dropout=*/false, {}};
}

TensorBatch batch_of(bool soft) {
  TensorBatch batch;
  batch.clean = test::formula_tensor({4, 1, 32, 16, 16}, 7, -1, 1);
  const at::Tensor labels = test::formula_tensor({4, 32, 16, 16}, 8, 0, 3).floor().to(at::kLong).clamp(0, 2);
  batch.labels = labels.narrow(0, 0, 2).contiguous();
  batch.pseudo_labels = labels.narrow(0, 2, 2).contiguous();
  batch.cases = {0, 1, 2, 3};
  if (!soft) return batch;
  batch.pseudo_probabilities = at::one_hot(batch.pseudo_labels, 3).permute({0, 4, 1, 2, 3}).to(at::kFloat).contiguous();
  batch.pseudo_labels.reset();
  return batch;
}

std::map<std::string, double> terms_of(Method& method, const TensorBatch& batch) {
  const Losses losses = method.step(batch);
  std::map<std::string, double> terms{{"total", losses.total.item<double>()}};
  for (const auto& [name, loss] : losses.terms) terms[name] = loss.item<double>();
  EXPECT_EQ(losses.counts.sum().item<std::int64_t>(), 2 * 32 * 16 * 16);  // of the labelled images alone
  return terms;
}

TEST(PseudoLabels, AreWeighedAgainstTheLabels) {
  Supervised alone(parts());
  const std::map<std::string, double> labelled = terms_of(alone, batch_of(false));
  // What the others would say if they were the labelled ones: the same network sees the same images.
  TensorBatch turned = batch_of(false);
  std::swap(turned.labels, turned.pseudo_labels);
  turned.clean = at::cat({turned.clean.narrow(0, 2, 2), turned.clean.narrow(0, 0, 2)});
  Supervised other(parts());
  const std::map<std::string, double> pseudo = terms_of(other, turned);
  for (const double weight : {0.0, 1.0, 3.0}) {
    PseudoLabels both(parts(), weight);
    const std::map<std::string, double> found = terms_of(both, batch_of(false));
    for (const std::string& term : alone.terms()) {
      EXPECT_NEAR(found.at(term), labelled.at(term) / (1 + weight), 1e-5) << term;
      EXPECT_NEAR(found.at("pseudo_" + term), weight * pseudo.at(term) / (1 + weight), 1e-5) << term;
    }
    EXPECT_NEAR(found.at("total"), (labelled.at("total") + weight * pseudo.at("total")) / (1 + weight), 1e-5);
  }
}

TEST(PseudoLabels, OfProbabilitiesThatAreSureAreLabels) {
  PseudoLabels hard(parts(), 2), soft(parts(), 2);
  const std::map<std::string, double> of_labels = terms_of(hard, batch_of(false));
  const std::map<std::string, double> of_probabilities = terms_of(soft, batch_of(true));
  ASSERT_EQ(of_labels.size(), of_probabilities.size());
  for (const auto& [term, value] : of_labels) EXPECT_NEAR(of_probabilities.at(term), value, 1e-6) << term;
}

TEST(PseudoLabels, CountOnlyWhereTheyAreCounted) {
  for (const bool soft : {false, true}) {
    TensorBatch batch = batch_of(soft);
    batch.counted = batch.labels.ge(0);
    batch.pseudo_counted = at::zeros({2, 32, 16, 16}, at::kBool);
    if (soft) batch.pseudo_probabilities.zero_();
    if (!soft) batch.pseudo_labels.fill_(dataset::kIgnoredLabel);
    PseudoLabels method(parts(), 1);
    const std::map<std::string, double> terms = terms_of(method, batch);
    EXPECT_EQ(terms.at("pseudo_cross_entropy"), 0);
    EXPECT_EQ(terms.at("pseudo_dice"), 0);
    EXPECT_GT(terms.at("cross_entropy"), 0);
  }
}

}  // namespace
}  // namespace coopseg::training
