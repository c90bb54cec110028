// Tensors of several processes, and batch norms over all of their images.
#include "coopseg/network/group.h"

#include <gtest/gtest.h>

#include <vector>

#include "coopseg/network/batch_norm.h"
#include "coopseg/network/layers.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/rows.h"
#include "coopseg/network/vnet.h"
#include "support/thread_group.h"

namespace coopseg::network {
namespace {

at::Tensor leaf(const at::Tensor& values) { return values.clone().set_requires_grad(true); }

// Part `index` of the rows of `whole`, of which the first process has none.
at::Tensor part_of(const at::Tensor& whole, const Group& own) {
  const auto last = static_cast<std::int64_t>(own.count()) - 1, index = static_cast<std::int64_t>(own.index());
  if (index == 0) return whole.narrow(0, 0, 0);
  const std::int64_t begin = whole.size(0) * (index - 1) / last;
  return whole.narrow(0, begin, whole.size(0) * index / last - begin);
}

TEST(Group, FunctionsAreTheIdentityOfAProcessAlone) {
  const at::Tensor part = at::rand({3});
  EXPECT_EQ(group(), nullptr);
  EXPECT_TRUE(summed(part).is_same(part));
  EXPECT_TRUE(gathered(part).is_same(part));
  EXPECT_TRUE(mean_of_all(part, 7).is_same(part));
}

TEST(Group, SumsAndJoinsAndTakesMeans) {
  at::manual_seed(1);
  const at::Tensor whole = at::rand({5, 2}, at::kDouble);
  const at::Tensor weights = at::rand({5, 2}, at::kDouble);
  test::ThreadGroup(4).run([&](Group& own) {
    const GroupScope scope(&own);
    const auto check = [](bool holds, const char* what) {
      if (!holds) throw std::logic_error(what);
    };
    at::Tensor part = leaf(part_of(whole, own));
    check(at::equal(gathered(part), whole), "joined parts are not the whole");
    check(at::equal(own.gather(part.detach().to(at::kFloat)), whole.to(at::kFloat)), "float32 is not joined");
    check(at::allclose(summed(part.sum()), whole.sum()), "the sum is not the whole's");
    // Of a loss of the whole the gradient is that of the own rows.
    (gathered(part) * weights).sum().backward();
    check(at::equal(part.grad(), part_of(weights, own)), "the gradient is not the own rows'");
    part.mutable_grad().reset();
    summed(part.square().sum()).backward();
    check(at::allclose(part.grad(), 2 * part.detach()), "the gradient of a sum");
    part.mutable_grad().reset();
    const at::Tensor mean = mean_of_all(part.mean(), part.numel());
    check(at::allclose(mean, whole.mean()), "the mean is not the whole's");
    mean.backward();
    check(at::allclose(part.grad(), at::full_like(part, 0.1)), "the gradient of a mean");
  });
}

TEST(Group, ScopesGiveBackTheFormerOne) {
  test::ThreadGroup(1).run([](Group& own) {
    const GroupScope scope(&own);
    {
      const GroupScope none(nullptr);
      if (group()) throw std::logic_error("a scope of none has a group");
    }
    if (group() != &own) throw std::logic_error("the former group is not back");
  });
}

TEST(Rows, AreOfTheWholeBatch) {
  const at::Tensor whole = at::arange(6);
  EXPECT_TRUE(Rows().own(whole).is_same(whole));
  EXPECT_EQ(Rows().whole(6), 6);
  const Rows rows(6, {1, 3, 4});
  EXPECT_EQ(rows.whole(3), 6);
  EXPECT_EQ(rows.place(1), 3);
  EXPECT_TRUE(at::equal(rows.own(whole), at::tensor({1, 3, 4})));
  const Rows behind = rows.between(3, 6);
  EXPECT_EQ(behind.count(3), 2);
  EXPECT_EQ(behind.place(0), 0);
  EXPECT_EQ(behind.whole(2), 3);
}

TEST(Rows, AreJoinedInTheOrderOfTheBatch) {
  const at::Tensor whole = at::rand({5, 2});
  test::ThreadGroup(2).run([&](Group& own) {
    const GroupScope scope(&own);
    const Rows rows = own.index() == 0 ? Rows(5, {0, 3}) : Rows(5, {1, 2, 4});
    if (!at::equal(rows.of_all(rows.own(whole)), whole)) throw std::logic_error("rows are not in their order");
  });
}

// What a norm gives, and the gradients: of the image and residual the own rows', of weight and bias summed.
struct Normed {
  at::Tensor out, x, residual, weight, bias, mean, variance;
};

struct Normal {
  at::Tensor x, residual, above, weight, bias;
};

using Norm = std::function<at::Tensor(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                      const at::Tensor& mean, const at::Tensor& variance, const at::Tensor& residual)>;

Normed normed(const Normal& in, const Norm& norm) {
  const at::Tensor x = leaf(in.x), residual = leaf(in.residual), weight = leaf(in.weight), bias = leaf(in.bias);
  const at::Tensor mean = at::zeros_like(in.weight), variance = at::ones_like(in.weight);
  const at::Tensor out = norm(x, weight, bias, mean, variance, residual);
  out.backward(in.above);
  Normed made{out.detach(), x.grad(), residual.grad(), weight.grad(), bias.grad(), mean, variance};
  if (!group()) return made;
  for (at::Tensor* of_part : {&made.weight, &made.bias}) group()->sum(*of_part);
  for (at::Tensor* rows : {&made.out, &made.x, &made.residual})
    if (rows->defined()) *rows = group()->gather(*rows);
  return made;
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).norm().item<double>() /
         (1e-30 + b.to(at::kDouble).norm().item<double>());
}

class NormTogether : public testing::TestWithParam<std::tuple<at::ScalarType, int>> {};

TEST_P(NormTogether, IsThatOfTheWholeBatch) {
  const auto [type, dimensions] = GetParam();
  const at::ScalarType computed = type == at::kBFloat16 ? at::kFloat : type;
  const at::MemoryFormat last = dimensions == 3 ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::ChannelsLast;
  at::manual_seed(2);
  std::vector<std::int64_t> shape{5, 20, 6, 8};
  if (dimensions == 3) shape.push_back(3);
  const auto images = [&, stored = type](double offset) {
    return (at::randn(shape, at::kDouble) + offset).to(stored).contiguous(last);
  };
  const Normal whole{images(2), images(0), images(0), at::rand({20}, computed) + 0.5, at::rand({20}, computed)};
  const Norm norm = [&, three = dimensions == 3](const at::Tensor& x, const at::Tensor& w, const at::Tensor& b,
                                                 const at::Tensor& m, const at::Tensor& v, const at::Tensor& r) {
    // A part without an image is what Normalisation hands on.
    if (x.numel() == 0) return normalise_together(x.to(w.scalar_type()), w, b, m, v, *group()).to(x.scalar_type()) + r;
    if (three) return normalise_volumes(x, w, b, m, v, kIdentity, r, Statistics::batch);
    return normalise_channels_last(x, w, b, m, v, kIdentity, r);
  };
  const Norm plain = [](const at::Tensor& x, const at::Tensor& w, const at::Tensor& b, const at::Tensor& m,
                        const at::Tensor& v, const at::Tensor& r) {
    return normalise_together(x.to(w.scalar_type()), w, b, m, v, *group()).to(x.scalar_type()) + r;
  };
  const Normed alone = normed(whole, norm);
  std::vector<Normed> made(6);
  test::ThreadGroup(3).run([&](Group& own) {
    const GroupScope scope(&own);
    const Normal part{part_of(whole.x, own), part_of(whole.residual, own), part_of(whole.above, own), whole.weight,
                      whole.bias};
    made[own.index()] = normed(part, norm);
    made[3 + own.index()] = normed(part, plain);
  });
  const double rounding = type == at::kDouble ? 1e-13 : type == at::kFloat ? 2e-6 : 0.01;
  for (const Normed& together : made) {
    EXPECT_LE(distance(together.out, alone.out), rounding);
    EXPECT_LE(distance(together.x, alone.x), rounding);
    EXPECT_LE(distance(together.weight, alone.weight), rounding);
    EXPECT_LE(distance(together.bias, alone.bias), rounding);
    EXPECT_LE(distance(together.mean, alone.mean), rounding);
    EXPECT_LE(distance(together.variance, alone.variance), rounding);
  }
}

INSTANTIATE_TEST_SUITE_P(Types, NormTogether,
                         testing::Combine(testing::Values(at::kFloat, at::kDouble, at::kBFloat16),
                                          testing::Values(2, 3)));

TEST(VNetTogether, DropsWhatIsDroppedOfTheWholeBatch) {
  at::manual_seed(3);
  const at::Tensor images = at::rand({4, 1, 16, 16, 16}, at::kDouble);
  const auto logits = [&](const Rows& rows) {
    VNet net({1, 2, 2, 0, model::Norm::instance});
    net.weights().initialise(1);
    net.weights().to_double();
    Dropout dropout{core::RandomStream(5, {"dropout"}), rows};
    return net.forward(rows.own(images), Mode::train, &dropout).logits.detach();
  };
  const Rows some(4, {1, 3});
  EXPECT_LE(distance(logits(some), some.own(logits({}))), 1e-12);
}

}  // namespace
}  // namespace coopseg::network
