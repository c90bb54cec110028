// What --plan of a training prints for people.
#pragma once

#include <string>

#include "coopseg/core/json.h"

namespace coopseg::apps {

// A line for each thing that a plan (training/run.h) tells; `validates`: of a training that validates.
std::string plan_text(const core::Json& plan, bool validates);

}  // namespace coopseg::apps
