// Where the time of a training step goes: operations by the time that they take themselves, without those they call.
//
//   OMP_WAIT_POLICY=passive step_profile [ftn|standard|METHOD] [SIDE] [BATCH] [STEPS] [fp32|bf16|plain]
//   OMP_WAIT_POLICY=passive step_profile vnet[FILTERS] [XxYxZ] [BATCH] [STEPS] [fp32|bf16|plain]
//   OMP_WAIT_POLICY=passive step_profile simcvd|uamt|...[-losses] [XxYxZ] [BATCH] [STEPS] [fp32|bf16|plain]
//
// plain: the same step written with LibTorch's own layers; standard, cooperative, vnet and simcvd only.
// COOPSEG_DEVICE=cuda: on a GPU, not for plain. What operations take is then what the processor takes to start them;
// the step itself is timed without looking at them. -losses: the step without the networks, of which heads, losses,
// their gradients and the heads' optimiser are left.
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "plain_step.h"
#include "semi_step.h"
#include "training_step.h"
#include "volume_step.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Operation {
  double seconds = 0;
  long calls = 0;
};
std::map<std::string, Operation> operations;
std::mutex operations_mutex;

struct Running : at::ObserverContext {
  Clock::time_point start = Clock::now();
  double inside_s = 0;  // of operations that this one called
  Running* caller = nullptr;
};
thread_local Running* innermost = nullptr;

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction&) {
  auto running = std::make_unique<Running>();
  running->caller = innermost;
  innermost = running.get();
  return running;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  auto* running = static_cast<Running*>(context);
  const double seconds = std::chrono::duration<double>(Clock::now() - running->start).count();
  innermost = running->caller;
  if (innermost) innermost->inside_s += seconds;
  const std::lock_guard lock(operations_mutex);
  Operation& operation = operations[function.name()];
  operation.seconds += seconds - running->inside_s;
  ++operation.calls;
}

// A step as it is asked for; it returns when the step is taken.
std::function<void()> step_of(const std::string& method, const std::string& size, int batch, const std::string& how) {
  using namespace coopseg;
  const auto kept = [](auto step) -> std::function<void()> { return [step] { (*step)(); }; };
  const bool plain = how == "plain";
  if (plain && bench::device() != "cpu") throw std::invalid_argument("plain steps are of the processor");
  if (plain) at::set_num_threads(bench::threads());
  const auto precision =
      plain ? network::Precision::fp32 : network::choose_precision(*request::kPrecisions.find(how), bench::device());
  long x = 48, y = 48, z = 32;
  std::sscanf(size.c_str(), "%ldx%ldx%ld", &x, &y, &z);
  const std::string trained = method.substr(0, method.find('-'));
  if (const auto semi = request::kSemiMethods.find(trained); semi && *semi != request::SemiMethod::supervised) {
    if (plain && method == "simcvd") return bench::plain_simcvd_step({x, y, z}, batch);
    return bench::semi_step(*semi, {x, y, z}, batch, precision, /*without_network=*/method != trained);
  }
  if (method.rfind("vnet", 0) == 0) {
    int filters = 16;
    std::sscanf(method.c_str(), "vnet%d", &filters);
    const training::TensorBatch volumes = bench::volume_batch({x, y, z}, batch);
    if (plain) return kept(std::make_shared<bench::PlainVolumeStep>(volumes, filters));
    return kept(std::make_shared<bench::VolumeStep>(volumes, precision, filters));
  }
  const int side = std::atoi(size.c_str());
  if (plain) return kept(std::make_shared<bench::PlainStep>(method, side, batch));
  return kept(std::make_shared<bench::TrainingStep>(method, side, batch, precision));
}

}  // namespace

int main(int argc, char** argv) {
  const std::string method = argc > 1 ? argv[1] : "cooperative", size = argc > 2 ? argv[2] : "192";
  const int batch = argc > 3 ? std::atoi(argv[3]) : 20, steps = argc > 4 ? std::atoi(argv[4]) : 3;
  const std::string how = argc > 5 ? argv[5] : "fp32";
  const std::function<void()> train = step_of(method, size, batch, how);
  const bool on_gpu = coopseg::bench::device() != "cpu";
  const auto take_steps = [&](int count) {
    for (int i = 0; i < count; ++i) train();
    coopseg::bench::wait_for_device();
  };
  take_steps(on_gpu ? 3 : 1);  // they prepare memory and kernels
  if (!on_gpu) at::addGlobalCallback(at::RecordFunctionCallback(begin, end));
  const auto start = Clock::now();
  const std::clock_t processor_start = std::clock();
  take_steps(steps);
  const double processor = static_cast<double>(std::clock() - processor_start) / CLOCKS_PER_SEC;
  const double all = std::chrono::duration<double>(Clock::now() - start).count();
  if (on_gpu) {
    at::addGlobalCallback(at::RecordFunctionCallback(begin, end));
    take_steps(steps);
  }

  std::vector<std::pair<std::string, Operation>> sorted(operations.begin(), operations.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  fmt::print("{} {}, batch {}, {}, {} threads: {:.4f} s a step, {:.4f} s of processors\n", method, size, batch, how,
             coopseg::bench::threads(), all / steps, processor / steps);
  double named = 0;
  for (const auto& [name, operation] : sorted) {
    named += operation.seconds;
    if (operation.seconds < 0.003 * all) continue;
    fmt::print("{:>6.1f} %  {:>8.1f} ms  {:>5} calls  {}\n", 100 * operation.seconds / all,
               1000 * operation.seconds / steps, operation.calls / steps, name);
  }
  fmt::print("{:>6.1f} %  outside of operations\n", 100 * (all - named) / all);
}
