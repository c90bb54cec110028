// Plans, records and recipes: what they draw, and that they come back as they were.
#include "coopseg/artefact/plan.h"

#include <cmath>

#include "coopseg/artefact/recipe_cases.h"
#include "coopseg/artefact/record.h"
#include "coopseg/artefact/trigonometry.h"
#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "support/support.h"

namespace {

using namespace coopseg;
using namespace coopseg::artefact;

Plan plan_of(std::vector<std::vector<std::string>> chains) {
  Plan plan;
  plan.chains = std::move(chains);
  for (const auto& chain : plan.chains)
    for (const auto& type : chain) plan.ranges[type] = default_ranges(artefact_of_type(type), plan.dialect);
  return plan;
}

std::string drawn(const Plan& plan, const Variant& v, const std::string& id, const std::string& frame) {
  std::string text;
  for (const Artefact& a : draw(plan, v, id, frame, 9)) text += core::to_line(to_json(a));
  return text;
}

TEST(Plan, EveryImageAndRepeatHasDrawsOfItsOwnWhateverElseIsMade) {
  Plan many = plan_of({{"bias"}, {"motion", "spike"}, {"spike"}}), one = plan_of({{"spike"}});
  many.repeats = 3;
  const auto all = variants(many);
  ASSERT_EQ(all.size(), 9U);
  EXPECT_EQ(drawn(many, all[6], "a", "ED"), drawn(one, {}, "a", "ED"));
  EXPECT_NE(drawn(many, all[6], "a", "ED"), drawn(many, all[7], "a", "ED"));
  EXPECT_NE(drawn(one, {}, "a", "ED"), drawn(one, {}, "a", "ES"));
  EXPECT_NE(drawn(one, {}, "a", "ED"), drawn(one, {}, "b", "ED"));
  one.seed = 1;
  EXPECT_NE(drawn(many, all[6], "a", "ED"), drawn(one, {}, "a", "ED"));
  EXPECT_EQ(draw(many, all[3], "a", "ED", 9).size(), 2U);
}

TEST(Plan, AnArtefactTwiceInAChainIsDrawnTwice) {
  const Plan plan = plan_of({{"ghosting", "ghosting"}});
  const auto twice = draw(plan, {}, "a", "ED", 9);
  EXPECT_NE(to_json(twice[0]), to_json(twice[1]));
}

TEST(Plan, SeveritiesShareTheirRandomNumbers) {
  Plan plan = plan_of({{"spike"}});
  plan.severities = {2, 4};
  const auto all = variants(plan);
  const auto weak = std::get<Spike>(draw(plan, all[0], "a", "ED", 9)[0].parameters);
  const auto strong = std::get<Spike>(draw(plan, all[1], "a", "ED", 9)[0].parameters);
  EXPECT_EQ(weak.positions, strong.positions);
  EXPECT_NEAR(strong.intensity, 4 * weak.intensity, 1e-6);
}

TEST(Plan, ComesBackFromJsonAsItWas) {
  std::vector<Plan> plans{plan_of({{"bias"}, {"ghosting"}, {"motion"}, {"spike"}}), plan_of({{"motion", "spike"}})};
  plans[0].repeats = 3, plans[0].seed = 18446744073709551615U;
  plans[1].severities = {1, 5}, plans[1].around = {0, false}, plans[1].dialect = Dialect::physical;
  plans.push_back(plan_of({{"ghosting"}}));
  plans[2].given = {{Ghosting{5, 1, 0.8}}};
  plans[2].around.pad = false;
  for (const Plan& plan : plans) {
    const std::string text = core::to_line(plan_to_json(plan));
    EXPECT_EQ(core::to_line(plan_to_json(plan_from_json(core::parse_json(text, "plan"), "plan"))), text);
  }
}

TEST(Plan, WhatCannotBeMadeIsRefused) {
  const auto refused = [](const Plan& plan) { EXPECT_THROW(check_plan(plan), core::UsageError); };
  refused(Plan{});
  Plan plan = plan_of({{"spike"}});
  plan.repeats = 0, refused(plan);
  plan.repeats = 1, plan.severities = {6}, refused(plan);
  plan.severities = {2, 2}, refused(plan);
  plan.severities.clear(), plan.ranges.clear(), refused(plan);
  plan = plan_of({{"ghosting"}});
  plan.dialect = Dialect::physical, refused(plan);  // the paper's ranges hold axis 0
  plan.chains = {{"blur"}}, refused(plan);
  plan.chains = {{}}, refused(plan);
}

TEST(Record, HoldsAllThatIsNeeded) {
  const test::ScratchFolder scratch;
  Record record{{{Ghosting{5, 1, 0.8}}, {Spike{{{0.1, 0.2, 0.3}}, {}, 2}}}, {0, false}, 9, {}};
  core::Json sidecar = to_json(record);
  sidecar["inputs"] = {{{"name", "a"}, {"sha256", "abc"}}};
  core::write_file(scratch / "r.json", core::to_text(sidecar));
  const Record read = read_record(scratch / "r.json");
  EXPECT_EQ(core::to_line(to_json(read)), core::to_line(to_json(record)));
  EXPECT_EQ(read.input_sha256, "abc");
  const auto refused = [&](const std::string& bad) {
    core::write_file(scratch / "bad.json", bad, core::Overwrite::yes);
    EXPECT_THROW(read_record(scratch / "bad.json"), core::DataError) << bad;
  };
  for (const char* bad : {R"({"artefacts":[]})", R"({"artefacts":7})", "[]", "{}"}) refused(bad);
  const std::string good = R"({"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":1,"intensity":1})";
  for (const char* bad : {"\"crop\":-3", "\"crop\":\"a\"", "\"crop\":0", "\"compression\":0", "\"rescale\":2"})
    refused(good + "," + bad + "}");
}

// Records and recipes of the time when all small slices were padded do not say so.
TEST(Record, OneThatNamesACropAloneIsPadded) {
  const test::ScratchFolder scratch;
  const std::string alone = R"({"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":1,"intensity":1})";
  const auto is_padded = [&](const std::string& members) {
    core::write_file(scratch / "r.json", alone + members + "}", core::Overwrite::yes);
    const Record record = read_record(scratch / "r.json");
    EXPECT_EQ(to_json(record).contains("pad"), !record.around.pad);
    return record.around.pad;
  };
  EXPECT_TRUE(is_padded(R"(,"crop":192)"));
  EXPECT_FALSE(is_padded(R"(,"crop":192,"pad":false)"));
  EXPECT_FALSE(is_padded("")) << "parameters alone have the program's default";
  EXPECT_THROW(is_padded(R"(,"crop":192,"pad":1)"), core::DataError);
  core::Json old = plan_to_json(plan_of({{"spike"}}));
  EXPECT_FALSE(old.contains("pad"));
  EXPECT_TRUE(plan_from_json(old, "plan").around.pad);
}

TEST(Recipe, ComesBackAndKnowsItsImagesByTheirBytes) {
  const test::ScratchFolder scratch;
  core::write_file(scratch / "one", "1");
  core::write_file(scratch / "two", "2");
  const std::string one = core::sha256("1");
  Recipe recipe{plan_of({{"spike"}}), SetLayout::folders, 3, {}};
  std::string text = recipe_head(recipe, core::Json::object());
  for (const RecipeLine& line : {RecipeLine{"a", "ED", "spike", {}, 0, one, "x/a.nii.gz", "s", "v"},
                                 RecipeLine{"a", "ED", "spike", 2, 1, one, "x/b.nii.gz", "s", "v"},
                                 RecipeLine{"b", "", "spike", {}, 0, core::sha256("9"), "x/c.nii.gz", "s", "v"}})
    text += recipe_text(line);
  core::write_file(scratch / "r.jsonl", text);
  recipe = read_recipe(scratch / "r.jsonl");
  ASSERT_EQ(recipe.lines.size(), 3U);
  EXPECT_EQ(recipe.compression, 3);
  EXPECT_EQ(recipe.layout, SetLayout::folders);
  EXPECT_EQ(recipe.lines[1].severity, 2);

  const std::vector<core::Case> list{core::Case("other", scratch / "two"), core::Case("mine", scratch / "one")};
  const RecipeCases found = cases_of_recipe(recipe, list);
  ASSERT_EQ(found.cases.size(), 1U);
  EXPECT_EQ(found.cases[0].name(), "a ED");
  EXPECT_EQ(found.cases[0].image(), scratch / "one");
  ASSERT_EQ(found.missing.size(), 1U);
  EXPECT_EQ(found.missing[0]->id, "b");
}

TEST(Recipe, WrongOnesAreRefusedByLine) {
  const test::ScratchFolder scratch;
  const std::string head = recipe_head({plan_of({{"spike"}}), SetLayout::cases, 6, {}}, core::Json::object());
  const std::string good = recipe_text({"a", "ED", "spike", {}, 0, "i", "a.nii.gz", "s", "v"});
  std::string climbs = good, no_file = good;
  climbs.replace(climbs.find("a.nii"), 5, "../b.nii");
  no_file.replace(no_file.find("\"file\""), 6, "\"fill\"");
  const std::pair<std::string, const char*> wrong[] = {
      {"", "r.jsonl"}, {good, "line 1"}, {head, "empty"}, {head + head, "line 2"}, {head + climbs, "line 2"},
      {head + no_file, "\"file\""}, {head + "{", "line 2"}};
  for (const auto& [text, says] : wrong) {
    core::write_file(scratch / "r.jsonl", text, core::Overwrite::yes);
    try {
      read_recipe(scratch / "r.jsonl");
      ADD_FAILURE() << "accepted: " << text;
    } catch (const core::UsageError& e) {
      EXPECT_NE(std::string(e.what()).find(says), std::string::npos) << e.what();
    }
  }
}

TEST(Trigonometry, AgreesWithTheLibrary) {
  for (int i = -4000; i <= 4000; ++i) {
    const double x = i * 0.0137;
    double c, s;
    cosine_and_sine(x, c, s);
    ASSERT_NEAR(c, std::cos(x), 4e-16) << x;
    ASSERT_NEAR(s, std::sin(x), 4e-16) << x;
  }
  for (const std::size_t n : {1, 2, 7, 192, 1001})
    for (std::size_t k = 0; k < n; ++k) {
      double re, im;
      root(k, n, re, im);
      const double angle = -2 * M_PI * static_cast<double>(k) / static_cast<double>(n);
      ASSERT_NEAR(re, std::cos(angle), 1e-15);
      ASSERT_NEAR(im, std::sin(angle), 1e-15);
    }
  double c, s;
  cosine_and_sine(1e9, c, s);
  EXPECT_NEAR(c * c + s * s, 1, 1e-12);
}

}  // namespace
