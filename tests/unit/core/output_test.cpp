#include "coopseg/core/output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coopseg/core/error.h"
#include "coopseg/core/text.h"
#include "support/support.h"

namespace coopseg::core {
namespace {

using test::ScratchFolder;
using testing::ElementsAre;

Origin origin_of(double spacing) {
  Origin origin;
  origin.provenance.program = "cs-test";
  origin.provenance.settings["spacing"] = spacing;
  origin.inputs = {{"in.nii.gz", sha256("in")}};
  return origin;
}

void write(const OutputRules& rules, const Origin& origin, const fs::path& file, const char* bytes) {
  rules.write(origin, file, [&](Overwrite overwrite) { write_file(file, bytes, overwrite); }, {{"more", 1}});
}

TEST(OutputRules, KeepsWhatIsUpToDateOnlyIfAsked) {
  const ScratchFolder folder;
  const fs::path file = folder / "out.nii.gz", other = folder / "other.nii.gz";
  write(OutputRules(), origin_of(1), file, "voxels");
  const OutputRules skip(Overwrite::same, true);
  EXPECT_TRUE(skip.keep(origin_of(1), {file}));
  EXPECT_FALSE(skip.keep(origin_of(2), {file}));
  EXPECT_FALSE(skip.keep(origin_of(1), {file, other}));
  EXPECT_FALSE(OutputRules().keep(origin_of(1), {file}));
}

TEST(OutputRules, WritesASidecarWithWhatIsToldBeside) {
  const ScratchFolder folder;
  write(OutputRules(), origin_of(1), folder / "out.nii.gz", "voxels");
  const Json sidecar = read_json(folder / "out.json");
  EXPECT_EQ(sidecar["output"]["sha256"], sha256("voxels"));
  EXPECT_EQ(sidecar["inputs"][0]["name"], "in.nii.gz");
  EXPECT_EQ(sidecar["more"], 1);
}

TEST(OutputRules, RefusesFilesAndSidecarsThatAreThereUnlessForced) {
  const ScratchFolder folder;
  write_file(folder / "a.json", "{}");
  write_file(folder / "b.nii.gz", "voxels");
  for (const char* name : {"a.nii.gz", "b.nii.gz"}) {
    EXPECT_THROW(OutputRules().check({folder / name}, {}), UsageError) << name;
    EXPECT_NO_THROW(OutputRules(Overwrite::yes, false).check({folder / name}, {})) << name;
  }
}

TEST(OutputRules, NeverReplacesASource) {
  const ScratchFolder folder;
  write_file(folder / "in.nii.gz", "voxels");
  fs::create_symlink(folder / "in.nii.gz", folder / "link.nii.gz");
  const OutputRules force(Overwrite::yes, false);
  EXPECT_THROW(force.check({folder / "out.nii.gz", folder / "link.nii.gz"}, {folder / "in.nii.gz"}), UsageError);
}

TEST(Text, IsSplitAtCommas) {
  EXPECT_THAT(split("a,b"), ElementsAre("a", "b"));
  EXPECT_THAT(split("a,"), ElementsAre("a", ""));
  EXPECT_THAT(split(""), ElementsAre(""));
  EXPECT_THAT(words("a,,b,"), ElementsAre("a", "b"));
  EXPECT_THAT(words(""), ElementsAre());
}

}  // namespace
}  // namespace coopseg::core
