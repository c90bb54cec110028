#include "coopseg/request/pretraining.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/core/memory.h"
#include "coopseg/request/parameter.h"

namespace coopseg::request {
namespace {

constexpr std::size_t kMostImages = 4096;
constexpr int kMostFilters = 256;

[[noreturn]] void refuse_option(const std::string& option, const std::string& problem, const std::string& remedy) {
  throw core::UsageError(option, problem, remedy);
}

void check_network(const PretrainingRun& run) {
  const bool of_volumes = run.network == PretrainingNetwork::vnet;
  if (of_volumes && run.is_flat())
    refuse_option("--network", "vnet sees volumes, and the patch is of slices",
                  "give --patch X,Y,Z, or another network");
  if (!of_volumes && !run.is_flat())
    refuse_option("--network", kPretrainingNetworks.of(run.network) + " sees slices, and the patch is of volumes",
                  "give --patch X,Y, or --network vnet");
  if (run.network == PretrainingNetwork::ftn && run.patch[0] != run.patch[1])
    refuse_option("--patch", "has two different sides, and the fast-thinking network sees squares",
                  "give one side twice");
  if (run.filters < 1 || run.filters > kMostFilters)
    refuse_option("--filters", fmt::format("{} is not 1 to {}", run.filters, kMostFilters),
                  "the published U-Net has 64");
}

void check_numbers(const PretrainingRun& run) {
  if (!(run.learning_rate > 0 && run.learning_rate <= kMostOfAParameter))
    refuse_option("--lr", "must be a number above 0", "the published ones are 3e-4 (global) and 1e-4 (local)");
  if (!(run.weight_decay >= 0 && run.weight_decay <= kMostOfAParameter))
    refuse_option("--weight-decay", "must be a number from 0", "the published ones are 1e-5 (global) and 1e-4 (local)");
  if (!(run.tau >= 1e-3 && run.tau <= 1e3))
    refuse_option("--tau", "must be a number from 0.001 to 1000",
                  "the published ones are 0.5 (global) and 0.1 (local)");
  if (run.epochs == 0) refuse_option("--epochs", "must be at least 1", "--max-iterations limits a run, too");
}

void check_batch(const PretrainingRun& run) {
  if (run.batch_size < 1 || run.batch_size > kMostImages)
    refuse_option("--batch-size", fmt::format("{} is not 1 to {}", run.batch_size, kMostImages), "");
  if (run.stage == model::PretrainingStage::global && run.batch_size < 2)
    refuse_option("--batch-size", "of one image leaves nothing to tell it from", "take at least 2");
  const std::size_t shorter =
      run.is_flat() ? std::min(run.patch[0], run.patch[1]) : *std::min_element(run.patch.begin(), run.patch.end());
  if (run.stride < 1 || run.stride > shorter)
    refuse_option("--stride", fmt::format("{} is not 1 to {}, the patch's shorter side", run.stride, shorter), "");
  if (run.block > 0 && run.block * run.stride > shorter)
    refuse_option("--blocks",
                  fmt::format("of {} positions, {} pixels apart, are larger than the patch", run.block, run.stride),
                  "take smaller ones");
}

void check_memory(const PretrainingRun& run, std::size_t voxels) {
  if (run.device.rfind("cuda", 0) == 0) return;
  // At the least: what the first stage holds for its gradients, and in stage local the last one.
  constexpr std::uint64_t kStages = 2, kBytes = 2, kFtnFilters = 16;
  const bool ftn = run.network == PretrainingNetwork::ftn;
  const std::uint64_t filters = ftn ? kFtnFilters : static_cast<std::uint64_t>(run.filters);
  core::require_memory("--batch-size",
                       fmt::format("of {} images, seen twice, of {} x {} x {} voxels", run.batch_size, run.patch[0],
                                   run.patch[1], run.patch[2]),
                       voxels * kBytes * kStages * filters, "take less in a batch, or a smaller --patch");
}

}  // namespace

const core::Words<PretrainingNetwork> kPretrainingNetworks{
    {"unet", PretrainingNetwork::unet}, {"vnet", PretrainingNetwork::vnet}, {"ftn", PretrainingNetwork::ftn}};

PretrainingRun published_pretraining(model::PretrainingStage stage, PretrainingNetwork network) {
  PretrainingRun run;
  run.stage = stage;
  run.network = network;
  if (network == PretrainingNetwork::vnet) {
    run.filters = 16;
    run.batch_size = 8;
  }
  if (stage == model::PretrainingStage::global) return run;
  run.batch_size = 4;
  run.epochs = 60;
  run.learning_rate = run.weight_decay = 1e-4;
  run.cosine = false;
  run.tau = 0.1;
  run.augmentation = dataset::ViewAugmentation::named("local");
  return run;
}

void check_pretraining(const PretrainingRun& run) {
  constexpr std::size_t kViews = 2;
  const std::size_t voxels = check_patch(run.patch, kViews * run.batch_size);
  check_network(run);
  check_numbers(run);
  check_batch(run);
  check_memory(run, voxels);
  check_device(run.device);
  check_ranks(run.ranks, run.batch_size, "images");
}

}  // namespace coopseg::request
