#include "coopseg/request/semi_training.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/core/memory.h"
#include "coopseg/core/numbers.h"
#include "coopseg/core/text.h"

namespace coopseg::request {
namespace {

constexpr std::size_t kMaxBatch = 4096;
constexpr int kMaxFilters = 256;

[[noreturn]] void refuse(const std::string& option, const std::string& problem, const std::string& remedy) {
  throw core::UsageError(option, problem, remedy);
}

void check_numbers(const SemiTrainingRun& run) {
  const auto above = [](double value, const char* option, const char* remedy) {
    if (!(value > 0 && value <= kMostOfAParameter))
      refuse(option, fmt::format("must be a number above 0, up to {:g}", kMostOfAParameter), remedy);
  };
  above(run.learning_rate, "--lr", "the published one is 0.01");
  above(run.rate_factor, "--lr-factor", "the published one is 0.1");
  if (run.rate_step > 0) {
    const auto changes = static_cast<double>((std::max<std::size_t>(run.max_iterations, 1) - 1) / run.rate_step);
    above(run.learning_rate * std::max(1.0, std::pow(run.rate_factor, changes)), "--lr-factor",
          "so must be the learning rate in the end; take a smaller factor");
  }
  if (!(run.momentum >= 0 && run.momentum < 1)) refuse("--momentum", "must be in [0, 1)", "the published one is 0.9");
  if (!(run.weight_decay >= 0 && run.weight_decay <= kMostOfAParameter))
    refuse("--weight-decay", "must be a number from 0", "the published one is 1e-4");
  if (run.filters < 1 || run.filters > kMaxFilters)
    refuse("--filters", fmt::format("{} is not 1 to {}", run.filters, kMaxFilters), "the published network has 16");
  if (run.max_iterations == 0) refuse("--max-iterations", "must be at least 1", "the published trainings have 6000");
}

// Over how many images the smallest pass of a network in training mode takes its statistics.
std::size_t images_at_once(const SemiTrainingRun& run) {
  const auto at_once = [&](std::size_t patches) { return run.sync_norm ? patches : patches / run.ranks.count; };
  const std::size_t others = at_once(run.batch_unlabelled);
  const std::size_t all = at_once(run.batch_labelled) + others + at_once(run.batch_pseudo);
  switch (run.method) {
    case SemiMethod::supervised:
    case SemiMethod::dtc: return all;
    case SemiMethod::duo: return std::min(at_once(run.batch_labelled / 2), others);
    default: return std::min(all, others);  // the teacher's
  }
}

// A network of duo learns from a half of the labelled patches.
void check_shares(const SemiTrainingRun& run) {
  if (run.method == SemiMethod::duo) {
    check_ranks(run.ranks, run.batch_labelled / 2, "labelled patches of each network");
  } else {
    check_ranks(run.ranks, run.batch_labelled, "labelled patches");
  }
  if (run.batch_unlabelled > 0) check_ranks(run.ranks, run.batch_unlabelled, "unlabelled patches");
  if (run.batch_pseudo > 0) check_ranks(run.ranks, run.batch_pseudo, "pseudo-labelled patches");
}

// Statistics of one number are no statistics: its deviation from itself is 0, whatever it is.
void check_norm(const SemiTrainingRun& run) {
  std::size_t numbers = 1;
  if (run.norm == model::Norm::batch) numbers = images_at_once(run);
  for (const std::size_t side : run.patch) numbers *= std::max<std::size_t>(1, side / model::kVNetReduction);
  if (numbers > 1) return;
  refuse("--patch", "leaves one voxel to the deepest stage, which cannot be normalised by itself",
         run.norm == model::Norm::batch ? "take a larger one, or more in a batch (--batch-size)" : "take a larger one");
}

void check_network(const SemiTrainingRun& run) {
  if (!(run.dropout >= 0 && run.dropout < 1)) refuse("--dropout", "must be in [0, 1)", "the published one is 0.5");
  if (!run.is_flat()) return;
  if (run.norm != model::Norm::batch)
    refuse("--norm", "instance is of the network of volumes", "the network of slices has batch norms");
}

void check_streams(const SemiTrainingRun& run) {
  const std::string method = kSemiMethods.of(run.method);
  if (needs_unlabelled(run.method) && run.unlabelled.empty())
    refuse("--method", method + " learns from unlabelled cases, too, and there are none", "give --unlabelled");
  if (run.batch_unlabelled > 0 && run.unlabelled.empty())
    refuse("--batch-size", "has unlabelled patches, and there is no list of unlabelled cases", "give --unlabelled");
  if (run.batch_unlabelled == 0 && needs_unlabelled(run.method))
    refuse("--batch-size", "has no unlabelled patches, which " + method + " learns from", "give --batch-size L,U");
  if (run.batch_unlabelled == 0 && !run.unlabelled.empty())
    refuse("--unlabelled", "is of no use without unlabelled patches in a batch", "give --batch-size L,U");
  if (run.method == SemiMethod::duo && run.batch_labelled % 2 != 0)
    refuse("--batch-size", fmt::format("has {} labelled patches, and 2 networks share them", run.batch_labelled),
           "give an even number");
}

void check_pseudo(const SemiTrainingRun& run) {
  if (run.pseudo.empty()) {
    if (run.batch_pseudo > 0)
      refuse("--batch-size", "has pseudo-labelled patches, and there is no list of such cases", "give --pseudo");
    return;
  }
  if (run.method != SemiMethod::supervised)
    refuse("--pseudo",
           "is for --method supervised, and " + kSemiMethods.of(run.method) +
               " learns nothing from labels "
               "of a model's making",
           "leave it out, or take --method supervised");
  if (!run.unlabelled.empty())
    refuse("--pseudo", "and --unlabelled are both given, and a batch has room for one of them", "give one of them");
  if (run.batch_pseudo == 0)
    refuse("--pseudo", "is of no use without pseudo-labelled patches in a batch", "give --batch-size L,P");
  if (!(run.pseudo_weight >= 0 && run.pseudo_weight <= kMostOfAParameter))
    refuse("--pseudo-weight", fmt::format("must be a number from 0 to {:g}", kMostOfAParameter), "the default is 1");
}

// `voxels` of a batch. What a GPU has is seen when it is asked for it.
void check_memory(const SemiTrainingRun& run, std::size_t voxels) {
  if (run.device.rfind("cuda", 0) == 0) return;
  // At the least: what the first and the last stage hold for their gradients, in the smallest numbers.
  constexpr std::uint64_t kStages = 3, kBytes = 2;
  const std::uint64_t bytes = voxels * kBytes * kStages * static_cast<std::uint64_t>(run.filters);
  core::require_memory("--patch",
                       fmt::format("of {} x {} x {} voxels, {} in a batch,", run.patch[0], run.patch[1], run.patch[2],
                                   run.batch_images()),
                       bytes, "take a smaller one, or less in a batch (--batch-size)");
  const SemiMethodSettings& s = run.method_settings;
  if (run.method != SemiMethod::simcvd || s.contrast_weight == 0) return;
  // Weights, gradients, and the teacher's weights.
  constexpr std::uint64_t kCopies = 3, kBytesOfAWeight = 4;
  const std::array<int, 3> widths = mlp_widths(s.contrast_mlp);
  std::uint64_t weights = 0, in = std::uint64_t{s.contrast_pool} * s.contrast_pool;
  for (const int width : widths) {
    weights += in * static_cast<std::uint64_t>(width);
    in = static_cast<std::uint64_t>(width);
  }
  core::require_memory("--contrast-mlp",
                       fmt::format("{}, behind slices of {} x {} (--contrast-pool),", s.contrast_mlp, s.contrast_pool,
                                   s.contrast_pool),
                       kCopies * kBytesOfAWeight * weights, "take narrower layers");
}

}  // namespace

const core::Words<SemiOptimiser> kSemiOptimisers{
    {"sgd", SemiOptimiser::sgd}, {"adam", SemiOptimiser::adam}, {"adamw", SemiOptimiser::adamw}};

const core::Words<PseudoTargets> kPseudoTargets{{"hard", PseudoTargets::hard}, {"soft", PseudoTargets::soft}};

SemiTrainingRun published_training(SemiMethod method) {
  SemiTrainingRun run;
  run.method = method;
  run.method_settings = published(method);
  if (method != SemiMethod::supervised) run.batch_labelled = run.batch_unlabelled = 2;
  if (method == SemiMethod::simcvd) {
    run.rate_step = 3000;
    run.weight_decay = 5e-4;
  }
  if (method == SemiMethod::duo) {
    run.batch_unlabelled = 1;
    run.rate_step = 0;
    run.weight_decay = 0;
  }
  return run;
}

std::array<std::size_t, 3> parse_stride(const std::string& text, const std::array<std::size_t, 3>& patch) {
  std::array<std::size_t, 3> stride = parse_patch(text, "--stride");
  const std::size_t sides = core::split(text).size();
  if (patch[2] != 1 && sides == 2) refuse("--stride", "has two sides, and the patch three", "give X,Y,Z");
  if (patch[2] == 1 && sides == 1) stride[2] = 1;
  return stride;
}

std::array<std::size_t, 3> SemiTrainingRun::stride_or_half() const {
  std::array<std::size_t, 3> result = stride;
  for (std::size_t a = 0; a < 3; ++a) {
    if (result[a] == 0) result[a] = std::max<std::size_t>(1, patch[a] / 2);
  }
  return result;
}

void parse_batch(const std::string& text, std::size_t& labelled, std::size_t& others) {
  const std::vector<std::string> parts = core::split(text);
  if (parts.empty() || parts.size() > 2)
    refuse("--batch-size", "\"" + text + "\" is not of the form L or L,U", "L labelled patches and U others");
  labelled = core::parse_count(parts[0], "--batch-size", 1, kMaxBatch);
  others = parts.size() == 2 ? core::parse_count(parts[1], "--batch-size", 0, kMaxBatch) : 0;
}

void check_training(const SemiTrainingRun& run) {
  const std::size_t voxels = check_patch(run.patch, run.batch_images());
  const auto stride = run.stride_or_half();
  for (std::size_t a = 0; a < 3; ++a) {
    if (stride[a] > run.patch[a]) {
      refuse("--stride", fmt::format("{} is larger than the patch's side of {}", stride[a], run.patch[a]),
             "windows would leave gaps");
    }
  }
  check_numbers(run);
  check_semi_method(run.method_settings, run.method);
  check_network(run);
  check_pseudo(run);
  check_streams(run);
  check_shares(run);
  check_norm(run);
  check_memory(run, voxels);
  check_device(run.device);
}

}  // namespace coopseg::request
