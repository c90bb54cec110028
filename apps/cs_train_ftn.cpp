// cs-train-ftn: standard training of the fast-thinking network. LibTorch is opened after the options are read.
#include <unistd.h>

#include <regex>

#include "coopseg/core/command.h"
#include "coopseg/core/late_library.h"
#include "coopseg/training/entry.h"

using namespace coopseg;

namespace {

const std::vector<std::string> kNetworks{"FCN_16_standard", "FCN_16_standard_share_code", "FCN_16_standard_w_o_filter"};
const std::vector<std::string> kAugmentations{"none", "affine", "affine-intensity", "affine-elastic",
                                              "affine-elastic-intensity"};

core::About about() {
  return {"cs-train-ftn",
          "trains the fast-thinking network (encoder, segmentation and image decoder) on labelled cases",
          {"[options] --cases TRAIN.jsonl --validate VAL.jsonl --out RUN"},
          {{"cs-train-ftn --cases train.jsonl --validate val.jsonl --out run --crop 64 --epochs 2",
            "two epochs on slices of 64 x 64 pixels; run/best.safetensors is the model for cs-predict"},
           {"cs-train-ftn --cases train.jsonl --validate val.jsonl --crop 64 --plan",
            "what a training would do, its memory and time, without writing anything"}}};
}

// Lists are checked before anything expensive starts: every file there, a label to learn from.
std::vector<core::Case> read_labelled(const std::string& source) {
  std::vector<core::Case> cases = core::read_cases(source);
  bool labelled = false;
  for (const auto& c : cases) {
    for (const auto& file : {std::optional(c.image()), c.label()}) {
      if (file && ::access(file->c_str(), R_OK) != 0)
        core::throw_io_error(file->string(), "cannot read (" + c.name() + ")", errno);
    }
    labelled = labelled || c.label().has_value();
  }
  if (!labelled)
    throw core::UsageError(source, "no case has a label", "training needs a \"label\" beside each \"image\"");
  return cases;
}

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

std::string plan_text(const core::Json& plan) {
  std::string text;
  const auto line = [&](const std::string& name, const std::string& value) {
    text += fmt::format("{:<22}{}\n", name, value);
  };
  const auto number = [](const core::Json& json) { return json.get<double>(); };
  const auto count = [](const core::Json& json) { return json.get<std::uint64_t>(); };
  const auto set = [&](const core::Json& json) {
    return json.is_null() ? std::string("none")
                          : fmt::format("{} cases, {} slices, {} of them empty", count(json["cases"]),
                                        count(json["slices"]), count(json["empty_slices"]));
  };
  std::string classes;
  for (const auto& [name, value] : plan["settings"]["classes"].items()) {
    classes += (classes.empty() ? "" : ", ") + name + " (" + core::to_line(value) + ")";
  }
  const auto megabytes = [&](const char* what) { return number(plan["memory_bytes"][what]) / 1e6; };
  line("training", set(plan["train"]));
  line("validation", set(plan["validate"]));
  line("classes", "background, " + classes);
  line("network",
       fmt::format("{}, {} parameters", plan["settings"]["network"].get<std::string>(), count(plan["parameters"])));
  line("iterations", fmt::format("{} ({} epochs of {} batches)", count(plan["iterations"]), count(plan["epochs"]),
                                 count(plan["batches_per_epoch"])));
  line("memory",
       fmt::format(
           "{:.0f} MB at most: {:.0f} activations, {:.0f} weights and gradients, {:.0f} optimiser, {:.0f} slices",
           megabytes("peak"), megabytes("activations"), megabytes("weights_and_gradients"), megabytes("optimiser"),
           megabytes("slices")));
  line("device", fmt::format("{}, {} threads", plan["device"].get<std::string>(), count(plan["threads"])));
  line("time per iteration", fmt::format("{:.3f} s (measured on {})", number(plan["seconds_per_iteration"]),
                                         count(plan["measured_iterations"])));
  line("time per validation", fmt::format("{:.2f} s", number(plan["seconds_per_validation"])));
  line("time in all", duration(number(plan["seconds_total"])));
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(about());
  training::TrainingRun run;
  std::string train, validate, labels, augmentation = "affine-elastic-intensity";
  bool plan = false;
  const auto execution = core::Effect::execution;
  command.option("Cases", "--cases", train, "case list (JSON Lines) to learn from; - is standard input", execution)
      ->type_name("FILE");
  command
      .option("Cases", "--validate", validate, "case list that selects the best model, after every epoch", execution)
      ->type_name("FILE");
  command
      .option("Cases", "--labels", labels,
              "names of the label values, \"LV:1,MYO:2\", or a scheme (acdc, mnms, coopseg), "
              "where the lists have none")
      ->type_name("NAMES");
  command.option("Network", "--crop", run.crop, "rows and columns that the network sees, a multiple of 16")
      ->type_name("PIXELS");
  command.choice("Network", "--network", run.network, kNetworks, "network type");
  command.option("Training", "--epochs", run.epochs, "passes over all training slices")->type_name("N");
  command.option("Training", "--max-iterations", run.max_iterations, "stop after so many batches in all; 0: no limit")
      ->type_name("N");
  command
      .option("Training", "--batch-size", run.batch_size,
              "slices in a batch: half of them augmented, half the same as they are")
      ->type_name("N");
  command.option("Training", "--lr", run.learning_rate, "learning rate of Adam")->type_name("RATE");
  command.choice("Training", "--augmentation", augmentation, kAugmentations, "augmentation policy");
  command
      .option("Training", "--noise", run.noise,
              "standard deviation of the noise added to the input, of the range [0, 1]")
      ->type_name("SD");
  command.option("Training", "--image-weight", run.image_weight, "weight of the reconstruction loss")
      ->type_name("WEIGHT");
  command.flag("Training", "--keep-empty-slices", run.keep_empty_slices,
               "train on slices without label, too, instead of putting a labelled one of the volume in their place");
  command.add_seed();
  command.option("Execution", "--device", run.device, "auto, cpu, cuda or cuda:N", execution)->type_name("DEVICE");
  command
      .option("Execution", "--log-every", run.log_every, "log the losses every N iterations; 0: every epoch only",
              execution)
      ->type_name("N");
  command
      .option("Execution", "--save-every", run.save_every_s,
              "seconds between saved states inside an epoch; 0: at its end only", execution)
      ->type_name("S");
  command
      .option("Outputs", "-o,--out", run.folder, "run folder: config.json, log.jsonl, best, last and state", execution)
      ->type_name("DIR");
  command.flag("Outputs", "--resume", run.resume,
               "go on with the run in --out, with the same options; from the beginning where it has no state yet",
               execution);
  command.flag("Outputs", "--plan", plan, "print what would be done, its memory and time; write nothing", execution);
  command.add_outputs(/*images=*/false);
  command.add_json();
  command.catch_usr1();

  return command.run(argc, argv, [&] {
    if (train.empty()) throw core::UsageError("--cases", "is missing", "name the list of training cases");
    if (train == "-" && validate == "-")
      throw core::UsageError("--validate", "standard input can be read once", "use a file");
    if (command.json() && !plan)
      throw core::UsageError("--json", "goes with --plan", "log.jsonl of the run folder is JSON already");
    if (run.resume && command.overwrite() == core::Overwrite::yes) {
      throw core::UsageError("--resume", "contradicts --force", "give one of them");
    }
    if (run.crop == 0 || run.crop % 16 != 0) {
      throw core::UsageError("--crop", fmt::format("{} is not a multiple of 16", run.crop),
                             "the network halves the image four times");
    }
    if (!std::regex_match(run.device, std::regex("auto|cpu|cuda(:[0-9]{1,3})?"))) {
      throw core::UsageError("--device", "\"" + run.device + "\" is none of auto, cpu, cuda, cuda:N");
    }
    if (!labels.empty()) run.classes = core::parse_label_names(labels);
    run.augmentation = dataset::AugmentationPolicy::named(augmentation, run.crop);
    run.train = read_labelled(train);
    if (!validate.empty()) run.validate = read_labelled(validate);
    if (run.folder.empty() && !plan)
      throw core::UsageError("--out", "is missing", "name the run folder, or give --plan");
    run.overwrite = command.overwrite();
    run.seed = command.seed();
    run.threads = command.threads();
    run.provenance = command.provenance();

    core::prepare_numerical_environment(run.threads);
    if (plan) {
      const core::Json found = core::late_function<training::Plan>(training::kLibrary, training::kPlan)(run);
      core::print(command.json() ? core::to_text(found) : plan_text(found));
    } else {
      core::late_function<training::Train>(training::kLibrary, training::kTrain)(run);
    }
    return true;
  });
}
