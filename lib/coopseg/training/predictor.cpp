#include "coopseg/training/predictor.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cassert>
#include <chrono>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/network/device.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/unet.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/run.h"
#include "coopseg/training/tensors.h"
#include "coopseg/training/torch_errors.h"

namespace coopseg::training {

network::Model load_model(const core::fs::path& file, const model::ModelDescription& description, bool slow_thinking,
                          int threads, const std::string& device) {
  if (!model::has_two_stages(description))
    throw core::UsageError(file.string(),
                           "is a model of the network '" + description.network + "', which has one stage",
                           "use a model as cs-train-ftn or cs-train-coop writes it");
  if (slow_thinking && !description.has_output(model::kSlowOutput))
    throw core::UsageError(file.string(), "has no slow-thinking network (STN)", "use --stage ftn");
  prepare_torch(threads);
  network::Model loaded({*model::kNetworkTypes.find(description.network), description.class_count(), slow_thinking});
  loaded.load_state(core::read_tensor_file(file), file.string());
  loaded.to_device(device);
  return loaded;
}

namespace {

bool wants_stn(const request::PredictorOptions& options) {
  return std::any_of(options.stn_steps.begin(), options.stn_steps.end(), [](int steps) { return steps > 0; });
}

std::unique_ptr<network::Network> make_single_stage(const model::ModelDescription& description) {
  if (description.network == model::kNetworkTypes.of(model::NetworkType::unet))
    return std::make_unique<network::UNet>(model::unet_shape(description));
  return std::make_unique<network::VNet>(model::vnet_shape(description));
}

std::unique_ptr<network::Network> load_single_stage(const request::PredictorOptions& options,
                                                    const model::ModelDescription& description,
                                                    const std::string& device) {
  if (wants_stn(options))
    throw core::UsageError(options.model.string(), "has no slow-thinking network (STN)", "leave --stage out");
  prepare_torch(options.threads);
  auto loaded = make_single_stage(description);
  loaded->weights().load(core::read_tensor_file(options.model), options.model.string());
  loaded->weights().to_device(device);
  return loaded;
}

}  // namespace

ModelPredictor::ModelPredictor(const request::PredictorOptions& options)
    : options_(options),
      description_(model::read_model_description(options.model)),
      device_(network::choose_device(options.device)),
      precision_(network::choose_precision(options.precision, device_)),
      stages_(model::has_two_stages(description_)
                  ? std::optional(load_model(options.model, description_, wants_stn(options), options.threads, device_))
                  : std::nullopt),
      single_stage_(stages_ ? nullptr : load_single_stage(options, description_, device_)),
      thread_([this] { work(); }) {
  if (stages_) stages_->use_precision(precision_);
  if (single_stage_) single_stage_->use_precision(precision_);
  core::debug("LibTorch {} on {}, {} threads", network::torch_version(), device_, options.threads);
}

ModelPredictor::~ModelPredictor() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::vector<float> ModelPredictor::probabilities(const std::vector<dataset::ImagePlane>& slices) {
  return run(Task([&] { return with_plain_errors([&] { return run_slices(slices); }); }));
}

std::vector<float> ModelPredictor::windows(const std::vector<float>& values, std::size_t count,
                                           const std::array<std::size_t, 3>& size, bool distances) {
  return run(Task([&] {
    return with_plain_errors([&] {
      const c10::InferenceMode no_gradients;
      return maps_of_windows(*single_stage_, values, count, size, distances, device_);
    });
  }));
}

std::vector<float> ModelPredictor::run(Task task) {
  auto result = task.get_future();
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
  return result.get();
}

std::string ModelPredictor::torch_version() const { return network::torch_version(); }

network::Precision ModelPredictor::precision() const { return precision_; }

double ModelPredictor::busy_seconds() const {
  const std::lock_guard lock(mutex_);
  return busy_s_;
}

void ModelPredictor::work() {
  at::set_num_threads(options_.threads);  // OpenMP counts for each thread
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return closing_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    const auto start = std::chrono::steady_clock::now();
    task();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    const std::lock_guard lock(mutex_);
    busy_s_ += taken.count();
  }
}

std::vector<float> ModelPredictor::run_slices(const std::vector<dataset::ImagePlane>& slices) {
  c10::InferenceMode no_gradients;
  const std::size_t crop = description_.input.crop, classes = static_cast<std::size_t>(description_.class_count());
  const std::size_t numbers = options_.stn_steps.size() * classes * crop * crop;  // of a slice
  std::vector<float> result(slices.size() * numbers);
  [[maybe_unused]] const auto side = static_cast<std::int64_t>(crop);
  for (std::size_t first = 0; first < slices.size(); first += options_.batch_size) {
    const std::size_t count = std::min(options_.batch_size, slices.size() - first);
    const auto begin = slices.begin() + static_cast<std::ptrdiff_t>(first);
    const at::Tensor x =
        to_tensor(std::vector(begin, begin + static_cast<std::ptrdiff_t>(count))).to(c10::Device(device_));
    assert(x.size(2) == side && x.size(3) == side);
    std::vector<at::Tensor> found;
    if (stages_) {
      const std::vector<int>& wanted = options_.stn_steps;
      const auto stages = stages_->predict_stages(x, *std::max_element(wanted.begin(), wanted.end()));
      for (const int steps : wanted) found.push_back(stages[static_cast<std::size_t>(steps)]);
    } else {
      found = {network::softmax_logits(single_stage_->predict(x).logits)};
    }
    for (at::Tensor& map : found) map = at::softmax(map, 1);
    const at::Tensor p = at::stack(found, 1).to(at::kCPU).contiguous(at::MemoryFormat::Contiguous);
    assert(p.numel() == static_cast<std::int64_t>(count * numbers));
    std::copy_n(p.data_ptr<float>(), count * numbers, result.begin() + static_cast<std::ptrdiff_t>(first * numbers));
  }
  return result;
}

}  // namespace coopseg::training

coopseg::request::Predictor* coopseg_open_predictor(const coopseg::request::PredictorOptions& options) {
  using coopseg::training::ModelPredictor;
  return coopseg::training::with_plain_errors([&] { return new ModelPredictor(options); });
}
