// The comparison methods against golden numbers: every NAME.json of golden/baselines/METHOD with the tensors it names.
// Random draws are inputs there, so nothing depends on a generator.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <set>

#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/training/losses/consistency.h"
#include "coopseg/training/methods/adv_bias.h"
#include "coopseg/training/methods/adv_noise.h"
#include "coopseg/training/methods/rand_conv.h"
#include "coopseg/training/methods/rand_mwm.h"
#include "small_network.h"
#include "unit/network/test_device.h"

namespace coopseg::training {
namespace {

namespace fs = std::filesystem;
using core::Json;

// One case: its numbers, and which of them have been compared.
class Golden {
 public:
  explicit Golden(const fs::path& file)
      : json(core::read_json(file)),
        name_((file.parent_path() / json["tensors"].get<std::string>()).string()),
        content_(core::read_tensor_file(name_)) {}

  at::Tensor operator()(const std::string& name) const {
    return test::on_device(network::from_stored(content_.at(name, name_)));
  }
  bool has(const std::string& name) const { return content_.tensors.count(name) > 0; }

  void expect(const std::string& name, const at::Tensor& found) {
    compared_.insert(name);
    const at::Tensor wanted = test::on_host((*this)(name));
    ASSERT_EQ(found.numel(), wanted.numel()) << name;
    const at::Tensor values = test::on_host(found).to(at::kDouble).reshape(wanted.sizes());
    EXPECT_LE((values - wanted.to(at::kDouble)).abs().max().item<double>(),
              test::device_allowance() * json["tolerance"][name].get<double>())
        << name;
  }
  // Nothing of the case was passed over.
  void expect_complete() const {
    for (const auto& [name, tolerance] : json["tolerance"].items()) EXPECT_EQ(compared_.count(name), 1u) << name;
  }

  test::SmallNetwork network() const {
    return {(*this)("net.conv1.weight"), (*this)("net.conv1.bias"), (*this)("net.conv2.weight"),
            (*this)("net.conv2.bias")};
  }

  const Json json;

 private:
  std::string name_;
  core::TensorFile content_;
  std::set<std::string> compared_;
};

template <class Test>
void for_each_case(const std::string& method, const Test& test) {
  COOPSEG_NEEDS_GOLDEN(folder, "baselines/" + method);
  std::size_t cases = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path().string());
    Golden golden(entry.path());
    test(golden);
    golden.expect_complete();
    ++cases;
  }
  EXPECT_GE(cases, 1u) << folder;
}

// Of `loss(network)` with respect to the second convolution's weight.
template <class Loss>
at::Tensor weight_gradient(test::SmallNetwork network, const Loss& loss) {
  network.weight2 = network.weight2.detach().clone().set_requires_grad(true);
  return torch::autograd::grad({loss(network)}, {network.weight2})[0];
}

std::vector<std::vector<NoiseWindow>> windows_of(const Json& json) {
  std::vector<std::vector<NoiseWindow>> all;
  for (const Json& image : json) {
    all.emplace_back();
    for (const Json& w : image) all.back().push_back({w[0], w[1], w[2], w[3]});
  }
  return all;
}

// One canvas of what the windows are filled with, the later ones over the earlier ones.
at::Tensor canvas_of(const at::Tensor& images, const at::Tensor& blocks,
                     const std::vector<std::vector<NoiseWindow>>& windows) {
  at::Tensor canvas = at::full_like(images, NAN);
  for (std::size_t n = 0; n < windows.size(); ++n) {
    for (std::size_t b = 0; b < windows[n].size(); ++b) {
      const NoiseWindow& w = windows[n][b];
      const at::Tensor block = blocks[static_cast<std::int64_t>(n)][static_cast<std::int64_t>(b)];
      canvas[static_cast<std::int64_t>(n)]
          .narrow(1, w.row, w.height)
          .narrow(2, w.column, w.width)
          .copy_(block.narrow(1, 0, w.height).narrow(2, 0, w.width));
    }
  }
  return canvas;
}

TEST(ImageMethodGolden, RandMwm) {
  for_each_case("rand_mwm", [](Golden& golden) {
    for (const std::string prefix : {"", "mc."}) {
      const std::string key = prefix.empty() ? "" : "mc_";
      if (!golden.has(prefix + "image")) continue;
      const at::Tensor images = golden(prefix + "image");
      const auto in = windows_of(golden.json[key + "inpaint_windows"]);
      const at::Tensor canvas = canvas_of(images, golden(prefix + "inpaint.blocks"), in);
      golden.expect(prefix + "inpaint.out", painted(images, canvas, in, Painting::in));
      golden.expect(prefix + "outpaint.out", painted(images, golden(prefix + "outpaint.noise"),
                                                     windows_of(golden.json[key + "outpaint_windows"]), Painting::out));
    }
    // The sampler keeps the bounds, and reaches them.
    for (const Json& bounds : golden.json["bounds"]) {
      const std::int64_t size = bounds["size"];
      std::int64_t least = size, greatest = 0, first = size, last = 0;
      core::RandomStream draw(1, {"bounds"});
      for (int i = 0; i < 20000; ++i) {
        for (const NoiseWindow& w : draw_windows({}, size, size, draw)) {
          least = std::min({least, w.height, w.width});
          greatest = std::max({greatest, w.height, w.width});
          first = std::min({first, w.row, w.column});
          if (w.height == bounds["window_max"].get<std::int64_t>()) last = std::max(last, w.row);
        }
      }
      EXPECT_EQ(least, bounds["window_min"].get<std::int64_t>()) << size;
      EXPECT_EQ(greatest, bounds["window_max"].get<std::int64_t>()) << size;
      EXPECT_EQ(first, bounds["start_min"].get<std::int64_t>()) << size;
      EXPECT_EQ(last, bounds["start_max_for_largest_window"].get<std::int64_t>()) << size;
    }
    const Json& counts = golden.json["count_probabilities"];
    request::RandMwmSettings settings;
    settings.max_windows = counts["max_blocks"];
    settings.continue_probability = counts["continue_probability"];
    std::vector<double> frequency(settings.max_windows + 1, 0);
    constexpr int kDraws = 100000;
    core::RandomStream draw(2, {"counts"});
    for (int i = 0; i < kDraws; ++i) frequency[draw_windows(settings, 64, 64, draw).size()] += 1.0 / kDraws;
    ASSERT_EQ(counts["p"].size(), frequency.size());
    for (std::size_t k = 0; k < frequency.size(); ++k) {
      const double p = counts["p"][k];
      EXPECT_NEAR(frequency[k], p, 5 * std::sqrt(p * (1 - p) / kDraws)) << k;
    }
  });
}

TEST(ImageMethodGolden, RandConv) {
  for_each_case("rand_conv", [](Golden& golden) {
    for (const std::string prefix : {"k1.", "k3.", "k5.", "k7.", "mc."}) {
      if (!golden.has(prefix + "z")) continue;
      const at::Tensor images = golden(prefix == "mc." ? "mc.image" : "image");
      ConvolutionDraw draw;
      draw.normals = golden(prefix + "z");
      draw.share = golden(prefix + "alpha").item<double>();
      const at::Tensor kernel = convolution_kernel(draw.normals), conv = convolved(images, kernel);
      golden.expect(prefix + "kernel", kernel);
      golden.expect(prefix + "conv", conv);
      golden.expect(prefix + "mixed", mixed(images, conv, draw.share));
      golden.expect(prefix + "scaled", random_view({}, images, draw));
    }
    const auto logits_of = [&](const test::SmallNetwork& network) {
      std::vector<at::Tensor> logits;
      for (const auto& view : golden.json["consistency_views"]) logits.push_back(network(golden(view)));
      return logits;
    };
    const std::vector<at::Tensor> logits = logits_of(golden.network());
    for (std::size_t i = 0; i < logits.size(); ++i) golden.expect("cons.logits" + std::to_string(i), logits[i]);
    golden.expect("cons.mean_probability", mean_probability(logits));
    golden.expect("cons.kl", divergences_from_mean(logits));
    golden.expect("cons.loss", divergences_from_mean(logits).mean());
    golden.expect("cons.grad.conv2.weight", weight_gradient(golden.network(), [&](const test::SmallNetwork& network) {
                    return divergences_from_mean(logits_of(network)).mean();
                  }));
  });
}

TEST(ImageMethodGolden, AdvNoise) {
  for_each_case("adv_noise", [](Golden& golden) {
    const test::SmallNetwork network = golden.network();
    const at::Tensor images = golden("image"), reference = network(images);
    golden.expect("ref_logits", reference);
    golden.expect("d0_unit", unit(golden("d0")));
    for (const auto& [name, config] : golden.json["configs"].items()) {
      request::ImageMethodSettings settings;
      settings.method = "adv-noise";
      settings.adv_noise.xi = config["xi"];
      settings.adv_noise.epsilon = config["epsilon"];
      const std::size_t steps = config["power_iterations"];
      at::Tensor d = golden("d0_unit");
      for (std::size_t step = 0; step < steps; ++step) {
        const std::string prefix = name + ".step" + std::to_string(step) + ".";
        const Slope slope = slope_at(d, [&](const at::Tensor& direction) {
          return kl_divergence(reference, network(images + settings.adv_noise.xi * direction));
        });
        golden.expect(prefix + "kl", slope.loss);
        golden.expect(prefix + "grad", slope.gradient);
        settings.adv_noise.steps = step + 1;
        d = AdvNoise(settings).direction(network, images, reference, golden("d0"));
        golden.expect(prefix + "d", d);
      }
      const at::Tensor perturbation = settings.adv_noise.epsilon * d;
      golden.expect(name + ".perturbation", perturbation);
      golden.expect(name + ".adversarial_image", images + perturbation);
      golden.expect(name + ".adversarial_logits", network(images + perturbation));
      const auto loss = [&](const test::SmallNetwork& trained) {
        return consistency_loss(settings.adv_noise.weights, reference, trained(images + perturbation));
      };
      golden.expect(name + ".loss", loss(network));
      golden.expect(name + ".loss.grad.conv2.weight", weight_gradient(network, loss));
    }
  });
}

void compare_search(Golden& golden, const request::AdvBiasSettings& how) {
  request::ImageMethodSettings settings;
  settings.method = "adv-bias";
  settings.adv_bias = how;
  const AdvBias method(settings);
  const test::SmallNetwork network = golden.network();
  const at::Tensor images = golden("image"), reference = network(images), start = golden("e2e.cp0");
  const BiasFieldShape shape(images.size(2), images.size(3), how);
  const auto look_at = [&](const at::Tensor& points, const std::string& number, const std::string& image,
                           const std::string& logits) {
    golden.expect("e2e.field" + number, shape.field(points, how.epsilon));
    const at::Tensor biased = shape.field(points, how.epsilon) * images, segmented = network(biased);
    golden.expect("e2e." + image, biased);
    golden.expect("e2e." + logits, segmented);
    golden.expect("e2e.kl" + number, kl_divergence(reference, segmented));
    golden.expect("e2e.contour" + number, contour_difference(reference, segmented));
    golden.expect("e2e.loss" + number, method.loss(network, images, reference, shape, points));
    return biased;
  };
  golden.expect("e2e.ref_logits", reference);
  golden.expect("e2e.log_field_low", shape.coarse_log_field(start));
  golden.expect("e2e.log_field", shape.log_field(start));
  look_at(start, "", "biased_image", "logits");
  const Slope slope =
      slope_at(start, [&](const at::Tensor& points) { return method.loss(network, images, reference, shape, points); });
  golden.expect("e2e.grad", slope.gradient);
  golden.expect("e2e.cp1_before_projection", start + how.step_size * unit(slope.gradient));
  const at::Tensor next = stepped(how, start, slope.gradient, 1);
  golden.expect("e2e.cp1", next);
  golden.expect("e2e.scaled_image", rescaled(look_at(next, "1", "adversarial_image", "adversarial_logits")));
  golden.expect("e2e.loss1.grad.conv2.weight", weight_gradient(network, [&](const test::SmallNetwork& trained) {
                  return method.loss(trained, images, reference, shape, next);
                }));
}

TEST(ImageMethodGolden, AdvBias) {
  for_each_case("adv_bias", [](Golden& golden) {
    request::AdvBiasSettings how;
    how.epsilon = golden.json["epsilon"];
    how.step_size = golden.json["step_size"];
    how.downscale = golden.json["downscale"];
    how.weights = {golden.json["weights"]["kl"], golden.json["weights"]["contour"]};
    for (const auto& [size, expected] : golden.json["geometry"].items()) {
      const BiasAxis axis(std::stoll(size), how);
      EXPECT_EQ(axis.spacing, expected["s"].get<std::int64_t>()) << size;
      EXPECT_EQ(axis.points, expected["g"].get<std::int64_t>()) << size;
      EXPECT_EQ(axis.offset, expected["lo"].get<std::int64_t>()) << size;
      EXPECT_EQ(axis.offset + axis.samples, expected["hi"].get<std::int64_t>()) << size;
    }
    golden.expect("kernel_s16", spline_kernel(16));
    golden.expect("kernel_s48", spline_kernel(48));
    compare_search(golden, how);
    golden.expect("step.cp_before_projection", golden("step.cp") + how.step_size * unit(golden("step.grad")));
    golden.expect("step.cp_next", stepped(how, golden("step.cp"), golden("step.grad"), 1));
    const auto field = [&](const std::string& name, std::int64_t rows, std::int64_t columns) {
      golden.expect(name + ".field", BiasFieldShape(rows, columns, how).field(golden(name + ".cp"), how.epsilon));
    };
    field("field192", 192, 192);
    field("field48x80", 48, 80);
    field("field60", 60, 60);
    field("field50", 50, 50);

    request::AdvBiasSettings sphere = how;
    sphere.form = "sphere";
    const at::Tensor points = projected(sphere, golden("sphere.cp_drawn"));
    golden.expect("sphere.cp", points);
    const at::Tensor image = golden("sphere.field");
    const BiasFieldShape shape(image.size(2), image.size(3), sphere);
    golden.expect("sphere.log_field", shape.log_field(points));
    golden.expect("sphere.field", shape.field(points, sphere.epsilon));
    const at::Tensor next = stepped(sphere, points, golden("sphere.grad"), 1);
    golden.expect("sphere.cp_next", next);
    golden.expect("sphere.field_next", shape.field(next, sphere.epsilon));
  });
}

}  // namespace
}  // namespace coopseg::training
