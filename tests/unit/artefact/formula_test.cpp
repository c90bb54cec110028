// Numbers of TorchIO 0.18.40 for a volume that is a closed formula: 5 slices of 12 x 10 voxels.
#include <algorithm>
#include <cmath>

#include "coopseg/artefact/apply.h"
#include "formula_volume.h"

namespace {

using namespace coopseg;
using namespace coopseg::artefact;
using test::field;
using test::movements;
using test::volume;

struct Expected {
  double mean, norm, least, most;
  std::array<double, 12> values;
};
constexpr std::size_t kIndex[] = {377, 478, 579, 80, 181, 282, 383, 484, 585, 86, 187, 288};

void compare(const image::Image& found, const Expected& expected, double tolerance) {
  for (std::size_t i = 0; i < 12; ++i) EXPECT_NEAR(found.voxels[kIndex[i]], expected.values[i], tolerance) << kIndex[i];
  double sum = 0, squares = 0;
  for (const float v : found.voxels) sum += v, squares += double{v} * v;
  EXPECT_NEAR(sum / 600, expected.mean, tolerance);
  EXPECT_NEAR(std::sqrt(squares), expected.norm, tolerance * std::sqrt(600.0));
  EXPECT_NEAR(*std::min_element(found.voxels.begin(), found.voxels.end()), expected.least, tolerance);
  EXPECT_NEAR(*std::max_element(found.voxels.begin(), found.voxels.end()), expected.most, tolerance);
}

TEST(Formula, Volume) {
  compare(volume(),
          {0.49838995125, 12.77915351, 0.11119959503, 0.91160732508,
           {0.43398737907, 0.66343742609, 0.64227080345, 0.63196760416, 0.57127356529, 0.26927918196,
            0.23945875466, 0.28446173668, 0.6275203228, 0.53905546665, 0.59581452608, 0.42209842801}},
          6.0e-08);
}

TEST(Formula, Bias) {
  compare(apply(volume(), {field()}),
          {0.85016885011, 26.496812016, 0.044242247939, 3.8184146881,
           {0.54011702538, 0.61798602343, 1.5881955624, 1.5037583113, 0.97768813372, 0.3449626267,
            0.29699340463, 0.54905283451, 1.7251696587, 0.47089278698, 0.53284794092, 0.43689998984}},
          1.9e-06);
}

TEST(Formula, Ghosting) {
  compare(apply(volume(), {Ghosting{3, 1, 0.7}}),
          {0.49838995156, 12.721338954, 0.14397145808, 0.87098377943,
           {0.4063552022, 0.56397402287, 0.64060240984, 0.65333551168, 0.57696431875, 0.28943276405,
            0.21578662097, 0.34076714516, 0.58762776852, 0.54772633314, 0.61633944511, 0.44766926765}},
          1.7e-07);
}

TEST(Formula, GhostingAxis0) {
  compare(apply(volume(), {Ghosting{2, 0, 0.9}}),
          {0.49838995136, 12.701067582, 0.13169646263, 0.863915205,
           {0.45325562358, 0.71390813589, 0.64161628485, 0.58156681061, 0.5221222043, 0.27794504166,
            0.2982518971, 0.22971273959, 0.64968192577, 0.63481366634, 0.62973350286, 0.44755586982}},
          1.7e-07);
}

TEST(Formula, Spike) {
  compare(apply(volume(), {Spike{{{0.7, 0.25, 0.85}}, {}, 1.5}}),
          {0.49838995059, 18.084165469, -0.58774650097, 1.5565385818,
           {-0.27700814605, 0.66343742609, 0.64227080345, 1.3795524836, 1.3188585043, 1.0168640614,
            0.98704367876, 1.0320466757, 0.85853677988, 0.77007192373, 0.82683098316, 0.65311485529}},
          3.1e-07);
}

TEST(Formula, SpikeTwo) {
  compare(apply(volume(), {Spike{{{0.3, 0.9, 0.1}, {0.9, 0.5, 0.35}}, {}, -0.8}}),
          {0.49838995001, 16.037262933, -0.63758552074, 1.624171257,
           {-0.053462892771, 0.71921181679, 0.84162676334, 0.43261161447, 0.77062952518, 0.32505357265,
            0.29523313046, 0.48381772637, 1.3400841951, 0.45752343535, -0.20160940289, 0.34056639671}},
          3.2e-07);
}

TEST(Formula, MotionMoved1) {
  compare(move(volume(), movements().degrees[0], movements().translation[0]),
          {0.4351486045, 11.621098954, 0.11119959503, 0.8796620369,
           {0.42942890525, 0.11119959503, 0.71494585276, 0.11119959503, 0.45161435008, 0.3765001297,
            0.43730512261, 0.35040831566, 0.8421407938, 0.11119959503, 0.58287906647, 0.49715304375}},
          8.8e-07);
}

TEST(Formula, MotionMoved2) {
  compare(move(volume(), movements().degrees[1], movements().translation[1]),
          {0.40816207194, 11.028166957, 0.11119959503, 0.7856618166,
           {0.33336108923, 0.67111980915, 0.11119959503, 0.38029253483, 0.49701187015, 0.37077668309,
            0.40900099277, 0.11119959503, 0.11119959503, 0.52649736404, 0.54944545031, 0.53923052549}},
          7.9e-07);
}

TEST(Formula, Motion) {
  compare(apply(volume(), {movements()}),
          {0.49838995208, 12.666399216, 0.18099996448, 0.87310057878,
           {0.33478239179, 0.73482006788, 0.69556856155, 0.51287996769, 0.53728836775, 0.38445478678,
            0.42212918401, 0.32164415717, 0.68776714802, 0.56239646673, 0.58541107178, 0.52123224735}},
          2.6e-06);
}

}  // namespace
