// The doors declared in entry.h, under names that do not depend on the compiler.
#include "coopseg/training/entry.h"

#include "coopseg/training/run.h"
#include "coopseg/training/torch_errors.h"

extern "C" {

void coopseg_train(const coopseg::training::TrainingRun& run) {
  coopseg::training::with_plain_errors([&] { coopseg::training::train(run); });
}

coopseg::core::Json coopseg_plan(const coopseg::training::TrainingRun& run) {
  return coopseg::training::with_plain_errors([&] { return coopseg::training::plan(run); });
}
}
