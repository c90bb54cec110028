// The doors of request/training.h, under names that do not depend on the compiler.
#include "coopseg/training/run.h"
#include "coopseg/training/torch_errors.h"

extern "C" {

void coopseg_train(const coopseg::request::TrainingRun& run) {
  coopseg::training::with_plain_errors([&] { coopseg::training::train(run); });
}

coopseg::core::Json coopseg_plan(const coopseg::request::TrainingRun& run) {
  return coopseg::training::with_plain_errors([&] { return coopseg::training::plan(run); });
}
}
