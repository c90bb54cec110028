// Of each batch every process has a part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "coopseg/core/error.h"
#include "coopseg/request/pretraining.h"
#include "coopseg/request/semi_training.h"
#include "coopseg/request/training.h"

namespace coopseg::request {
namespace {

using ::testing::HasSubstr;

std::string problem_of(const std::function<void()>& check) {
  try {
    check();
  } catch (const core::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Shares, OfSlices) {
  const auto problem = [](std::size_t ranks, std::size_t batch) {
    TrainingRun run;
    run.batch_size = batch;
    run.ranks.count = ranks;
    return problem_of([&] { check_training(run); });
  };
  EXPECT_EQ(problem(4, 4), "");
  EXPECT_EQ(problem(5, 4),
            "--ranks: has 5 processes share 4 slices of a batch; take fewer, or more in a batch (--batch-size)");
}

TEST(Shares, OfPretraining) {
  PretrainingRun run;
  run.batch_size = 3;
  run.ranks.count = 3;
  EXPECT_EQ(problem_of([&] { check_pretraining(run); }), "");
  run.ranks.count = 4;
  EXPECT_THAT(problem_of([&] { check_pretraining(run); }), HasSubstr("--ranks: has 4 processes share 3 images"));
}

TEST(Shares, OfEachStreamOfPatches) {
  const auto problem = [](SemiMethod method, std::size_t ranks, std::size_t labelled, std::size_t others) {
    SemiTrainingRun run = published_training(method);
    run.patch = {32, 32, 32};
    run.batch_labelled = labelled;
    run.ranks.count = ranks;
    if (method == SemiMethod::supervised && others > 0) {
      run.pseudo.emplace_back("p", "p.nii");
      run.batch_pseudo = others;
    } else if (others > 0) {
      run.unlabelled.emplace_back("a", "a.nii");
      run.batch_unlabelled = others;
    }
    return problem_of([&] { check_training(run); });
  };
  EXPECT_EQ(problem(SemiMethod::supervised, 4, 4, 0), "");
  EXPECT_THAT(problem(SemiMethod::supervised, 4, 3, 0), HasSubstr("4 processes share 3 labelled patches"));
  EXPECT_THAT(problem(SemiMethod::supervised, 3, 3, 2), HasSubstr("3 processes share 2 pseudo-labelled patches"));
  EXPECT_EQ(problem(SemiMethod::mt, 2, 2, 2), "");
  EXPECT_THAT(problem(SemiMethod::mt, 2, 2, 1), HasSubstr("2 processes share 1 unlabelled patches"));
  EXPECT_EQ(problem(SemiMethod::duo, 2, 4, 2), "");
  EXPECT_THAT(problem(SemiMethod::duo, 3, 4, 3), HasSubstr("3 processes share 2 labelled patches of each network"));
}

TEST(Shares, AreNormalisedByThemselvesOnlyWhereTheyAreMoreThanANumber) {
  SemiTrainingRun run;
  run.patch = {16, 16, 16};
  run.batch_labelled = run.ranks.count = 2;
  EXPECT_EQ(problem_of([&] { check_training(run); }), "");
  run.sync_norm = false;
  EXPECT_THAT(problem_of([&] { check_training(run); }), HasSubstr("leaves one voxel to the deepest stage"));
  run.batch_labelled = 4;
  EXPECT_EQ(problem_of([&] { check_training(run); }), "");
}

}  // namespace
}  // namespace coopseg::request
