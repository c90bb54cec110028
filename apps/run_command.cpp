#include "run_command.h"

#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "coopseg/core/case_twins.h"
#include "coopseg/core/exit_status.h"
#include "coopseg/core/rank_processes.h"
#include "coopseg/core/threads.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/dataset/label_source.h"
#include "plan_text.h"

namespace coopseg::apps {
namespace {

const core::Words<bool> kSyncNorm{{"on", true}, {"off", false}};

void require_files(const std::vector<core::Case>& cases, const std::vector<const char*>& fields) {
  for (const core::Case& c : cases)
    for (const char* field : fields)
      if (const auto file = c.path(field); file && ::access(file->c_str(), R_OK) != 0)
        core::throw_io_error(file->string(), "cannot read (" + c.name() + ")", errno);
}

}  // namespace

std::vector<core::Case> read_training_list(const core::Command& command, const std::string& source, bool labelled) {
  std::vector<core::Case> cases = command.cases_from(source);
  require_files(cases, labelled ? std::vector<const char*>{"image", "label"} : std::vector<const char*>{"image"});
  if (!labelled) return cases;
  if (std::none_of(cases.begin(), cases.end(), [](const core::Case& c) { return c.label().has_value(); }))
    throw core::UsageError(source, "no case has a label", "training needs a \"label\" beside each \"image\"");
  dataset::require_true_labels(cases, source);
  return cases;
}

std::vector<core::Case> read_pseudo_list(const core::Command& command, const std::string& source, bool soft) {
  std::vector<core::Case> cases = command.cases_from(source);
  dataset::require_pseudo_labels(cases, source, soft);
  std::vector<const char*> fields{"image", "label"};
  if (soft) fields.push_back(dataset::kLabelProbabilities);
  require_files(cases, fields);
  return cases;
}

RunCommand::RunCommand(core::About about, request::RunOptions& run) : command_(std::move(about)), run_(run) {}

void RunCommand::add_lists(const std::string& validate_when) {
  validates_ = !validate_when.empty();
  const auto execution = core::Effect::execution;
  command_.option("Cases", "--cases", train_, "case list (JSON Lines) to learn from; - is standard input", execution)
      .type_name("FILE");
  if (validates_) {
    command_
        .option("Cases", "--validate,--val", validate_, "case list that selects the best model, " + validate_when,
                execution)
        .type_name("FILE");
  }
  command_.add_channel();
  command_
      .option("Cases", "--labels", labels_,
              "names of the label values, \"LV:1,MYO:2\", or a scheme (acdc, mnms, coopseg), "
              "where the lists have none")
      .type_name("NAMES");
}

void RunCommand::add_conventions(const std::string& validate_when) {
  const auto execution = core::Effect::execution;
  command_.add_seed();
  command_.option("Execution", "--device", run_.device, "auto, cpu, cuda or cuda:N", execution).type_name("DEVICE");
  command_.choice("Execution", "--precision", run_.precision, request::kPrecisions,
                  "numbers between the layers of the network; bf16 is about twice as fast where the processor or GPU "
                  "is made for it; auto: bf16 where it is fast");
  command_
      .option("Execution", "--ranks", ranks_,
              "processes that train together on this machine; 0: as srun or torchrun has started them, else one",
              execution)
      .type_name("N")
      .within(0, core::kMostRanks);
  command_.choice("Execution", "--sync-norm", run_.sync_norm, kSyncNorm,
                  "where several processes train together, what batch norms take their statistics of: on, the whole "
                  "batch; off, each process's part of it",
                  core::Effect::addition);
  command_.reads_variables("RANK, WORLD_SIZE, LOCAL_RANK, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT",
                           "which of the processes that train together this is, and where they meet, as torchrun sets "
                           "them; without them, the same from SLURM_PROCID and the other variables of srun's steps");
  command_.reads_variables("COOPSEG_RANKS_WAIT", "seconds that they wait for each other at the start (45)");
  command_.reads_variables("GLOO_SOCKET_IFNAME", "network interface that connects them");
  command_.reads_variables("TMPDIR", "folder for the file in which the processes of --ranks meet");
  if (validates_) {
    command_
        .option("Training", "--validate-every", run_.validate_every,
                "validate, and keep the best and the last model, every N iterations; 0: " + validate_when)
        .type_name("N");
  }
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

void RunCommand::check_options() const {
  if (train_.empty()) throw core::UsageError("--cases", "is missing", "name the list of training cases");
  if (train_ == "-" && validate_ == "-")
    throw core::UsageError("--validate", "standard input can be read once", "use a file");
  if (command_.json() && !plan_)
    throw core::UsageError("--json", "goes with --plan", "log.jsonl of the run folder is JSON already");
  if (run_.resume && command_.overwrite() == core::Overwrite::yes)
    throw core::UsageError("--resume", "contradicts --force", "give one of them");
  if (command_.given("--init")) check_init();
  if (!validates_) return;
  const bool scores_something =
      std::any_of(scored_.begin(), scored_.end(), [&](const std::string& option) { return command_.given(option); });
  if (command_.given("--validate-every") && run_.validate_every > 0 && !scores_something)
    throw core::UsageError("--validate-every", "needs cases to validate with",
                           fmt::format("name them with {}", fmt::join(scored_, " or ")));
}

// A shell's empty variable is no wish for random weights, and a run does not replace what it begins with.
void RunCommand::check_init() const {
  if (run_.init.empty()) throw core::UsageError("--init", "names no model", "leave it out, or name one");
  const core::fs::path from = core::fs::weakly_canonical(run_.init), folder = core::fs::weakly_canonical(run_.folder);
  if (run_.folder.empty() || from.parent_path() != folder) return;
  throw core::UsageError("--init", run_.init.string() + " lies in --out, which this run would fill",
                         "take another folder for the run");
}

// As far as it is known before --ranks has started any.
core::Ranks RunCommand::ranks_to_be() const {
  if (ranks_ == 1) return {};
  core::Ranks ranks = core::ranks_of_environment();
  const auto wanted = static_cast<std::size_t>(ranks_);
  if (wanted == 0 || wanted == ranks.count) return ranks;
  if (!ranks.alone())
    throw core::UsageError("--ranks", fmt::format("is {}, and srun or torchrun has started {}", wanted, ranks.count),
                           "leave it out");
  ranks.count = ranks.local_count = wanted;
  ranks.supervised = true;
  return ranks;
}

void RunCommand::read_lists() {
  run_.train = read_training_list(command_, train_, labelled_);
  core::warn_of_twins(run_.train, train_);
  if (!validate_.empty()) run_.validate = read_training_list(command_, validate_, /*labelled=*/true);
}

void RunCommand::print_plan(const core::Json& plan) const {
  if (run_.ranks.index != 0) return;
  core::print(command_.json() ? core::to_text(plan) : plan_text(plan, validates_));
}

// What is wrong with the command is wrong in every rank, and the first one says so.
void RunCommand::check_request(const std::function<void()>& resolve) {
  try {
    check_options();
    resolve();
    if (!labels_.empty()) run_.classes = dataset::parse_label_names(labels_);
    read_lists();
    if (run_.folder.empty() && !plan_)
      throw core::UsageError("--out", "is missing", "name the run folder, or give --plan");
  } catch (const core::UsageError& error) {
    if (run_.ranks.index == 0) throw;
    core::debug("{}", error.what());
    throw core::Ended{core::kUsage};
  }
}

int RunCommand::run(int argc, char** argv, const std::function<void()>& resolve,
                    const std::function<void(bool)>& start) {
  return command_.run(argc, argv, [&] {
    run_.ranks = ranks_to_be();
    core::log_as_rank(run_.ranks.index);
    check_request(resolve);
    run_.overwrite = command_.overwrite();
    run_.seed = command_.seed();
    run_.threads = command_.threads_of(run_.ranks);
    run_.provenance = command_.provenance();
    if (run_.ranks.supervised) {
      run_.ranks = core::start_ranks(run_.ranks.count);
      core::log_as_rank(run_.ranks.index);
    }
    const core::ThreadLimit limit(run_.threads);
    core::prepare_numerical_environment(run_.threads);
    start(plan_);
    return true;
  });
}

}  // namespace coopseg::apps
