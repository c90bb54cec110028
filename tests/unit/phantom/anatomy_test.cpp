// What must hold for every subject that can be drawn.
#include "coopseg/phantom/anatomy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "coopseg/phantom/body.h"
#include "coopseg/phantom/heart.h"

namespace coopseg::phantom {
namespace {

constexpr int kSubjects = 50;

std::string id_of(int n) { return fmt::format("subject{}", n); }

// The labels of a heart on a coarse grid in the heart's own axes.
class CoarseHeart {
 public:
  CoarseHeart(const Anatomy& a, Phase phase) : heart_(a, phase) {
    for (int k = 0; k < kLevels; ++k) {
      for (int j = 0; j < kSide; ++j) {
        for (int i = 0; i < kSide; ++i) {
          at(i, j, k) = heart_.at_local({position(i), position(j), height(k)}).label;
        }
      }
    }
  }
  double volume_ml(int label) const {
    const auto voxels = static_cast<double>(std::count(labels_.begin(), labels_.end(), label));
    return voxels * kStep * kStep * kStepAlong / 1000;
  }
  // Pairs of neighbouring voxels in the planes between `from` and `to` (fractions from base to apex).
  std::array<std::array<int, 4>, 4> contacts(double from, double to) const {
    std::array<std::array<int, 4>, 4> found{};
    for (int k = 0; k < kLevels; ++k) {
      const double along = (height(k) - heart_.base_mm()) / (heart_.apex_mm() - heart_.base_mm());
      if (along < from || along > to) continue;
      for (int j = 1; j + 1 < kSide; ++j) {
        for (int i = 1; i + 1 < kSide; ++i) {
          for (int dj = -1; dj <= 1; ++dj) {
            for (int di = -1; di <= 1; ++di) ++found[at(i, j, k)][at(i + di, j + dj, k)];
          }
        }
      }
    }
    return found;
  }
  bool touches_border() const {
    for (int k = 0; k < kLevels; ++k) {
      for (int n = 0; n < kSide; ++n) {
        if (at(n, 0, k) || at(n, kSide - 1, k) || at(0, n, k) || at(kSide - 1, n, k)) return true;
      }
    }
    return false;
  }
  const Heart& heart() const { return heart_; }

 private:
  static constexpr int kSide = 74, kMiddle = kSide / 2, kLevels = 36;
  static constexpr double kStep = 3, kStepAlong = 4;
  static double position(int i) { return (i - kMiddle) * kStep; }
  static double height(int k) { return -15 + k * kStepAlong; }
  std::uint8_t& at(int i, int j, int k) { return labels_[(k * kSide + j) * kSide + i]; }
  std::uint8_t at(int i, int j, int k) const { return labels_[(k * kSide + j) * kSide + i]; }
  Heart heart_;
  std::vector<std::uint8_t> labels_ = std::vector<std::uint8_t>(kSide * kSide * kLevels);
};

// Of a subject: several tests look at the same hearts.
const CoarseHeart& coarse_heart(int n, Phase phase) {
  static std::map<std::pair<int, Phase>, CoarseHeart> made;
  const std::pair<int, Phase> key(n, phase);
  const auto found = made.find(key);
  return found != made.end() ? found->second
                             : made.emplace(key, CoarseHeart(Anatomy::draw(0, id_of(n)), phase)).first->second;
}

TEST(Anatomy, IsAFunctionOfSeedAndIdAlone) {
  const Anatomy a = Anatomy::draw(3, "x"), again = Anatomy::draw(3, "x");
  EXPECT_EQ(a.edv_ml, again.edv_ml);
  EXPECT_EQ(a.half_depth_mm, again.half_depth_mm);
  EXPECT_NE(a.edv_ml, Anatomy::draw(4, "x").edv_ml);
  EXPECT_NE(a.edv_ml, Anatomy::draw(3, "y").edv_ml);
}

TEST(Anatomy, HasVolumesThatOccurInPeople) {
  for (int n = 0; n < kSubjects; ++n) {
    SCOPED_TRACE(id_of(n));
    const Anatomy a = Anatomy::draw(0, id_of(n));
    const CoarseHeart &ed = coarse_heart(n, Phase::end_diastole), &es = coarse_heart(n, Phase::end_systole);
    const double edv = ed.volume_ml(kLv), esv = es.volume_ml(kLv);
    EXPECT_NEAR(edv, a.edv_ml, 0.03 * a.edv_ml + 1);
    EXPECT_NEAR(1 - esv / edv, a.ejection_fraction, 0.02);
    EXPECT_GT(edv, 80);
    EXPECT_LT(edv, 250);
    EXPECT_GT(a.ejection_fraction, 0.35);
    EXPECT_LT(a.ejection_fraction, 0.75);
    // Muscle is not compressible: the same volume in both phases.
    EXPECT_NEAR(es.volume_ml(kMyo) / ed.volume_ml(kMyo), 1, 0.06);
    EXPECT_GT(ed.volume_ml(kRv), 75);
    EXPECT_LT(ed.volume_ml(kRv), 330);
    const double rv_ejection = 1 - es.volume_ml(kRv) / ed.volume_ml(kRv);
    EXPECT_GT(rv_ejection, 0.3);
    EXPECT_LT(rv_ejection, 0.68);
  }
}

TEST(Anatomy, HasWallsThatOccurInPeople) {
  for (int n = 0; n < kSubjects; ++n) {
    SCOPED_TRACE(id_of(n));
    const Anatomy a = Anatomy::draw(0, id_of(n));
    EXPECT_GE(a.diastole.wall_mm * (1 - a.wall_variation), 6);
    EXPECT_LE(a.diastole.wall_mm * (1 + a.wall_variation), 14);
    EXPECT_GT(a.systole.wall_mm, 1.15 * a.diastole.wall_mm);
    EXPECT_LT(a.systole.wall_mm, 1.9 * a.diastole.wall_mm);
    EXPECT_LT(a.systole.radius_mm, a.diastole.radius_mm);
    EXPECT_GT(a.systole.base_mm, 3) << "the base must come down";
    EXPECT_LT(a.systole.base_mm, 25);
  }
}

TEST(Anatomy, ClosesTheMuscleAroundTheCavityInMidSlices) {
  for (int n = 0; n < kSubjects; ++n) {
    for (const Phase phase : {Phase::end_diastole, Phase::end_systole}) {
      SCOPED_TRACE(id_of(n));
      const auto contacts = coarse_heart(n, phase).contacts(0.12, 0.9);
      EXPECT_EQ(contacts[kLv][kBackground], 0);
      EXPECT_GT(contacts[kLv][kMyo], 250);
    }
  }
}

TEST(Anatomy, AttachesTheRightVentricleToTheSeptumAndNeverToTheLeftCavity) {
  for (int n = 0; n < kSubjects; ++n) {
    for (const Phase phase : {Phase::end_diastole, Phase::end_systole}) {
      SCOPED_TRACE(id_of(n));
      const CoarseHeart& heart = coarse_heart(n, phase);
      EXPECT_EQ(heart.contacts(-1, 2)[kLv][kRv], 0);
      EXPECT_GT(heart.contacts(0.15, 0.7)[kRv][kMyo], 150);
      EXPECT_FALSE(heart.touches_border());
    }
  }
}

TEST(Anatomy, PutsTheRightVentricleToTheLeftOfTheImage) {
  for (int n = 0; n < kSubjects; ++n) {
    const Anatomy a = Anatomy::draw(0, id_of(n));
    const Heart heart(a, Phase::end_diastole);
    EXPECT_EQ(heart.at_local({-a.diastole.radius_mm - a.diastole.wall_mm - 12, a.rv_down_mm, 30}).label, kRv);
    // The patient's left is +x, the back +y, the head +z.
    EXPECT_GT(a.heart_axes.z.x, 0.3) << "the apex points to the left";
    EXPECT_LT(a.heart_axes.z.y, -0.2) << "and forwards";
    EXPECT_LT(a.heart_axes.z.z, -0.1) << "and down";
    EXPECT_GT(a.heart_axes.x.x, 0.3) << "the lateral wall is left of the septum";
    EXPECT_LT(a.heart_axes.y.z, -0.5) << "the inferior wall is below";
  }
}

TEST(Anatomy, KeepsTheHeartInsideTheChest) {
  for (int n = 0; n < kSubjects; ++n) {
    SCOPED_TRACE(id_of(n));
    const Anatomy a = Anatomy::draw(0, id_of(n));
    const Body body(a, Phase::end_diastole);
    double shallowest = 1e9;
    for (double z = 0; z < 125; z += 5) {
      for (double y = -90; y <= 90; y += 3) {
        for (double x = -110; x <= 70; x += 3) {
          if (body.heart().at_local({x, y, z}).label == kBackground) continue;
          shallowest = std::min(shallowest, body.trunk().depth(body.heart().to_patient({x, y, z})).cavity_mm);
        }
      }
    }
    EXPECT_GT(shallowest, 2);
  }
}

TEST(Heart, CountsPapillaryMusclesAsCavity) {
  const Anatomy a = Anatomy::draw(0, "papillary");
  const Heart heart(a, Phase::end_diastole);
  int inside = 0;
  for (double z = 0.4 * a.diastole.length_mm; z < 0.7 * a.diastole.length_mm; z += 2) {
    for (double y = -40; y < 40; ++y) {
      for (double x = -40; x < 40; ++x) {
        const Sample s = heart.at_local({x, y, z});
        inside += s.label == kLv && s.tissue == Tissue::myocardium;
      }
    }
  }
  EXPECT_GT(inside, 400);
}

TEST(Heart, VolumesAgreeWithTheEllipsoid) {
  // A half ellipsoid cut at a quarter: limits known from the full ellipsoid of half axes 3 L / 4 and R.
  const double length = 80, radius = 25, half = 60;
  const double full_ml = 4.0 / 3 * 3.14159265358979 * radius * radius * half / 1000;
  const double cap = half - 20;  // height of the cap that the base cuts off
  const double cap_ml = 3.14159265358979 * radius * radius / (half * half) * cap * cap * (3 * half - cap) / 3 / 1000;
  EXPECT_NEAR(cavity_volume_ml(length, radius, 1), full_ml - cap_ml, 1e-9);
}

}  // namespace
}  // namespace coopseg::phantom
