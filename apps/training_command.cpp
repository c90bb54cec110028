#include "training_command.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include "coopseg/core/case_twins.h"
#include "coopseg/core/late_library.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/request/library.h"
#include "method_options.h"

namespace coopseg::apps {
namespace {

const core::Words<model::NetworkType> kCodes{{"decoupled", model::NetworkType::fcn_16},
                                             {"shared", model::NetworkType::fcn_16_shared_code},
                                             {"unfiltered", model::NetworkType::fcn_16_unfiltered}};

// Lists are checked before anything expensive starts: every file there, a label to learn from.
std::vector<core::Case> read_labelled(const core::Command& command, const std::string& source) {
  std::vector<core::Case> cases = command.cases_from(source);
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
  std::vector<std::string> classes{"background"};
  for (const auto& [name, value] : plan["settings"]["classes"].items())
    classes.push_back(fmt::format("{} ({})", name, core::to_line(value)));
  const auto megabytes = [&](const char* what) { return number(plan["memory_bytes"][what]) / 1e6; };
  line("training", set(plan["train"]));
  line("validation", set(plan["validate"]));
  line("classes", fmt::format("{}", fmt::join(classes, ", ")));
  line("network",
       fmt::format("{}, {} parameters", plan["settings"]["network"].get<std::string>(), count(plan["parameters"])));
  line("iterations", fmt::format("{} ({} epochs of {} batches)", count(plan["iterations"]), count(plan["epochs"]),
                                 count(plan["batches_per_epoch"])));
  line("memory",
       fmt::format(
           "{:.0f} MB at most{}: {:.0f} activations, {:.0f} weights and gradients, {:.0f} optimiser, {:.0f} slices",
           megabytes("peak"), plan.contains("memory_of") ? " on " + plan["memory_of"].get<std::string>() : "",
           megabytes("activations"), megabytes("weights_and_gradients"), megabytes("optimiser"), megabytes("slices")));
  line("device", fmt::format("{}, {}, {} threads", plan["device"].get<std::string>(),
                             plan["settings"]["precision"].get<std::string>(), count(plan["threads"])));
  line("time per iteration", fmt::format("{:.3f} s (measured on {})", number(plan["seconds_per_iteration"]),
                                         count(plan["measured_iterations"])));
  line("time per validation", fmt::format("{:.2f} s", number(plan["seconds_per_validation"])));
  line("time in all", duration(number(plan["seconds_total"])));
  return text;
}

}  // namespace

TrainingCommand::TrainingCommand(core::About about) : command_(std::move(about)) {
  const auto execution = core::Effect::execution;
  command_.option("Cases", "--cases", train_, "case list (JSON Lines) to learn from; - is standard input", execution)
      .type_name("FILE");
  command_
      .option("Cases", "--validate", validate_, "case list that selects the best model, after every epoch", execution)
      .type_name("FILE");
  command_.add_channel();
  command_
      .option("Cases", "--labels", labels_,
              "names of the label values, \"LV:1,MYO:2\", or a scheme (acdc, mnms, coopseg), "
              "where the lists have none")
      .type_name("NAMES");
  command_.option("Network", "--crop", run_.crop, "rows and columns that the network sees, a multiple of 16")
      .type_name("PIXELS");
  command_.choice("Network", "--code", run_.network, kCodes,
                 "codes of the two decoders: decoupled, the paper's; shared: the image decoder reads the shape code; "
                 "unfiltered: the segmentation decoder reads the image code");
  command_.option("Training", "--epochs", run_.epochs, "passes over all training slices").type_name("N");
  command_.option("Training", "--max-iterations", run_.max_iterations, "stop after so many batches in all; 0: no limit")
      .type_name("N");
  command_
      .option("Training", "--batch-size", run_.batch_size,
              "slices in a batch: half of them augmented, half the same as they are")
      .type_name("N");
  command_.option("Training", "--lr", run_.learning_rate, "learning rate of Adam").type_name("RATE");
  command_
      .option("Training", "--augmentation", augmentation_,
              fmt::format("augmentation policy: {}; or a JSON file of its numbers",
                          fmt::join(dataset::augmentation_names(), ", ")))
      .type_name("NAME|FILE");
  command_
      .option("Training", "--noise", run_.noise,
              "standard deviation of the noise added to the input, of the range [0, 1]")
      .type_name("SD");
  command_.option("Training", "--image-weight", run_.image_weight, "weight of the reconstruction loss")
      .type_name("WEIGHT");
  command_.flag("Training", "--keep-empty-slices", run_.keep_empty_slices,
               "train on slices without label, too, instead of putting a labelled one of the volume in their place");
  command_.flag("Training", "--paper-validation", run_.paper_validation,
               "validate as the paper's experiments did: slices without label are replaced by labelled ones, drawn "
               "anew in each epoch, instead of counting as they are");
}

void TrainingCommand::add_methods(const std::vector<std::string>& own, const std::string& help) {
  own_methods_ = own;
  method_ = own.front();
  std::vector<std::string> all = own;
  all.insert(all.end(), request::kImageMethods.begin(), request::kImageMethods.end());
  command_.choice("Method", "--method", method_, all,
                  help + "rand-mwm: random windows of noise; rand-conv: random convolutions; adv-noise, adv-bias: the "
                         "noise or the bias field that changes the segmentation most");
}

// Behind a program's own options, in the order of --help.
void TrainingCommand::add_conventions() {
  add_method_parameters(command_, run_.images, Wanted::all);
  const auto execution = core::Effect::execution;
  command_.add_seed();
  command_.option("Execution", "--device", run_.device, "auto, cpu, cuda or cuda:N", execution).type_name("DEVICE");
  command_.choice("Execution", "--precision", run_.precision, request::kPrecisions,
                  "numbers between the layers of the network; bf16 is about twice as fast where the processor or GPU "
                  "is made for it; auto: bf16 where it is fast");
  command_
      .option("Training", "--validate-every", run_.validate_every,
              "validate, and keep the best and the last model, every N iterations; 0: after every epoch")
      .type_name("N");
  command_
      .option("Execution", "--save-models-every", run_.save_models_every,
              "keep the model of every N-th iteration, iteration-N.safetensors; 0: the best and the last only",
              execution)
      .type_name("N");
  command_
      .option("Execution", "--log-every", run_.log_every, "log the losses every N iterations; 0: every epoch only",
              execution)
      .type_name("N");
  command_
      .option("Execution", "--save-every", run_.save_every_s,
              "seconds between saved states inside an epoch; 0: at its end only", execution)
      .type_name("S");
  command_
      .option("Outputs", "-o,--out", run_.folder, "run folder: config.json, log.jsonl, best, last and state", execution)
      .type_name("DIR");
  command_.flag("Outputs", "--resume", run_.resume,
               "go on with the run in --out, with the same options; from the beginning where it has no state yet",
               execution);
  command_.flag("Outputs", "--plan", plan_, "print what would be done, its memory and time; write nothing", execution);
  command_.add_outputs(/*images=*/false);
  command_.add_json();
  command_.catch_usr1();
}

void TrainingCommand::check_options() const {
  if (train_.empty()) throw core::UsageError("--cases", "is missing", "name the list of training cases");
  if (train_ == "-" && validate_ == "-")
    throw core::UsageError("--validate", "standard input can be read once", "use a file");
  if (command_.json() && !plan_)
    throw core::UsageError("--json", "goes with --plan", "log.jsonl of the run folder is JSON already");
  if (run_.resume && command_.overwrite() == core::Overwrite::yes)
    throw core::UsageError("--resume", "contradicts --force", "give one of them");
  if (run_.validate_every > 0 && validate_.empty())
    throw core::UsageError("--validate-every", "needs cases to validate with", "name them with --validate");
}

void TrainingCommand::check_method() {
  const bool own = std::find(own_methods_.begin(), own_methods_.end(), method_) != own_methods_.end();
  run_.images.method = own ? "" : method_;
  check_method_parameters(command_, run_.images, {method_}, Wanted::all);
}

void TrainingCommand::read_lists() {
  run_.train = read_labelled(command_, train_);
  core::warn_of_twins(run_.train, train_);
  if (!validate_.empty()) run_.validate = read_labelled(command_, validate_);
}

int TrainingCommand::run(int argc, char** argv, const std::function<void()>& resolve) {
  add_conventions();
  return command_.run(argc, argv, [&] {
    check_options();
    check_method();
    resolve();
    request::check_training(run_);
    if (!labels_.empty()) run_.classes = dataset::parse_label_names(labels_);
    run_.augmentation = dataset::parse_augmentation(augmentation_, run_.crop);
    read_lists();
    if (run_.folder.empty() && !plan_)
      throw core::UsageError("--out", "is missing", "name the run folder, or give --plan");
    run_.overwrite = command_.overwrite();
    run_.seed = command_.seed();
    run_.threads = command_.threads();
    run_.provenance = command_.provenance();

    core::prepare_numerical_environment(run_.threads);
    if (plan_) {
      const core::Json found = core::late_function<request::PlanTraining>(request::kLibrary, request::kPlan)(run_);
      core::print(command_.json() ? core::to_text(found) : plan_text(found));
    } else {
      core::late_function<request::Train>(request::kLibrary, request::kTrain)(run_);
    }
    return true;
  });
}

}  // namespace coopseg::apps
