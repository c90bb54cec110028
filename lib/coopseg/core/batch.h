// Work over a list of cases: in parallel, results in the list's order, a failing case reported and skipped.
//
//   std::vector<Case> written;
//   bool all_well = for_each_case("preprocessing", cases, command.threads(), [&](const Case& c) { ...; return out; },
//                                 [&](std::size_t, Case out) { written.push_back(std::move(out)); });
#pragma once

#include <any>
#include <functional>
#include <vector>

#include "coopseg/core/case_list.h"

namespace coopseg::core {

// Runs work(case) on up to `threads` cases at once and done(index, result) in the list's order, one at a time, as soon
// as all cases before it are finished; at most a few results wait in memory. A core::Error or std::exception from
// work() is logged with the case's name, counted, and the rest goes on. Returns true if none failed.
// Throws Interrupted after a stop signal, once running cases have ended.
bool for_each_case_any(const std::string& label, const std::vector<Case>& cases, int threads,
                       const std::function<std::any(const Case&)>& work,
                       const std::function<void(std::size_t, std::any)>& done);

template <class Work, class Done>
bool for_each_case(const std::string& label, const std::vector<Case>& cases, int threads, Work&& work, Done&& done) {
  using Result = std::decay_t<decltype(work(cases.front()))>;
  return for_each_case_any(
      label, cases, threads, [&](const Case& c) -> std::any { return work(c); },
      [&](std::size_t index, std::any result) { done(index, std::any_cast<Result>(std::move(result))); });
}

}  // namespace coopseg::core
