// cs-train-coop: cooperative training of the fast- and the slow-thinking network with latent space data augmentation,
// or with what that is compared with.
#include "training_command.h"

using namespace coopseg;

namespace {

core::About about() {
  return {"cs-train-coop",
          "trains the fast- and the slow-thinking network together, on images and on hard examples of them",
          {"[options] --cases TRAIN.jsonl --validate VAL.jsonl --out RUN"},
          {{"cs-train-coop --cases train.jsonl --validate val.jsonl --out run --crop 64 --epochs 2",
            "two epochs on slices of 64 x 64 pixels; run/best.safetensors is the model for cs-predict"},
           {"cs-train-coop --cases train.jsonl --validate val.jsonl --out standard --crop 64 --epochs 2 "
            "--method standard",
            "both networks without hard examples: the paper's standard training"},
           {"cs-train-coop --cases train.jsonl --validate val.jsonl --crop 64 --plan",
            "what a training would do, its memory and time, without writing anything"}}};
}

}  // namespace

int main(int argc, char** argv) {
  apps::TrainingCommand training(about());
  core::Command& command = training.command();
  request::TrainingRun& run = training.settings();
  run.slow_thinking = true;
  training.add_methods({"cooperative", "standard"}, "cooperative: hard examples from masked codes; standard: none; ");
  request::LatentSettings& latent = run.latent;
  std::string codes = "image,shape";
  const std::string group = "Cooperative training";
  command.choice(group, "--latent-da", codes, {"none", "image", "shape", "image,shape"},
                 "codes that are masked to make hard examples: images, segmentations, both or none");
  command.choice(group, "--mask", latent.mask, request::kMaskTypes,
                 "what is masked: channels at random (dropout), the channels or the places of greatest gradient; "
                 "random: one of the three for each batch");
  command
      .option(group, "--mask-threshold", latent.threshold,
              "largest fraction of the channels or places that is masked; dropout always takes one half")
      .type_name("FRACTION");
  command.flag(group, "--fixed-threshold", latent.fixed_threshold,
               "mask that fraction in every batch, instead of a random one up to it");
  command.flag(group, "--hard-mask", latent.hard, "set masked entries to 0, instead of weakening them");
  command.choice(group, "--mask-ranking", latent.ranking, request::kMaskRankings,
                 "what the greatest gradient is: of the signed mean, as in the paper's experiments, of its magnitude "
                 "or "
                 "of its negative");
  command.flag(group, "--separate", run.separate,
               "the slow-thinking network's losses send no gradient into the fast-thinking one");
  const std::string stages = "Slow-thinking network";
  run.calibrate_norms = 5;
  command.choice(stages, "--select", run.select, request::kSelections,
                 "whose validation score tells the best model: stn, the corrected segmentation, as in the paper; ftn, "
                 "the fast-thinking network's own; best, the better one of both");
  command
      .option(stages, "--calibrate-norms", run.calibrate_norms,
              "before the slow-thinking network is validated or written, measure its batch norms on N batches of what "
              "the fast-thinking one says; 0, as in the paper: as they are in training, where they see labels, too")
      .type_name("N")
      .within(0, 1000);
  return training.run(argc, argv, [&] {
    // A run that was begun before there was such an option goes on without.
    if (const core::Json begun = request::settings_begun_with(run);
        begun.is_object() && !command.given("--calibrate-norms"))
      run.calibrate_norms = core::get_or(begun, "calibrate_norms", std::size_t{0}, run.folder.string());
    if (run.select != request::Selection::stn && !command.given("--validate"))
      throw core::UsageError("--select", "is about a validation, and there is none",
                             "give --validate, or leave it out");
    const bool cooperative = training.method() == "cooperative";
    for (const char* option :
         {"--latent-da", "--mask", "--mask-threshold", "--fixed-threshold", "--hard-mask", "--mask-ranking"}) {
      if (!command.given(option)) continue;
      if (!cooperative) {
        throw core::UsageError(option, "belongs to --method cooperative, not " + training.method(),
                               "leave it out, or choose its method");
      }
      if (codes == "none" && option != std::string("--latent-da"))
        throw core::UsageError(option, "is about hard examples, and --latent-da none makes none", "leave one out");
    }
    if (!cooperative) codes = "none";
    latent.image = codes == "image" || codes == "image,shape";
    latent.shape = codes == "shape" || codes == "image,shape";
  });
}
