#include "coopseg/core/batch.h"

#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <optional>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/progress.h"

namespace coopseg::core {

namespace {

struct Outcome {
  std::size_t index = 0;
  std::any result;
  std::string failure;  // empty: succeeded
  bool skipped = false;
};

// Names the case only where the message does not name its files already.
std::string describe(const Case& c, const std::exception& e) {
  const auto* known = dynamic_cast<const Error*>(&e);
  return known && !known->subject().empty() ? std::string(e.what()) : c.name() + ": " + e.what();
}

Outcome attempt(std::size_t index, const Case& c, const std::function<std::any(const Case&)>& work) {
  Outcome outcome;
  outcome.index = index;
  if (stop_signal() != 0) {
    outcome.skipped = true;
    return outcome;
  }
  try {
    outcome.result = work(c);
  } catch (const Interrupted&) {
    outcome.skipped = true;
  } catch (const std::bad_alloc&) {
    outcome.failure = c.name() + ": not enough memory";
  } catch (const std::exception& e) {
    outcome.failure = describe(c, e);
  }
  return outcome;
}

}  // namespace

bool for_each_case_any(const std::string& label, const std::vector<Case>& cases, int threads,
                       const std::function<std::any(const Case&)>& work,
                       const std::function<void(std::size_t, std::any)>& done) {
  namespace tbb = oneapi::tbb;
  std::size_t next = 0, failed = 0;
  Progress progress(label, cases.size(), "cases");
  std::exception_ptr fatal;  // thrown by done(): the results cannot be taken (a closed pipe, a full disk)
  std::atomic<bool> give_up{false};
  const auto source = [&](tbb::flow_control& control) -> std::size_t {
    if (next == cases.size() || stop_signal() != 0 || give_up) {
      control.stop();
      return 0;
    }
    return next++;
  };
  const auto sink = [&](const std::shared_ptr<Outcome>& outcome) {
    if (outcome->skipped || give_up) return;
    if (!outcome->failure.empty()) {
      ++failed;
      error("{}", outcome->failure);
    } else {
      try {
        done(outcome->index, std::move(outcome->result));
      } catch (...) {
        fatal = std::current_exception();
        give_up = true;
      }
    }
    progress.advance();
  };
  // An arena of its own holds the cases at work to `threads`; the pipeline's number counts those that wait, too.
  tbb::task_arena arena(std::max(1, threads));
  arena.execute([&] {
    tbb::parallel_pipeline(
        static_cast<std::size_t>(threads) * 2,
        tbb::make_filter<void, std::size_t>(tbb::filter_mode::serial_in_order, source) &
            tbb::make_filter<std::size_t, std::shared_ptr<Outcome>>(
                tbb::filter_mode::parallel,
                [&](std::size_t index) { return std::make_shared<Outcome>(attempt(index, cases[index], work)); }) &
            tbb::make_filter<std::shared_ptr<Outcome>, void>(tbb::filter_mode::serial_in_order, sink));
  });
  if (fatal) std::rethrow_exception(fatal);
  throw_if_stopped();
  if (failed > 0 && cases.size() > 1) {
    error("{} of {} cases failed, {} were completed", failed, cases.size(), cases.size() - failed);
  }
  return failed == 0;
}

}  // namespace coopseg::core
