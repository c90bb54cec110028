// The training loop on a tiny set: what it leaves behind, and that a run broken anywhere ends as one that was not.
#include "coopseg/training/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "coopseg/core/error.h"
#include "coopseg/training/methods/standard_objective.h"
#include "coopseg/training/state.h"
#include "support/support.h"
#include "unit/training/tiny_set.h"

namespace coopseg::training {
namespace {

using test::kCrop;
using test::tiny_set;

// Fails, as a killed process would stop, before the iteration it is told; or gives a loss that is not a number. With
// `two_players` the encoder is optimised apart from the decoders.
class FragileMethod : public Method {
 public:
  struct Crash {};
  std::size_t crash_at = std::numeric_limits<std::size_t>::max(), nan_at = crash_at;
  bool two_players = false;
  std::vector<std::size_t> stepped;  // iterations that after_step() was told

  explicit FragileMethod(std::uint64_t seed) : model_({model::NetworkType::fcn_16, 3, false}) {
    model_.initialise(seed);
  }

  std::vector<std::string> terms() const override { return standard_.terms(); }
  Losses step(const TensorBatch& batch) override {
    if (batch.iteration == crash_at) throw Crash{};
    Losses losses = standard_.evaluate(model_, batch);
    if (batch.iteration == nan_at)
      losses.terms[1].second = losses.terms[1].second * std::numeric_limits<double>::quiet_NaN();
    return losses;
  }
  void after_step(std::size_t iteration) override { stepped.push_back(iteration); }
  std::vector<Player> players() override {
    OptimiserSettings adam{OptimiserSettings::Kind::adam, 1e-3};
    if (!two_players) return {{"", model_.parameters(), adam}};
    OptimiserSettings sgd{OptimiserSettings::Kind::sgd, 0.01};
    sgd.momentum = 0.9;
    sgd.weight_decay = 1e-4;
    sgd.schedule = {Schedule::Kind::step, 4, 0.1, 0};
    std::vector<Player> both{{"encoder", {}, sgd}, {"decoders", {}, adam}};
    for (const auto& [name, tensor] : model_.parameters())
      both[name.rfind("image_encoder/", 0) == 0 ? 0 : 1].parameters.emplace_back(name, tensor);
    return both;
  }
  network::Network& deployed() override { return model_; }
  void save(core::TensorFile& content) const override { model_.save_state(content); }
  void load(const core::TensorFile& content, const std::string& file) override { model_.load_state(content, file); }

 private:
  network::Model model_;
  StandardObjective standard_{ObjectiveOptions{}};
};

// Has something to say of every model.
class Remarking : public SliceValidation {
 public:
  using SliceValidation::SliceValidation;
  std::string remark(const core::Json& scores) const override {
    return fmt::format("remarkable: {}", scores.at("mean_iou").is_number());
  }
};

struct TinyRun {
  TrainerSettings settings;
  FragileMethod method{5};
  bool validated = true;
  TinyRun() {
    settings.epochs = 3;
    settings.seed = 5;
    settings.log_every = 2;
    settings.settings_sha256 = "same";
  }

  std::size_t operator()(const core::fs::path& path, RunFolder::Start start = RunFolder::Start::fresh) {
    at::set_num_threads(1);
    const dataset::TrainingSet train = tiny_set(600), validate = tiny_set(700);
    const auto policy = dataset::AugmentationPolicy::named("affine-elastic-intensity", kCrop);
    dataset::BatchOptions batches;
    batches.batch_size = 4;
    batches.seed = settings.seed;
    const dataset::SliceBatches maker(train, policy, batches);
    dataset::BatchQueue queue(maker);
    Remarking validation({validated ? &validate : nullptr, policy, batches}, train.classes, "cpu");
    RunFolder folder(path, start);
    folder.begin({{"version", "1"},
                  {"settings", {{"a", 1}, {"b", 2}}},
                  {"data", {{"a", 1}, {"b", 2}}},
                  {"execution", {{"threads", 1}, {"device", "cpu"}}}});
    model::ModelDescription description;
    description.classes = train.classes;
    description.input.crop = kCrop;
    description.training = core::Json{{"method", "ftn"}, {"seed", settings.seed}};
    Trainer trainer(settings, {method, queue, validation, &folder, description});
    trainer.run();
    return trainer.iteration();
  }
};

std::vector<core::Json> log_of(const core::fs::path& run) {
  std::vector<core::Json> lines;
  const std::string text = core::read_file(run / "log.jsonl");
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    EXPECT_NE(end, std::string::npos) << "torn line";
    lines.push_back(core::parse_json(text.substr(start, end - start), "log.jsonl"));
    start = end + 1;
  }
  return lines;
}

std::string log_without_times(const core::fs::path& run) {
  std::string text;
  for (auto line : log_of(run)) {
    line.erase("seconds");
    line.erase("slices_per_s");
    line.erase("data_wait_s");
    text += core::to_line(line) + "\n";
  }
  return text;
}

void expect_same_run(const core::fs::path& a, const core::fs::path& b) {
  for (const char* file : {"last.safetensors", "best.safetensors", "state.safetensors"}) {
    EXPECT_EQ(core::sha256_of_file(a / file), core::sha256_of_file(b / file)) << file;
  }
  EXPECT_EQ(log_without_times(a), log_without_times(b));
}

// One uninterrupted run that the others are compared with.
class TrainerTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    scratch_ = new test::ScratchFolder();
    TinyRun run;
    iterations_ = run(scratch_->path() / "whole");
  }
  static void TearDownTestSuite() { delete scratch_; }
  static core::fs::path whole() { return scratch_->path() / "whole"; }
  static void copy_of_whole(const core::fs::path& to) {
    core::fs::copy(whole(), to, core::fs::copy_options::recursive);
  }

  static test::ScratchFolder* scratch_;
  static std::size_t iterations_;
};
test::ScratchFolder* TrainerTest::scratch_ = nullptr;
std::size_t TrainerTest::iterations_ = 0;

TEST_F(TrainerTest, LogsEpochsAndIterations) {
  EXPECT_EQ(iterations_, 9u);
  const auto lines = log_of(whole());
  ASSERT_EQ(lines.size(), 3u + 4u);  // epochs, and iterations 2, 4, 6, 8
  EXPECT_EQ(lines[0]["type"], "iteration");
  EXPECT_EQ(lines[0]["iteration"], 2);
  const core::Json& epoch = lines[1];
  EXPECT_EQ(epoch["type"], "epoch");
  EXPECT_EQ(epoch["epoch"], 1);
  EXPECT_EQ(epoch["iteration"], 3);
  EXPECT_NEAR(epoch["losses"]["total"].get<double>(),
              epoch["losses"]["seg"].get<double>() + epoch["losses"]["image"].get<double>(), 1e-6);
  for (const char* name : {"background", "LV", "MYO"}) EXPECT_TRUE(epoch["validation"]["iou"].contains(name));
  EXPECT_LT(lines.back()["losses"]["total"].get<double>(), epoch["losses"]["total"].get<double>());
}

TEST_F(TrainerTest, KeepsTheModelOfTheBestEpoch) {
  double best = -1;
  std::size_t at = 0;
  for (const auto& line : log_of(whole())) {
    if (line["type"] != "epoch") continue;
    const double score = line["validation"]["mean_iou"].get<double>();
    EXPECT_EQ(line["best"].get<bool>(), score > best);
    if (score > best) at = line["iteration"].get<std::size_t>();
    best = std::max(best, score);
  }
  const auto description = model::read_model_description(whole() / "best.safetensors");
  EXPECT_EQ(description.training["iteration"], at);
  EXPECT_EQ(description.training["validation"]["mean_iou"].get<double>(), best);
  EXPECT_EQ(model::read_model_description(whole() / "last.safetensors").training["iteration"], 9);
}

TEST_F(TrainerTest, TellsAtTheEndWhatIsRemarkable) {
  const test::ScratchFolder scratch;
  testing::internal::CaptureStderr();
  TinyRun run;
  run.settings.epochs = 2;
  run.settings.run = "run";
  run(scratch.path());
  const std::string said = testing::internal::GetCapturedStderr();
  const std::string remark = "warning: run: remarkable: true\n";
  const auto first = said.find(remark);
  ASSERT_NE(first, std::string::npos) << said;
  EXPECT_EQ(said.find(remark, first + 1), std::string::npos);
}

TEST_F(TrainerTest, ARunBrokenAnywhereEndsAsAnUnbrokenOne) {
  for (const double save_every_s : {0.0, 1e-9}) {  // at the end of epochs only; after every iteration
    SCOPED_TRACE(save_every_s);
    // One run, broken in turn: what any of its beginnings lost or changed would be carried to the end.
    const test::ScratchFolder scratch;
    for (const std::size_t crash_at : {1, 4, 6, 8}) {
      SCOPED_TRACE(crash_at);
      TinyRun broken;
      broken.settings.save_every_s = save_every_s;
      broken.method.crash_at = crash_at;
      EXPECT_THROW(broken(scratch.path(), RunFolder::Start::resume), FragileMethod::Crash);
    }
    TinyRun resumed;
    resumed(scratch.path(), RunFolder::Start::resume);
    expect_same_run(whole(), scratch.path());
  }
}

TEST_F(TrainerTest, ModelsLostAfterTheirStateAreMadeAgain) {
  const test::ScratchFolder scratch;
  copy_of_whole(scratch.path());
  core::fs::remove(scratch / "last.safetensors");
  const bool best_is_last = model::read_model_description(scratch / "best.safetensors").training["iteration"] == 9;
  if (best_is_last) core::fs::remove(scratch / "best.safetensors");
  TinyRun again;
  again(scratch.path(), RunFolder::Start::resume);
  expect_same_run(whole(), scratch.path());
}

TEST_F(TrainerTest, CanBeExtendedFromTheMiddleOfAnEpoch) {
  const test::ScratchFolder scratch;
  TinyRun first;
  first.settings.max_iterations = 4;
  EXPECT_EQ(first(scratch.path()), 4u);
  EXPECT_FALSE(log_of(scratch.path()).back()["complete"].get<bool>());
  TinyRun second;
  EXPECT_EQ(second(scratch.path(), RunFolder::Start::resume), 9u);
  const auto weights = [](const core::fs::path& file) { return core::read_tensor_file(file).tensors; };
  const auto a = weights(whole() / "last.safetensors"), b = weights(scratch / "last.safetensors");
  for (const auto& [name, tensor] : a) EXPECT_EQ(tensor.bytes, b.at(name).bytes) << name;
}

TEST_F(TrainerTest, StopsAtALossThatIsNotANumber) {
  const test::ScratchFolder scratch;
  TinyRun run;
  run.method.nan_at = 4;
  try {
    run(scratch.path());
    FAIL() << "went on with a loss that is not a number";
  } catch (const core::DataError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("'image'"), testing::HasSubstr("iteration 5"),
                                             testing::HasSubstr("iteration 3 is kept")));
  }
  TinyRun healthy;
  healthy(scratch.path(), RunFolder::Start::resume);
  expect_same_run(whole(), scratch.path());
}

// Every seven iterations of epochs of three, and the end at nine.
TinyRun with_milestones() {
  TinyRun run;
  run.settings.validate_every = 7;
  run.settings.save_models_every = 4;
  return run;
}

TEST_F(TrainerTest, CountsMilestonesInIterations) {
  const test::ScratchFolder scratch;
  TinyRun run = with_milestones();
  run(scratch.path());
  EXPECT_THAT(run.method.stepped, testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8));
  std::vector<std::size_t> validated, epochs;
  for (const auto& line : log_of(scratch.path())) {
    if (line["type"] == "validation") {
      validated.push_back(line["iteration"].get<std::size_t>());
      EXPECT_TRUE(line["validation"]["mean_iou"].is_number());
      EXPECT_EQ(line["epoch"], 3);
    }
    if (line["type"] != "epoch") continue;
    epochs.push_back(line["iteration"].get<std::size_t>());
    EXPECT_TRUE(line["validation"].is_null());
  }
  EXPECT_THAT(validated, testing::ElementsAre(7, 9));
  EXPECT_THAT(epochs, testing::ElementsAre(3, 6, 9));
  for (const std::size_t iteration : {4, 8}) {
    const auto file = scratch.path() / fmt::format("iteration-{}.safetensors", iteration);
    EXPECT_EQ(model::read_model_description(file).training["iteration"], iteration);
  }
  EXPECT_FALSE(core::fs::exists(scratch / "iteration-9.safetensors"));
  // The weights are those of a run without milestones.
  const auto a = core::read_tensor_file(whole() / "last.safetensors").tensors;
  const auto b = core::read_tensor_file(scratch / "last.safetensors").tensors;
  for (const auto& [name, tensor] : a) EXPECT_EQ(tensor.bytes, b.at(name).bytes) << name;
}

TEST_F(TrainerTest, ARunWithMilestonesBrokenAnywhereEndsAsAnUnbrokenOne) {
  const test::ScratchFolder unbroken, scratch;
  with_milestones()(unbroken.path());
  for (const std::size_t crash_at : {1, 4, 5, 7, 8}) {
    SCOPED_TRACE(crash_at);
    TinyRun broken = with_milestones();
    broken.method.crash_at = crash_at;
    EXPECT_THROW(broken(scratch.path(), RunFolder::Start::resume), FragileMethod::Crash);
  }
  with_milestones()(scratch.path(), RunFolder::Start::resume);
  expect_same_run(unbroken.path(), scratch.path());
  for (const char* file : {"iteration-4.safetensors", "iteration-8.safetensors"})
    EXPECT_EQ(core::sha256_of_file(unbroken / file), core::sha256_of_file(scratch / file)) << file;
}

TEST_F(TrainerTest, SavesItsStateWhereNoMilestoneIsNear) {
  for (const double save_every_s : {0.0, 1e-9}) {  // at the end of each epoch; after every iteration
    SCOPED_TRACE(save_every_s);
    const test::ScratchFolder scratch;
    const auto far = [&](std::size_t crash_at) {
      TinyRun run;
      run.settings.validate_every = 1000;
      run.settings.save_every_s = save_every_s;
      run.method.crash_at = crash_at;
      return run;
    };
    EXPECT_THROW(far(6)(scratch.path()), FragileMethod::Crash);  // where the second epoch has just ended
    const std::string state = (scratch / "state.safetensors").string();
    EXPECT_EQ(get_record(core::read_tensor_file(state), state).iteration, 6u);
    far(1000)(scratch.path(), RunFolder::Start::resume);
    const auto a = core::read_tensor_file(whole() / "last.safetensors").tensors;
    const auto b = core::read_tensor_file(scratch / "last.safetensors").tensors;
    for (const auto& [name, tensor] : a) EXPECT_EQ(tensor.bytes, b.at(name).bytes) << name;
    std::size_t epochs = 0;
    for (const auto& line : log_of(scratch.path())) epochs += line["type"] == "epoch";
    EXPECT_EQ(epochs, 3u);
  }
}

TEST_F(TrainerTest, SeveralPlayersHaveTheirOwnOptimisers) {
  const test::ScratchFolder unbroken, scratch;
  TinyRun run;
  run.method.two_players = true;
  run(unbroken.path());
  const auto lines = log_of(unbroken.path());
  EXPECT_EQ(lines.front()["lr"], core::Json({{"encoder", 0.01}, {"decoders", 1e-3}}));
  EXPECT_NEAR(lines.back()["lr"]["encoder"].get<double>(), 0.01 * 0.1 * 0.1, 1e-12);  // iteration 8, steps of 4
  const auto state = core::read_tensor_file(unbroken / "state.safetensors").tensors;
  EXPECT_EQ(state.count("optimiser/encoder/image_encoder/general_encoder.inc.0.weight/momentum_buffer"), 1u);
  EXPECT_EQ(state.count("optimiser/decoders/image_decoder/final_conv.weight/exp_avg"), 1u);

  TinyRun broken;
  broken.method.two_players = true;
  broken.method.crash_at = 4;
  EXPECT_THROW(broken(scratch.path()), FragileMethod::Crash);
  TinyRun resumed;
  resumed.method.two_players = true;
  resumed(scratch.path(), RunFolder::Start::resume);
  expect_same_run(unbroken.path(), scratch.path());
}

TEST_F(TrainerTest, WithoutValidationTheBestModelIsTheLast) {
  const test::ScratchFolder scratch;
  TinyRun run;
  run.validated = false;
  run.settings.epochs = 2;
  run(scratch.path());
  EXPECT_EQ(core::sha256_of_file(scratch / "best.safetensors"), core::sha256_of_file(scratch / "last.safetensors"));
  EXPECT_TRUE(log_of(scratch.path()).back()["validation"].is_null());
}

TEST_F(TrainerTest, RefusesTheStateOfAnotherRun) {
  const test::ScratchFolder scratch;
  copy_of_whole(scratch.path());
  TinyRun other;
  other.settings.settings_sha256 = "other";
  EXPECT_THROW(other(scratch.path(), RunFolder::Start::resume), core::DataError);
}

TEST_F(TrainerTest, RefusesADamagedState) {
  const test::ScratchFolder scratch;
  copy_of_whole(scratch.path());
  std::string bytes = core::read_file(scratch / "state.safetensors");
  core::write_file(scratch / "state.safetensors", std::string_view(bytes).substr(0, bytes.size() / 2),
                   core::Overwrite::yes);
  TinyRun other;
  EXPECT_THROW(other(scratch.path(), RunFolder::Start::resume), core::DataError);
}

}  // namespace
}  // namespace coopseg::training
