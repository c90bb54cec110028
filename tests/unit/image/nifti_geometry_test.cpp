// The one rule for qform, sform and pixdim. Expected directions and origins are LPS: x and y of the file negated.
#include <gmock/gmock.h>

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/orientation.h"
#include "coopseg/image/preprocess.h"
#include "support/support.h"
#include "unit/image/nifti_maker.h"

namespace coopseg::image {
namespace {

using test::NiftiMaker;
using testing::ContainsRegex;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pointwise;

class Geometry : public testing::Test {
 protected:
  NiftiSummary look(const NiftiMaker& maker, GeometryRule rule = GeometryRule::automatic) {
    test::save(folder_ / "a.nii", maker.bytes());
    NiftiSummary summary = inspect_nifti(folder_ / "a.nii", rule);
    EXPECT_TRUE(grid_difference(read_nifti_header(folder_ / "a.nii", rule).grid, summary.grid, 0).empty());
    ReadOptions options;
    options.geometry = rule;
    options.quiet = true;
    EXPECT_TRUE(grid_difference(read_labels(folder_ / "a.nii", options).grid, summary.grid, 0).empty());
    return summary;
  }
  void refused(const NiftiMaker& maker, GeometryRule rule, const char* words) {
    EXPECT_THAT([&] { look(maker, rule); }, testing::ThrowsMessage<core::DataError>(ContainsRegex(words)));
  }
  test::ScratchFolder folder_;
};

const std::array<double, 9> kRasIdentity{-1, 0, 0, 0, -1, 0, 0, 0, 1};

TEST_F(Geometry, EqualFormsGiveNoWarning) {
  const auto found = look(NiftiMaker());
  EXPECT_THAT(found.warnings, IsEmpty());
  EXPECT_THAT(found.grid.spacing_mm, ElementsAre(1.5, 1.5, 8));
  EXPECT_THAT(found.grid.origin_mm, ElementsAre(-10, 20, 30));
  EXPECT_EQ(found.grid.direction, kRasIdentity);
}

TEST_F(Geometry, FormsThatDifferGiveTheQformAndBothAreShown) {
  NiftiMaker origin;
  origin.sform[3] = 110;
  auto found = look(origin);
  EXPECT_THAT(found.grid.origin_mm, ElementsAre(-10, 20, 30));
  EXPECT_THAT(found.warnings,
              ElementsAre(ContainsRegex("qform and sform differ; the qform is used: qform .*10.*sform .*110")));
  NiftiMaker spacing;
  spacing.pixdim[1] = spacing.pixdim[2] = 2;
  found = look(spacing);
  EXPECT_THAT(found.grid.spacing_mm, ElementsAre(2, 2, 8));
  EXPECT_THAT(found.warnings, ElementsAre(ContainsRegex("differ")));
  NiftiMaker broken;
  broken.sform[0] = std::nanf("");
  EXPECT_THAT(look(broken).warnings, ElementsAre(ContainsRegex("differ")));
  NiftiMaker rounded;
  rounded.sform[0] = 1.5003f;
  EXPECT_THAT(look(rounded).warnings, IsEmpty());
}

// Written with the qform twice, what was made of such a file lay beside it in all viewers that take the sform first.
TEST_F(Geometry, FormsThatDifferBothComeBackToTheBit) {
  NiftiMaker maker;
  maker.quaternion = {0.1f, -0.2f, 0.3f};
  maker.pixdim = {-1, 1.3671875f, 1.40625f, 9.6f, 1, 1, 1, 1};
  maker.offset = {-101.37f, 33.123456f, -0.001f};
  maker.sform = {1.3f, 0, 0.21f, 20.75f, 0, 1.41f, 0.003f, 0, -0.2f, 0, 9.5f, 5e-4f};
  maker.qform_code = 1;
  maker.sform_code = 2;
  test::save(folder_ / "in.nii", maker.bytes());
  write_image(folder_ / "out.nii", read_image(folder_ / "in.nii"));
  const std::string in = test::slurp(folder_ / "in.nii"), out = test::slurp(folder_ / "out.nii");
  EXPECT_EQ(out.substr(252, 4), in.substr(252, 4));  // codes
  for (std::size_t place = 256; place < 328; place += 4) {
    float was = 0, is = 0;
    std::memcpy(&was, in.data() + place, 4);
    std::memcpy(&is, out.data() + place, 4);
    EXPECT_EQ(is, was) << "byte " << place;
  }
}

// Where the sform of the file that `volume` makes puts a voxel, LPS.
std::array<double, 3> by_sform(const std::filesystem::path& folder, const Image& volume, double i, double j, double k) {
  write_image(folder / "made.nii", volume, {core::Overwrite::yes});
  return read_nifti_header(folder / "made.nii", GeometryRule::sform).grid.position_mm(i, j, k);
}

TEST_F(Geometry, TheSecondFormGoesAlongWithTurnsCropsAndResampling) {
  NiftiMaker maker;
  maker.sform = {-1.5f, 0, 0, 40, 0, -1.5f, 0, -25, 0, 0, 8, 35};  // half a turn, and moved
  test::save(folder_ / "in.nii", maker.bytes());
  const Image image = read_image(folder_ / "in.nii");
  const auto at = by_sform(folder_.path(), image, 2, 1, 1);
  EXPECT_THAT(at, Pointwise(DoubleNear(1e-5), {-37.0, 26.5, 43.0}));
  const Image other_way = turned(image, turn_to(image.grid, "AIR"));
  EXPECT_EQ(other_way.at(1, 0, 2), image.at(2, 1, 1));
  EXPECT_THAT(by_sform(folder_.path(), other_way, 1, 0, 2), Pointwise(DoubleNear(1e-5), at));
  Preprocessing finer = Preprocessing::none();
  finer.spacing_mm = {0.75, 0.75};
  EXPECT_THAT(by_sform(folder_.path(), preprocess(image, finer), 4, 2, 1), Pointwise(DoubleNear(1e-5), at));
  // The brightest voxel, the last one, is all the foreground that there is.
  Image one_spot(image.grid, 0);
  one_spot.at(2, 1, 1) = 1;
  Preprocessing crop = Preprocessing::none();
  crop.crop = Crop{CropTo::foreground, 0};
  EXPECT_THAT(by_sform(folder_.path(), preprocess(one_spot, crop), 0, 0, 0), Pointwise(DoubleNear(1e-5), at));
}

TEST_F(Geometry, IsNotJudgedWhereItIsIgnored) {
  NiftiMaker maker;
  maker.pixdim[1] = 0;
  maker.sform_code = 0;
  maker.quaternion = {1, 1, 1};
  const auto found = look(maker, GeometryRule::ignored);
  EXPECT_THAT(found.warnings, IsEmpty());
  EXPECT_THAT(found.grid.size, ElementsAre(4, 3, 2));
  EXPECT_THAT(found.grid.spacing_mm, ElementsAre(1, 1, 1));
}

TEST_F(Geometry, ABrokenSecondFormAndOneOfARuleThatWasNamedAreDropped) {
  NiftiMaker maker;
  maker.sform[3] = 110;
  EXPECT_TRUE(look(maker).grid.sform_of_qform);
  EXPECT_FALSE(look(maker, GeometryRule::qform).grid.sform_of_qform);
  EXPECT_FALSE(look(maker, GeometryRule::sform).grid.sform_of_qform);
  maker.sform[3] = std::nanf("");
  EXPECT_FALSE(look(maker).grid.sform_of_qform);
  EXPECT_FALSE(look(NiftiMaker()).grid.sform_of_qform);
}

TEST_F(Geometry, QformAlone) {
  NiftiMaker maker;
  maker.sform_code = 0;
  maker.sform.fill(0);
  maker.quaternion = {0, 0, std::sqrt(0.5f)};  // a quarter turn about z
  const auto found = look(maker);
  EXPECT_THAT(found.warnings, IsEmpty());
  EXPECT_THAT(found.grid.direction, Pointwise(DoubleNear(1e-7), {0, 1, 0, -1, 0, 0, 0, 0, 1}));
  maker.pixdim[0] = -1;  // qfac: the third axis turned round
  EXPECT_THAT(look(maker).grid.direction, Pointwise(DoubleNear(1e-7), {0, 1, 0, -1, 0, 0, 0, 0, -1}));
  maker.pixdim[0] = 0;  // as 1
  EXPECT_THAT(look(maker).grid.direction, Pointwise(DoubleNear(1e-7), {0, 1, 0, -1, 0, 0, 0, 0, 1}));
}

TEST_F(Geometry, SformAlone) {
  NiftiMaker maker;
  maker.qform_code = 0;
  maker.sform_code = 4;
  maker.sform = {0, 0, 8, 1, 1.5f, 0, 0, 2, 0, -1.5f, 0, 3};
  const auto found = look(maker);
  EXPECT_THAT(found.warnings, IsEmpty());
  EXPECT_THAT(found.grid.direction, ElementsAre(0, 0, -1, -1, 0, 0, 0, -1, 0));
  EXPECT_THAT(found.grid.origin_mm, ElementsAre(-1, -2, 3));
  EXPECT_EQ(found.grid.sform_code, 4);
}

TEST_F(Geometry, SmallShearPassesAndIsRemoved) {
  NiftiMaker maker;
  maker.qform_code = 0;
  maker.sform[1] = 1.5e-4f;  // a cosine of 1e-4, which ITK refuses
  const Grid grid = look(maker).grid;
  const auto& d = grid.direction;
  EXPECT_NEAR(d[0] * d[1] + d[3] * d[4] + d[6] * d[7], 0, 1e-12);
  EXPECT_NEAR(d[1], -0.5e-4, 1e-7);
}

TEST_F(Geometry, AcdcSformWithoutSpacing) {
  NiftiMaker maker;
  maker.qform_code = 0;
  maker.sform_code = 2;
  maker.pixdim = {1, 1.3671875f, 1.3671875f, 10, 1, 1, 1, 1};
  maker.sform = {-1, 0, 0, 5, 0, -1, 0, 6, 0, 0, 1, 7};
  const auto found = look(maker);
  EXPECT_THAT(found.warnings,
              ElementsAre(ContainsRegex("sform carries no spacing; pixdim's 1.36719 x 1.36719 x 10 mm")));
  EXPECT_THAT(found.grid.spacing_mm, ElementsAre(1.3671875, 1.3671875, 10));
  EXPECT_THAT(found.grid.direction, ElementsAre(1, 0, 0, 0, 1, 0, 0, 0, 1));
  EXPECT_THAT(found.grid.origin_mm, ElementsAre(-5, -6, 7));
  maker.qform_code = 1;
  maker.quaternion = {0, 0, 1};
  maker.offset = {5, 6, 7};
  const auto coded = look(maker);
  EXPECT_THAT(coded.warnings, ElementsAre(ContainsRegex("differ")));
  EXPECT_TRUE(grid_difference(coded.grid, found.grid).empty());
}

TEST_F(Geometry, NeitherFormGivesPixdimAndIdentity) {
  NiftiMaker maker;
  maker.qform_code = maker.sform_code = 0;
  const auto found = look(maker);
  EXPECT_THAT(found.warnings, ElementsAre(ContainsRegex("neither qform nor sform")));
  EXPECT_THAT(found.grid.spacing_mm, ElementsAre(1.5, 1.5, 8));
  EXPECT_THAT(found.grid.direction, ElementsAre(1, 0, 0, 0, 1, 0, 0, 0, 1));
  EXPECT_THAT(found.grid.origin_mm, ElementsAre(0, 0, 0));
  // So a label map saved without codes is not taken to lie on its image's grid.
  EXPECT_FALSE(grid_difference(found.grid, look(NiftiMaker()).grid).empty());
}

// 5.7 mm were moved without a word where one had 60 columns, 36 mm in a real file.
TEST_F(Geometry, AShearThatMovesVoxelsByMoreThanHalfOfOneIsNotSquared) {
  NiftiMaker maker;
  maker.dim = {3, 4, 60, 2, 1, 1, 1, 1};
  maker.set(std::vector<std::uint8_t>(480), 2);
  maker.qform_code = 0;
  maker.sform[1] = 0.3f;  // the last of 60 rows lies 59 * 0.3 mm off, about half of which squaring takes
  refused(maker, GeometryRule::sform, "right angles.*up to 8.[0-9]* mm.*registration tool");
  refused(maker, GeometryRule::automatic, "right angles.*up to 8.[0-9]* mm.*registration tool");
  maker.sform[1] = 0.015f;
  EXPECT_THAT(look(maker, GeometryRule::sform).warnings, ElementsAre(ContainsRegex("up to 0.44[0-9]* mm")));
  maker.sform[1] = 1e-6f;
  EXPECT_THAT(look(maker, GeometryRule::sform).warnings, IsEmpty());
}

TEST_F(Geometry, ANamedRuleMends) {
  NiftiMaker sheared;
  sheared.qform_code = 0;
  sheared.sform[1] = 0.3f;
  refused(sheared, GeometryRule::automatic, "not at right angles");
  EXPECT_THAT(look(sheared, GeometryRule::pixdim).grid.spacing_mm, ElementsAre(1.5, 1.5, 8));
  EXPECT_NEAR(look(sheared, GeometryRule::sform).grid.spacing_mm[1], std::hypot(1.5, 0.3), 1e-6);
  EXPECT_THAT(look(sheared, GeometryRule::sform).warnings, ElementsAre(ContainsRegex("up to 0.51[0-9]* mm")));
  refused(sheared, GeometryRule::qform, "has no qform");

  NiftiMaker two_spacings;
  two_spacings.qform_code = 0;
  two_spacings.pixdim[1] = 2;
  refused(two_spacings, GeometryRule::automatic, "two spacings");
  EXPECT_THAT(look(two_spacings, GeometryRule::sform).grid.spacing_mm, ElementsAre(1.5, 1.5, 8));
  EXPECT_THAT(look(two_spacings, GeometryRule::pixdim).grid.spacing_mm, ElementsAre(2, 1.5, 8));

  NiftiMaker zero;
  zero.pixdim[1] = 0;
  refused(zero, GeometryRule::qform, "spacing 0 mm along axis 1");
  refused(zero, GeometryRule::pixdim, "spacing 0 mm along axis 1");
  EXPECT_THAT(look(zero, GeometryRule::sform).grid.spacing_mm, ElementsAre(1.5, 1.5, 8));

  NiftiMaker negative;
  negative.pixdim[2] = -1.5f;
  refused(negative, GeometryRule::automatic, "spacing -1.5 mm along axis 2");
  EXPECT_THAT(look(negative, GeometryRule::pixdim).grid.spacing_mm, ElementsAre(1.5, 1.5, 8));

  NiftiMaker uncoded;
  uncoded.sform_code = 0;
  refused(uncoded, GeometryRule::sform, "has no sform");
}

// Forms were named that the file had not, each of which sent the reader to the other one.
TEST_F(Geometry, ARemedyNamesTheFormsAfterWhichTheFileCanBeRead) {
  NiftiMaker broken;
  broken.quaternion = {1, 1, 1};
  refused(broken, GeometryRule::automatic, "broken qform.*--geometry sform.pixdim writes");
  refused(broken, GeometryRule::qform, "broken qform.*choose --geometry sform or pixdim$");
  broken.sform_code = 0;
  refused(broken, GeometryRule::automatic, "if its pixdim is right, cs-preprocess --geometry pixdim writes");
  NiftiMaker zero;
  zero.pixdim[1] = 0;
  refused(zero, GeometryRule::automatic, "if its sform is right, cs-preprocess --geometry sform writes");
  zero.sform_code = 0;
  for (const auto rule : {GeometryRule::automatic, GeometryRule::sform, GeometryRule::qform, GeometryRule::pixdim})
    refused(zero, rule, "cs-preprocess --header-from IMAGE .*a.nii MENDED.nii.gz$");
  NiftiMaker neither;
  neither.qform_code = neither.sform_code = 0;
  refused(neither, GeometryRule::sform, "has no sform .*choose --geometry pixdim$");
  refused(neither, GeometryRule::qform, "has no qform .*choose --geometry pixdim$");
  NiftiMaker far_sheared;
  far_sheared.qform_code = 0;
  far_sheared.sform[1] = 3;
  refused(far_sheared, GeometryRule::automatic, "registration tool; if its pixdim is right, .*--geometry pixdim");
}

}  // namespace
}  // namespace coopseg::image
