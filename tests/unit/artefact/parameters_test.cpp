#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/parameters.h"
#include "coopseg/artefact/sampling.h"
#include "coopseg/core/error.h"
#include "support/support.h"

namespace {

using namespace coopseg;
using namespace coopseg::artefact;

TEST(Parameters, TermsOfTheBiasFieldCountTheColumnsFastest) {
  const auto terms = bias_exponents(3);
  ASSERT_EQ(terms.size(), 20U);
  EXPECT_EQ(terms[3], (std::array<unsigned, 3>{0, 0, 3}));
  EXPECT_EQ(terms[4], (std::array<unsigned, 3>{0, 1, 0}));
  EXPECT_EQ(terms[19], (std::array<unsigned, 3>{3, 0, 0}));
  EXPECT_EQ(bias_exponents(5).size(), 56U);
}

TEST(Parameters, ComeBackFromJsonAsTheyWere) {
  for (const char* name : {"bias_field", "ghosting", "spike", "motion"})
    for (const Dialect dialect : {Dialect::paper, Dialect::legacy, Dialect::physical}) {
      core::RandomStream draw(1, {name});
      const Artefact a = sample(default_ranges(name, dialect), dialect, 3, draw);
      const std::string text = core::to_text(to_json(a));
      const Artefact b = artefact_from_json(core::parse_json(text, "a"), "a");
      EXPECT_EQ(core::to_text(to_json(b)), text);
      EXPECT_EQ(b.dialect, dialect);
    }
}

struct Bad {
  const char *text, *names;
};

TEST(Parameters, BadOnesAreRefusedInOneLineThatNamesTheField) {
  const Bad cases[] = {
      {R"({"artefact":"ghosting","parameters":{"num_ghosts":-1,"axis":0,"intensity":1}})", "num_ghosts"},
      {R"({"artefact":"ghosting","parameters":{"num_ghosts":2.5,"axis":0,"intensity":1}})", "num_ghosts"},
      {R"({"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":3,"intensity":1}})", "axis"},
      {R"({"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":1,"intensity":null}})", "intensity"},
      {R"({"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":1}})", "intensity"},
      {R"({"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":1,"intensity":1e300}})", "intensity"},
      {R"({"artefact":"ghosting","parameters":{"num_ghosts":4,"axis":1,"intensity":1,"ghosts":3}})", "ghosts"},
      {R"({"artefact":"spike","parameters":{"positions":[[0.1,1.0,0.2]],"intensity":1}})", "positions[0]"},
      {R"({"artefact":"spike","parameters":{"positions":[[0.1,0.2]],"intensity":1}})", "positions"},
      {R"({"artefact":"spike_legacy","parameters":{"positions_flat":[-0.1],"intensity":1}})", "positions_flat[0]"},
      {R"({"artefact":"bias_field","parameters":{"order":1,"coefficients":[1,2,3]}})", "coefficients"},
      {R"({"artefact":"bias_field","parameters":{"order":99,"coefficients":[]}})", "order"},
      {R"({"artefact":"motion","parameters":{"degrees":[[1,2,3]],"translation":[],"times":[0.5]}})", "translation"},
      {R"({"artefact":"motion","parameters":{"degrees":[[1,2,3]],"translation":[[1,2,3]],"times":[1]}})", "times[0]"},
      {R"({"artefact":"motion","parameters":{"degrees":[],"translation":[],"times":[]}})", "times"},
      {R"({"artefact":"blur","parameters":{}})", "artefact"},
      {R"({"parameters":{}})", "artefact"},
      {R"([1])", "artefact"},
      {R"({"artefact":"spike","parameters":7})", "parameters"}};
  for (const Bad& c : cases) {
    try {
      artefact_from_json(core::parse_json(c.text, "bad"), "bad.json");
      ADD_FAILURE() << "accepted: " << c.text;
    } catch (const core::DataError& e) {
      const std::string what = e.what();
      EXPECT_NE(what.find(c.names), std::string::npos) << what;
      EXPECT_NE(what.find("bad.json"), std::string::npos) << what;
      EXPECT_EQ(what.find('\n'), std::string::npos) << what;
    }
  }
}

TEST(Parameters, NotANumberIsRefusedWhenApplied) {
  const image::Image image(image::Grid{});
  EXPECT_THROW(apply(image, {Ghosting{4, 1, std::nan("")}}), core::DataError);
  EXPECT_THROW(apply(image, {Spike{{{0.1, std::nan(""), 0.2}}, {}, 1}}), core::DataError);
}

TEST(Parameters, BadRangesNameTheField) {
  GhostingRanges ghosts;
  ghosts.fewest = 11;
  EXPECT_THROW(check_ranges(Ranges{ghosts}), core::UsageError);
  MotionRanges motion;
  motion.degrees = {5, -5};
  EXPECT_THROW(check_ranges(Ranges{motion}), core::UsageError);
  BiasFieldRanges bias;
  bias.coefficients.high = std::nan("");
  EXPECT_THROW(check_ranges(Ranges{bias}), core::UsageError);
  EXPECT_THROW(default_ranges("blur", Dialect::paper), core::UsageError);
}

}  // namespace
