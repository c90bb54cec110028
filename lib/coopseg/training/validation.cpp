#include "coopseg/training/validation.h"

#include <chrono>
#include <utility>

#include "coopseg/training/tensors.h"
#include "coopseg/training/turns.h"

namespace coopseg::training {

using core::Json;

Json overlap(const Confusion& confusion, const core::LabelNames& classes) {
  return Json{{"mean_iou", core::or_null(confusion.mean_iou())},
              {"iou", per_class(confusion, classes, true, &Confusion::iou)},
              {"dice", per_class(confusion, classes, false, &Confusion::dice)}};
}

Json slice_scores(const Confusion& confusion, const core::LabelNames& classes) {
  Json scores = overlap(confusion, classes);
  scores["accuracy"] = core::or_null(confusion.accuracy());
  scores["class_accuracy"] = core::or_null(confusion.mean_recall());
  return scores;
}

std::optional<double> mean_iou(const Json& scores) {
  const Json& value = scores.at("mean_iou");
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

SliceValidation::SliceValidation(dataset::ValidationSource source, core::LabelNames classes, std::string device)
    : source_(std::move(source)), classes_(std::move(classes)), device_(std::move(device)) {}

Json SliceValidation::scores(network::Network& network, std::size_t epoch, const std::function<void()>& pause) {
  at::Tensor own;  // on the device, so that it is read once
  const std::vector<dataset::Batch>& batches = source_.batches(epoch);
  in_turns(batches.size(), pause, [&](std::size_t i) {
    const TensorBatch tensors = to_tensors(batches[i], device_);
    const at::Tensor counts = confusion_tensor(network.predict(tensors.clean).logits, tensors.labels);
    own = own.defined() ? own + counts : counts;
  });
  Confusion confusion(network.classes());
  const std::size_t entries = confusion.counts().size();
  confusion.add(of_all(own.defined() ? numbers_of(own) : std::vector<std::int64_t>(entries, 0)));
  return slice_scores(confusion, classes_);
}

std::optional<double> SliceValidation::selection(const Json& scores) const { return mean_iou(scores); }

double SliceValidation::seconds(network::Network& network) {
  const auto start = std::chrono::steady_clock::now();
  const auto& batches = source_.batches(0);
  const TensorBatch batch = to_tensors(batches.front(), device_);
  confusion_counts(network.predict(batch.clean).logits, batch.labels);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  return taken.count() * static_cast<double>(batches.size());
}

}  // namespace coopseg::training
