#include "coopseg/core/file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "coopseg/core/error.h"
#include "coopseg/core/provenance.h"
#include "support/support.h"

using namespace coopseg::core;
using coopseg::test::ScratchFolder;

namespace {
std::size_t files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}
}  // namespace

TEST(Sha256, GivesThePublishedDigests) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const ScratchFolder folder;
  write_file(folder / "million", std::string(1000000, 'a'));
  EXPECT_EQ(sha256_of_file(folder / "million"), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(AtomicFile, DroppedWithoutCommitLeavesNothing) {
  const ScratchFolder folder;
  {
    AtomicFile file(folder / "out.txt");
    file.write("half");
    EXPECT_FALSE(fs::exists(folder / "out.txt"));
  }
  EXPECT_EQ(files_in(folder.path()), 0u);
}

TEST(AtomicFile, NeverReplacesWithoutBeingToldEvenWhatAppearedMeanwhile) {
  const ScratchFolder folder;
  AtomicFile file(folder / "out.txt");
  file.write("mine");
  std::ofstream(folder / "out.txt") << "theirs";
  EXPECT_THROW(file.commit(), UsageError);
  EXPECT_EQ(read_file(folder / "out.txt"), "theirs");
  EXPECT_THROW(AtomicFile(folder / "out.txt"), UsageError);
  write_file(folder / "out.txt", "forced", Overwrite::yes);
  EXPECT_EQ(read_file(folder / "out.txt"), "forced");
}

TEST(AtomicFile, CanBeReadBeforeItHasItsNameAndReplacesInOneStep) {
  const ScratchFolder folder;
  write_file(folder / "out.txt", "old");
  AtomicFile file(folder / "out.txt", Overwrite::yes);
  file.write("new");
  EXPECT_EQ(read_file(file.temporary()), "new");
  EXPECT_EQ(read_file(folder / "out.txt"), "old");
  file.commit();
  EXPECT_EQ(read_file(folder / "out.txt"), "new");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(AtomicFile, SameTakesEqualBytesForItsOwnAndRefusesOthers) {
  const ScratchFolder folder;
  write_file(folder / "out.txt", "equal");
  EXPECT_NO_THROW(write_file(folder / "out.txt", "equal", Overwrite::same));
  EXPECT_THROW(write_file(folder / "out.txt", "other", Overwrite::same), UsageError);
  EXPECT_EQ(read_file(folder / "out.txt"), "equal");
  EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(AtomicFile, MakesFoldersAndLeavesOnlyTheFile) {
  const ScratchFolder folder;
  write_file(folder / "a/b/out.txt", "x");
  EXPECT_EQ(files_in(folder / "a/b"), 1u);
  struct stat status = {};
  ASSERT_EQ(::stat((folder / "a/b/out.txt").c_str(), &status), 0);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  EXPECT_EQ(status.st_mode & 0777, 0666 & ~mask);
}

TEST(AtomicFile, RefusesAFolderThatIsAFile) {
  const ScratchFolder folder;
  write_file(folder / "a", "x");
  EXPECT_THROW(write_file(folder / "a/b", "x"), IoError);
}

TEST(ReadFile, SaysWhatIsWrong) {
  const ScratchFolder folder;
  try {
    read_file(folder / "none");
    FAIL();
  } catch (const IoError& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("none: cannot be read: No such file"));
  }
  EXPECT_THROW(read_file(folder.path()), IoError);
  ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_THROW(read_file(folder / "fifo"), IoError);  // and does not hang
  write_file(folder / "big", "12345");
  EXPECT_THROW(read_file(folder / "big", 4), DataError);
}

TEST(SameFile, IsSeenThroughLinks) {
  const ScratchFolder folder;
  write_file(folder / "a", "x");
  fs::create_symlink(folder / "a", folder / "b");
  EXPECT_THROW(refuse_same_file(folder / "a", folder / "b"), UsageError);
  EXPECT_NO_THROW(refuse_same_file(folder / "a", folder / "c"));
}

TEST(Sidecar, IsBelievedOnlyIfEverythingAgrees) {
  const ScratchFolder folder;
  const fs::path output = folder / "ED_img.nii.gz";
  write_file(output, "voxels");
  Provenance provenance;
  provenance.program = "cs-test";
  provenance.settings["spacing"] = 1.5;
  const std::vector<InputFile> inputs{{"in.nii.gz", sha256("in")}};
  EXPECT_FALSE(is_up_to_date(provenance, inputs, output));
  write_sidecar(provenance, inputs, output, Overwrite::no);
  EXPECT_EQ(sidecar_path(output), folder / "ED_img.json");
  EXPECT_TRUE(is_up_to_date(provenance, inputs, output));
  EXPECT_FALSE(is_up_to_date(provenance, {{"in.nii.gz", sha256("other")}}, output));
  Provenance changed = provenance;
  changed.settings["spacing"] = 1.25;
  EXPECT_FALSE(is_up_to_date(changed, inputs, output));
  EXPECT_EQ(made_from(output, sha256("voxels")), sha256("in"));
  EXPECT_EQ(made_from(output, sha256("other voxels")), "");
  write_file(output, "other voxels", Overwrite::yes);
  EXPECT_FALSE(is_up_to_date(provenance, inputs, output));
  write_file(sidecar_path(output), "{ broken", Overwrite::yes);
  EXPECT_FALSE(is_up_to_date(provenance, inputs, output));
}
