// One whole step of SimCVD against golden/semi/simcvd_step and golden/semi/several_classes/simcvd_step: losses,
// gradients, weights after the optimiser's step and after the teacher's.
#include "coopseg/training/methods/simcvd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "coopseg/core/json.h"
#include "coopseg/image/distance_map.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/optimiser.h"
#include "support/support.h"
#include "unit/network/test_device.h"

namespace coopseg::training {
namespace {

namespace fs = std::filesystem;
using core::Json;

// Tensors of double precision unless told otherwise.
struct Step {
  explicit Step(const fs::path& folder, at::ScalarType wanted)
      : about(core::read_json(folder / "step.json")),
        type(wanted),
        batch(core::read_tensor_file(folder / "batch.safetensors")),
        expected(core::read_tensor_file(folder / "expected.safetensors")),
        student(core::read_tensor_file(folder / "student.safetensors")),
        teacher(core::read_tensor_file(folder / "teacher.safetensors")) {}

  at::Tensor at(const core::TensorFile& file, const std::string& name) const {
    return test::on_device(network::from_stored(file.at(name, "golden")).to(type));
  }
  double tolerance(const std::string& name) const {
    return test::device_allowance() * about["tolerance"][name].get<double>();
  }

  // "projection/mlp.0.weight" as it is, "block_one.conv.0.weight" in the V-Net's module.
  static std::string own_name(const std::string& golden) {
    return golden.rfind("projection/", 0) == 0 ? golden : "vnet/" + golden;
  }

  template <class Part>
  void fill(Part& part, const core::TensorFile& from) const {
    part.weights().to_device(test::device());
    if (type == at::kDouble) part.weights().to_double();
    const at::NoGradGuard no_graph;
    for (const auto& [name, stored] : from.tensors) {
      for (auto& [own, tensor] : part.weights().state()) {
        if (own == own_name(name)) tensor.copy_(network::from_stored(stored));
      }
    }
  }

  Json about;
  at::ScalarType type;
  core::TensorFile batch, expected, student, teacher;
};

// Clipped already: clipping what was rounded to be stored would change it.
constexpr NoiseSettings kNoise{0.1, 1};

std::unique_ptr<network::VNet> made_network(const Step& step, const core::TensorFile& from) {
  const int classes = step.about["n_classes"].get<int>(), logits = classes == 1 ? 1 : classes + 1;
  auto net = std::make_unique<network::VNet>(
      model::VNetShape{1, step.about["n_filters"].get<int>(), logits, classes, model::Norm::batch});
  step.fill(*net, from);
  return net;
}

std::unique_ptr<network::SliceProjection> made_head(const Step& step, const core::TensorFile& from) {
  const auto layers = step.about["projection_layers"].get<std::vector<int>>();
  const model::SliceProjectionShape shape{step.about["projection_pool"].get<int>(), {layers[1], layers[2], layers[3]}};
  auto head = std::make_unique<network::SliceProjection>(shape, step.about["alpha_dropout_p"].get<double>());
  step.fill(*head, from);
  return head;
}

SimCvd made_method(const Step& step) {
  const Json& about = step.about;
  SimCvdSettings how;
  how.distance_weight = about["alpha"];
  how.contrast_weight = about["lam"];
  how.distillation_weight = about["beta"];
  how.consistency_weight = about["gamma"];
  how.contrast = {about["tau"].get<double>(), true};
  how.distillation_tau = about["tau_pd"];
  how.ramp.length = about["max_iterations"];
  how.noise = kNoise;
  OptimiserSettings sgd;
  sgd.kind = OptimiserSettings::Kind::sgd;
  sgd.learning_rate = about["lr"];
  sgd.momentum = about["momentum"];
  sgd.weight_decay = about["weight_decay"];
  Teacher teacher(made_network(step, step.teacher), /*dropout=*/false, {about["ema_decay"].get<double>(), true});
  return {{made_network(step, step.student), /*dropout=*/false, sgd},
          std::move(teacher),
          made_head(step, step.student),
          made_head(step, step.teacher),
          how};
}

// [labelled, classes, X, Y, Z], in double precision.
at::Tensor distances_of(const at::Tensor& labels, int classes) {
  const auto side = [&](int d) { return static_cast<std::size_t>(labels.size(d)); };
  const auto scaled = [&](const std::vector<double>& distances) {
    const at::Tensor map = at::tensor(at::ArrayRef<double>(distances)).view(labels.sizes().slice(1));
    return map / map.max().clamp_min(1);
  };
  std::vector<at::Tensor> maps;
  for (std::int64_t i = 0; i < labels.size(0); ++i) {
    for (int c = 1; c <= classes; ++c) {
      const at::Tensor of_class = labels[i].eq(c).to(at::kByte).contiguous();
      const std::uint8_t* const first = of_class.data_ptr<std::uint8_t>();
      const auto found =
          image::object_distances({side(3), side(2), side(1)}, {1, 1, 1}, {first, first + of_class.numel()});
      const at::Tensor boundary = at::tensor(at::ArrayRef<std::uint8_t>(found.boundary)).view(of_class.sizes());
      maps.push_back((scaled(found.outside) - scaled(found.inside)).masked_fill(boundary.to(at::kBool), 0));
    }
  }
  return at::stack(maps).view({labels.size(0), classes, labels.size(1), labels.size(2), labels.size(3)});
}

// The golden inputs hold their noise already.
TensorBatch made_batch(const Step& step) {
  const at::Tensor student = step.at(step.batch, "student_input"), label = step.at(step.batch, "label").to(at::kLong),
                   others = step.at(step.batch, "image_unlabelled");
  const std::int64_t labelled = label.size(0);
  TensorBatch batch;
  batch.clean = at::cat({student.narrow(0, 0, labelled), others});
  batch.labels = label.dim() == 5 ? label.squeeze(1) : label;
  batch.noise = {(student.narrow(0, labelled, others.size(0)) - others) / kNoise.deviation,
                 (step.at(step.batch, "teacher_input") - others) / kNoise.deviation};
  batch.distances = test::on_device(distances_of(test::on_host(batch.labels), step.about["n_classes"]).to(step.type));
  batch.iteration = step.about["iteration"];
  return batch;
}

void expect_step(const fs::path& folder, at::ScalarType type) {
  const Step step(folder, type);
  SimCvd method = made_method(step);
  const TensorBatch batch = made_batch(step);
  Optimiser optimiser(method.players().front());
  optimiser.zero_gradients();
  const Losses losses = method.step(batch);
  losses.total.backward();

  const bool exact = type == at::kDouble;
  const auto near = [&](double found, double wanted, const std::string& name) {
    EXPECT_NEAR(found, wanted, exact ? 1e-9 * (1 + std::abs(wanted)) : step.tolerance(name)) << name;
  };
  near(losses.total.item<double>(), step.about["total"], "total");
  const double ramp = step.about["ramp"];
  const std::map<std::string, std::pair<std::string, double>> weights{
      {"cross_entropy", {step.about["n_classes"] == 1 ? "bce" : "ce", 0.5}},
      {"dice", {"dice", 0.5}},
      {"distance", {"sdm", step.about["alpha"]}},
      {"contrast", {"contrast", ramp * step.about["lam"].get<double>()}},
      {"distillation", {"pairwise_distillation", ramp * step.about["beta"].get<double>()}},
      {"consistency", {"consistency", ramp * step.about["gamma"].get<double>()}}};
  ASSERT_EQ(losses.terms.size(), weights.size());
  for (const auto& [name, loss] : losses.terms) {
    const auto& [golden, weight] = weights.at(name);
    near(loss.item<double>() / weight, step.about["loss_parts"][golden], "loss_parts/" + golden);
  }

  // In double precision what is left is the rounding of what is stored.
  const auto agrees = [&](const at::Tensor& found, const at::Tensor& wanted, const std::string& name) {
    const double most = exact ? 2e-7 * std::max(1e-3, wanted.abs().max().item<double>()) : step.tolerance(name);
    EXPECT_LE((found.detach() - wanted).abs().max().item<double>(), most) << name;
  };
  const auto compare = [&](const std::string& prefix, const network::NamedTensors& tensors, bool gradients) {
    for (const auto& [own, tensor] : tensors) {
      const std::string name = own.rfind("vnet/", 0) == 0 ? own.substr(5) : own;
      const bool summed = gradients && step.expected.tensors.count("grad_kernel_sum/" + name) > 0;
      const std::string wanted = (summed ? "grad_kernel_sum/" : prefix) + name;
      at::Tensor value = gradients ? tensor.grad() : tensor;
      // Of the largest tensors nothing but the kernels' sums is stored.
      if (!gradients && step.expected.tensors.count(wanted) == 0) continue;
      if (summed) value = value.sum(at::IntArrayRef{2, 3, 4});
      agrees(value, step.at(step.expected, wanted), wanted);
    }
  };
  compare("grad/", optimiser.player().parameters, /*gradients=*/true);
  optimiser.step(0);
  method.after_step(batch.iteration);
  compare("student_after/", optimiser.player().parameters, /*gradients=*/false);
  compare("teacher_after/", method.labeller().weights().parameters(), /*gradients=*/false);
}

TEST(SimCvd, AStepOfOneClassIsTheGoldenOne) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/simcvd_step");
  expect_step(folder, at::kDouble);
  expect_step(folder, at::kFloat);
}

TEST(SimCvd, AStepOfSeveralClassesIsTheGoldenOne) {
  COOPSEG_NEEDS_GOLDEN(folder, "semi/several_classes/simcvd_step");
  expect_step(folder, at::kDouble);
  expect_step(folder, at::kFloat);
}

}  // namespace
}  // namespace coopseg::training
