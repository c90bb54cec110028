// Draws against their distributions, by theory and as TorchIO 0.18.40 drew them.
#include <algorithm>
#include <cmath>
#include <map>

#include "coopseg/artefact/apply.h"
#include "coopseg/artefact/chain.h"
#include "coopseg/artefact/sampling.h"
#include "coopseg/image/nifti.h"
#include "support/support.h"

namespace {

using namespace coopseg;
using namespace coopseg::artefact;

constexpr std::size_t kDraws = 4000;
using Columns = std::map<std::string, std::vector<double>>;

Columns drawn(const char* name) {
  Columns out;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    core::RandomStream draw(7, {"sampling test", name}, {i});
    const Artefact a = sample(default_ranges(name, Dialect::paper), Dialect::paper, 3, draw);
    const core::Json flat = to_json(a)["parameters"].flatten();
    for (const auto& member : flat.items())
      if (member.value().is_number()) out[member.key()].push_back(member.value().get<double>());
  }
  return out;
}

double kolmogorov(std::vector<double> x, double low, double high) {
  std::sort(x.begin(), x.end());
  double most = 0;
  const double n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double p = (x[i] - low) / (high - low);
    most = std::max({most, std::abs(static_cast<double>(i) / n - p), std::abs(static_cast<double>(i + 1) / n - p)});
  }
  return most;
}

void expect_uniform(const Columns& c, const std::string& field, double low, double high) {
  const auto& x = c.at(field);
  ASSERT_EQ(x.size(), kDraws);
  EXPECT_GE(*std::min_element(x.begin(), x.end()), low) << field;
  EXPECT_LE(*std::max_element(x.begin(), x.end()), high) << field;
  // 0.1 % level: some 40 distributions are looked at.
  EXPECT_LT(kolmogorov(x, low, high), 1.95 / std::sqrt(static_cast<double>(kDraws))) << field;
}

double chi_squared(const std::vector<double>& x, int low, int high) {
  std::map<int, double> counts;
  for (const double v : x) counts[static_cast<int>(v)] += 1;
  const double expected = static_cast<double>(x.size()) / (high - low + 1);
  double total = 0, seen = 0;
  for (int v = low; v <= high; ++v) total += std::pow(counts[v] - expected, 2) / expected, seen += counts[v];
  return seen == static_cast<double>(x.size()) ? total : INFINITY;
}

// The published quantiles of 2000 draws: at each, the share of ours below may differ by the two-sample bound.
void expect_quantiles(const std::vector<double>& x, const core::Json& published, const std::string& field) {
  for (const auto& q : published.at("quantiles").items()) {
    const double value = q.value().get<double>(), share = std::stod(q.key());
    const double below = static_cast<double>(std::count_if(x.begin(), x.end(), [&](double v) { return v <= value; }));
    EXPECT_NEAR(below / static_cast<double>(x.size()), share, 0.0515) << field << " at " << share;
  }
}

TEST(Sampling, FollowsItsDistributions) {
  const Columns bias = drawn("bias_field"), ghosts = drawn("ghosting");
  const Columns spike = drawn("spike"), motion = drawn("motion");
  for (int i = 0; i < 20; ++i) expect_uniform(bias, "/coefficients/" + std::to_string(i), -0.5, 0.5);
  expect_uniform(ghosts, "/intensity", 0.5, 1);
  EXPECT_LT(chi_squared(ghosts.at("/num_ghosts"), 4, 10), 22.46);  // 6 degrees of freedom, 0.1 %
  EXPECT_LT(chi_squared(ghosts.at("/axis"), 0, 2), 13.82);         // 2 degrees of freedom
  expect_uniform(spike, "/intensity", 1, 3);
  for (int a = 0; a < 3; ++a) expect_uniform(spike, "/positions/0/" + std::to_string(a), 0, 1);
  for (int m = 0; m < 2; ++m) {
    for (int a = 0; a < 3; ++a) {
      const std::string at = std::to_string(m) + "/" + std::to_string(a);
      expect_uniform(motion, "/degrees/" + at, -30, 30);
      expect_uniform(motion, "/translation/" + at, -10, 10);
    }
    const double t = (m + 1) / 3.0;
    expect_uniform(motion, "/times/" + std::to_string(m), t - 0.1 - 1e-7, t + 0.1 + 1e-7);
  }
}

TEST(Sampling, MatchesThePublishedDraws) {
  COOPSEG_NEEDS_GOLDEN(folder, "artefacts");
  const core::Json p = core::read_json(folder / "random_params.json");
  const Columns bias = drawn("bias_field"), ghosts = drawn("ghosting");
  const Columns spike = drawn("spike"), motion = drawn("motion");
  for (std::size_t i = 0; i < 20; ++i)
    expect_quantiles(bias.at("/coefficients/" + std::to_string(i)), p["RandomBiasField"]["per_coefficient"][i], "bias");
  expect_quantiles(ghosts.at("/intensity"), p["RandomGhosting"]["intensity"], "ghosting");
  expect_quantiles(spike.at("/intensity"), p["RandomSpike"]["intensity"], "spike");
  for (std::size_t a = 0; a < 3; ++a)
    expect_quantiles(spike.at("/positions/0/" + std::to_string(a)),
                     p["RandomSpike"]["position_axis" + std::to_string(a)], "position");
  for (std::size_t m = 0; m < 2; ++m) {
    for (std::size_t a = 0; a < 3; ++a) {
      const std::string at = std::to_string(m) + "/" + std::to_string(a);
      expect_quantiles(motion.at("/degrees/" + at), p["RandomMotion"]["degrees"][m][a], "degrees");
      expect_quantiles(motion.at("/translation/" + at), p["RandomMotion"]["translation"][m][a], "translation");
    }
    expect_quantiles(motion.at("/times/" + std::to_string(m)), p["RandomMotion"]["times"][m], "times");
  }
  // Two samples of counts: chi-squared over both rows.
  double total = 0;
  for (int v = 4; v <= 10; ++v) {
    const auto& x = ghosts.at("/num_ghosts");
    const double ours = static_cast<double>(std::count(x.begin(), x.end(), v));
    const double theirs = p["RandomGhosting"]["num_ghosts_counts"][std::to_string(v)].get<double>();
    total += std::pow(ours / 2 - theirs, 2) / (ours / 4 + theirs);
  }
  EXPECT_LT(total, 22.46);
}

// Draw, image and scaling together: what 500 random calls do to one volume, ours and TorchIO's.
TEST(Sampling, DamagesAsThePublishedDrawsDo) {
  COOPSEG_NEEDS_GOLDEN(folder, "artefacts");
  const core::Json published = core::read_json(folder / "random_params.json")["image_effect"];
  image::ReadOptions quietly;
  quietly.quiet = true;
  const image::Image good = image::read_image(folder / "bias_order3_default_9x64x64" / "input.nii.gz", quietly);
  const double n = static_cast<double>(good.voxels.size());
  const std::pair<const char*, const char*> names[] = {{"bias_field", "RandomBiasField"},
                                                       {"ghosting", "RandomGhosting"},
                                                       {"spike", "RandomSpike"},
                                                       {"motion", "RandomMotion"}};
  for (const auto& [name, theirs] : names) {
    std::vector<double> rmse, mean, correlation;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      core::RandomStream draw(11, {"effect test", name}, {i});
      image::Image bad = apply(good, sample(default_ranges(name, Dialect::paper), Dialect::paper, 9, draw));
      normalise_slices(bad);
      double squares = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
      for (std::size_t v = 0; v < good.voxels.size(); ++v) {
        const double a = good.voxels[v], b = bad.voxels[v];
        squares += (a - b) * (a - b), x += a, y += b, xx += a * a, yy += b * b, xy += a * b;
      }
      rmse.push_back(std::sqrt(squares / n));
      mean.push_back(y / n);
      correlation.push_back((xy - x * y / n) / std::sqrt((xx - x * x / n) * (yy - y * y / n)));
    }
    // Kolmogorov and Smirnov's bound for samples of 2000 and 500 at the 0.1 % level: many shares are looked at.
    const double bound = 1.95 * std::sqrt(1 / 2000.0 + 1 / 500.0);
    const std::pair<const char*, const std::vector<double>&> effects[] = {
        {"rmse", rmse}, {"mean", mean}, {"corr", correlation}};
    for (const auto& [field, ours] : effects)
      for (const auto& q : published[theirs][field]["quantiles"].items()) {
        const double value = q.value().get<double>(), share = std::stod(q.key());
        const auto below = std::count_if(ours.begin(), ours.end(), [&](double v) { return v <= value; });
        EXPECT_NEAR(static_cast<double>(below) / 2000, share, bound) << name << " " << field << " at " << share;
      }
  }
}

TEST(Sampling, TheSameStreamGivesTheSameParameters) {
  for (const char* name : {"bias_field", "ghosting", "spike", "motion"}) {
    core::RandomStream a(3, {name}), b(3, {name}), c(4, {name});
    const Ranges ranges = default_ranges(name, Dialect::paper);
    const std::string first = core::to_line(to_json(sample(ranges, Dialect::paper, 1, a)));
    EXPECT_EQ(core::to_line(to_json(sample(ranges, Dialect::paper, 1, b))), first);
    EXPECT_NE(core::to_line(to_json(sample(ranges, Dialect::paper, 1, c))), first);
  }
}

TEST(Sampling, LegacySpikesAreWeakerAndLieAtOneFraction) {
  core::RandomStream draw(0, {"legacy"});
  const Ranges ranges = default_ranges("spike", Dialect::legacy);
  const auto spike = std::get<Spike>(sample(ranges, Dialect::legacy, 1, draw).parameters);
  EXPECT_EQ(spike.positions_flat.size(), 1U);
  EXPECT_TRUE(spike.positions.empty());
  EXPECT_LE(spike.intensity, 1);
}

}  // namespace
