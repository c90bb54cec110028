#include "coopseg/request/image_method.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/text.h"

namespace coopseg::request {

const std::vector<std::string> kImageMethods{"rand-mwm", "rand-conv", "adv-noise", "adv-bias"};

std::vector<std::size_t> kernel_sizes(const std::string& text) {
  std::vector<std::size_t> sizes;
  for (const std::string& part : core::split(text)) {
    const bool digits = !part.empty() && part.size() <= 3 && part.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || std::stoul(part) % 2 == 0) return {};
    sizes.push_back(std::stoul(part));
  }
  return sizes;
}

std::vector<Parameter> parameters(ImageMethodSettings& s) {
  ParameterList list;
  const auto of_training = [&](const std::string& idle = {}) {
    list.all.back().of_training = true;
    list.all.back().idle = idle;
  };

  auto& mwm = s.rand_mwm;
  list.count({"rand-mwm"}, "--mwm-max-windows", mwm.max_windows, "most windows in an image", 1);
  list.number({"rand-mwm"}, "--mwm-continue-probability", mwm.continue_probability, "probability of one more window", 0,
              1);
  list.number({"rand-mwm"}, "--mwm-inpaint-probability", mwm.inpaint_probability,
              "probability that the windows of a batch are filled with noise, "
              "instead of all around them",
              0, 1);
  list.toggle({"rand-mwm"}, "--mwm-force-first", mwm.force_first, "at least one window in each image");

  auto& conv = s.rand_conv;
  const bool one_view = conv.loss == "hard-example";
  list.all.push_back({{"rand-conv"},
                      "--randconv-kernel-sizes",
                      &conv.kernel_sizes,
                      "SIZES",
                      "sides of kernels in pixels, one of which is drawn for each view",
                      !kernel_sizes(conv.kernel_sizes).empty(),
                      "odd numbers separated by commas",
                      {},
                      {},
                      false});
  list.toggle({"rand-conv"}, "--randconv-mix", conv.mix, "mix the convolved image with the image, by a random share");
  list.number({"rand-conv"}, "--randconv-identity-probability", conv.identity_probability,
              "without mixing, probability of the image as it is", 0, 1);
  if (conv.mix) list.all.back().idle = "--randconv-mix false";
  list.word({"rand-conv"}, "--randconv-loss", conv.loss,
            "consistency: equal segmentations of several views; hard-example: "
            "segment one view as the hard image",
            {"consistency", "hard-example"});
  of_training();
  const std::string only_consistency = one_view ? "--randconv-loss consistency" : "";
  list.count({"rand-conv"}, "--randconv-views", conv.views, "views whose segmentations shall be equal", 2, 10);
  of_training(only_consistency);
  list.number({"rand-conv"}, "--randconv-lambda", conv.lambda, "weight of the views' divergence");
  of_training(only_consistency);

  auto& noise = s.adv_noise;
  list.number({"adv-noise"}, "--advnoise-epsilon", noise.epsilon,
              "Euclidean norm of the noise of an image, of the intensity range");
  list.number({"adv-noise"}, "--advnoise-xi", noise.xi, "norm of the noise that the direction is found with");
  list.must_be_above(0);
  if (noise.search == "ascent") list.all.back().idle = "--advnoise-search power-iteration";
  list.count({"adv-noise"}, "--advnoise-steps", noise.steps, "steps of the search; 0: a random direction");
  list.word({"adv-noise"}, "--advnoise-search", noise.search,
            "power-iteration: the direction of greatest curvature; ascent: "
            "uphill on the sphere of the noise's norm",
            {"power-iteration", "ascent"});
  const char* kl_help =
      "weight of the Kullback-Leibler divergence in the "
      "consistency loss, which the search climbs";
  const char* contour_help = "weight of the contours' difference in the consistency loss";
  list.number({"adv-noise"}, "--advnoise-kl-weight", noise.weights.kl, kl_help);
  list.number({"adv-noise"}, "--advnoise-contour-weight", noise.weights.contour, contour_help);

  auto& bias = s.adv_bias;
  list.number({"adv-bias"}, "--advbias-epsilon", bias.epsilon, "bias fields lie in 1 - EPSILON ... 1 + EPSILON", 0, 1);
  list.all.back().valid = bias.epsilon >= 0 && bias.epsilon < 1;
  list.all.back().expected = "in [0, 1)";
  list.count({"adv-bias"}, "--advbias-steps", bias.steps, "steps of the search; 0: a random field");
  list.number({"adv-bias"}, "--advbias-step-size", bias.step_size, "length of a step of the control points");
  list.word({"adv-bias"}, "--advbias-form", bias.form,
            "what holds the control points: box, limits for each; sphere, a "
            "norm of 1 for all of an image",
            {"box", "sphere"});
  list.count({"adv-bias"}, "--advbias-downscale", bias.downscale, "fields are computed on a grid so many times coarser",
             1, 16);
  list.count({"adv-bias"}, "--advbias-spacing", bias.spacing, "pixels between control points; 0: half of the image", 0,
             10000);
  list.number({"adv-bias"}, "--advbias-kl-weight", bias.weights.kl, kl_help);
  list.number({"adv-bias"}, "--advbias-contour-weight", bias.weights.contour, contour_help);

  list.number({"rand-conv", "adv-noise", "adv-bias"}, "--consistency-weight", s.consistency_weight,
              "weight of the method's consistency loss; 0 switches it off");
  of_training(s.method == "rand-conv" ? only_consistency : "");
  list.number({"rand-mwm", "rand-conv", "adv-noise", "adv-bias"}, "--hard-weight", s.hard_weight,
              "weight of the losses of hard images; 0 switches them off");
  of_training(s.method == "rand-conv" && !one_view ? "--randconv-loss hard-example" : "");
  list.toggle({"rand-mwm", "adv-noise", "adv-bias"}, "--hard-rescale", s.hard_rescale,
              "stretch each hard image to 0 ... 1, as test images are");
  return list.all;
}

void check_image_method(ImageMethodSettings settings) {
  if (settings.method.empty()) return;
  if (std::find(kImageMethods.begin(), kImageMethods.end(), settings.method) == kImageMethods.end())
    throw core::UsageError("--method", "\"" + settings.method + "\" is no method that changes images");
  check_parameters(parameters(settings), settings.method);
  bool consistent = false;  // whether it has a consistency loss that counts
  bool hard = false;
  for (const Parameter& p : parameters(settings)) {
    if (!p.belongs_to(settings.method)) continue;
    if (p.option == "--consistency-weight") consistent = p.idle.empty() && settings.consistency_weight > 0;
    if (p.option == "--hard-weight") hard = p.idle.empty() && settings.hard_weight > 0;
  }
  if (!consistent && !hard) {
    throw core::UsageError("--method " + settings.method, "has no loss: its weights are 0",
                           "give --hard-weight or --consistency-weight, or "
                           "choose --method standard");
  }
}

core::Json to_json(ImageMethodSettings settings, bool looks_only) {
  return to_json(parameters(settings), settings.method, looks_only);
}

}  // namespace coopseg::request
