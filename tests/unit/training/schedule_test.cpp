// What changes in the course of a training, and the mean teacher, against golden/semi/schedules and golden/semi/ema.
#include "coopseg/training/schedule.h"

#include <gtest/gtest.h>

#include "coopseg/training/losses/agreement.h"
#include "loss_checks.h"

namespace coopseg::training {
namespace {

using test::PreciseCase;

TEST(Schedules, AgreeWithTheGoldenNumbers) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/schedules");
  const core::Json golden = core::read_json(folder / "case.json");
  const auto whole = golden["max_iterations"].get<std::size_t>();
  Schedule every2500{Schedule::Kind::step, 2500, 0.1, 0}, every3000{Schedule::Kind::step, 3000, 0.1, 0};
  for (std::size_t i = 0; i < golden["iterations"].size(); ++i) {
    const auto t = golden["iterations"][i].get<std::size_t>();
    SCOPED_TRACE(t);
    const auto expect = [&](const char* name, double found) {
      const double expected = golden[name][i].get<double>();
      EXPECT_NEAR(found, expected, 1e-9 * expected) << name;
    };
    expect("gaussian_rampup_over_training", gaussian_ramp(t, whole));
    expect("uamt_consistency_weight", 0.1 * gaussian_ramp(t / 150, 40));
    expect("uamt_uncertainty_threshold", uncertainty_threshold(0.75, gaussian_ramp(t, whole), 2));
    expect("uamt_learning_rate", 0.01 * every2500.at(t));
    expect("simcvd_learning_rate", 0.01 * every3000.at(t));
  }
}

TEST(MeanTeacher, FollowsAsTheGoldenNumbersSay) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/ema");
  test::for_each_case(folder, [](const PreciseCase& golden) {
    const at::Tensor students = golden.at("student"), start = golden.at("teacher_start");
    const std::vector<model::TensorLayout> layout{{"m", "w", start.sizes().vec(), model::LayerKind::linear,
                                                   model::TensorRole::parameter, model::Initial::zeros, 0}};
    network::Weights teacher(layout), student(layout);
    for (network::Weights* weights : {&teacher, &student}) weights->to_device(test::device());
    if (golden.in_double()) {
      teacher.to_double();
      student.to_double();
    }
    const at::NoGradGuard no_grad;
    at::Tensor(teacher.at("m/w")).copy_(start);
    std::vector<at::Tensor> found;
    const auto first = golden.about()["first_step"].get<std::size_t>();
    for (std::int64_t i = 0; i < students.size(0); ++i) {
      at::Tensor(student.at("m/w")).copy_(students[i]);
      teacher.follow(student, teacher_keep(first + static_cast<std::size_t>(i), golden.number("decay")));
      found.push_back(teacher.at("m/w").clone());
    }
    golden.expect_tensor("teacher", at::stack(found));
  });
}

}  // namespace
}  // namespace coopseg::training
