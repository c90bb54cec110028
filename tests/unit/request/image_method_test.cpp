// Parameters of the comparison methods: what is refused, and what is remembered.
#include "coopseg/request/image_method.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "coopseg/core/error.h"

namespace coopseg::request {
namespace {

ImageMethodSettings settings_of(const std::string& method) {
  ImageMethodSettings settings;
  settings.method = method;
  return settings;
}

std::string problem_of(const ImageMethodSettings& settings) {
  try {
    check_image_method(settings);
    return {};
  } catch (const core::UsageError& e) {
    return e.subject() + ": " + e.problem();
  }
}

TEST(ImageMethod, DefaultsAreValidAndOptionsUnique) {
  ImageMethodSettings settings;
  std::set<std::string> options;
  for (const Parameter& p : parameters(settings)) {
    EXPECT_TRUE(p.valid) << p.option;
    EXPECT_TRUE(options.insert(p.option).second) << p.option;
    EXPECT_FALSE(p.methods.empty()) << p.option;
    for (const std::string& method : p.methods)
      EXPECT_NE(std::find(kImageMethods.begin(), kImageMethods.end(), method), kImageMethods.end()) << method;
  }
  for (const std::string& method : kImageMethods) EXPECT_EQ(problem_of(settings_of(method)), "");
}

TEST(ImageMethod, RefuseWhatCannotBe) {
  ImageMethodSettings s = settings_of("rand-mwm");
  s.rand_mwm.continue_probability = 1.5;
  EXPECT_EQ(problem_of(s), "--mwm-continue-probability: must be in [0, 1]");
  s = settings_of("adv-bias");
  s.adv_bias.epsilon = 1;
  EXPECT_EQ(problem_of(s), "--advbias-epsilon: must be in [0, 1)");
  s = settings_of("adv-noise");
  s.adv_noise.xi = 0;
  EXPECT_EQ(problem_of(s), "--advnoise-xi: must be a number above 0");
  for (const double wrong : {-1.0, std::nan(""), HUGE_VAL}) {
    s = settings_of("adv-noise");
    s.adv_noise.epsilon = wrong;
    EXPECT_EQ(problem_of(s), "--advnoise-epsilon: must be a number from 0") << wrong;
  }
  s = settings_of("rand-conv");
  s.rand_conv.views = 1;
  EXPECT_EQ(problem_of(s), "--randconv-views: must be a whole number from 2 to 10");
  for (const char* sizes : {"", "2", "1,", ",3", "3,4", "a", "3 5", "-3"}) {
    s = settings_of("rand-conv");
    s.rand_conv.kernel_sizes = sizes;
    EXPECT_EQ(problem_of(s), "--randconv-kernel-sizes: must be odd numbers separated by commas") << sizes;
  }
  // Another method's are nothing to it.
  s = settings_of("rand-mwm");
  s.adv_bias.epsilon = 1;
  EXPECT_EQ(problem_of(s), "");
}

TEST(ImageMethod, RefuseAMethodWithoutAnyLoss) {
  ImageMethodSettings s = settings_of("rand-mwm");
  s.hard_weight = 0;
  EXPECT_EQ(problem_of(s), "--method rand-mwm: has no loss: its weights are 0");
  s = settings_of("rand-conv");
  s.hard_weight = 0;  // its loss is another one
  EXPECT_EQ(problem_of(s), "");
  s.consistency_weight = 0;
  EXPECT_EQ(problem_of(s), "--method rand-conv: has no loss: its weights are 0");
  s = settings_of("adv-noise");
  s.hard_weight = 0;
  EXPECT_EQ(problem_of(s), "");
  s.consistency_weight = 0;
  EXPECT_EQ(problem_of(s), "--method adv-noise: has no loss: its weights are 0");
}

TEST(ImageMethod, RememberWhatTheMethodUses) {
  const core::Json bias = to_json(settings_of("adv-bias"));
  EXPECT_EQ(core::to_line(bias),
            R"({"advbias_epsilon":0.3,"advbias_steps":1,"advbias_step_size":1.0,"advbias_form":"box",)"
            R"("advbias_downscale":2,"advbias_spacing":0,"advbias_kl_weight":1.0,"advbias_contour_weight":0.5,)"
            R"("consistency_weight":1.0,"hard_weight":1.0,"hard_rescale":true})");
  ImageMethodSettings conv = settings_of("rand-conv");
  EXPECT_FALSE(to_json(conv).contains("hard_weight"));
  EXPECT_FALSE(to_json(conv).contains("randconv_identity_probability"));
  conv.rand_conv.loss = "hard-example";
  conv.rand_conv.mix = false;
  EXPECT_TRUE(to_json(conv).contains("hard_weight"));
  EXPECT_TRUE(to_json(conv).contains("randconv_identity_probability"));
  EXPECT_FALSE(to_json(conv).contains("randconv_lambda"));
  EXPECT_EQ(core::to_line(to_json(conv, /*looks_only=*/true)),
            R"({"randconv_kernel_sizes":"1,3,5,7","randconv_mix":false,"randconv_identity_probability":0.5})");
}

}  // namespace
}  // namespace coopseg::request
