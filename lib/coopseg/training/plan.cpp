// What a training would do and take: found out from its data and a few real iterations, without writing anything.

#include <chrono>

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

constexpr int kMeasuredIterations = 3;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Numbers of four bytes that an optimiser keeps for each parameter, in bytes.
std::uint64_t bytes_of_moments(const OptimiserSettings& how) {
  using Kind = OptimiserSettings::Kind;
  const bool adam = how.kind == Kind::adam || how.kind == Kind::adamw;
  return 4 * ((adam ? 2 : how.kind == Kind::rmsprop ? 1 : 0) + (!adam && how.momentum > 0 ? 1 : 0));
}

// What training together costs: of an iteration, and how many processes it is worth. A sum is waited for while others
// still compute their part of it, too.
Json of_ranks(Ranks& ranks, const Traffic& traffic, double measured_s) {
  at::Tensor waited = at::tensor({traffic.waited_s});
  ranks.sum(waited);
  const double count = static_cast<double>(ranks.count()), share = waited.item<double>() / count / measured_s;
  return Json{{"count", ranks.count()},
              {"sums_per_iteration", traffic.sums / kMeasuredIterations},
              {"megabytes_per_iteration", static_cast<double>(traffic.bytes) / 1e6 / kMeasuredIterations},
              {"waiting", share},
              {"worth", count * (1 - share)}};
}

// The plan of this process, which is alone if there are no `ranks`.
Json plan(Task& task, Ranks* ranks) {
  const request::RunOptions& run = task.options();
  const std::string device = network::choose_device(run.device, run.ranks.local_index, run.ranks.local_count);
  if (ranks) ranks->use_device(device);
  const network::MemoryMeter memory(device);
  task.load();
  const network::Precision precision = precision_of(run, device);
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
  double iteration_s = 0;
  const std::uint64_t before = memory.now();
  // The first iteration pays for memory and for the choice of kernels; it is not counted.
  for (int i = 0; i <= kMeasuredIterations; ++i) {
    if (ranks && i == 1) ranks->take_traffic();
    core::throw_if_stopped();
    const auto start = Clock::now();
    iteration.run(workshop.batches->next(), 0, static_cast<std::size_t>(i), [](const Losses&) {});
    network::wait_for_device(device);
    if (i > 0) iteration_s += seconds_since(start) / kMeasuredIterations;
  }
  Json together;
  if (ranks) together = of_ranks(*ranks, ranks->take_traffic(), iteration_s * kMeasuredIterations);
  const std::uint64_t peak = memory.peak();
  double validation_s = workshop.validation->empty() ? 0 : workshop.validation->seconds(workshop.method->deployed());
  if (workshop.watch) validation_s += workshop.watch->seconds(workshop.method->labeller());

  if (ranks) validation_s /= static_cast<double>(ranks->count());

  const std::size_t per_epoch = workshop.maker->batches_per_epoch();
  std::size_t iterations = task.epochs(per_epoch) * per_epoch;
  if (run.max_iterations > 0) iterations = std::min(iterations, run.max_iterations);
  const std::size_t epochs = (iterations + per_epoch - 1) / per_epoch;
  const std::size_t every = run.validate_every > 0 ? run.validate_every : per_epoch;
  const std::size_t validations = (iterations + every - 1) / every;
  const std::uint64_t weights = 2 * 4 * parameters;
  const std::uint64_t grown = peak > before ? peak - before : 0;

  Json found{{"schema", "coopseg.plan/1"}, {"settings", settings_of(task, precision)}};
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
  found["seconds_total"] =
      iteration_s * static_cast<double>(iterations) + validation_s * static_cast<double>(validations);
  return found;
}

}  // namespace

Json plan(Task& task) {
  task.check();
  const request::RunOptions& run = task.options();
  prepare_torch(run.threads);
  const core::ThreadLimit limit(run.threads);
  Json found;
  with_ranks(run, [&](Ranks* ranks) { found = plan(task, ranks); });
  return found;
}

}  // namespace coopseg::training
