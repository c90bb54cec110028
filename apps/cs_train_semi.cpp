// cs-train-semi: segmentation of volumes from few labelled ones.
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/error.h"
#include "coopseg/request/semi_training.h"
#include "method_options.h"
#include "run_command.h"

using namespace coopseg;

namespace {

constexpr const char* kValidateWhen = "after every epoch of the labelled cases";

core::About about() {
  return {"cs-train-semi",
          "trains a network to segment volumes or slices, from few labelled ones and many others",
          {"[options] --cases LABELLED.jsonl --unlabelled POOL.jsonl --out RUN"},
          {{"cs-train-semi --cases labelled.jsonl --validate val.jsonl --out run --patch 32,48,32 --filters 8 "
            "--augmentation mild --max-iterations 1800 --lr-step 900",
            "a small network on small volumes, from labelled ones alone; run/best.safetensors is the model for "
            "cs-predict"},
           {"cs-train-semi --method simcvd --cases labelled.jsonl --unlabelled pool.jsonl --out run --patch 32,48,32 "
            "--filters 8 --augmentation mild --max-iterations 1800 --lr-step 900",
            "the same with volumes that nobody has drawn labels for"},
           {"cs-train-semi --config share/configs/la-supervised.json --cases labelled.jsonl --out run",
            "the published training on left atria"},
           {"cs-train-semi --cases labelled.jsonl --out run --patch 32,48,32 --filters 8 --plan",
            "what a training would do, its memory and time, without writing anything"}}};
}

// As the command line and --config write it.
struct Texts {
  std::string unlabelled, pseudo, watch, patch = "112,112,80", stride, batch = "4", augmentation = "la";
  bool no_dropout = false, symmetries = false;
  request::SemiMethodSettings method;
};

// Defaults that methods do not have in common, "0.1; dtc: 1".
std::string default_text(const std::string& option, const std::vector<std::string>& methods) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_value;
  for (const std::string& method : methods) {
    request::SemiMethodSettings settings = request::published(*request::kSemiMethods.find(method));
    for (const request::Parameter& p : request::parameters(settings)) {
      if (p.option != option) continue;
      const std::string value = p.text();
      auto found = std::find_if(by_value.begin(), by_value.end(), [&](const auto& v) { return v.first == value; });
      if (found == by_value.end()) found = by_value.insert(by_value.end(), {value, {}});
      found->second.push_back(method);
    }
  }
  std::stable_sort(by_value.begin(), by_value.end(),
                   [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
  std::string text = by_value.front().first;
  for (std::size_t i = 1; i < by_value.size(); ++i)
    text += fmt::format("; {}: {}", fmt::join(by_value[i].second, ", "), by_value[i].first);
  return text;
}

void declare_methods(core::Command& command, Texts& texts) {
  for (const request::Parameter& p : request::parameters(texts.method)) {
    const std::string shown = p.option == "--ramp-length" ? "--max-iterations" : default_text(p.option, p.methods);
    apps::add_parameter(command, "Methods", p, shown);
  }
}

void declare(core::Command& command, request::SemiTrainingRun& run, Texts& texts) {
  command
      .option("Cases", "--unlabelled", texts.unlabelled, "case list of volumes whose labels, if any, are never read",
              core::Effect::execution)
      .type_name("FILE");
  command
      .option(
          "Cases", "--watch", texts.watch,
          "case list with labels that are scored with --validate and never learned from: how good the segmentations "
          "of unlabelled images are",
          core::Effect::execution)
      .type_name("FILE");
  command
      .option("Cases", "--pseudo", texts.pseudo,
              "case list of volumes that a model has labelled (cs-predict --pseudo-labels), for --method supervised",
              core::Effect::execution)
      .type_name("FILE");
  command.flag("Cases", "--allow-overlap", run.allow_overlap,
               "let a subject of --cases stand in --unlabelled or --pseudo, too", core::Effect::execution);
  command.choice("Method", "--method", run.method, request::kSemiMethods,
                 "supervised: the labelled images alone; mt: mean teacher; uamt: uncertainty-aware mean teacher; dtc: "
                 "dual-task consistency; simcvd: SimCVD; cvrl: after CVRL; secl: after self-ensembling contrastive "
                 "learning; duo: Duo-SegNet");
  const std::string network = "Network";
  command
      .option(network, "--patch", texts.patch,
              "voxels that the network sees, along each voxel axis: multiples of 16; smaller volumes are padded; two "
              "sides: of slices, with a network of two dimensions")
      .type_name("X,Y[,Z]");
  command
      .option(network, "--stride", texts.stride,
              "voxels from window to window where a whole volume is segmented: in validation, and in prediction unless "
              "told otherwise")
      .type_name("X,Y[,Z]")
      .default_text("half of the patch");
  command.option(network, "--filters", run.filters, "channels of the network's first stage").type_name("N");
  command.choice(network, "--norm", run.norm, model::kNorms,
                 "of the activations: over the patches of a batch, or of each patch by itself");
  command.choice(network, "--upsampling", run.upsampling, model::kUpsamplings,
                 "of slices: bilinear, the U-Net of Duo-SegNet; transposed, that of local contrast",
                 core::Effect::addition);
  command
      .option(network, "--dropout", run.dropout,
              "probability that a channel of the bottleneck or the last stage is dropped")
      .type_name("FRACTION");
  command.flag(network, "--no-dropout", texts.no_dropout, "as --dropout 0");
  command
      .option(network, "--init", run.init,
              "model to begin with, of the same network and classes, or a pre-trained part of it (cs-pretrain)",
              core::Effect::result)
      .type_name("MODEL");
  const std::string training = "Training";
  command.option(training, "--max-iterations", run.max_iterations, "batches in all").type_name("N");
  command
      .option(training, "--batch-size", texts.batch,
              "patches in a batch: labelled ones, and unlabelled or pseudo-labelled ones beside them")
      .type_name("L[,U]")
      .default_text("4; with --unlabelled or --pseudo: 2,2; duo: 2,1");
  command.choice(training, "--pseudo-targets", run.pseudo_targets, request::kPseudoTargets,
                 "what is learned of --pseudo: hard, the label maps; soft, the class probabilities");
  command
      .option(training, "--pseudo-weight", run.pseudo_weight,
              "weight of the loss of --pseudo, beside 1 of the labelled patches; their mean counts")
      .type_name("WEIGHT");
  command.choice(training, "--optimiser", run.optimiser, request::kSemiOptimisers,
                 "sgd: stochastic gradient descent; adam; adamw: Adam with decoupled weight decay");
  command.option(training, "--lr", run.learning_rate, "learning rate").type_name("RATE");
  command
      .option(training, "--lr-step", run.rate_step,
              "iterations after which the learning rate changes, each time; 0: never")
      .type_name("N")
      .default_text("2500; simcvd: 3000; duo: 0");
  command.option(training, "--lr-factor", run.rate_factor, "what it is multiplied by").type_name("FACTOR");
  command.option(training, "--momentum", run.momentum, "of the gradients, by sgd").type_name("FRACTION");
  command.option(training, "--weight-decay", run.weight_decay, "of all parameters")
      .type_name("RATE")
      .default_text("1e-4; simcvd: 5e-4; duo: 0");
  command
      .option(training, "--augmentation", texts.augmentation,
              fmt::format("augmentation policy: {}; or a JSON file of its numbers",
                          fmt::join(dataset::patch_augmentation_names(), ", ")))
      .type_name("NAME|FILE");
  command.flag(training, "--symmetries", texts.symmetries,
               "turn and mirror patches in the plane of the first two axes, all eight ways equally often, as la does",
               core::Effect::addition);
}

// What is not given is what the method was published with.
void complete(const core::Command& command, const Texts& texts, request::SemiTrainingRun& run) {
  const request::SemiTrainingRun usual = request::published_training(run.method);
  const bool pseudo = !texts.pseudo.empty();
  std::size_t& others = pseudo ? run.batch_pseudo : run.batch_unlabelled;
  if (command.given("--batch-size")) {
    request::parse_batch(texts.batch, run.batch_labelled, others);
  } else {
    const bool two_streams = (pseudo || !texts.unlabelled.empty()) && run.method == request::SemiMethod::supervised;
    run.batch_labelled = two_streams ? 2 : usual.batch_labelled;
    others = two_streams ? 2 : usual.batch_unlabelled;
  }
  if (!command.given("--lr-step")) run.rate_step = usual.rate_step;
  if (!command.given("--weight-decay")) run.weight_decay = usual.weight_decay;
  if (run.optimiser != request::SemiOptimiser::sgd) run.momentum = 0;
  run.method_settings = usual.method_settings;
  run.method_settings.ramp_length = run.max_iterations;
  request::SemiMethodSettings given = texts.method;
  const auto from = request::parameters(given), to = request::parameters(run.method_settings);
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (command.given(from[i].option)) request::copy_value(from[i], to[i]);
  }
  apps::check_method_parameters(command, {request::kSemiMethods.of(run.method)},
                                [&](const std::string&) { return request::parameters(run.method_settings); });
}

void check_given(const core::Command& command, const Texts& texts, const request::SemiTrainingRun& run) {
  if (texts.no_dropout && command.given("--dropout"))
    throw core::UsageError("--no-dropout", "is --dropout 0, and --dropout is given, too", "give one of them");
  if (run.is_flat() && command.given("--dropout"))
    throw core::UsageError("--dropout", "is of the network of volumes", "the network of slices drops nothing");
  if (!run.is_flat() && command.given("--upsampling"))
    throw core::UsageError("--upsampling", "is of the network of slices", "leave it out, or give --patch X,Y");
  // That of a configuration for sgd goes where the command line names another optimiser.
  const bool of_sgd = command.configured("--momentum") && !command.configured("--optimiser");
  if (command.given("--momentum") && run.optimiser != request::SemiOptimiser::sgd && !of_sgd)
    throw core::UsageError("--momentum", "goes with --optimiser sgd", "leave it out");
  for (const char* option : {"--pseudo-targets", "--pseudo-weight"})
    if (command.given(option) && texts.pseudo.empty())
      throw core::UsageError(option, "is of pseudo-labelled cases, and there are none", "give --pseudo");
  if (!texts.watch.empty() && texts.unlabelled.empty())
    throw core::UsageError("--watch", "is of unlabelled cases, and there are none",
                           "use --validate, or give --unlabelled");
}

void resolve(const core::Command& command, const Texts& texts, request::SemiTrainingRun& run) {
  run.patch = request::parse_patch(texts.patch, "--patch");
  if (!texts.stride.empty()) run.stride = request::parse_stride(texts.stride, run.patch);
  complete(command, texts, run);
  check_given(command, texts, run);
  if (texts.no_dropout || run.is_flat()) run.dropout = 0;
  run.augmentation = dataset::parse_patch_augmentation(texts.augmentation);
  if (texts.symmetries) dataset::add_symmetries(run.augmentation);
  if (!texts.unlabelled.empty())
    run.unlabelled = apps::read_training_list(command, texts.unlabelled, /*labelled=*/false);
  if (!texts.pseudo.empty())
    run.pseudo = apps::read_pseudo_list(command, texts.pseudo, run.pseudo_targets == request::PseudoTargets::soft);
  if (!texts.watch.empty()) run.watch = apps::read_training_list(command, texts.watch, /*labelled=*/true);
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
  declare_methods(command, texts);
  training.also_scores("--watch");
  training.add_conventions(kValidateWhen);
  return training.run(
      argc, argv, [&] { resolve(command, texts, run); },
      [&](bool plan) { training.open(run, plan, request::kPlanSemi, request::kTrainSemi); });
}
