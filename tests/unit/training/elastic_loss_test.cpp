// The elastic energy against golden/semi/elastic and golden/semi/several_classes/elastic, and by itself.
#include "coopseg/training/losses/elastic.h"

#include <gtest/gtest.h>

#include <cmath>

#include "loss_checks.h"

namespace coopseg::training {
namespace {

using test::expect_gradients_of_differences;
using test::formula_leaf;
using test::PreciseCase;

at::Tensor classes_of(const at::Tensor& labels, std::int64_t classes, at::ScalarType type) {
  return at::one_hot(labels, classes + 1).movedim(-1, 1).narrow(1, 1, classes).to(type);
}

TEST(ElasticEnergy, OfOneClassAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/elastic");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor p = golden.leaf("probability"), label = golden.at("label");
    const at::Tensor difference = (golden.number("alpha") * p - label).unsqueeze(1);
    const at::Tensor energy = interaction_energy(difference, static_cast<int>(p.dim()) - 1);
    golden.expect_number("loss", energy.squeeze(0));
    energy.sum().backward();
    golden.expect_tensor("grad_probability", p.grad());
    if (p.dim() > 3) return;
    const at::Tensor from_logits = elastic_energy(at::logit(p.detach()).unsqueeze(1), label.to(at::kLong),
                                                  golden.number("alpha"));
    golden.expect_number("loss", from_logits);
  });
}

TEST(ElasticEnergy, OfSeveralClassesAgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/elastic");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor label = golden.whole_numbers("label");
    const std::int64_t classes = golden.about()["n_classes"].get<std::int64_t>();
    const bool has_logits = golden.has("logit");
    const at::Tensor given = golden.leaf(has_logits ? "logit" : "probability");
    const at::Tensor p = has_logits ? given.softmax(1) : given;
    const double rho = golden.number("alpha");
    const at::Tensor per_class =
        interaction_energy(rho * p.narrow(1, 1, classes) - classes_of(label, classes, golden.type()), 2);
    golden.expect_tensor("energy_per_class", per_class);
    golden.expect_number("loss", per_class.mean());
    const at::Tensor logits = has_logits ? given : given.detach().log();
    const at::Tensor loss = elastic_energy(logits, label, rho);
    golden.expect_number("loss", loss);
    (has_logits ? loss : per_class.mean()).backward();
    golden.expect_tensor(has_logits ? "grad_logit" : "grad_probability", given.grad());
  });
}

// Explicit waves instead of a fast transform, for sides that are odd, even and 1.
TEST(ElasticEnergy, IsTheSumOverFrequencies) {
  for (const auto& [rows, columns] : {std::pair<int, int>{5, 4}, {4, 7}, {1, 3}, {6, 1}}) {
    const at::Tensor u = test::formula_tensor({1, 1, rows, columns}, 7, -1, 1).to(at::kDouble);
    double expected = 0;
    for (int a = 0; a < rows; ++a) {
      for (int b = 0; b < columns; ++b) {
        double real = 0, imaginary = 0;
        for (int x = 0; x < rows; ++x) {
          for (int y = 0; y < columns; ++y) {
            const double angle = -2 * M_PI * (1.0 * a * x / rows + 1.0 * b * y / columns);
            const double value = u[0][0][x][y].item<double>();
            real += value * std::cos(angle);
            imaginary += value * std::sin(angle);
          }
        }
        const int k1 = 2 * a > rows ? a - rows : a, k2 = 2 * b > columns ? b - columns : b;
        const double n = rows * columns;
        expected += std::hypot(k1, k2) * (real * real + imaginary * imaginary) / n / n;
      }
    }
    EXPECT_NEAR(interaction_energy(u, 2).item<double>(), expected, 1e-12);
  }
}

TEST(ElasticEnergy, HasTheGradientOfItsDifferences) {
  const at::Tensor labels = (test::formula_tensor({2, 4, 5, 2}, 3) * 3).to(at::kLong);
  const at::Tensor softmax = formula_leaf({2, 3, 4, 5, 2}, 1);
  expect_gradients_of_differences([&] { return elastic_energy(softmax, labels, 0.8); }, {softmax});
  const at::Tensor sigmoid = formula_leaf({2, 1, 4, 5}, 1);
  const at::Tensor plane = labels.select(3, 0).clamp_max(1);
  expect_gradients_of_differences([&] { return elastic_energy(sigmoid, plane, 1); }, {sigmoid});
}

TEST(ElasticEnergy, TakesThePredictionForTruthWhereNobodyDrew) {
  const at::Tensor logits = formula_leaf({1, 3, 4, 6}, 1);
  at::Tensor labels = (test::formula_tensor({1, 4, 6}, 3) * 3).to(at::kLong);
  labels.select(2, 4).fill_(255);
  const at::Tensor drawn = labels.ne(255);
  const at::Tensor loss = elastic_energy(logits, labels, 1);
  loss.backward();
  EXPECT_EQ(logits.grad().masked_select(drawn.logical_not().unsqueeze(1)).abs().max().item<double>(), 0);
  const at::Tensor p = logits.softmax(1).narrow(1, 1, 2);
  const at::Tensor truth = classes_of(labels.masked_fill(drawn.logical_not(), 0), 2, at::kDouble);
  const at::Tensor expected = interaction_energy((p - truth) * drawn.unsqueeze(1), 2).mean();
  EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 1e-15);
}

TEST(ElasticEnergy, VanishesWhereThePredictionIsTheLabel) {
  const at::Tensor labels = at::zeros({1, 4, 4}, at::kLong);
  EXPECT_EQ(interaction_energy(at::zeros({1, 2, 4, 4}), 2).abs().max().item<float>(), 0);
  EXPECT_LT(elastic_energy(at::full({1, 1, 4, 4}, -40.0), labels, 1).item<float>(), 1e-20);
}

}  // namespace
}  // namespace coopseg::training
