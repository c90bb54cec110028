// LibTorch's errors as ours: one line instead of a stack trace with the paths of its build.
#pragma once

#include <c10/util/Exception.h>

#include <string>

#include "coopseg/core/error.h"

namespace coopseg::training {

// Returns what `work` returns; a c10::Error becomes a core::Error with its first line.
template <class Work>
auto with_plain_errors(Work&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const c10::Error& e) {
    const std::string text = e.what_without_backtrace();
    const bool memory = text.find("memory") != std::string::npos || text.find("alloc") != std::string::npos;
    throw core::Error("LibTorch", text.substr(0, text.find('\n')),
                      memory ? "a smaller --batch-size or --crop needs less memory" : "");
  }
}

}  // namespace coopseg::training
