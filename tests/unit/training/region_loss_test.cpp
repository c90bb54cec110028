// SECL's samples and contrast against golden/semi/several_classes/secl, and by themselves.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "coopseg/training/losses/contrast.h"
#include "coopseg/training/losses/region.h"
#include "loss_checks.h"

namespace coopseg::training {
namespace {

using test::expect_gradients_of_differences;
using test::formula_leaf;
using test::PreciseCase;

std::vector<std::int64_t> grid_of(const at::Tensor& feature) { return feature.sizes().slice(2).vec(); }

// As the public formula has it: every sample, with masks.
at::Tensor per_anchor(const at::Tensor& student, const at::Tensor& teacher, const RegionSamples& samples, double tau) {
  const auto vectors = [&](const at::Tensor& of) {
    const at::Tensor p = samples.positions;
    const at::Tensor volumes = of.dim() == 5 ? of : of.unsqueeze(4);
    const at::Tensor chosen =
        at::index(volumes.movedim(1, -1), {p.select(1, 0), p.select(1, 1), p.select(1, 2), p.select(1, 3)});
    return normalised(chosen, 1);
  };
  const at::Tensor kept = samples.kept.unsqueeze(0).expand({samples.kept.size(0), -1});
  const at::Tensor same = samples.group.unsqueeze(1).eq(samples.group.unsqueeze(0));
  return info_nce_per_anchor(vectors(student), vectors(teacher),
                             same.logical_and(kept).logical_and(samples.kept.unsqueeze(1)), kept, tau);
}

TEST(RegionContrast, AgreesWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/secl");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor student = golden.leaf("student_feature"), teacher = golden.leaf("teacher_feature");
    const double tau = golden.number("tau");
    RegionSamples samples{golden.whole_numbers("positions"), golden.whole_numbers("group"), {}};
    if (golden.has("kept")) {
      samples.kept = golden.flags("kept");
      const CellClasses cells =
          class_of_cells(golden.at("teacher_probability"), grid_of(student), golden.number("confidence"));
      golden.expect_tensor("class_map", cells.of);
      golden.expect_tensor("confident", cells.confident);
    } else {
      samples.kept = at::ones_like(samples.group, at::kBool);
    }
    golden.expect_tensor("per_anchor", per_anchor(student, teacher, samples, tau));
    const at::Tensor loss = region_contrast(student, teacher, samples, tau);
    golden.expect_number("loss", loss);
    loss.backward();
    golden.expect_tensor("grad_student_feature", student.grad());
    EXPECT_FALSE(teacher.grad().defined());
  });
}

// What is drawn of the golden cases is of the groups that they say, and no class with one sample is kept.
TEST(RegionSamples, AreOfTheGoldenGroups) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/secl");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor feature = golden.at("student_feature");
    const bool anatomical = golden.has("kept");
    CellClasses cells;
    if (anatomical)
      cells = class_of_cells(golden.at("teacher_probability"), grid_of(feature), golden.number("confidence"));
    core::RandomStream draw(1, {"test"});
    const RegionSamples all = draw_region_samples(cells, feature.size(0), grid_of(feature),
                                                  anatomical ? Sampling::anatomical : Sampling::region, 100000, draw);
    std::map<std::vector<std::int64_t>, std::pair<std::int64_t, bool>> found;
    const auto key = [](const at::Tensor& of) {
      const at::Tensor position = test::on_host(of);
      const std::int64_t* const p = position.data_ptr<std::int64_t>();
      return std::vector<std::int64_t>(p, p + 4);
    };
    for (std::int64_t i = 0; i < all.group.size(0); ++i)
      found[key(all.positions[i])] = {all.group[i].item<std::int64_t>(), all.kept[i].item<bool>()};
    EXPECT_EQ(static_cast<std::int64_t>(found.size()), all.group.size(0));
    const at::Tensor positions = golden.whole_numbers("positions"), group = golden.whole_numbers("group");
    for (std::int64_t i = 0; i < group.size(0); ++i) {
      ASSERT_EQ(found.count(key(positions[i])), 1u);
      EXPECT_EQ(found[key(positions[i])].first, group[i].item<std::int64_t>());
    }
  });
}

CellClasses formula_cells(std::int64_t volumes, std::vector<std::int64_t> grid) {
  grid.insert(grid.begin(), volumes);
  const at::Tensor of = (test::formula_tensor(grid, 5) * 3).to(at::kLong);
  return {of, test::formula_tensor(grid, 6) < 0.8};
}

TEST(RegionSamples, AreDrawnWithoutReplacementByTheStreamAlone) {
  const CellClasses cells = formula_cells(2, {6, 5, 4});
  const auto drawn = [&](std::uint64_t seed) {
    core::RandomStream draw(seed, {"test"});
    return draw_region_samples(cells, 2, {6, 5, 4}, Sampling::anatomical, 7, draw);
  };
  const RegionSamples samples = drawn(3);
  EXPECT_EQ(samples.group.size(0), 2 * 3 * 7);
  EXPECT_TRUE(samples.kept.all().item<bool>());
  std::set<std::int64_t> places;
  for (std::int64_t i = 0; i < samples.group.size(0); ++i) {
    const auto at = [&](int axis) { return samples.positions[i][axis].item<std::int64_t>(); };
    EXPECT_EQ(cells.of[at(0)][at(1)][at(2)][at(3)].item<std::int64_t>(), samples.group[i].item<std::int64_t>());
    EXPECT_TRUE(cells.confident[at(0)][at(1)][at(2)][at(3)].item<bool>());
    places.insert(((at(0) * 6 + at(1)) * 5 + at(2)) * 4 + at(3));
  }
  EXPECT_EQ(static_cast<std::int64_t>(places.size()), samples.group.size(0));
  EXPECT_TRUE(at::equal(samples.positions, drawn(3).positions));
  EXPECT_FALSE(at::equal(samples.positions, drawn(4).positions));
}

TEST(RegionSamples, AClassWithASingleSampleIsDropped) {
  CellClasses cells{at::zeros({2, 3, 3}, at::kLong), at::ones({2, 3, 3}, at::kBool)};
  cells.of[1][2][0] = 1;
  core::RandomStream draw(0, {"test"});
  const RegionSamples samples = draw_region_samples(cells, 2, {3, 3}, Sampling::anatomical, 4, draw);
  EXPECT_EQ(samples.group.size(0), 9);
  EXPECT_TRUE(at::equal(samples.kept, samples.group.eq(0)));
  EXPECT_EQ(samples.positions.select(1, 3).abs().max().item<std::int64_t>(), 0);
}

TEST(RegionContrast, OfNothingIsZero) {
  const CellClasses nowhere{at::zeros({1, 3, 3}, at::kLong), at::zeros({1, 3, 3}, at::kBool)};
  core::RandomStream draw(0, {"test"});
  const RegionSamples samples = draw_region_samples(nowhere, 1, {3, 3}, Sampling::anatomical, 4, draw);
  EXPECT_EQ(samples.positions.sizes(), at::IntArrayRef({0, 4}));
  const at::Tensor student = formula_leaf({1, 2, 3, 3}, 1);
  const at::Tensor loss = region_contrast(student, student.detach(), samples, 0.1);
  EXPECT_EQ(loss.item<double>(), 0);
  loss.backward();
  EXPECT_EQ(student.grad().abs().max().item<double>(), 0);
}

TEST(RegionContrast, HasTheGradientOfItsDifferencesAndIsTheMaskedForm) {
  for (const Sampling sampling : {Sampling::anatomical, Sampling::region}) {
    for (const std::vector<std::int64_t>& grid : {std::vector<std::int64_t>{4, 5}, {4, 3, 3}}) {
      std::vector<std::int64_t> shape{2, 3};
      shape.insert(shape.end(), grid.begin(), grid.end());
      const at::Tensor student = formula_leaf(shape, 1), teacher = formula_leaf(shape, 2);
      core::RandomStream draw(3, {"test"});
      const RegionSamples samples = draw_region_samples(formula_cells(2, grid), 2, grid, sampling, 3, draw);
      const auto loss = [&] { return region_contrast(student, teacher, samples, 0.3); };
      expect_gradients_of_differences(loss, {student});
      EXPECT_NEAR(loss().item<double>(), per_anchor(student, teacher, samples, 0.3).mean().item<double>(), 1e-13);
    }
  }
}

}  // namespace
}  // namespace coopseg::training
