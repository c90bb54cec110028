#include "coopseg/training/predictor.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/network/unet.h"
#include "support/support.h"

namespace coopseg::training {
namespace {

constexpr std::size_t kCrop = 32;

// A model file with numbers drawn for the test; batch norms as after initialisation.
core::fs::path make_model(const test::ScratchFolder& scratch, bool slow_thinking) {
  model::ModelDescription description;
  description.outputs = model::two_stage_outputs(slow_thinking);
  description.classes = {{"LV", 1}, {"MYO", 2}};
  description.input.crop = kCrop;
  network::Model drawn({*model::kNetworkTypes.find(description.network), description.class_count(), slow_thinking});
  drawn.initialise(3);
  core::TensorFile content;
  drawn.save_state(content);
  model::put_description(content, description);
  const auto file = scratch / "model.safetensors";
  core::write_tensor_file(file, content, core::Overwrite::yes);
  return file;
}

std::vector<dataset::ImagePlane> make_slices(std::size_t count) {
  std::vector<dataset::ImagePlane> slices(count, dataset::ImagePlane(kCrop, kCrop));
  for (std::size_t n = 0; n < count; ++n) {
    for (std::size_t v = 0; v < slices[n].values.size(); ++v) {
      slices[n].values[v] =
          static_cast<float>(test::formula_uniform(static_cast<std::uint32_t>(n), static_cast<std::uint32_t>(v)));
    }
  }
  return slices;
}

request::PredictorOptions options_for(const core::fs::path& file, std::vector<int> stn_steps = {0},
                                      std::size_t batch_size = 10) {
  request::PredictorOptions options;
  options.model = file;
  options.stn_steps = std::move(stn_steps);
  options.batch_size = batch_size;
  options.device = "cpu";
  return options;
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  float largest = 0;
  for (std::size_t v = 0; v < a.size(); ++v) largest = std::max(largest, std::abs(a[v] - b[v]));
  return largest;
}

TEST(Predictor, GivesTheSoftmaxOfTheNetworkSliceByClass) {
  const test::ScratchFolder scratch;
  const auto file = make_model(scratch, true);
  const auto slices = make_slices(3);
  network::Model plain({model::NetworkType::fcn_16, 3, true});
  plain.load_state(core::read_tensor_file(file), file.string());
  for (const int steps : {0, 1, 2}) {
    ModelPredictor predictor(options_for(file, {steps}, 2));
    const auto found = predictor.probabilities(slices);
    std::vector<float> expected;
    for (const auto& [first, count] : {std::pair<std::size_t, std::size_t>{0, 2}, {2, 1}}) {
      at::Tensor x = at::empty({static_cast<std::int64_t>(count), 1, kCrop, kCrop});
      for (std::size_t n = 0; n < count; ++n) {
        const auto& values = slices[first + n].values;
        std::copy(values.begin(), values.end(), x.data_ptr<float>() + n * kCrop * kCrop);
      }
      const at::Tensor p = at::softmax(plain.predict(x, steps), 1).contiguous();
      expected.insert(expected.end(), p.data_ptr<float>(), p.data_ptr<float>() + p.numel());
    }
    ASSERT_EQ(expected.size(), 3 * 3 * kCrop * kCrop);
    EXPECT_LT(largest_difference(found, expected), 1e-6) << "steps " << steps;
  }
}

TEST(Predictor, RunsANetworkOfOneStageOnSlices) {
  const test::ScratchFolder scratch;
  model::ModelDescription description;
  description.network = model::kNetworkTypes.of(model::NetworkType::unet);
  description.size.filters = 2;
  description.outputs = model::one_stage_outputs(/*distance=*/false);
  description.classes = {{"nucleus", 1}};
  description.input.crop = kCrop;
  network::UNet net(model::unet_shape(description));
  net.weights().initialise(3);
  core::TensorFile content;
  net.weights().save(content);
  model::put_description(content, description);
  const auto file = scratch / "unet.safetensors";
  core::write_tensor_file(file, content, core::Overwrite::yes);

  const auto slices = make_slices(1);
  at::Tensor x = at::empty({1, 1, kCrop, kCrop});
  std::copy(slices[0].values.begin(), slices[0].values.end(), x.data_ptr<float>());
  const at::Tensor p = at::sigmoid(net.predict(x).logits);
  const at::Tensor both = at::cat({1 - p, p}, 1).contiguous();
  ModelPredictor predictor(options_for(file));
  const std::vector<float> expected(both.data_ptr<float>(), both.data_ptr<float>() + both.numel());
  EXPECT_LT(largest_difference(predictor.probabilities(slices), expected), 1e-6);

  EXPECT_THROW(ModelPredictor(options_for(file, /*stn_steps=*/{1})), core::UsageError);
  EXPECT_THROW(load_model(file, description, /*slow_thinking=*/false, 1, "cpu"), core::UsageError);
}

TEST(Predictor, RunsANetworkOfSlicesOnWindowsOfOnePlane) {
  const test::ScratchFolder scratch;
  model::ModelDescription description;
  description.network = model::kNetworkTypes.of(model::NetworkType::unet);
  description.size.filters = 2;
  description.outputs = model::one_stage_outputs(/*distance=*/true);
  description.classes = {{"A", 1}, {"B", 2}};
  description.input.crop = 0;
  description.input.normalisation = model::Normalisation::none;
  description.input.window = {32, 16};
  description.input.stride = {16, 8};
  network::UNet net(model::unet_shape(description));
  net.weights().initialise(3);
  core::TensorFile content;
  net.weights().save(content);
  model::put_description(content, description);
  const auto file = scratch / "unet.safetensors";
  core::write_tensor_file(file, content, core::Overwrite::yes);

  const at::Tensor x = at::rand({3, 1, 16, 32});
  const std::vector<float> values(x.data_ptr<float>(), x.data_ptr<float>() + x.numel());
  const network::Output out = net.predict(x);
  const at::Tensor p = at::softmax(out.logits, 1);
  ModelPredictor predictor(options_for(file));
  for (const bool distances : {false, true}) {
    const at::Tensor maps = (distances ? at::cat({p, out.distance}, 1) : p).contiguous(at::MemoryFormat::Contiguous);
    const std::vector<float> expected(maps.data_ptr<float>(), maps.data_ptr<float>() + maps.numel());
    EXPECT_LT(largest_difference(predictor.windows(values, 3, {32, 16, 1}, distances), expected), 1e-6);
  }
}

TEST(Predictor, SameBitsFromManyCallersAtOnce) {
  const test::ScratchFolder scratch;
  ModelPredictor predictor(options_for(make_model(scratch, false)));
  std::vector<std::vector<float>> alone, together(4);
  for (std::size_t n = 0; n < 4; ++n) alone.push_back(predictor.probabilities(make_slices(n + 1)));
  std::vector<std::thread> callers;
  for (std::size_t n = 0; n < 4; ++n) {
    callers.emplace_back([&, n] { together[n] = predictor.probabilities(make_slices(n + 1)); });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(alone, together);
}

TEST(Predictor, ThreadsAndBatchesChangeRoundingOnly) {
  const test::ScratchFolder scratch;
  const auto file = make_model(scratch, false);
  const auto slices = make_slices(5);
  const auto expected = ModelPredictor(options_for(file)).probabilities(slices);
  auto options = options_for(file, {0}, 1);
  options.threads = 2;
  EXPECT_LT(largest_difference(ModelPredictor(options).probabilities(slices), expected), 1e-4);
}

TEST(Predictor, TakesTheFastThinkingPartOfAModelWithBoth) {
  const test::ScratchFolder scratch;
  const auto slices = make_slices(1);
  const auto both = ModelPredictor(options_for(make_model(scratch, true))).probabilities(slices);
  const auto corrected = ModelPredictor(options_for(make_model(scratch, true), {1})).probabilities(slices);
  EXPECT_GT(largest_difference(both, corrected), 1e-3);
  EXPECT_EQ(both, ModelPredictor(options_for(make_model(scratch, false))).probabilities(slices));
}

TEST(Predictor, GivesSeveralSegmentationsInTheOrderInWhichTheyAreAskedFor) {
  const test::ScratchFolder scratch;
  const auto file = make_model(scratch, true);
  const auto slices = make_slices(3);
  constexpr std::size_t kNumbers = 3 * kCrop * kCrop;
  const std::vector<int> steps{2, 0, 1};
  const auto together = ModelPredictor(options_for(file, steps, 2)).probabilities(slices);
  ASSERT_EQ(together.size(), 3 * steps.size() * kNumbers);
  for (std::size_t s = 0; s < steps.size(); ++s) {
    const auto alone = ModelPredictor(options_for(file, {steps[s]}, 2)).probabilities(slices);
    for (std::size_t n = 0; n < slices.size(); ++n) {
      const auto found = together.begin() + static_cast<std::ptrdiff_t>((n * steps.size() + s) * kNumbers);
      EXPECT_TRUE(std::equal(found, found + kNumbers, alone.begin() + static_cast<std::ptrdiff_t>(n * kNumbers)))
          << "slice " << n << ", steps " << steps[s];
    }
  }
}

TEST(Predictor, RefusesStepsOfANetworkThatIsNotThere) {
  const test::ScratchFolder scratch;
  EXPECT_THROW(ModelPredictor(options_for(make_model(scratch, false), {1})), core::UsageError);
}

TEST(Predictor, RefusesAModelThatLacksATensor) {
  const test::ScratchFolder scratch;
  const auto file = make_model(scratch, false);
  core::TensorFile content = core::read_tensor_file(file);
  content.tensors.erase(content.tensors.begin());
  core::write_tensor_file(file, content, core::Overwrite::yes);
  EXPECT_THROW(ModelPredictor{options_for(file)}, core::DataError);
}

TEST(Predictor, RefusesAGpuThatIsNotThere) {
  const test::ScratchFolder scratch;
  auto options = options_for(make_model(scratch, false));
  options.device = "cuda:99";
  EXPECT_THROW(ModelPredictor{options}, core::UsageError);
}

}  // namespace
}  // namespace coopseg::training
