// What a training would do and take: found out from its data and a few real iterations, without writing anything.

#include <chrono>
#include <fstream>
#include <sstream>

#include "coopseg/core/interrupt.h"
#include "coopseg/core/threads.h"
#include "coopseg/network/device.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/run.h"
#include "coopseg/training/trainer.h"

namespace coopseg::training {
namespace {

using core::Json;
using Clock = std::chrono::steady_clock;

constexpr int kMeasuredIterations = 3;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A line of /proc/self/status in bytes: VmRSS (now) or VmHWM (the most so far). 0 where the system has no such file.
std::uint64_t memory_bytes(const std::string& key) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.rfind(key + ":", 0) != 0) continue;
    std::istringstream rest(line.substr(key.size() + 1));
    std::uint64_t kib = 0;
    rest >> kib;
    return kib * 1024;
  }
  return 0;
}

// Lets VmHWM begin anew, where the system allows it.
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

Json describe_briefly(const dataset::TrainingSet& set) {
  return Json{{"cases", set.sources.size()}, {"slices", set.slices.size()}, {"empty_slices", set.empty_slices}};
}

std::uint64_t bytes_of(const dataset::TrainingSet& set) {
  std::uint64_t bytes = 0;
  for (const auto& slice : set.slices) bytes += slice.image.values.size() * (sizeof(float) + sizeof(std::uint8_t));
  return bytes;
}

}  // namespace

Json plan(const request::TrainingRun& run) {
  check_run(run);
  prepare_torch(run.threads);
  const core::ThreadLimit limit(run.threads);
  const std::string device = network::choose_device(run.device);
  const TrainingData data = load_training_data(run.train, run.validate, run.classes, run.threads);
  const network::Precision precision = precision_of(run, device);
  Workshop workshop(run, data, device, precision);
  auto& [source, validation, model, hard, objective] = workshop;
  std::uint64_t parameters = 0;
  for (const auto& [name, tensor] : model.parameters()) parameters += static_cast<std::uint64_t>(tensor.numel());

  Optimiser optimiser(model, run.learning_rate);
  source.start(0, 0);
  double iteration_s = 0;
  forget_peak();
  const std::uint64_t before = memory_bytes("VmRSS");
  // The first iteration pays for memory and for the choice of kernels; it is not counted.
  for (int i = 0; i <= kMeasuredIterations; ++i) {
    core::throw_if_stopped();
    const auto start = Clock::now();
    TensorBatch batch = to_tensors(source.next(), device);
    batch.seed = run.seed;
    batch.iteration = static_cast<std::size_t>(i);
    optimiser.zero_gradients();
    Losses losses = objective.evaluate(model, batch);
    losses.total.backward();
    optimiser.step();
    losses.total.item<double>();
    if (i > 0) iteration_s += seconds_since(start) / kMeasuredIterations;
  }
  const std::uint64_t peak = std::max(memory_bytes("VmHWM"), memory_bytes("VmRSS"));
  double validation_s = 0;
  if (!validation.empty()) {
    const auto start = Clock::now();
    const auto& batches = validation.batches(0);
    const TensorBatch batch = to_tensors(batches.front(), device);
    confusion_counts(model.predict(batch.clean, objective.validation_steps()), batch.labels);
    validation_s = seconds_since(start) * static_cast<double>(batches.size());
  }

  const std::size_t per_epoch = source.batches_per_epoch();
  std::size_t iterations = run.epochs * per_epoch;
  if (run.max_iterations > 0) iterations = std::min(iterations, run.max_iterations);
  const std::size_t epochs = (iterations + per_epoch - 1) / per_epoch;
  const std::uint64_t moments = 2 * 4 * parameters, weights = 2 * 4 * parameters;
  const std::uint64_t grown = peak > before ? peak - before : 0;

  Json found{{"schema", "coopseg.plan/1"}, {"settings", settings_of(run, data.train.classes, precision)}};
  found["preprocessing"] = data.preprocessing;
  found["train"] = describe_briefly(data.train);
  found["validate"] = data.validate ? describe_briefly(*data.validate) : Json();
  found["device"] = device;
  found["threads"] = run.threads;
  found["batches_per_epoch"] = per_epoch;
  found["epochs"] = epochs;
  found["iterations"] = iterations;
  found["parameters"] = parameters;
  found["memory_bytes"] = Json{{"slices", bytes_of(data.train) + (data.validate ? bytes_of(*data.validate) : 0)},
                              {"weights_and_gradients", weights},
                              {"optimiser", moments},
                              {"activations", grown > moments + weights ? grown - moments - weights : 0},
                              {"peak", peak}};
  found["measured_iterations"] = kMeasuredIterations;
  found["seconds_per_iteration"] = iteration_s;
  found["seconds_per_validation"] = validation_s;
  found["seconds_total"] = iteration_s * static_cast<double>(iterations) + validation_s * static_cast<double>(epochs);
  return found;
}

}  // namespace coopseg::training
