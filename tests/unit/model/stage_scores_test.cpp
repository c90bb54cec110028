#include "coopseg/model/stage_scores.h"

#include <gtest/gtest.h>

namespace coopseg::model {
namespace {

ModelDescription recorded(const char* training, bool slow_thinking = true) {
  ModelDescription description;
  description.outputs = two_stage_outputs(slow_thinking);
  description.training = core::Json::parse(training);
  return description;
}

std::string better(const char* training) {
  const auto scores = stage_scores(recorded(training));
  return scores ? scores->better() : "not known";
}

TEST(StageScores, TakesTheStageThatWasBetterAndTheFtnOfEquals) {
  EXPECT_EQ(better(R"({"validation":{"stages":{"ftn":{"mean_iou":0.81},"stn":{"mean_iou":0.8}}}})"), "ftn");
  EXPECT_EQ(better(R"({"validation":{"stages":{"ftn":{"mean_iou":0.8},"stn":{"mean_iou":0.81}}}})"), "stn");
  EXPECT_EQ(better(R"({"validation":{"stages":{"ftn":{"mean_iou":0},"stn":{"mean_iou":0}}}})"), "ftn");
}

TEST(StageScores, AreOfModelsWithBothStagesAlone) {
  const char* const both = R"({"validation":{"stages":{"ftn":{"mean_iou":0.81},"stn":{"mean_iou":0.8}}}})";
  EXPECT_TRUE(stage_scores(recorded(both)));
  EXPECT_FALSE(stage_scores(recorded(both, /*slow_thinking=*/false)));
}

TEST(StageScores, AreNoneWhereTheFileSaysSomethingElse) {
  for (const char* training :
       {"null", "[]", "7", R"("validation")", "{}", R"({"validation":null})", R"({"validation":[1]})",
        R"({"validation":{"mean_iou":0.8}})", R"({"validation":{"stages":null}})", R"({"validation":{"stages":"ftn"}})",
        R"({"validation":{"stages":{"ftn":0.8,"stn":0.7}}})", R"({"validation":{"stages":{"ftn":{"mean_iou":0.8}}}})",
        R"({"validation":{"stages":{"ftn":{"mean_iou":null},"stn":{"mean_iou":0.8}}}})",
        R"({"validation":{"stages":{"ftn":{"mean_iou":"0.9"},"stn":{"mean_iou":0.8}}}})",
        R"({"validation":{"stages":{"ftn":{"mean_iou":1.01},"stn":{"mean_iou":0.8}}}})",
        R"({"validation":{"stages":{"ftn":{"mean_iou":0.7},"stn":{"mean_iou":-1e308}}}})"}) {
    EXPECT_EQ(better(training), "not known") << training;
  }
}

}  // namespace
}  // namespace coopseg::model
