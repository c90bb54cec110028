#include "coopseg/phantom/cohort.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "coopseg/core/error.h"

namespace coopseg::phantom {
namespace {

TEST(Cohort, MadeInPartsIsTheOneMadeAtOnce) {
  const auto all = make_cohort("p", 1, 7, {"A", "C", "F"});
  const auto late = make_cohort("p", 4, 4, {"A", "C", "F"});
  ASSERT_EQ(all.size(), 7u);
  EXPECT_EQ(all[0].id, "p001");
  EXPECT_EQ(all[4].site, "C");
  for (std::size_t n = 0; n < late.size(); ++n) {
    EXPECT_EQ(late[n].id, all[n + 3].id);
    EXPECT_EQ(late[n].site, all[n + 3].site);
  }
  EXPECT_EQ(make_cohort("p", 1234, 1, {"A"})[0].id, "p1234");
}

TEST(Cohort, ReadsSites) {
  EXPECT_EQ(first_sites(3), (std::vector<std::string>{"A", "B", "C"}));
  EXPECT_EQ(parse_sites("C,A"), (std::vector<std::string>{"C", "A"}));
  for (const char* bad : {"", "a", "AB", "A,", "A,A", "1"}) EXPECT_THROW(parse_sites(bad), core::UsageError) << bad;
  EXPECT_THROW(first_sites(0), core::UsageError);
  EXPECT_THROW(first_sites(27), core::UsageError);
}

TEST(Cohort, ReadsFramesAndSizes) {
  EXPECT_EQ(parse_frames("ES"), std::vector<Phase>{Phase::end_systole});
  EXPECT_EQ(parse_frames("ED,ES").size(), 2u);
  for (const char* bad : {"", "ed", "ED,ED", "ED,", "ED ES"}) EXPECT_THROW(parse_frames(bad), core::UsageError) << bad;
  EXPECT_EQ(parse_size("96"), (std::array<std::size_t, 2>{96, 96}));
  EXPECT_EQ(parse_size("216x256"), (std::array<std::size_t, 2>{216, 256}));
  for (const char* bad : {"", "x", "96x", "x96", "96x96x9", "8", "2000", "-96", "9.5", "96 x 96"}) {
    EXPECT_THROW(parse_size(bad), core::UsageError) << bad;
  }
}

TEST(Scanner, IsTheSameForASiteWhateverElseIsDrawn) {
  std::set<std::string> different;
  for (const auto& site : Scanner::all_sites()) {
    const Scanner s = Scanner::of_site(site), again = Scanner::of_site(site);
    EXPECT_EQ(s.sequence.flip_degrees, again.sequence.flip_degrees);
    EXPECT_EQ(s.noise, again.noise);
    different.insert(fmt::format("{} {} {}", s.sequence.tr_ms, s.noise, s.spacing_mm));
    // What short-axis cine protocols use; ACDC's in-plane spacings, give or take.
    EXPECT_GE(s.spacing_mm, 1.3);
    EXPECT_LE(s.spacing_mm, 1.7);
    EXPECT_GE(s.slice_spacing_mm, 5);
    EXPECT_LE(s.slice_spacing_mm, 10);
    EXPECT_LE(s.slice_thickness_mm, s.slice_spacing_mm);
    EXPECT_GT(s.sequence.te_ms, 0);
    EXPECT_LT(s.sequence.te_ms, s.sequence.tr_ms);
    EXPECT_GE(s.coil_shading, 0);
    EXPECT_LE(s.noise_correlation, 0.2);
  }
  EXPECT_EQ(different.size(), 26u);
  EXPECT_THROW(Scanner::of_site("AA"), core::UsageError);
}

TEST(CoilArray, IsOneAtTheHeartSmoothAndBrighterAtTheChest) {
  const Scanner s = Scanner::of_site("B");
  const CoilArray coils(s, {-28, 28, 0}, 170, 112);
  EXPECT_NEAR(coils.sensitivity({0, 0, 0}), 1, 1e-12);
  EXPECT_GT(coils.sensitivity({-20, -75, 0}), 1.3);
  for (double x = -150; x < 150; x += 10) {
    const double step = coils.sensitivity({x + 1, 0, 0}) / coils.sensitivity({x, 0, 0});
    EXPECT_NEAR(step, 1, 0.03);
  }
}

}  // namespace
}  // namespace coopseg::phantom
