#include "coopseg/dataset/label_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "coopseg/core/error.h"
#include "coopseg/core/provenance.h"
#include "support/support.h"

namespace coopseg::dataset {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const core::LabelNames kClasses{{"LV", 1}, {"MYO", 2}};

std::string refusal(const std::function<void()>& action) {
  try {
    action();
  } catch (const core::UsageError& e) {
    return e.what();
  }
  return "";
}

core::Case drawn() {
  core::Case c("p", "p.nii.gz");
  c.set_path("label", "p_seg.nii.gz");
  c.set_labels("labels", {{"LV", 3}});
  c.set("labelled_slices", {0, 2});
  c.set_path("distance", "p_dist.nii.gz");
  c.set_path("prediction", "old.nii.gz");
  c.set("site", "north");
  return c;
}

TEST(PseudoLabel, StandsBesideTheTrueOne) {
  core::Case c = drawn();
  EXPECT_FALSE(has_pseudo_label(c));
  set_pseudo_label(c, "out/p/pred.nii.gz", kClasses, "out/p/prob.nii.gz");
  EXPECT_TRUE(has_pseudo_label(c));
  EXPECT_EQ(core::case_to_line(c, "out"),
            R"({"id":"p","image":"../p.nii.gz","label":"p/pred.nii.gz","labels":{"LV":1,"MYO":2},"site":"north",)"
            R"("true_label":"../p_seg.nii.gz","true_labels":{"LV":3},"true_labelled_slices":[0,2],)"
            R"("label_source":"pseudo","label_probabilities":"p/prob.nii.gz"})");

  // The next generation's takes the place of this one, and the true label stays the true one.
  set_pseudo_label(c, "next.nii.gz", kClasses, {});
  EXPECT_EQ(c.label(), "next.nii.gz");
  EXPECT_EQ(c.path("true_label"), "p_seg.nii.gz");
  EXPECT_EQ(c.field("true_labels"), core::Json({{"LV", 3}}));
  EXPECT_FALSE(c.path(kLabelProbabilities));

  core::Case bare("q", "q.nii.gz");
  set_pseudo_label(bare, "q_pred.nii.gz", kClasses, {});
  EXPECT_FALSE(bare.path("true_label"));
  EXPECT_TRUE(bare.field("true_labels").is_null());
}

TEST(PseudoLabel, IsRefusedAmongTrueOnesAndTrueOnesAmongThem) {
  core::Case pseudo = drawn();
  set_pseudo_label(pseudo, "pred.nii.gz", kClasses, {});
  EXPECT_EQ(refusal([&] { require_true_labels({drawn()}, "train.jsonl"); }), "");
  EXPECT_THAT(refusal([&] {
                require_true_labels({drawn(), pseudo}, "train.jsonl");
              }),
              AllOf(HasSubstr("train.jsonl"), HasSubstr("label of p is a pseudo-label"), HasSubstr("true labels only"),
                    HasSubstr("--pseudo")));
  EXPECT_EQ(refusal([&] { require_pseudo_labels({pseudo}, "pl.jsonl", false); }), "");
  EXPECT_THAT(refusal([&] {
                require_pseudo_labels({pseudo, drawn()}, "pl.jsonl", false);
              }),
              AllOf(HasSubstr("pl.jsonl"), HasSubstr("p is not marked")));
  EXPECT_THAT(refusal([&] { require_pseudo_labels({pseudo}, "pl.jsonl", true); }),
              AllOf(HasSubstr("no class probabilities"), HasSubstr("--probabilities")));
  pseudo.erase("label");
  EXPECT_THAT(refusal([&] { require_pseudo_labels({pseudo}, "pl.jsonl", false); }), HasSubstr("p has no label"));
  pseudo.set("label_source", 7);
  EXPECT_FALSE(has_pseudo_label(pseudo));
}

TEST(PseudoLabel, IsNoTrueOneWhereItsMarkIsMisspelt) {
  core::Case c = drawn();
  EXPECT_EQ(problem_of_label_source(c), "");
  c.set("label_source", "pseudo");
  EXPECT_EQ(problem_of_label_source(c), "");
  for (const core::Json& mark : {core::Json("Pseudo"), core::Json(""), core::Json(7)}) {
    c.set("label_source", mark);
    const auto names_it = AllOf(HasSubstr("l.jsonl: p: \"label_source\" is " + core::to_line(mark)),
                                HasSubstr("expected \"pseudo\", or none for a true label"));
    EXPECT_THAT(refusal([&] { require_true_labels({c}, "l.jsonl"); }), names_it);
    EXPECT_THAT(refusal([&] { require_pseudo_labels({c}, "l.jsonl", false); }), names_it);
  }
}

TEST(PseudoLabel, IsKnownByItsSidecarUntilSomebodyCorrectsIt) {
  const test::ScratchFolder folder;
  core::Case c = drawn();
  const core::fs::path file = folder / "p_seg.nii.gz";
  c.set_path("label", file);
  core::write_file(file, "a label map", core::Overwrite::no);
  const auto written_by = [&](const std::string& program, const core::Json& settings = core::Json::object()) {
    core::write_sidecar({program, {}, settings, core::Json::object()}, {}, file, core::Overwrite::yes);
    return refusal([&] { require_true_labels({c}, "train.jsonl"); });
  };
  EXPECT_EQ(written_by("cs-phantom"), "");
  EXPECT_THAT(written_by("cs-predict"),
              AllOf(HasSubstr("p_seg.nii.gz, comes from cs-predict"), HasSubstr("sidecar"), HasSubstr("mark it")));
  EXPECT_EQ(written_by("cs-preprocess"), "");
  EXPECT_THAT(written_by("cs-preprocess", {{core::kLabelsMadeBy, "cs-predict"}}),
              HasSubstr("p_seg.nii.gz, comes from cs-predict"));
  core::write_file(file, "corrected by hand", core::Overwrite::yes);
  EXPECT_EQ(refusal([&] { require_true_labels({c}, "train.jsonl"); }), "");
  core::write_file(folder / "p_seg.json", "{\"schema\": 3", core::Overwrite::yes);
  EXPECT_EQ(refusal([&] { require_true_labels({c}, "train.jsonl"); }), "");
}

}  // namespace
}  // namespace coopseg::dataset
