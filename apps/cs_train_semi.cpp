// cs-train-semi: segmentation of volumes from few labelled ones.
#include <fmt/ranges.h>

#include <string>

#include "coopseg/core/numbers.h"
#include "coopseg/request/semi_training.h"
#include "run_command.h"

using namespace coopseg;

namespace {

constexpr const char* kValidateWhen = "after every epoch of the labelled cases";

core::About about() {
  return {"cs-train-semi",
          "trains a network to segment volumes, from a few labelled ones",
          {"[options] --cases LABELLED.jsonl --out RUN"},
          {{"cs-train-semi --cases labelled.jsonl --validate val.jsonl --out run --patch 32,48,32 --filters 8 "
            "--augmentation mild --max-iterations 1800 --lr-step 900",
            "a small network on small volumes; run/best.safetensors is the model for cs-predict"},
           {"cs-train-semi --config share/configs/la-supervised.json --cases labelled.jsonl --out run",
            "the published training on left atria"},
           {"cs-train-semi --cases labelled.jsonl --out run --patch 32,48,32 --filters 8 --plan",
            "what a training would do, its memory and time, without writing anything"}}};
}

// As the command line and --config write it.
struct Texts {
  std::string unlabelled, patch = "112,112,80", stride, batch = "4", augmentation = "la";
  bool no_dropout = false;
};

void declare(core::Command& command, request::SemiTrainingRun& run, Texts& texts) {
  command
      .option("Cases", "--unlabelled", texts.unlabelled, "case list of volumes whose labels, if any, are never read",
              core::Effect::execution)
      .type_name("FILE");
  command.choice("Method", "--method", run.method, request::kSemiMethods,
                 "supervised: the labelled volumes alone; the network's batch norms see the unlabelled patches, if any");
  const std::string network = "Network";
  command
      .option(network, "--patch", texts.patch,
              "voxels that the network sees, along each voxel axis: multiples of 16; smaller volumes are padded")
      .type_name("X,Y,Z");
  command
      .option(network, "--stride", texts.stride,
              "voxels from window to window where a whole volume is segmented: in validation, and in prediction unless "
              "told otherwise")
      .type_name("X,Y,Z")
      .default_text("half of the patch");
  command.option(network, "--filters", run.filters, "channels of the network's first stage").type_name("N");
  command.choice(network, "--norm", run.norm, model::kNorms,
                 "of the activations: over the patches of a batch, or of each patch by itself");
  command.flag(network, "--no-dropout", texts.no_dropout, "drop no channels of the bottleneck and of the last stage");
  command
      .option(network, "--init", run.init, "model to begin with, of the same network and classes", core::Effect::result)
      .type_name("MODEL");
  const std::string training = "Training";
  command.option(training, "--max-iterations", run.max_iterations, "batches in all").type_name("N");
  command
      .option(training, "--batch-size", texts.batch,
              "patches in a batch: labelled ones, and unlabelled ones beside them")
      .type_name("L[,U]");
  command.option(training, "--lr", run.learning_rate, "learning rate of stochastic gradient descent").type_name("RATE");
  command
      .option(training, "--lr-step", run.rate_step,
              "iterations after which the learning rate changes, each time; 0: never")
      .type_name("N");
  command.option(training, "--lr-factor", run.rate_factor, "what it is multiplied by").type_name("FACTOR");
  command.option(training, "--momentum", run.momentum, "of the gradients").type_name("FRACTION");
  command.option(training, "--weight-decay", run.weight_decay, "of all parameters").type_name("RATE");
  command
      .option(training, "--augmentation", texts.augmentation,
              fmt::format("augmentation policy: {}; or a JSON file of its numbers",
                          fmt::join(dataset::patch_augmentation_names(), ", ")))
      .type_name("NAME|FILE");
}

void resolve(const core::Command& command, const Texts& texts, request::SemiTrainingRun& run) {
  run.patch = core::parse_sides(texts.patch, "--patch");
  if (!texts.stride.empty()) run.stride = core::parse_sides(texts.stride, "--stride");
  request::parse_batch(texts.batch, run.batch_labelled, run.batch_unlabelled);
  if (!texts.unlabelled.empty() && !command.given("--batch-size")) run.batch_labelled = run.batch_unlabelled = 2;
  run.dropout = !texts.no_dropout;
  run.augmentation = dataset::parse_patch_augmentation(texts.augmentation);
  if (!texts.unlabelled.empty()) run.unlabelled = apps::read_training_list(command, texts.unlabelled, /*labelled=*/false);
  request::check_training(run);
}

}  // namespace

int main(int argc, char** argv) {
  request::SemiTrainingRun run;
  run.validate_every = 200;
  Texts texts;
  apps::RunCommand training(about(), run);
  core::Command& command = training.command();
  training.add_lists("every --validate-every iterations");
  declare(command, run, texts);
  training.add_conventions(kValidateWhen);
  return training.run(
      argc, argv, [&] { resolve(command, texts, run); },
      [&](bool plan) { training.open(run, plan, request::kPlanSemi, request::kTrainSemi); });
}
