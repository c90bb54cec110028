// Methods with few labels: their parameters, what they were published with, and what is refused.
#include "coopseg/request/semi_method.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/request/semi_training.h"

namespace coopseg::request {
namespace {

using ::testing::HasSubstr;

std::string problem_of(SemiMethod method, const std::function<void(SemiMethodSettings&)>& change = [](auto&) {}) {
  SemiMethodSettings settings = published(method);
  change(settings);
  try {
    check_semi_method(settings, method);
    return {};
  } catch (const core::UsageError& e) {
    return e.subject() + ": " + e.problem();
  }
}

TEST(SemiMethod, PublishedSettingsAreValidAndOptionsUnique) {
  for (const auto& word : kSemiMethods.all()) {
    const SemiMethod method = *kSemiMethods.find(word);
    EXPECT_EQ(problem_of(method), "") << word;
    SemiMethodSettings settings = published(method);
    std::set<std::string> options;
    for (const Parameter& p : parameters(settings)) {
      EXPECT_TRUE(p.valid && p.idle.empty()) << p.option;
      EXPECT_TRUE(options.insert(p.option).second) << p.option;
      EXPECT_FALSE(p.methods.empty()) << p.option;
      for (const std::string& owner : p.methods) EXPECT_TRUE(kSemiMethods.find(owner)) << owner;
    }
  }
}

// The numbers of the papers and of the public code (UA-MT, DTC, Duo-SegNet; SimCVD's text), and those chosen for methods
// of which an abstract is known.
TEST(SemiMethod, PublishedNumbers) {
  const std::map<SemiMethod, std::string> wanted{
      {SemiMethod::supervised, "{}"},
      {SemiMethod::mt,
       R"({"ramp_length":6000,"ramp_step":150,"ema_decay":0.99,"ema_warm_start":true,"noise":0.1,"noise_clip":0.2,)"
       R"("consistency_weight":0.1})"},
      {SemiMethod::uamt,
       R"({"ramp_length":6000,"ramp_step":150,"ema_decay":0.99,"ema_warm_start":true,"noise":0.1,"noise_clip":0.2,)"
       R"("consistency_weight":0.1,"mc_passes":8,"uncertainty_start":0.75})"},
      {SemiMethod::dtc,
       R"({"ramp_length":6000,"ramp_step":150,"distance_weight":0.3,"consistency_weight":1.0,)"
       R"("distance_steepness":1500.0})"},
      {SemiMethod::simcvd,
       R"({"ramp_length":6000,"ramp_step":1,"ramp_terms":"contrast,distillation,consistency","ema_decay":0.999,)"
       R"("ema_warm_start":true,"noise":0.1,"noise_clip":0.2,"distance_weight":0.1,"contrast_weight":0.5,)"
       R"("contrast_tau":0.5,"distillation_weight":0.1,"consistency_weight":0.1,"contrast_normalise":true,)"
       R"("alpha_dropout":0.1,"contrast_pool":128,"contrast_mlp":"256,256,128","contrast_slices":0,)"
       R"("distillation_tau":1.0,"distillation_reduction":"mean","consistency_outputs":"probability"})"},
      {SemiMethod::cvrl,
       R"({"ramp_length":6000,"ramp_step":1,"ema_decay":0.99,"ema_warm_start":true,"noise":0.1,"noise_clip":0.2,)"
       R"("consistency_weight":0.1,"elastic_weight":0.1,"elastic_rho":1.0,"volume_weight":0.1,"volume_tau":0.1,)"
       R"("volume_queue":64,"voxel_weight":0.1,"voxel_tau":0.1})"},
      {SemiMethod::secl,
       R"({"ramp_length":6000,"ramp_step":1,"ema_decay":0.99,"ema_warm_start":true,"noise":0.1,"noise_clip":0.2,)"
       R"("contrast_weight":0.1,"contrast_tau":0.1,"sampling":"anatomical","samples":64,"confidence":0.8,)"
       R"("feature_stage":3})"},
      {SemiMethod::duo,
       R"({"difference_weight":0.4,"adversarial_weight":0.2,"critic_lr":0.00005,"critic_optimiser":"rmsprop",)"
       R"("faithful":false})"}};
  for (const auto& [method, text] : wanted)
    EXPECT_EQ(to_json(published(method), method), core::Json::parse(text)) << kSemiMethods.of(method);
}

TEST(SemiMethod, PublishedTrainings) {
  for (const auto& word : kSemiMethods.all()) {
    const SemiMethod method = *kSemiMethods.find(word);
    const SemiTrainingRun run = published_training(method);
    const bool alone = method == SemiMethod::supervised, duo = method == SemiMethod::duo,
               simcvd = method == SemiMethod::simcvd;
    EXPECT_EQ(run.method, method);
    EXPECT_EQ(run.batch_labelled, alone ? 4u : 2u) << word;
    EXPECT_EQ(run.batch_unlabelled, alone ? 0u : duo ? 1u : 2u) << word;
    EXPECT_EQ(run.optimiser, SemiOptimiser::sgd) << word;
    EXPECT_EQ(run.learning_rate, 0.01) << word;
    EXPECT_EQ(run.momentum, 0.9) << word;
    EXPECT_EQ(run.max_iterations, 6000u) << word;
    EXPECT_EQ(run.rate_step, duo ? 0u : simcvd ? 3000u : 2500u) << word;
    EXPECT_EQ(run.rate_factor, 0.1) << word;
    EXPECT_EQ(run.weight_decay, duo ? 0 : simcvd ? 5e-4 : 1e-4) << word;
  }
}

TEST(SemiMethod, WhatEachNeeds) {
  const auto views = [](SemiMethod method) { return noise_views(published(method), method); };
  EXPECT_FALSE(needs_unlabelled(SemiMethod::supervised));
  EXPECT_TRUE(needs_unlabelled(SemiMethod::duo));
  EXPECT_EQ(views(SemiMethod::supervised), 0u);
  EXPECT_EQ(views(SemiMethod::dtc), 0u);
  EXPECT_EQ(views(SemiMethod::duo), 0u);
  EXPECT_EQ(views(SemiMethod::mt), 1u);
  EXPECT_EQ(views(SemiMethod::uamt), 9u);
  EXPECT_EQ(views(SemiMethod::simcvd), 2u);
  for (const auto& word : kSemiMethods.all())
    EXPECT_EQ(has_distances(*kSemiMethods.find(word)), word == "dtc" || word == "simcvd") << word;
}

TEST(SemiMethod, RefuseWhatCannotBe) {
  EXPECT_EQ(problem_of(SemiMethod::mt, [](auto& s) { s.ema_decay = 1.5; }), "--ema-decay: must be in [0, 1]");
  for (const double wrong : {-1.0, std::nan(""), HUGE_VAL})
    EXPECT_EQ(problem_of(SemiMethod::uamt, [&](auto& s) { s.noise = wrong; }), "--noise: must be a number from 0");
  EXPECT_EQ(problem_of(SemiMethod::simcvd, [](auto& s) { s.contrast_tau = 0; }),
            "--contrast-tau: must be a number above 0");
  EXPECT_EQ(problem_of(SemiMethod::simcvd, [](auto& s) { s.alpha_dropout = 1; }), "--alpha-dropout: must be in [0, 1)");
  EXPECT_EQ(problem_of(SemiMethod::simcvd, [](auto& s) { s.distillation_reduction = "max"; }),
            "--distillation-reduction: must be mean or sum");
  EXPECT_EQ(problem_of(SemiMethod::duo, [](auto& s) { s.critic_lr = 0; }), "--critic-lr: must be a number above 0");
  EXPECT_EQ(problem_of(SemiMethod::secl, [](auto& s) { s.confidence = 1; }), "--confidence: 1 leaves no voxel");
  EXPECT_EQ(problem_of(SemiMethod::mt, [](auto& s) { s.ramp_step = 0; }),
            "--ramp-step: must be a whole number from 1 to 1000000000");
  // Another method's are nothing to it.
  EXPECT_EQ(problem_of(SemiMethod::mt, [](auto& s) { s.critic_lr = 0; }), "");
}

TEST(SemiMethod, WhatIsIdleIsNotRemembered) {
  SemiMethodSettings s = published(SemiMethod::simcvd);
  s.ramp_length = 0;
  s.contrast_weight = s.distillation_weight = s.consistency_weight = 0;
  EXPECT_EQ(to_json(s, SemiMethod::simcvd),
            core::Json::parse(R"({"ramp_length":0,"ema_decay":0.999,"ema_warm_start":true,"noise":0.1,)"
                              R"("noise_clip":0.2,"distance_weight":0.1,"contrast_weight":0.0,)"
                              R"("distillation_weight":0.0,"consistency_weight":0.0})"));
  s = published(SemiMethod::secl);
  s.sampling = "region";
  EXPECT_FALSE(to_json(s, SemiMethod::secl).contains("confidence"));
  EXPECT_TRUE(to_json(s, SemiMethod::secl).contains("samples"));
}

TEST(SemiMethod, TermsThatRise) {
  const auto problem = [](const std::string& terms) {
    return problem_of(SemiMethod::simcvd, [&](auto& s) { s.ramp_terms = terms; });
  };
  for (const char* terms : {"none", "contrast", "consistency,contrast", "contrast,distillation,consistency"})
    EXPECT_EQ(problem(terms), "") << terms;
  for (const char* terms : {"", ",", "foo", "none,contrast", "contrast,", "contrast,contrast", "Contrast"})
    EXPECT_THAT(problem(terms), HasSubstr("some of contrast, distillation, consistency, or none")) << terms;
  SemiMethodSettings s;
  s.ramp_terms = "consistency,contrast";
  EXPECT_TRUE(is_ramped(s, "contrast"));
  EXPECT_FALSE(is_ramped(s, "distillation"));
  s.ramp_terms = "none";
  EXPECT_FALSE(is_ramped(s, "consistency"));
}

TEST(SemiMethod, WidthsOfLayers) {
  using Widths = std::array<int, 3>;
  EXPECT_EQ(mlp_widths("256,256,128"), (Widths{256, 256, 128}));
  EXPECT_EQ(mlp_widths("1,65536,3"), (Widths{1, 65536, 3}));
  for (const char* text : {"", "1", "1,2", "1,2,3,4", "1,,3", "0,1,1", "-1,2,3", "1.5,2,3", "a,b,c", "65537,1,1",
                           "1,2,99999999999999999999"})
    EXPECT_EQ(mlp_widths(text), (Widths{0, 0, 0})) << text;
}

}  // namespace
}  // namespace coopseg::request
