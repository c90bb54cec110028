#include "coopseg/training/calibration.h"

#include <stdexcept>
#include <vector>

#include "coopseg/network/batch_norm.h"
#include "coopseg/network/group.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/training/tensors.h"
#include "coopseg/training/turns.h"

namespace coopseg::training {
namespace {

std::vector<at::Tensor> statistics_of(const network::Model& model) {
  return network::running_statistics(network::beginning_with({"shape_encoder/", "shape_decoder/"}, model.state()));
}

at::Tensor joined(const std::vector<at::Tensor>& tensors) {
  std::vector<at::Tensor> numbers;
  for (const at::Tensor& tensor : tensors) numbers.push_back(tensor.to(at::kDouble));
  return at::cat(numbers);
}

}  // namespace

Calibration::Calibration(const network::Model& trained, const std::string& device, const dataset::BatchMaker& maker,
                         std::size_t batches)
    : maker_(maker), batches_(batches), device_(device), model_(trained.architecture()) {
  if (batches == 0) throw std::invalid_argument("statistics of no batches");
  model_.to_device(device);
}

network::Model& Calibration::of(const network::Model& trained, const std::function<void()>& pause) {
  const at::NoGradGuard without_gradients;
  model_.use_precision(trained.precision());
  model_.weights().copy(trained.weights());
  std::vector<at::Tensor> statistics = statistics_of(model_);
  at::Tensor sums = at::zeros_like(joined(statistics));
  const std::size_t per_epoch = maker_.batches_per_epoch();
  in_turns(batches_, pause, [&](std::size_t i) {
    const network::GroupScope alone(nullptr);  // whole batches, of which the others have theirs
    const TensorBatch batch = to_tensors(maker_.make(i / per_epoch, i % per_epoch), device_);
    const at::Tensor logits = model_.predict(batch.clean, /*stn_steps=*/0);
    // From 0, what a pass leaves is the batch's own times the momentum.
    for (at::Tensor& statistic : statistics) statistic.zero_();
    model_.run_stn(logits, network::Mode::train);
    sums += joined(statistics);
  });
  if (network::Group* const group = network::group()) group->sum(sums);
  sums /= static_cast<double>(batches_) * network::kNormMomentum;
  model_.weights().copy(trained.weights());  // the passes have counted batches, too
  std::int64_t first = 0;
  for (at::Tensor& statistic : statistics) {
    statistic.copy_(sums.narrow(0, first, statistic.numel()));
    first += statistic.numel();
  }
  return model_;
}

}  // namespace coopseg::training
