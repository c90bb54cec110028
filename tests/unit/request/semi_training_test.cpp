#include "coopseg/request/semi_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "coopseg/core/error.h"

namespace coopseg::request {
namespace {

using ::testing::HasSubstr;

std::string problem_of(const std::function<void(SemiTrainingRun&)>& change) {
  SemiTrainingRun run;
  change(run);
  try {
    check_training(run);
  } catch (const core::UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(SemiTraining, DefaultsAreThePublishedNumbers) {
  EXPECT_EQ(problem_of([](SemiTrainingRun&) {}), "");
  const SemiTrainingRun run;
  EXPECT_EQ(run.max_iterations, 6000u);
  EXPECT_EQ(run.stride_or_half(), (std::array<std::size_t, 3>{56, 56, 40}));
}

TEST(SemiTraining, RefusesWhatNoTrainingCanHave) {
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.patch = {112, 100, 80}; }), HasSubstr("take 96 or 112"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.patch = {112, 0, 80}; }), HasSubstr("--patch"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.patch = {4096, 4096, 4096}; }), HasSubstr("beyond all memory"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.stride = {1, 1, 96}; }), HasSubstr("--stride"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.filters = 0; }), HasSubstr("--filters"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.learning_rate = 0; }), HasSubstr("--lr"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.momentum = 1; }), HasSubstr("--momentum"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.weight_decay = -1; }), HasSubstr("--weight-decay"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.rate_factor = 0; }), HasSubstr("--lr-factor"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.max_iterations = 0; }), HasSubstr("--max-iterations"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.batch_unlabelled = 2; }), HasSubstr("give --unlabelled"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.unlabelled.emplace_back("a", "a.nii"); }),
              HasSubstr("give --batch-size L,U"));
  EXPECT_THAT(problem_of([](SemiTrainingRun& r) { r.device = "tpu"; }), HasSubstr("--device"));
}

TEST(SemiTraining, TakesPseudoLabelledCasesBesideLabelledOnesAlone) {
  const auto problem = [](const std::function<void(SemiTrainingRun&)>& change) {
    return problem_of([&](SemiTrainingRun& r) {
      r.pseudo.emplace_back("p", "p.nii");
      r.batch_pseudo = 2;
      change(r);
    });
  };
  EXPECT_EQ(problem([](auto&) {}), "");
  EXPECT_EQ(problem([](auto& r) { r.pseudo_weight = 0; }), "");
  EXPECT_THAT(problem([](auto& r) { r.pseudo.clear(); }), HasSubstr("give --pseudo"));
  EXPECT_THAT(problem([](auto& r) { r.batch_pseudo = 0; }), HasSubstr("give --batch-size L,P"));
  EXPECT_THAT(problem([](auto& r) { r.pseudo_weight = -1; }), HasSubstr("--pseudo-weight"));
  EXPECT_THAT(problem([](auto& r) { r.pseudo_weight = std::nan(""); }), HasSubstr("--pseudo-weight"));
  EXPECT_THAT(problem([](auto& r) { r.batch_pseudo = 4096, r.patch = {4096, 4096, 4096}; }), HasSubstr("all memory"));
  const auto with_pool = [](auto& r) { r.unlabelled.emplace_back("a", "a.nii"), r.batch_unlabelled = 2; };
  EXPECT_THAT(problem(with_pool), HasSubstr("--unlabelled are both given"));
  EXPECT_THAT(problem([&](auto& r) { with_pool(r), r.method = SemiMethod::mt; }), HasSubstr("for --method supervised"));
}

TEST(SemiTraining, RefusesWhatAMethodCannotHave) {
  const auto problem = [](SemiMethod method, const std::function<void(SemiTrainingRun&)>& change) {
    SemiTrainingRun run = published_training(method);
    run.unlabelled.emplace_back("a", "a.nii");
    run.patch = {32, 32, 32};
    change(run);
    try {
      check_training(run);
    } catch (const core::UsageError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  for (const auto& word : kSemiMethods.all()) {
    const SemiMethod method = *kSemiMethods.find(word);
    if (method != SemiMethod::supervised) {
      EXPECT_EQ(problem(method, [](auto&) {}), "") << word;
      EXPECT_THAT(problem(method, [](auto& r) { r.unlabelled.clear(); }), HasSubstr("give --unlabelled")) << word;
      EXPECT_THAT(problem(method, [](auto& r) { r.batch_unlabelled = 0; }), HasSubstr("has no unlabelled patches"))
          << word;
    }
  }
  EXPECT_THAT(problem(SemiMethod::duo, [](auto& r) { r.batch_labelled = 3; }), HasSubstr("give an even number"));
  EXPECT_THAT(problem(SemiMethod::mt, [](auto& r) { r.patch = {32, 32, 1}, r.norm = model::Norm::instance; }),
              HasSubstr("--norm"));
  EXPECT_THAT(problem(SemiMethod::mt, [](auto& r) { r.learning_rate = 1e10; }), HasSubstr("--lr"));
  EXPECT_THAT(problem(SemiMethod::mt, [](auto& r) { r.rate_step = 1, r.rate_factor = 2; }), HasSubstr("--lr-factor"));
  EXPECT_EQ(problem(SemiMethod::mt, [](auto& r) { r.rate_step = 1, r.rate_factor = 0.5; }), "");
  EXPECT_THAT(problem(SemiMethod::simcvd,
                      [](auto& r) {
                        r.method_settings.contrast_mlp = "65536,65536,65536";
                        r.method_settings.contrast_pool = 1024;
                      }),
              HasSubstr("--contrast-mlp: 65536,65536,65536, behind slices of 1024 x 1024"));
}

TEST(SemiTraining, PatchesHaveThreeSidesOrTwo) {
  using Sides = std::array<std::size_t, 3>;
  EXPECT_EQ(parse_patch("112,112,80", "--patch"), (Sides{112, 112, 80}));
  EXPECT_EQ(parse_patch("48", "--patch"), (Sides{48, 48, 48}));
  EXPECT_EQ(parse_patch("32,48", "--patch"), (Sides{32, 48, 1}));
  EXPECT_EQ(parse_patch("32,48,1", "--patch"), parse_patch("32,48", "--patch"));
  for (const char* text : {"", ",", "16,", "16,16,16,16", "x", "-16,16", "0,16"})
    EXPECT_THROW(parse_patch(text, "--patch"), core::UsageError) << text;
  const Sides volume{32, 32, 32}, slice{32, 32, 1};
  EXPECT_EQ(parse_stride("8", volume), (Sides{8, 8, 8}));
  EXPECT_EQ(parse_stride("8", slice), (Sides{8, 8, 1}));
  EXPECT_EQ(parse_stride("8,4", slice), (Sides{8, 4, 1}));
  EXPECT_EQ(parse_stride("8,4,2", volume), (Sides{8, 4, 2}));
  EXPECT_THROW(parse_stride("8,4", volume), core::UsageError);
}

TEST(SemiTraining, RefusesStatisticsOfOneNumber) {
  const auto problem = [](std::size_t side, std::size_t batch, model::Norm norm) {
    return problem_of([&](SemiTrainingRun& r) {
      r.patch = {16, side, 16};
      r.batch_labelled = batch;
      r.norm = norm;
    });
  };
  EXPECT_THAT(problem(16, 1, model::Norm::batch), HasSubstr("more in a batch"));
  EXPECT_THAT(problem(16, 4, model::Norm::instance), HasSubstr("one voxel"));
  EXPECT_EQ(problem(16, 2, model::Norm::batch), "");
  EXPECT_EQ(problem(32, 1, model::Norm::batch), "");
  EXPECT_EQ(problem(32, 1, model::Norm::instance), "");
}

TEST(SemiTraining, RefusesBatchesBeyondTheMemoryOfThisMachineButNotOfAGpu) {
  const auto large = [](SemiTrainingRun& r) {
    r.patch = {2048, 2048, 256};
    r.batch_labelled = 1;
    r.filters = 256;
  };
  EXPECT_THAT(problem_of(large), HasSubstr("of 2048 x 2048 x 256 voxels, 1 in a batch, needs more than"));
  EXPECT_EQ(problem_of([&](SemiTrainingRun& r) {
              large(r);
              r.device = "cuda";
            }),
            "");
}

TEST(SemiTraining, BatchesAreTwoNumbers) {
  std::size_t labelled = 0, unlabelled = 0;
  parse_batch("4", labelled, unlabelled);
  EXPECT_EQ(labelled, 4u);
  EXPECT_EQ(unlabelled, 0u);
  parse_batch("2,3", labelled, unlabelled);
  EXPECT_EQ(labelled, 2u);
  EXPECT_EQ(unlabelled, 3u);
  for (const char* text : {"", "0", "0,2", "2,", "2,2,2", "-1", "2.5", "x", "99999"})
    EXPECT_THROW(parse_batch(text, labelled, unlabelled), core::UsageError) << text;
}

}  // namespace
}  // namespace coopseg::request
