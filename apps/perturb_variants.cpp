#include "perturb_variants.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/core/text.h"
#include "method_options.h"

namespace coopseg::apps {
namespace {

using core::UsageError;
using inference::Variant;

constexpr char kLatent[] = "cooperative";
constexpr const char* kLatentOptions[] = {"--mask", "--mask-threshold", "--latent-da", "--hard-mask", "--mask-ranking"};

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::vector<std::string> methods_of(const PerturbOptions& options) {
  std::vector<std::string> methods;
  for (const std::string& word : core::split(options.methods)) {
    if (word != kLatent && !contains(request::kImageMethods, word)) {
      throw UsageError("--method",
                       fmt::format("\"{}\" is none of {}, {}", word, kLatent, fmt::join(request::kImageMethods, ", ")),
                       "separate several by commas");
    }
    if (!contains(methods, word)) methods.push_back(word);
  }
  return methods;
}

double fraction_of(const std::string& text) {
  std::size_t used = 0;
  double value = -1;
  try {
    value = std::stod(text, &used);
  } catch (const std::exception&) {
  }
  if (used != text.size() || !(value >= 0 && value < 1))
    throw UsageError("--mask-threshold", "\"" + text + "\" is no number in [0, 1)", "0.5, or several: 0.1,0.3,0.5");
  return value;
}

// Once for each repeat.
void add(std::vector<Variant>& variants, Variant variant, const PerturbOptions& options) {
  for (int repeat = 0; repeat < options.repeats; ++repeat) {
    variant.how.repeat = static_cast<std::uint64_t>(repeat);
    if (options.repeats > 1) variant.repeat = repeat;
    const bool there = std::any_of(variants.begin(), variants.end(), [&](const Variant& other) {
      return other.name == variant.name && other.repeat == variant.repeat;
    });
    // Dropout knows no threshold: once is enough.
    if (!there) variants.push_back(variant);
  }
}

void add_masks(std::vector<Variant>& variants, const Variant& plain, const PerturbOptions& options) {
  for (const std::string& threshold : core::split(options.thresholds)) {
    for (const std::string& mask : core::split(options.masks)) {
      const auto type = request::kMaskTypes.find(mask);
      if (!type || type == request::MaskType::random)
        throw UsageError("--mask", "\"" + mask + "\" is none of dropout, channel, spatial",
                         "separate several by commas");
      Variant v = plain;
      v.name = "latent-" + mask;
      v.how.mask = type;
      v.how.threshold = fraction_of(threshold);
      if (mask != "dropout") v.name += fmt::format("-{:g}", v.how.threshold);
      add(variants, v, options);
    }
  }
}

// Of the options above, what counts for this variant alone is told in its `perturbation`.
core::Json settings_for(const Variant& variant, const PerturbOptions& options, core::Json settings) {
  for (const char* of_all : {"method", "mask", "mask-threshold", "repeats"}) settings.erase(of_all);
  request::ImageMethodSettings all = options.parameters;
  for (const request::Parameter& p : request::parameters(all)) settings.erase(p.option.substr(2));
  if (!variant.is_latent()) {
    for (const char* option : kLatentOptions) settings.erase(option + 2);
  }
  return settings;
}

}  // namespace

void add_variant_options(core::Command& command, PerturbOptions& options) {
  command
      .option("Method", "--method", options.methods,
              "what makes the hard examples, separated by commas: cooperative: masks of the codes; rand-mwm: random "
              "windows of noise; rand-conv: random convolutions; adv-noise, adv-bias: the noise or the bias field that "
              "changes the model's segmentation most")
      .type_name("WORDS");
  command
      .option("Masks", "--mask", options.masks,
              "ways of masking, separated by commas: channels at random (dropout), the channels (channel) or the "
              "places (spatial) of greatest gradient")
      .type_name("WORDS");
  command
      .option("Masks", "--mask-threshold", options.thresholds,
              "fractions of the channels or places that are masked, separated by commas; dropout always takes one half")
      .type_name("FRACTIONS");
  command.choice("Masks", "--latent-da", options.codes, {"image", "shape", "image,shape"},
                 "codes that are masked: image gives hard images, shape gives hard segmentations");
  command.flag("Masks", "--hard-mask", options.hard, "set masked entries to 0, instead of weakening them");
  command.choice("Masks", "--mask-ranking", options.ranking, request::kMaskRankings,
                 "what the greatest gradient is: of the signed mean, of its magnitude or of its negative");
  add_method_parameters(command, options.parameters, Wanted::looks);
  command.option("Method", "--repeats", options.repeats, "hard examples of each kind, with other random numbers")
      .type_name("N");
}

void check_variant_options(const core::Command& command, const PerturbOptions& options, bool single) {
  const std::vector<std::string> methods = methods_of(options);
  check_method_parameters(command, options.parameters, methods, Wanted::looks);
  const bool latent = contains(methods, kLatent);
  for (const char* option : kLatentOptions) {
    if (!latent && command.given(option))
      throw UsageError(option, "belongs to --method cooperative, not " + options.methods,
                       "leave it out, or choose its method");
  }
  if (options.repeats < 1) throw UsageError("--repeats", "must be 1 or more");
  if (!single) return;
  if (options.repeats != 1) throw UsageError("--repeats", "belongs to --cases", "one OUTPUT takes one hard example");
  if (methods.size() > 1) throw UsageError("--method", "must name one method for one OUTPUT", "choose one");
  if (!latent) return;
  if (!command.given("--mask") || options.masks.find(',') != std::string::npos ||
      options.thresholds.find(',') != std::string::npos)
    throw UsageError("--mask", "must name one way of masking, with one threshold, for one OUTPUT",
                     "dropout, channel or spatial");
  if (options.codes == "image,shape")
    throw UsageError("--latent-da", "image and shape give two outputs", "choose one for one OUTPUT: image or shape");
}

std::vector<Variant> variants_of(const core::Command& command, const PerturbOptions& options) {
  std::vector<Variant> variants;
  for (const std::string& method : methods_of(options)) {
    Variant plain;
    plain.how.seed = command.seed();
    if (method != kLatent) {
      plain.name = method;
      plain.how.images = options.parameters;
      plain.how.images.method = method;
      plain.how.shape = false;
      add(variants, plain, options);
      continue;
    }
    plain.how.hard = options.hard;
    plain.how.ranking = options.ranking;
    plain.how.image = options.codes != "shape";
    plain.how.shape = options.codes != "image";
    if (command.has_cases()) {
      variants.push_back(plain);
      variants.back().name = "reconstruction";
      variants.back().how.mask.reset();
    }
    add_masks(variants, plain, options);
  }
  const core::Json settings = command.provenance().settings;
  for (Variant& variant : variants) variant.settings = settings_for(variant, options, settings);
  return variants;
}

}  // namespace coopseg::apps
