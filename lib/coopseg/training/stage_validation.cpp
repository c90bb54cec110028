#include "coopseg/training/stage_validation.h"

#include <fmt/core.h>

#include <array>
#include <chrono>
#include <utility>

#include "coopseg/model/network_layout.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/model.h"
#include "coopseg/training/losses/segmentation.h"
#include "coopseg/training/tensors.h"
#include "coopseg/training/turns.h"

namespace coopseg::training {
namespace {

using core::Json;

enum Of : std::size_t { fast, corrected, labels, kinds };

// Confusion matrices [kinds, classes * classes], on the device.
at::Tensor counts_of(network::Model& model, const TensorBatch& batch) {
  const at::NoGradGuard without_gradients;
  const std::vector<at::Tensor> stages = model.predict_stages(batch.clean, /*stn_steps=*/1);
  const at::Tensor truth = one_hot(batch.labels, model.classes(), batch.clean);
  const at::Tensor restored = model.correct_shape(truth, network::Mode::eval);
  std::vector<at::Tensor> counts;
  for (const at::Tensor& logits : {stages.front(), stages.back(), restored})
    counts.push_back(confusion_tensor(logits, batch.labels).flatten());
  return at::stack(counts);
}

network::Model& two_stages(network::Network& network) { return dynamic_cast<network::Model&>(network); }

// Of no number less than of any.
bool is_better(const Json& scores, const Json& than) {
  return mean_iou(scores).value_or(-1) > mean_iou(than).value_or(-1);
}

}  // namespace

StageValidation::StageValidation(dataset::ValidationSource source, core::LabelNames classes, std::string device,
                                 request::Selection select)
    : SliceValidation(std::move(source), std::move(classes), std::move(device)), select_(select) {}

Json StageValidation::scores(network::Network& network, std::size_t epoch, const std::function<void()>& pause) {
  network::Model& model = two_stages(network);
  const auto entries = static_cast<std::size_t>(model.classes() * model.classes());
  at::Tensor own;
  const std::vector<dataset::Batch>& batches = source_.batches(epoch);
  in_turns(batches.size(), pause, [&](std::size_t i) {
    const at::Tensor counts = counts_of(model, to_tensors(batches[i], device_));
    own = own.defined() ? own + counts : counts;
  });
  const std::vector<std::int64_t> all =
      of_all(own.defined() ? numbers_of(own) : std::vector<std::int64_t>(kinds * entries, 0));
  std::vector<Confusion> found(kinds, Confusion(model.classes()));
  for (std::size_t k = 0; k < kinds; ++k) {
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(k * entries);
    found[k].add({first, first + static_cast<std::ptrdiff_t>(entries)});
  }

  const Json stages{{model::kFastOutput, overlap(found[fast], classes_)},
                    {model::kSlowOutput, overlap(found[corrected], classes_)}};
  const bool corrects =
      select_ == request::Selection::stn ||
      (select_ == request::Selection::best && is_better(stages[model::kSlowOutput], stages[model::kFastOutput]));
  Json json = slice_scores(found[corrects ? corrected : fast], classes_);
  json["stage"] = corrects ? model::kSlowOutput : model::kFastOutput;
  json["stages"] = stages;
  json["stn_of_labels"] = overlap(found[labels], classes_);
  return json;
}

std::string StageValidation::remark(const Json& scores) const {
  const auto stages = scores.find("stages");
  if (stages == scores.end()) return {};  // of a version that did not watch both
  const Json &ftn = stages->at(model::kFastOutput), &stn = stages->at(model::kSlowOutput);
  if (!is_better(ftn, stn)) return {};
  return fmt::format(
      "the slow-thinking network's correction lowers the IoU of the validation cases from {:.3f} to {:.3f}; cs-predict "
      "--stage auto leaves it out",
      mean_iou(ftn).value_or(0), mean_iou(stn).value_or(0));
}

double StageValidation::seconds(network::Network& network) {
  const auto start = std::chrono::steady_clock::now();
  const auto& batches = source_.batches(0);
  numbers_of(counts_of(two_stages(network), to_tensors(batches.front(), device_)));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  return taken.count() * static_cast<double>(batches.size());
}

}  // namespace coopseg::training
