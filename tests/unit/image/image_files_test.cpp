#include "coopseg/image/image_files.h"

#include <gmock/gmock.h>

#include "coopseg/core/error.h"
#include "support/support.h"
#include "unit/image/format_maker.h"

namespace coopseg::image {
namespace {

using namespace test;
using testing::ElementsAre;

TEST(ImageFiles, TheHeaderAndTheVoxelsThatItNames) {
  test::ScratchFolder folder;
  NiftiMaker pair = oblique_nifti();
  pair.magic = std::string("ni1\0", 4);
  save(folder / "p.hdr", pair.bytes().substr(0, 348));
  save(folder / "p.img", oblique_bytes());
  EXPECT_THAT(files_of_image(folder / "p.hdr"), ElementsAre(folder / "p.hdr", folder / "p.img"));
  EXPECT_THAT(files_of_image(folder / "p.img"), ElementsAre(folder / "p.hdr", folder / "p.img"));
  save(folder / "z.hdr.gz", gzip(pair.bytes().substr(0, 348)));
  save(folder / "z.img.gz", gzip(oblique_bytes()));
  EXPECT_THAT(files_of_image(folder / "z.hdr.gz"), ElementsAre(folder / "z.hdr.gz", folder / "z.img.gz"));
  save(folder / "a.nhdr", oblique_nrrd().set("data file", "p.img").text());
  EXPECT_THAT(files_of_image(folder / "a.nhdr"), ElementsAre(folder / "a.nhdr", folder / "p.img"));
}

TEST(ImageFiles, OneFileForAllOthersAndForWhatIsNoImage) {
  test::ScratchFolder folder;
  for (const auto& [name, bytes] : {std::pair<std::string, std::string>{"a.nii", oblique_nifti().bytes()},
                                    {"a.nii.gz", gzip(oblique_nifti().bytes())},
                                    {"a.mha", oblique_meta().text() + oblique_bytes()},
                                    {"a.h5", "\x89HDF\r\n\x1a\n"},
                                    {"a.txt", "no image"},
                                    {"empty.nii", ""}}) {
    save(folder / name, bytes);
    EXPECT_THAT(files_of_image(folder / name), ElementsAre(folder / name));
    EXPECT_EQ(sha256_of_image(folder / name), core::sha256(bytes)) << name;
  }
  EXPECT_THROW(files_of_image(folder / "missing.nii"), core::IoError);
}

// Two patients, one protocol: their headers are the same bytes.
TEST(ImageFiles, OtherVoxelsUnderTheSameHeaderAreAnotherImage) {
  test::ScratchFolder folder;
  TextHeader header = oblique_meta();
  header.end = "ElementDataFile = a.raw\n";
  for (const std::string id : {"p1", "p2"}) {
    fs::create_directory(folder / id);
    save(folder / id / "a.mhd", header.text());
    save(folder / id / "a.raw", oblique_bytes(id == "p2"));
  }
  EXPECT_EQ(sha256_of_image(folder / "p1" / "a.mhd"), core::sha256(header.text() + oblique_bytes()));
  EXPECT_NE(sha256_of_image(folder / "p1" / "a.mhd"), sha256_of_image(folder / "p2" / "a.mhd"));
  EXPECT_EQ(input_image(folder / "p1" / "a.mhd").name, "a.mhd");
}

}  // namespace
}  // namespace coopseg::image
