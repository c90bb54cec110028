// Damage grows from level to level: the root mean square difference to the image, after the chain's scaling, on a
// heart-like formula and on real hearts.
#include <cmath>

#include "coopseg/artefact/chain.h"
#include "coopseg/artefact/range_text.h"
#include "coopseg/artefact/severity.h"
#include "coopseg/core/error.h"
#include "coopseg/image/nifti.h"
#include "support/support.h"

namespace {

using namespace coopseg;
using namespace coopseg::artefact;

// Rings of a ventricle, its wall and fat under noise.
image::Image heart(std::size_t zoom = 1) {
  image::Grid grid;
  grid.size = {64 * zoom, 60 * zoom, 9};
  grid.spacing_mm = {2.5 / static_cast<double>(zoom), 2.5 / static_cast<double>(zoom), 8};
  image::Image image(grid);
  std::uint32_t n = 0;
  for (std::size_t k = 0; k < 9; ++k)
    for (std::size_t j = 0; j < 60 * zoom; ++j)
      for (std::size_t i = 0; i < 64 * zoom; ++i) {
        const double x = static_cast<double>(i) / static_cast<double>(zoom) - 34;
        const double y = static_cast<double>(j) / static_cast<double>(zoom) - 27;
        const double r = std::hypot(x, y);
        const double size = 1 - 0.05 * static_cast<double>(k);
        const double tissue = r < 10 * size ? 0.7 : r < 14 * size ? 0.2 : r < 25 ? 0.3 : r < 29 ? 1 : 0.05;
        image.at(i, j, k) = static_cast<float>(tissue + 0.1 * test::formula_uniform(11, n++));
      }
  return image;
}

double mean_damage(const std::vector<image::Image>& images, const char* artefact, Dialect dialect, int level,
                   std::uint64_t draws, const ChainOptions& around) {
  double total = 0;
  for (std::size_t n = 0; n < images.size(); ++n) {
    const Window window = prepare(images[n], around);
    const image::Image good = corrupt(window, {}, around);
    for (std::uint64_t i = 0; i < draws; ++i) {
      core::RandomStream random(5, {"severity test", artefact}, {i, n});
      const Artefact a = sample(severity_ranges(artefact, dialect, level), dialect, good.grid.size[2], random);
      const image::Image bad = corrupt(window, {a}, around);
      double sum = 0;
      for (std::size_t v = 0; v < good.voxels.size(); ++v)
        sum += (double{bad.voxels[v]} - good.voxels[v]) * (double{bad.voxels[v]} - good.voxels[v]);
      total += std::sqrt(sum / static_cast<double>(good.voxels.size()));
    }
  }
  return total / static_cast<double>(draws * images.size());
}

void expect_growth(const std::vector<image::Image>& images, std::uint64_t draws) {
  for (const Dialect dialect : {Dialect::paper, Dialect::legacy, Dialect::physical})
    for (const char* artefact : {"bias_field", "ghosting", "motion", "spike"}) {
      double before = 0;
      std::printf("  %-9s %-10s", dialect_name(dialect).c_str(), artefact);
      for (int level = 1; level <= kSeverities; ++level) {
        const double damage = mean_damage(images, artefact, dialect, level, draws, {0, true});
        EXPECT_GT(damage, before * 1.02) << dialect_name(dialect) << " " << artefact << " level " << level;
        std::printf(" %.4f", damage);
        before = damage;
      }
      std::printf("\n");
    }
}

TEST(Severity, DamageGrowsOnAverage) { expect_growth({heart()}, 30); }

TEST(Severity, DamageGrowsOnAverageInFineSlices) { expect_growth({heart(3)}, 12); }

TEST(Severity, DamageGrowsOnRealHearts) {
  const char* data = std::getenv("COOPSEG_DATA_DIR");
  const std::filesystem::path folder = data ? std::filesystem::path(data) / "scd" : std::filesystem::path();
  if (folder.empty() || !std::filesystem::exists(folder)) GTEST_SKIP() << "no Sunnybrook data; set COOPSEG_DATA_DIR";
  std::vector<image::Image> images;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_directory()) images.push_back(image::read_image(entry.path() / "ED_img.nii.gz"));
  expect_growth(images, 3);
}

TEST(Severity, TheHighestIsThePapers) {
  for (const char* artefact : {"bias_field", "ghosting", "motion", "spike"})
    for (const Dialect dialect : {Dialect::paper, Dialect::legacy})
      EXPECT_EQ(ranges_to_json(severity_ranges(artefact, dialect, 5)),
                ranges_to_json(default_ranges(artefact, dialect)));
  EXPECT_THROW(severity_ranges("spike", Dialect::paper, 0), core::UsageError);
  EXPECT_THROW(severity_ranges("spike", Dialect::paper, 6), core::UsageError);
}

TEST(RangeText, MeansWhatItSays) {
  const auto set = [](Ranges r, const char* field, const char* text) {
    set_range(r, field, text, "--option");
    return core::to_line(ranges_to_json(r));
  };
  EXPECT_EQ(set(MotionRanges{}, "degrees", "5"), R"({"movements":2,"degrees":[-5.0,5.0],"translation":[-10.0,10.0]})");
  EXPECT_EQ(set(MotionRanges{}, "translation", "-1,0.5"),
            R"({"movements":2,"degrees":[-30.0,30.0],"translation":[-1.0,0.5]})");
  EXPECT_EQ(set(SpikeRanges{}, "intensity", "2"), R"({"num_spikes":[1,1],"intensity":[2.0,2.0]})");
  EXPECT_EQ(set(GhostingRanges{}, "axes", "1,2"),
            R"({"num_ghosts":[4,10],"axes":[1,2],"intensity":[0.5,1.0],"restore":0.02})");
  for (const char* bad : {"", "1,2,3", "x", "nan", "inf", "1e400", "2;3"})
    EXPECT_THROW(set(MotionRanges{}, "degrees", bad), core::UsageError) << bad;
  EXPECT_THROW(set(GhostingRanges{}, "num_ghosts", "2.5"), core::UsageError);
  EXPECT_EQ(parse_severities("1-3,5", "-"), (std::vector<int>{1, 2, 3, 5}));
  for (const char* bad : {"0", "6", "5-1", "1-", "-1", "", "2.5"})
    EXPECT_THROW(parse_severities(bad, "-"), core::UsageError) << bad;
}

TEST(RangeText, KnowsEveryMemberOfTheRanges) {
  std::size_t members = 0, fields = 0;
  for (const char* artefact : {"bias_field", "ghosting", "motion", "spike"})
    members += ranges_to_json(default_ranges(artefact, Dialect::paper)).size();
  for (const auto& field : range_fields()) fields += field.types.size();
  EXPECT_EQ(fields, members);
}

}  // namespace
