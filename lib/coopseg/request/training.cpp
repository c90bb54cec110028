#include "coopseg/request/training.h"

#include <fmt/core.h>

#include <cmath>

#include "coopseg/core/error.h"

namespace coopseg::request {

const core::Words<Selection> kSelections{{"stn", Selection::stn}, {"ftn", Selection::ftn}, {"best", Selection::best}};

core::Json settings_begun_with(const RunOptions& run) {
  const core::fs::path file = run.folder / "config.json";
  if (!run.resume || !core::fs::exists(file)) return nullptr;
  const core::Json config = core::read_json(file);
  if (!config.is_object() || !config.contains("settings") || !config["settings"].is_object()) return nullptr;
  return config["settings"];
}

void check_training(const TrainingRun& run) {
  const auto refuse = [](const std::string& option, const std::string& problem, const std::string& remedy) {
    throw core::UsageError(option, problem, remedy);
  };
  model::check_crop(run.crop);
  if (run.batch_size < 2 || run.batch_size % 2 != 0) {
    refuse("--batch-size", fmt::format("{} is not an even number from 2", run.batch_size),
           "half of a batch are augmented slices, half the same slices as they are");
  }
  if (!(run.learning_rate > 0) || std::isinf(run.learning_rate))
    refuse("--lr", "must be a number above 0", "the paper's is 1e-4");
  if (!(run.noise >= 0) || std::isinf(run.noise)) refuse("--noise", "must be a number from 0", "0 switches it off");
  if (!(run.image_weight >= 0) || std::isinf(run.image_weight))
    refuse("--image-weight", "must be a number from 0", "0 switches the reconstruction loss off");
  if (run.epochs == 0) refuse("--epochs", "must be at least 1", "--max-iterations limits a run, too");
  if (run.latent.shape && !run.slow_thinking)
    refuse("--latent-da", "the shape code is masked for the slow-thinking network, which is not trained", "mask image");
  if (run.separate && !run.slow_thinking)
    refuse("--separate", "keeps the slow-thinking network out of the fast one, and it is not trained", "leave it out");
  check_mask_threshold(run.latent.threshold);
  check_device(run.device);
  check_ranks(run.ranks, run.batch_size, "slices");
  check_image_method(run.images);
  if (!run.images.method.empty() && (run.latent.any()))
    refuse("--latent-da", "is of another method than --method " + run.images.method, "leave one of them out");
}

}  // namespace coopseg::request
