#include "coopseg/core/batch.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/parallel.h"
#include "coopseg/core/progress.h"

namespace coopseg::core {

namespace {

struct Outcome {
  std::any result;
  std::string failure;  // empty: succeeded
  bool skipped = false;
};

// Names the case only where the message does not name its files already.
std::string describe(const Case& c, const std::exception& e) {
  const auto* known = dynamic_cast<const Error*>(&e);
  return known && !known->subject().empty() ? std::string(e.what()) : c.name() + ": " + e.what();
}

Outcome attempt(const Case& c, const std::function<std::any(const Case&)>& work) {
  Outcome outcome;
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
  std::size_t failed = 0;
  Progress progress(label, cases.size(), "cases");
  std::exception_ptr fatal;  // thrown by done(): the results cannot be taken (a closed pipe, a full disk)
  std::atomic<bool> give_up{false};
  const std::size_t ahead = static_cast<std::size_t>(std::max(1, threads)) * 2;
  std::vector<Outcome> outcomes(std::min(ahead, cases.size()));
  const auto finish = [&](std::size_t index) {
    Outcome outcome = std::exchange(outcomes[index % ahead], {});
    if (outcome.skipped || give_up) return;
    if (!outcome.failure.empty()) {
      ++failed;
      error("{}", outcome.failure);
    } else {
      try {
        done(index, std::move(outcome.result));
      } catch (...) {
        fatal = std::current_exception();
        give_up = true;
      }
    }
    progress.advance();
  };
  for_each_in_order(
      cases.size(), threads, ahead, [&] { return stop_signal() == 0 && !give_up; },
      [&](std::size_t index) { outcomes[index % ahead] = attempt(cases[index], work); }, finish);
  if (fatal) std::rethrow_exception(fatal);
  throw_if_stopped();
  if (failed > 0 && cases.size() > 1) {
    error("{} of {} cases failed, {} were completed", failed, cases.size(), cases.size() - failed);
  }
  return failed == 0;
}

}  // namespace coopseg::core
