// The doors of request/training.h, semi_training.h and pretraining.h, under names that do not depend on the compiler.
#include "coopseg/training/patch_task.h"
#include "coopseg/training/pretraining_task.h"
#include "coopseg/training/run.h"
#include "coopseg/training/slice_task.h"
#include "coopseg/training/torch_errors.h"

namespace {

void trained(coopseg::training::Task&& task) {
  coopseg::training::with_plain_errors([&] { coopseg::training::train(task); });
}

coopseg::core::Json planned(coopseg::training::Task&& task) {
  return coopseg::training::with_plain_errors([&] { return coopseg::training::plan(task); });
}

}  // namespace

extern "C" {

void coopseg_train(const coopseg::request::TrainingRun& run) {
  trained(coopseg::training::SliceTask(run));
}

coopseg::core::Json coopseg_plan(const coopseg::request::TrainingRun& run) {
  return planned(coopseg::training::SliceTask(run));
}

void coopseg_train_semi(const coopseg::request::SemiTrainingRun& run) {
  trained(coopseg::training::PatchTask(run));
}

coopseg::core::Json coopseg_plan_semi(const coopseg::request::SemiTrainingRun& run) {
  return planned(coopseg::training::PatchTask(run));
}

void coopseg_pretrain(const coopseg::request::PretrainingRun& run) {
  trained(coopseg::training::PretrainingTask(run));
}

coopseg::core::Json coopseg_plan_pretraining(const coopseg::request::PretrainingRun& run) {
  return planned(coopseg::training::PretrainingTask(run));
}
}
