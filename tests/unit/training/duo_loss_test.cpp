// The losses of Duo-SegNet against golden/semi/duo and golden/semi/several_classes/duo, and by themselves.
#include "coopseg/training/losses/adversarial.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "coopseg/training/losses/probabilities.h"
#include "coopseg/training/losses/segmentation.h"
#include "loss_checks.h"
#include "unit/network/golden_critic.h"

namespace coopseg::training {
namespace {

using network::Critic;
using network::Judged;
using test::expect_gradients_of_differences;
using test::formula_leaf;
using test::PreciseCase;

struct Duo {
  std::array<at::Tensor, 2> labelled, unlabelled;  // logits
  std::array<at::Tensor, 2> labels;
};

// The golden scalars and the gradients of the critic; then the segmenters' total, backward.
void check(const PreciseCase& golden, const Duo& duo, const Critic& critic) {
  at::Tensor supervised = at::zeros({}, golden.type()), adversarial = supervised, constant = supervised,
             critic_total = supervised;
  for (std::size_t i = 0; i < 2; ++i) {
    const at::Tensor &p = duo.labelled[i], &y = duo.labels[i];
    supervised = supervised + 0.5 * (cross_entropy(p, y) + plain_dice_loss(p, y));
    adversarial =
        adversarial + origin_loss(critic(probabilities(duo.unlabelled[i]), Judged::by_a_constant), Origin::label);
    const at::Tensor found = probabilities(p).detach();
    constant = constant + origin_loss(critic(found, Judged::by_a_learner), Origin::network);
    const at::Tensor drawn = maps_of_labels(y, p.size(1), p);
    critic_total = critic_total + origin_loss(critic(found, Judged::by_a_learner), Origin::network) +
                   origin_loss(critic(drawn, Judged::by_a_learner), Origin::label);
  }
  const at::Tensor difference = cross_agreement(duo.unlabelled[0], duo.unlabelled[1]);
  golden.expect_number("supervised", supervised);
  golden.expect_number("difference", difference);
  golden.expect_number("adversarial_unlabelled", adversarial);
  golden.expect_number("adversarial_labelled", constant);
  golden.expect_number("critic_total", critic_total);
  const double of_adversarial = golden.number("weight_adversarial");
  const at::Tensor total = supervised + golden.number("weight_difference") * difference + of_adversarial * adversarial;
  golden.expect_number("segmenter_total_as_published", total + of_adversarial * constant);
  if (golden.about().contains("segmenter_total")) golden.expect_number("segmenter_total", total);
  critic_total.backward();
  total.backward();
}

void expect_gradients_of_critic(const PreciseCase& golden, const Critic& critic) {
  for (const auto& [name, tensor] : critic.weights().parameters()) {
    const std::string layer = name.substr(name.find('/') + 1);
    golden.expect_tensor("critic_grad/" + layer, tensor.grad());
  }
}

// The golden case has probabilities, and gradients of them.
Duo one_class(const PreciseCase& golden) {
  const auto logits = [&](const char* name) { return golden.at(name).logit().set_requires_grad(true); };
  const auto labels = [&](const char* name) { return golden.whole_numbers(name).squeeze(1); };
  return {{logits("p1"), logits("p2")}, {logits("u1"), logits("u2")}, {labels("y1"), labels("y2")}};
}

TEST(DuoLosses, OfOneClassAgreeWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/duo");
  const auto compare = [](const PreciseCase& golden) {
    const Duo duo = one_class(golden);
    const Critic critic = test::golden_critic(golden);
    check(golden, duo, critic);
    expect_gradients_of_critic(golden, critic);
    const auto expect = [&](const std::string& of, const at::Tensor& logits) {
      const at::Tensor p = golden.at(of).to(at::kDouble);
      golden.expect_tensor("grad_" + of, logits.grad(), golden.at("grad_" + of).to(at::kDouble) * p * (1 - p));
    };
    expect("p1", duo.labelled[0]);
    expect("p2", duo.labelled[1]);
    expect("u1", duo.unlabelled[0]);
    expect("u2", duo.unlabelled[1]);
  };
  test::for_each_case(folder, compare, "losses");
}

// Two channels (0, z), and a critic that gives nothing for the background.
TEST(DuoLosses, OfTwoChannelsAreThoseOfOne) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/duo");
  const auto compare = [](const PreciseCase& golden) {
    Duo duo = one_class(golden);
    for (auto* logits : {&duo.labelled, &duo.unlabelled})
      for (at::Tensor& z : *logits) z = at::cat({at::zeros_like(z), z}, 1);
    const Critic of_one = test::golden_critic(golden);
    Critic critic({2, 2});
    critic.weights().to_device(test::device());
    if (golden.in_double()) critic.weights().to_double();
    {
      const at::NoGradGuard no_grad;
      for (const auto& [name, tensor] : critic.weights().state()) {
        const at::Tensor& given = of_one.weights().at(name);
        at::Tensor(tensor).copy_(name == "critic/net.0.weight" ? at::cat({at::zeros_like(given), given}, 1) : given);
      }
    }
    check(golden, duo, critic);
  };
  test::for_each_case(folder, compare, "losses");
}

TEST(DuoLosses, OfSeveralClassesAgreeWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/duo");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const Duo duo{{golden.leaf("logit_p1"), golden.leaf("logit_p2")},
                  {golden.leaf("logit_u1"), golden.leaf("logit_u2")},
                  {golden.whole_numbers("y1"), golden.whole_numbers("y2")}};
    golden.expect_tensor("p1", probabilities(duo.labelled[0]));
    golden.expect_tensor("p2", probabilities(duo.labelled[1]));
    golden.expect_tensor("u1", probabilities(duo.unlabelled[0]));
    golden.expect_tensor("u2", probabilities(duo.unlabelled[1]));
    const Critic critic = test::golden_critic(golden);
    check(golden, duo, critic);
    expect_gradients_of_critic(golden, critic);
    golden.expect_tensor("grad_logit_p1", duo.labelled[0].grad());
    golden.expect_tensor("grad_logit_p2", duo.labelled[1].grad());
    golden.expect_tensor("grad_logit_u1", duo.unlabelled[0].grad());
    golden.expect_tensor("grad_logit_u2", duo.unlabelled[1].grad());
  });
}

TEST(DuoLosses, HaveTheGradientOfTheirDifferences) {
  for (const std::int64_t channels : {1, 3}) {
    const at::Tensor logits = formula_leaf({2, channels, 3, 2}, 1, -2, 2);
    const at::Tensor labels = (test::formula_tensor({2, 3, 2}, 3) * (channels == 1 ? 2 : 3)).to(at::kLong);
    expect_gradients_of_differences([&] { return plain_dice_loss(logits, labels); }, {logits});
    // With the other's probabilities held, as its derivative holds them.
    const at::Tensor other = formula_leaf({2, channels, 3, 2}, 2, -2, 2);
    const auto held = [&](const at::Tensor& a, const at::Tensor& b) {
      const at::Tensor target = b.detach();
      return [=] {
        const auto two = [](const at::Tensor& z) {
          return z.size(1) == 1 ? at::cat({at::zeros_like(z), z}, 1) : z;
        };
        return -(two(target).softmax(1) * two(a).log_softmax(1)).sum(1).mean() / 2;
      };
    };
    const at::Tensor both = cross_agreement(logits, other);
    EXPECT_NEAR(both.item<double>(), (held(logits, other)() + held(other, logits)()).item<double>(), 1e-14);
    for (const at::Tensor& leaf : {logits, other}) leaf.mutable_grad().reset();
    both.backward();
    const at::Tensor of_first = logits.grad().clone(), of_second = other.grad().clone();
    expect_gradients_of_differences(held(logits, other), {logits});
    expect_gradients_of_differences(held(other, logits), {other});
    EXPECT_TRUE(at::allclose(of_first, logits.grad(), 1e-12, 1e-15));
    EXPECT_TRUE(at::allclose(of_second, other.grad(), 1e-12, 1e-15));
  }
  const at::Tensor opinion = formula_leaf({2, 1, 3, 2}, 4, 0.1, 0.9);
  const at::Tensor counted = test::formula_tensor({2, 3, 2}, 5) < 0.5;
  for (const Origin claimed : {Origin::network, Origin::label}) {
    expect_gradients_of_differences([&] { return origin_loss(opinion, claimed); }, {opinion});
    expect_gradients_of_differences([&] { return origin_loss(opinion, claimed, counted); }, {opinion});
  }
}

TEST(DuoLosses, LeaveOutWhatNobodyDrew) {
  at::Tensor labels = at::tensor({0, 1, 255, 2}, at::kLong).view({1, 2, 2});
  const at::Tensor drawn = labels.ne(255), logits = at::randn({1, 3, 2, 2}, at::kDouble);
  const at::Tensor changed = logits + 3 * drawn.logical_not().unsqueeze(1) * at::randn({1, 3, 1, 1}, at::kDouble);
  EXPECT_EQ(plain_dice_loss(logits, labels).item<double>(), plain_dice_loss(changed, labels).item<double>());
  const at::Tensor maps = maps_of_labels(labels, 3, logits);
  EXPECT_TRUE(at::equal(maps.sum(1), drawn.to(at::kDouble)));
  EXPECT_TRUE(at::equal(maps.argmax(1).masked_select(drawn), labels.masked_select(drawn)));
  EXPECT_TRUE(at::equal(maps_of_labels(labels, 1, logits), labels.eq(1).unsqueeze(1).to(at::kDouble)));
  const at::Tensor opinion = at::rand({1, 1, 2, 2}, at::kDouble);
  EXPECT_NEAR(origin_loss(opinion, Origin::label, drawn).item<double>(),
              -opinion.squeeze(1).masked_select(drawn).log().mean().item<double>(), 1e-14);
  EXPECT_EQ(origin_loss(opinion, Origin::label, at::zeros_like(drawn)).item<double>(), 0);
}

// Where LibTorch's cross-entropy would stop, and a GPU with it.
TEST(DuoLosses, OpinionsThatAreNoNumbersGiveALossThatIsNone) {
  at::Tensor opinion = at::full({1, 1, 2, 2}, 0.5, at::kDouble);
  EXPECT_NEAR(origin_loss(opinion, Origin::label).item<double>(), std::log(2.0), 1e-15);
  opinion[0][0][1][1] = std::nan("");
  for (const Origin claimed : {Origin::label, Origin::network}) {
    EXPECT_TRUE(std::isnan(origin_loss(opinion, claimed).item<double>()));
    EXPECT_TRUE(std::isnan(origin_loss(opinion, claimed, at::ones({1, 2, 2}, at::kBool)).item<double>()));
  }
}

}  // namespace
}  // namespace coopseg::training
