// cs-pretrain: contrastive pre-training of a network, which another training begins with.
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/request/pretraining.h"
#include "run_command.h"

using namespace coopseg;

namespace {

core::About about() {
  return {"cs-pretrain",
          "trains a part of a network by contrast, from images without labels or few labelled ones",
          {"[options] --stage global --cases POOL.jsonl --out RUN",
           "[options] --stage local --cases LABELLED.jsonl --init RUN/last.safetensors --out RUN"},
          {{"cs-pretrain --stage global --cases pool.jsonl --out global --patch 64,64 --filters 8 --batch-size 8 "
            "--epochs 2",
            "the encoder of a small network, on slices that nobody has drawn labels for"},
           {"cs-pretrain --stage local --cases labelled.jsonl --init global/last.safetensors --out local --patch 64,64 "
            "--filters 8 --epochs 2",
            "the whole of it but its head, on labelled slices; local/last.safetensors is the model for --init of "
            "cs-train-semi --upsampling transposed"},
           {"cs-pretrain --stage global --cases pool.jsonl --patch 64,64 --filters 8 --batch-size 8 --plan",
            "what a pre-training would do, its memory and time, without writing anything"}}};
}

// As the command line and --config write it.
struct Texts {
  std::string patch = "160,160", augmentation;
  std::size_t stride = 0, blocks = 0;
};

void declare_network(core::Command& command, request::PretrainingRun& run, Texts& texts) {
  const std::string network = "Network";
  command
      .choice(network, "--network", run.network, request::kPretrainingNetworks,
              "unet: of slices, for cs-train-semi; vnet: of volumes, likewise; ftn: the fast-thinking network, for "
              "cs-train-ftn and cs-train-coop")
      .default_text("unet; of patches with three sides: vnet");
  command
      .option(network, "--patch", texts.patch,
              "voxels that the network sees, along each voxel axis: multiples of 16; smaller images are padded; two "
              "sides: of slices, with a network of two dimensions")
      .type_name("X,Y[,Z]");
  command.option(network, "--filters", run.filters, "channels of the network's first stage")
      .type_name("N")
      .default_text("64; vnet: 16");
  command.choice(network, "--upsampling", run.upsampling, model::kUpsamplings,
                 "of the unet: transposed, that of local contrast; bilinear, that of Duo-SegNet");
  command.choice(network, "--norm", run.norm, model::kNorms,
                 "of the vnet's activations: over the patches of a batch, or of each patch by itself");
  command
      .option(network, "--init", run.init,
              "model to begin with, of the same network: of the stage before, or any other")
      .type_name("MODEL");
}

void declare_training(core::Command& command, request::PretrainingRun& run, Texts& texts) {
  const std::string training = "Training", contrast = "Contrast";
  command.option(training, "--epochs", run.epochs, "passes over all images")
      .type_name("N")
      .default_text("100; local: 60");
  command.option(training, "--max-iterations", run.max_iterations, "stop after so many batches in all; 0: no limit")
      .type_name("N");
  command.option(training, "--batch-size", run.batch_size, "images in a batch, of each of which there are two views")
      .type_name("N")
      .default_text("120; vnet: 8; local: 4");
  command.option(training, "--lr", run.learning_rate, "learning rate of Adam")
      .type_name("RATE")
      .default_text("3e-4; local: 1e-4");
  command.option(training, "--weight-decay", run.weight_decay, "of all parameters")
      .type_name("RATE")
      .default_text("1e-5; local: 1e-4");
  command
      .option(training, "--constant-epochs", run.constant_epochs,
              "epochs before the learning rate of stage global begins to fall to 0, by half a cosine")
      .type_name("N");
  command
      .option(training, "--augmentation", texts.augmentation,
              fmt::format("what makes two views of an image: {}; or a JSON file of its numbers",
                          fmt::join(dataset::view_augmentation_names(), ", ")))
      .type_name("NAME|FILE")
      .default_text("that of the stage");
  command.option(contrast, "--tau", run.tau, "temperature").type_name("T").default_text("0.5; local: 0.1");
  command
      .option(contrast, "--stride", texts.stride,
              "stage local: compare the features of every N-th row and column (and plane) alone")
      .type_name("N")
      .default_text("4; with --blocks: 1");
  command
      .option(contrast, "--blocks", texts.blocks,
              "stage local: compare features within tiles of N positions a side; 0: all of a batch")
      .type_name("N");
}

// What is not given is what the stage was published with.
void complete(const core::Command& command, const Texts& texts, request::PretrainingRun& run) {
  run.patch = request::parse_patch(texts.patch, "--patch");
  if (!command.given("--network") && !run.is_flat()) run.network = request::PretrainingNetwork::vnet;
  const request::PretrainingRun usual = request::published_pretraining(run.stage, run.network);
  const auto otherwise = [&](const char* option, auto& value, const auto& published) {
    if (!command.given(option)) value = published;
  };
  otherwise("--filters", run.filters, usual.filters);
  otherwise("--epochs", run.epochs, usual.epochs);
  otherwise("--batch-size", run.batch_size, usual.batch_size);
  otherwise("--lr", run.learning_rate, usual.learning_rate);
  otherwise("--weight-decay", run.weight_decay, usual.weight_decay);
  otherwise("--tau", run.tau, usual.tau);
  run.cosine = usual.cosine;
  run.block = texts.blocks;
  run.stride = command.given("--stride") ? texts.stride : run.block > 0 ? 1 : usual.stride;
  run.augmentation =
      texts.augmentation.empty() ? usual.augmentation : dataset::parse_view_augmentation(texts.augmentation);
}

void check_given(const core::Command& command, const request::PretrainingRun& run) {
  const auto belongs = [&](const char* option, bool has_use, const std::string& to) {
    if (command.given(option) && !has_use) throw core::UsageError(option, "belongs to " + to, "leave it out");
  };
  const bool local = run.stage == model::PretrainingStage::local;
  for (const char* option : {"--stride", "--blocks", "--labels"}) belongs(option, local, "--stage local");
  belongs("--constant-epochs", !local, "--stage global");
  belongs("--upsampling", run.network == request::PretrainingNetwork::unet, "--network unet");
  belongs("--norm", run.network == request::PretrainingNetwork::vnet, "--network vnet");
  belongs("--filters", run.network != request::PretrainingNetwork::ftn, "the other networks: the ftn has one size");
}

}  // namespace

int main(int argc, char** argv) {
  request::PretrainingRun run;
  run.validate_every = 200;  // how often its models are written
  Texts texts;
  apps::RunCommand training(about(), run);
  core::Command& command = training.command();
  command.choice("Method", "--stage", run.stage, model::kPretrainingStages,
                 "global: the encoder learns to tell images apart, without labels; local: the network but for its head "
                 "learns to tell classes apart, pixel by pixel");
  training.add_lists("");
  declare_network(command, run, texts);
  declare_training(command, run, texts);
  training.add_conventions("");
  return training.run(
      argc, argv,
      [&] {
        complete(command, texts, run);
        check_given(command, run);
        request::check_pretraining(run);
        if (run.stage == model::PretrainingStage::global) training.learn_without_labels();
      },
      [&](bool plan) { training.open(run, plan, request::kPlanPretraining, request::kPretrain); });
}
