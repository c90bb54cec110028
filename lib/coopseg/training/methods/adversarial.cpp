#include "coopseg/training/methods/adversarial.h"

#include <ATen/Context.h>
#include <torch/csrc/autograd/autograd.h>

#include "coopseg/network/libtorch.h"
#include "coopseg/training/losses/consistency.h"

namespace coopseg::training {
namespace {

class FullPrecision {
 public:
  FullPrecision() : convolutions_(context().allowTF32CuDNN()), products_(context().allowTF32CuBLAS()) {
    context().setAllowTF32CuDNN(false);
    context().setAllowTF32CuBLAS(false);
  }
  ~FullPrecision() {
    context().setAllowTF32CuDNN(convolutions_);
    context().setAllowTF32CuBLAS(products_);
  }
  FullPrecision(const FullPrecision&) = delete;
  FullPrecision& operator=(const FullPrecision&) = delete;

 private:
  static at::Context& context() { return at::globalContext(); }
  bool convolutions_, products_;
};

at::Tensor reference_of(const Classifier& network, const at::Tensor& images) {
  const at::NoGradGuard without_gradients;
  const FullPrecision precision;  // as the search's, or the difference would be of rounding
  return network(images);
}

}  // namespace

Slope slope_at(const at::Tensor& perturbation, const std::function<at::Tensor(const at::Tensor&)>& loss) {
  const at::AutoGradMode with_gradients(true);
  const FullPrecision precision;
  const at::Tensor leaf = perturbation.detach().clone().set_requires_grad(true);
  const at::Tensor value = loss(leaf);
  return {value.detach(), torch::autograd::grad({value}, {leaf})[0]};
}

at::Tensor AdversarialMethod::hard_images(const Classifier& network, const at::Tensor& images, const Streams& streams) {
  const at::Tensor clean = images.detach();
  return finished(search(network, clean, reference_of(network, clean), streams));
}

std::vector<std::string> AdversarialMethod::terms(const ObjectiveOptions&) const {
  if (settings_.consistency_weight == 0) return {};
  return {"consistency"};
}

HardExamples AdversarialMethod::make(network::Model& model, const StandardPass& pass) {
  const Classifier network = frozen_classifier(model);
  const at::Tensor clean = pass.batch.clean.detach();
  at::Tensor reference, adversarial;
  {
    // The differences that the search looks at are below what bfloat16 resolves.
    const network::PrecisionScope full(model, network::Precision::fp32);
    reference = reference_of(network, clean);
    adversarial = search(network, clean, reference, streams_of(pass.batch));
  }
  HardExamples out;
  out.images = finished(adversarial);
  if (settings_.consistency_weight > 0) {
    const at::Tensor loss = consistency_loss(weights_, reference, network(adversarial));
    out.losses.emplace_back("consistency", settings_.consistency_weight * loss);
  }
  return out;
}

}  // namespace coopseg::training
