// Where the time of a training step goes: operations by the time that they take themselves, without those they call.
//
//   OMP_WAIT_POLICY=passive step_profile [ftn|standard|METHOD] [SIDE] [BATCH] [STEPS] [fp32|bf16|plain]
//
// plain: the same step written with LibTorch's own layers; standard and cooperative only.
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "plain_step.h"
#include "training_step.h"

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

}  // namespace

int main(int argc, char** argv) {
  const std::string method = argc > 1 ? argv[1] : "cooperative";
  const int side = argc > 2 ? std::atoi(argv[2]) : 192, batch = argc > 3 ? std::atoi(argv[3]) : 20;
  const int steps = argc > 4 ? std::atoi(argv[4]) : 3;
  const std::string how = argc > 5 ? argv[5] : "fp32";
  std::function<void()> train;
  if (how == "plain") {
    at::set_num_threads(coopseg::bench::threads());
    train = [step = std::make_shared<coopseg::bench::PlainStep>(method, side, batch)] { (*step)(); };
  } else {
    const auto precision = coopseg::network::choose_precision(*coopseg::request::kPrecisions.find(how), "cpu");
    train = [step = std::make_shared<coopseg::bench::TrainingStep>(method, side, batch, precision)] { (*step)(); };
  }
  train();
  at::addGlobalCallback(at::RecordFunctionCallback(begin, end));
  const auto start = Clock::now();
  for (int i = 0; i < steps; ++i) train();
  const double all = std::chrono::duration<double>(Clock::now() - start).count();

  std::vector<std::pair<std::string, Operation>> sorted(operations.begin(), operations.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
  fmt::print("{} {} x {}, batch {}, {}, {} threads: {:.3f} s a step\n", method, side, side, batch, how,
             coopseg::bench::threads(), all / steps);
  double named = 0;
  for (const auto& [name, operation] : sorted) {
    named += operation.seconds;
    if (operation.seconds < 0.003 * all) continue;
    fmt::print("{:>6.1f} %  {:>8.1f} ms  {:>5} calls  {}\n", 100 * operation.seconds / all,
               1000 * operation.seconds / steps, operation.calls / steps, name);
  }
  fmt::print("{:>6.1f} %  outside of operations\n", 100 * (all - named) / all);
}
