// What a training would do and take: found out from its data and a few real iterations, without writing anything.

#include <chrono>
#include <functional>
#include <string>

#include "coopseg/core/interrupt.h"
#include "coopseg/core/threads.h"
#include "coopseg/network/device.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/memory.h"
#include "coopseg/training/iteration.h"
#include "coopseg/training/run.h"

namespace coopseg::training {
namespace {

using core::Json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMeasuredIterations = 3;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Numbers of four bytes that an optimiser keeps for each parameter, in bytes.
std::uint64_t bytes_of_moments(const OptimiserSettings& how) {
  using Kind = OptimiserSettings::Kind;
  const bool adam = how.kind == Kind::adam || how.kind == Kind::adamw;
  return 4 * ((adam ? 2 : how.kind == Kind::rmsprop ? 1 : 0) + (!adam && how.momentum > 0 ? 1 : 0));
}

// Seconds of an iteration. The first one pays for memory and for the choice of kernels; it is not counted, and
// `warm` is called behind it.
double measured(Iteration& iteration, const std::string& device,
                const std::function<dataset::Batch(std::size_t)>& batch, const std::function<void()>& warm) {
  double seconds = 0;
  for (std::size_t i = 0; i <= kMeasuredIterations; ++i) {
    if (i == 1) warm();
    core::throw_if_stopped();
    const auto start = Clock::now();
    iteration.run(batch(i), 0, i, [](const Losses&) {});
    network::wait_for_device(device);
    if (i > 0) seconds += seconds_since(start) / kMeasuredIterations;
  }
  return seconds;
}

// The network as it is validated and written, and how long it takes to make it so.
std::pair<network::Network*, double> made_ready(Method& method, RankGroup* ranks) {
  const network::GroupScope together(ranks);
  const auto start = Clock::now();
  network::Network& network = method.in_use(core::throw_if_stopped);
  return {&network, seconds_since(start)};
}

// What training together costs and gains. A sum is waited for while others still compute their part of it, too.
Json of_ranks(RankGroup& ranks, const Traffic& traffic, const Workshop& workshop, const request::RunOptions& run,
              const std::string& device, double iteration_s) {
  Json json{{"count", ranks.count()},
            {"sums_per_iteration", traffic.sums / kMeasuredIterations},
            {"megabytes_per_iteration", static_cast<double>(traffic.bytes) / 1e6 / kMeasuredIterations}};
  if (device == "cpu") {  // a GPU waits by itself, without a word to us
    at::Tensor waited = at::tensor({traffic.waited_s});
    ranks.sum(waited);
    json["waiting"] = waited.item<double>() / static_cast<double>(ranks.count()) / (iteration_s * kMeasuredIterations);
  }
  if (ranks.index() == 0) {
    Iteration alone(*workshop.method, device, run.seed);
    dataset::BatchQueue whole(*workshop.maker, BatchThreads(run, device).ahead);
    const double seconds = measured(
        alone, device, [&](std::size_t) { return whole.next(); }, [] {});
    json["seconds_alone"] = seconds;
    json["gain"] = seconds / iteration_s;
  }
  ranks.any(0);  // the others wait meanwhile
  return json;
}

// The plan of this process, which is alone if there are no `ranks`.
Json plan(Task& task, RankGroup* ranks) {
  const request::RunOptions& run = task.options();
  const std::string device = device_of(run, ranks);
  const network::MemoryMeter memory(device);
  task.load();
  const network::Precision precision = precision_of(run, device, ranks);
  const Json settings = settings_of(task, precision);
  if (ranks) require_same(*ranks, task, settings, device);
  Workshop workshop = task.workshop(device, precision);
  std::uint64_t parameters = 0, moments = 0;
  for (const Player& player : workshop.method->players()) {
    for (const auto& [name, tensor] : player.parameters) {
      parameters += static_cast<std::uint64_t>(tensor.numel());
      moments += bytes_of_moments(player.how) * static_cast<std::uint64_t>(tensor.numel());
    }
  }

  Iteration iteration(*workshop.method, device, run.seed, ranks);
  workshop.batches->start(0, 0);
  const std::uint64_t before = memory.now();
  const double iteration_s = measured(
      iteration, device, [&](std::size_t) { return workshop.batches->next(); },
      [&] {
        if (ranks) ranks->take_traffic();
      });
  const auto [in_use, in_use_s] = made_ready(*workshop.method, ranks);
  const std::uint64_t peak = memory.peak();
  double validation_s = workshop.validation->empty() ? 0 : workshop.validation->seconds(*in_use);
  if (workshop.watch) validation_s += workshop.watch->seconds(workshop.method->labeller());

  Json together;
  if (ranks) together = of_ranks(*ranks, ranks->take_traffic(), workshop, run, device, iteration_s);
  if (ranks && !workshop.validation->empty()) {
    const std::size_t pieces = workshop.validation->pieces(), rounds = (pieces + ranks->count() - 1) / ranks->count();
    validation_s *= static_cast<double>(rounds) / static_cast<double>(pieces);
  }

  validation_s += in_use_s;

  const std::size_t per_epoch = workshop.maker->batches_per_epoch();
  std::size_t iterations = task.epochs(per_epoch) * per_epoch;
  if (run.max_iterations > 0) iterations = std::min(iterations, run.max_iterations);
  const std::size_t epochs = (iterations + per_epoch - 1) / per_epoch;
  const std::size_t every = run.validate_every > 0 ? run.validate_every : per_epoch;
  const std::size_t validations = (iterations + every - 1) / every;
  const std::uint64_t weights = 2 * 4 * parameters;
  const std::uint64_t grown = peak > before ? peak - before : 0;

  Json found{{"schema", "coopseg.plan/1"}, {"settings", settings}};
  found.update(task.data_in_brief());
  found["device"] = device;
  found["threads"] = run.threads;
  found["batches_per_epoch"] = per_epoch;
  found["epochs"] = epochs;
  found["iterations"] = iterations;
  found["parameters"] = parameters;
  found["memory_bytes"] = Json{{task.data_unit(), task.data_bytes()},
                               {"weights_and_gradients", weights},
                               {"optimiser", moments},
                               {"activations", grown > moments + weights ? grown - moments - weights : 0},
                               {"peak", peak}};
  if (device != "cpu") found["memory_of"] = device;
  found["measured_iterations"] = kMeasuredIterations;
  if (ranks) found["ranks"] = together;
  found["seconds_per_iteration"] = iteration_s;
  found["seconds_per_validation"] = validation_s;
  const std::size_t kept = run.save_models_every > 0 ? iterations / run.save_models_every : 0;
  found["seconds_total"] = iteration_s * static_cast<double>(iterations) +
                           validation_s * static_cast<double>(validations) + in_use_s * static_cast<double>(kept);
  return found;
}

}  // namespace

Json plan(Task& task) {
  task.check();
  const request::RunOptions& run = task.options();
  prepare_torch(run.threads);
  const core::ThreadLimit limit(run.threads);
  Json found;
  with_ranks(run, [&](RankGroup* ranks) { found = plan(task, ranks); });
  return found;
}

}  // namespace coopseg::training
