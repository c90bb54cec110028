#include "coopseg/training/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coopseg/core/error.h"
#include "support/support.h"

namespace coopseg::training {
namespace {

using Start = RunFolder::Start;

core::Json config(double learning_rate, int threads = 1) {
  core::Json json;
  json["version"] = "1";
  json["settings"] = {{"lr", learning_rate}, {"classes", {{"LV", 1}}}};
  json["data"] = {{"sha256", "ab"}};
  json["execution"] = {{"threads", threads}, {"device", "cpu"}};
  return json;
}

TEST(RunFolder, RefusesAFolderThatHoldsARun) {
  const test::ScratchFolder scratch;
  { RunFolder(scratch / "run", Start::fresh).begin(config(1)); }
  EXPECT_THROW(RunFolder(scratch / "run", Start::fresh), core::UsageError);
  RunFolder(scratch / "run", Start::resume).begin(config(1));
  core::write_file(scratch / "run/state.safetensors", "old");
  RunFolder(scratch / "run", Start::replace).begin(config(2));
  EXPECT_FALSE(core::fs::exists(scratch / "run/state.safetensors"));
}

TEST(RunFolder, TakesAFolderThatHoldsSomethingElse) {
  const test::ScratchFolder scratch;
  core::write_file(scratch / "notes.txt", "mine");
  RunFolder(scratch.path(), Start::fresh).begin(config(1));
  EXPECT_EQ(core::read_file(scratch / "notes.txt"), "mine");
}

TEST(RunFolder, LeavesNoFolderBehindWithoutARun) {
  const test::ScratchFolder scratch;
  { const RunFolder unused(scratch / "run", Start::fresh); }
  EXPECT_FALSE(core::fs::exists(scratch / "run"));
  core::fs::create_directory(scratch / "mine");
  { const RunFolder unused(scratch / "mine", Start::fresh); }
  EXPECT_TRUE(core::fs::exists(scratch / "mine"));
}

TEST(RunFolder, IsForOneTrainingAtATime) {
  const test::ScratchFolder scratch;
  const RunFolder first(scratch / "run", Start::fresh);
  EXPECT_THROW(RunFolder(scratch / "run", Start::resume), core::UsageError);
}

TEST(RunFolder, ResumesWithTheSameSettingsOnly) {
  const test::ScratchFolder scratch;
  { RunFolder(scratch / "run", Start::fresh).begin(config(1)); }
  const std::string before = core::read_file(scratch / "run/config.json");
  try {
    RunFolder(scratch / "run", Start::resume).begin(config(0.5));
    FAIL() << "resumed with another learning rate";
  } catch (const core::UsageError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("settings/lr is 0.5, was 1.0"));
  }
  core::Json other = config(1);
  other["data"]["sha256"] = "cd";
  EXPECT_THROW(RunFolder(scratch / "run", Start::resume).begin(other), core::UsageError);
  EXPECT_EQ(core::read_file(scratch / "run/config.json"), before);
  RunFolder(scratch / "run", Start::resume).begin(config(1, 2));
}

TEST(RunFolder, CutsTheLogToTheLinesOfTheState) {
  const test::ScratchFolder scratch;
  RunFolder folder(scratch.path(), Start::fresh);
  for (int i = 1; i <= 3; ++i) folder.append_to_log({{"epoch", i}, {"lr", 1}});
  folder.cut_log(2);
  folder.append_to_log({{"epoch", 9}, {"lr", 1}});
  folder.flush_log();
  EXPECT_EQ(core::read_file(folder.log_file()),
            "{\"epoch\":1,\"lr\":1}\n{\"epoch\":2,\"lr\":1}\n{\"epoch\":9,\"lr\":1}\n");
  EXPECT_EQ(folder.log_lines(), 3u);
}

TEST(RunFolder, SweepsUpAfterAKilledProcess) {
  const test::ScratchFolder scratch;
  core::write_file(scratch / ".state.safetensors.a1B2c3.tmp", "half");
  core::write_file(scratch / ".notes.a1B2c3.tmp", "mine");
  RunFolder(scratch.path(), Start::resume).begin(config(1));
  EXPECT_FALSE(core::fs::exists(scratch / ".state.safetensors.a1B2c3.tmp"));
  EXPECT_TRUE(core::fs::exists(scratch / ".notes.a1B2c3.tmp"));
}

TEST(RunFolder, DropsATornLine) {
  const test::ScratchFolder scratch;
  core::write_file(scratch / "log.jsonl", "{\"epoch\":1}\n{\"epo");
  RunFolder folder(scratch.path(), Start::resume);
  folder.cut_log(1);
  EXPECT_EQ(core::read_file(folder.log_file()), "{\"epoch\":1}\n");
}

}  // namespace
}  // namespace coopseg::training
