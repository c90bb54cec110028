// The doors declared in entry.h, under names that do not depend on the compiler.
#include "coopseg/training/entry.h"

#include "coopseg/training/ftn.h"
#include "coopseg/training/torch_errors.h"

extern "C" {

void coopseg_train_ftn(const coopseg::training::FtnRun& run) {
  coopseg::training::with_plain_errors([&] { coopseg::training::train_ftn(run); });
}

coopseg::core::Json coopseg_plan_ftn(const coopseg::training::FtnRun& run) {
  return coopseg::training::with_plain_errors([&] { return coopseg::training::plan_ftn(run); });
}
}
