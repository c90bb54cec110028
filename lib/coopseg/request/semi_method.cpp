#include "coopseg/request/semi_method.h"

#include <fmt/format.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/text.h"

namespace coopseg::request {

const core::Words<SemiMethod> kSemiMethods{{"supervised", SemiMethod::supervised},
                                           {"mt", SemiMethod::mt},
                                           {"uamt", SemiMethod::uamt},
                                           {"dtc", SemiMethod::dtc},
                                           {"simcvd", SemiMethod::simcvd},
                                           {"cvrl", SemiMethod::cvrl},
                                           {"secl", SemiMethod::secl},
                                           {"duo", SemiMethod::duo}};

namespace {

constexpr std::size_t kPublishedIterations = 6000;
constexpr int kMostWidth = 65536;
const std::vector<std::string> kRampedTerms{"contrast", "distillation", "consistency"};

bool are_terms(const std::string& text) {
  if (text == "none") return true;
  const std::vector<std::string> parts = core::split(text);
  return !parts.empty() && std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
    return std::find(kRampedTerms.begin(), kRampedTerms.end(), part) != kRampedTerms.end() &&
           std::count(parts.begin(), parts.end(), part) == 1;
  });
}

}  // namespace

std::array<int, 3> mlp_widths(const std::string& text) {
  const std::vector<std::string> parts = core::split(text);
  std::array<int, 3> widths{};
  if (parts.size() != widths.size()) return {};
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const bool digits =
        !parts[i].empty() && parts[i].size() <= 5 && parts[i].find_first_not_of("0123456789") == std::string::npos;
    widths[i] = digits ? std::stoi(parts[i]) : 0;
    if (widths[i] < 1 || widths[i] > kMostWidth) return {};
  }
  return widths;
}

SemiMethodSettings published(SemiMethod method) {
  SemiMethodSettings s;
  s.ramp_length = kPublishedIterations;
  switch (method) {
    case SemiMethod::supervised:
    case SemiMethod::duo: break;
    case SemiMethod::mt:
    case SemiMethod::uamt: s.ramp_step = 150; break;
    case SemiMethod::dtc:
      s.ramp_step = 150;
      s.distance_weight = 0.3;
      s.consistency_weight = 1;
      break;
    case SemiMethod::simcvd: s.ema_decay = 0.999; break;
    case SemiMethod::cvrl: break;
    case SemiMethod::secl:
      s.contrast_weight = 0.1;
      s.contrast_tau = 0.1;
      break;
  }
  return s;
}

std::vector<Parameter> parameters(SemiMethodSettings& s) {
  ParameterList list;
  const ParameterList::Methods teachers{"mt", "uamt", "simcvd", "cvrl", "secl"};
  const auto idle = [&](bool is_idle, const char* goes_with) {
    if (is_idle) list.all.back().idle = goes_with;
  };
  list.count({"mt", "uamt", "dtc", "simcvd", "cvrl", "secl"}, "--ramp-length", s.ramp_length,
             "iterations in which the weights of unlabelled images' losses "
             "rise to their full size; 0: at once",
             0, 1000000000);
  list.count({"mt", "uamt", "dtc", "simcvd", "cvrl", "secl"}, "--ramp-step", s.ramp_step,
             "iterations for which such a weight stays the same", 1, 1000000000);
  idle(s.ramp_length == 0, "a --ramp-length above 0");
  list.all.push_back({{"simcvd"},
                      "--ramp-terms",
                      &s.ramp_terms,
                      "TERMS",
                      "whose weights rise: some of contrast, distillation, "
                      "consistency, separated by commas; or none",
                      are_terms(s.ramp_terms),
                      "some of contrast, distillation, consistency, or none",
                      {},
                      {},
                      false});
  idle(s.ramp_length == 0, "a --ramp-length above 0");
  list.number(teachers, "--ema-decay", s.ema_decay,
              "how much of itself the teacher keeps in an iteration, the rest "
              "is the student's",
              0, 1);
  list.toggle(teachers, "--ema-warm-start", s.ema_warm_start, "the teacher keeps at most 1 - 1/(t + 1) in iteration t");
  list.number(teachers, "--noise", s.noise,
              "standard deviation of the noise on unlabelled images, in their "
              "own unit of intensity");
  list.number(teachers, "--noise-clip", s.noise_clip, "greatest size of that noise");
  idle(s.noise == 0, "a --noise above 0");
  list.number({"dtc", "simcvd"}, "--distance-weight", s.distance_weight,
              "weight of the squared error of signed distances, of labelled images");
  list.number({"simcvd", "secl"}, "--contrast-weight", s.contrast_weight, "weight of the contrastive loss");
  const bool contrasts = s.contrast_weight > 0;
  list.number({"simcvd", "secl"}, "--contrast-tau", s.contrast_tau, "temperature of the contrastive loss");
  list.must_be_above(0);
  idle(!contrasts, "a --contrast-weight above 0");
  list.number({"simcvd"}, "--distillation-weight", s.distillation_weight,
              "weight of the voxel-to-voxel distillation at the bottleneck");
  list.number({"mt", "uamt", "dtc", "simcvd", "cvrl"}, "--consistency-weight", s.consistency_weight,
              "weight of the squared difference of two segmentations of one image");
  list.toggle({"simcvd"}, "--contrast-normalise", s.contrast_normalise, "compare directions of vectors, not lengths");
  idle(!contrasts, "a --contrast-weight above 0");
  list.number({"simcvd"}, "--alpha-dropout", s.alpha_dropout, "probability, of what is compared", 0, 1);
  list.all.back().valid = s.alpha_dropout >= 0 && s.alpha_dropout < 1;
  list.all.back().expected = "in [0, 1)";
  idle(!contrasts, "a --contrast-weight above 0");
  list.count({"simcvd"}, "--contrast-pool", s.contrast_pool, "slices are averaged to N x N before they are compared", 1,
             1024);
  idle(!contrasts, "a --contrast-weight above 0");
  list.all.push_back({{"simcvd"},
                      "--contrast-mlp",
                      &s.contrast_mlp,
                      "A,B,C",
                      "widths of the three layers that slices are projected by",
                      mlp_widths(s.contrast_mlp)[0] > 0,
                      "three whole numbers from 1, separated by commas",
                      {},
                      {},
                      false});
  idle(!contrasts, "a --contrast-weight above 0");
  list.count({"simcvd"}, "--contrast-slices", s.contrast_slices, "slices of a batch that are compared; 0: all", 0,
             1000000);
  idle(!contrasts, "a --contrast-weight above 0");
  list.number({"simcvd"}, "--distillation-tau", s.distillation_tau, "temperature of the distillation");
  list.must_be_above(0);
  idle(s.distillation_weight == 0, "a --distillation-weight above 0");
  list.word({"simcvd"}, "--distillation-reduction", s.distillation_reduction,
            "of the voxels of a volume: their mean, or, as printed in the "
            "paper, their sum",
            {"mean", "sum"});
  idle(s.distillation_weight == 0, "a --distillation-weight above 0");
  list.word({"simcvd"}, "--consistency-outputs", s.consistency_outputs, "what shall not differ",
            {"probability", "probability+distance"});
  idle(s.consistency_weight == 0, "a --consistency-weight above 0");

  list.count({"uamt"}, "--mc-passes", s.mc_passes, "the teacher's passes with noise and dropout that tell uncertainty",
             1, 60);
  idle(s.consistency_weight == 0, "a --consistency-weight above 0");
  list.number({"uamt"}, "--uncertainty-start", s.uncertainty_start,
              "entropy, of the greatest there can be, below which voxels count "
              "at first; in the end all do",
              0, 1);
  idle(s.consistency_weight == 0, "a --consistency-weight above 0");
  list.number({"dtc"}, "--distance-steepness", s.steepness,
              "of the sigmoid that makes a probability of a signed distance");
  list.must_be_above(0);
  idle(s.consistency_weight == 0, "a --consistency-weight above 0");

  list.number({"cvrl"}, "--elastic-weight", s.elastic_weight,
              "weight of the elastic energy of contours, slice by slice");
  list.number({"cvrl"}, "--elastic-rho", s.elastic_rho, "what the prediction is multiplied by there");
  idle(s.elastic_weight == 0, "an --elastic-weight above 0");
  list.number({"cvrl"}, "--volume-weight", s.volume_weight, "weight of the contrast of voxels with volumes");
  list.number({"cvrl"}, "--volume-tau", s.volume_tau, "its temperature");
  list.must_be_above(0);
  idle(s.volume_weight == 0, "a --volume-weight above 0");
  list.count({"cvrl"}, "--volume-queue", s.volume_queue, "volumes of earlier batches that are compared with", 0, 65536);
  idle(s.volume_weight == 0, "a --volume-weight above 0");
  list.number({"cvrl"}, "--voxel-weight", s.voxel_weight, "weight of the contrast of voxels with voxels");
  list.number({"cvrl"}, "--voxel-tau", s.voxel_tau, "its temperature");
  list.must_be_above(0);
  idle(s.voxel_weight == 0, "a --voxel-weight above 0");

  list.word({"secl"}, "--sampling", s.sampling,
            "what belongs together: voxels of one class of the teacher's "
            "(anatomical), or of one place (region)",
            {"anatomical", "region"});
  idle(!contrasts, "a --contrast-weight above 0");
  list.count({"secl"}, "--samples", s.samples, "voxels drawn of each group and volume", 1, 4096);
  idle(!contrasts, "a --contrast-weight above 0");
  list.number({"secl"}, "--confidence", s.confidence, "the teacher's probability above which its class counts", 0, 1);
  idle(s.sampling == "region" || !contrasts, "--sampling anatomical and a --contrast-weight above 0");
  list.count({"secl"}, "--feature-stage", s.feature_stage,
             "stage of the encoder that is compared: 1 the finest, 5 the last", 1, 5);
  idle(!contrasts, "a --contrast-weight above 0");

  list.number({"duo"}, "--difference-weight", s.difference_weight,
              "weight of the two networks' disagreement on unlabelled images");
  list.number({"duo"}, "--adversarial-weight", s.adversarial_weight,
              "weight of what the critic says of segmentations of unlabelled "
              "images; 0: no critic");
  list.number({"duo"}, "--critic-lr", s.critic_lr, "the critic's learning rate");
  list.must_be_above(0);
  idle(s.adversarial_weight == 0, "an --adversarial-weight above 0");
  list.word({"duo"}, "--critic-optimiser", s.critic_optimiser, "the critic's optimiser", {"rmsprop", "adam"});
  idle(s.adversarial_weight == 0, "an --adversarial-weight above 0");
  list.toggle({"duo"}, "--faithful", s.faithful,
              "as the public code: no gradient through the Dice loss and the networks' disagreement");
  return list.all;
}

std::string chosen_here(const SemiMethodSettings& s, SemiMethod method) {
  if (method == SemiMethod::cvrl)
    return fmt::format(
        "cvrl is implemented after a published abstract; chosen here: weights {} (elastic), {} (volumes), {} (voxels), "
        "{} (consistency), temperatures {} and {}, a queue of {} volumes, projections to 128 numbers",
        s.elastic_weight, s.volume_weight, s.voxel_weight, s.consistency_weight, s.volume_tau, s.voxel_tau,
        s.volume_queue);
  if (method == SemiMethod::secl)
    return fmt::format(
        "secl is implemented after a published abstract; chosen here: weight {}, temperature {}, stage {} of the "
        "encoder, {} sampling of {} places a group and volume, confidence {}, projections to 32 numbers",
        s.contrast_weight, s.contrast_tau, s.feature_stage, s.sampling, s.samples, s.confidence);
  return {};
}

bool needs_unlabelled(SemiMethod method) { return method != SemiMethod::supervised; }

std::size_t noise_views(const SemiMethodSettings& settings, SemiMethod method) {
  switch (method) {
    case SemiMethod::supervised:
    case SemiMethod::dtc:
    case SemiMethod::duo: return 0;
    case SemiMethod::mt:
    case SemiMethod::cvrl:
    case SemiMethod::secl: return 1;  // the teacher's
    case SemiMethod::uamt: return 1 + settings.mc_passes;
    case SemiMethod::simcvd: return 2;  // the student's and the teacher's
  }
  return 0;
}

bool has_distances(SemiMethod method) { return method == SemiMethod::dtc || method == SemiMethod::simcvd; }

bool is_ramped(const SemiMethodSettings& settings, const std::string& term) {
  const std::vector<std::string> terms = core::split(settings.ramp_terms);
  return std::find(terms.begin(), terms.end(), term) != terms.end();
}

void check_semi_method(SemiMethodSettings settings, SemiMethod method) {
  check_parameters(parameters(settings), kSemiMethods.of(method));
  if (method == SemiMethod::secl && settings.contrast_weight > 0 && settings.confidence >= 1 &&
      settings.sampling == "anatomical")
    throw core::UsageError("--confidence", "1 leaves no voxel", "the default is 0.8");
}

core::Json to_json(SemiMethodSettings settings, SemiMethod method) {
  return to_json(parameters(settings), kSemiMethods.of(method));
}

}  // namespace coopseg::request
