#include "predict_options.h"

#include <algorithm>

#include "coopseg/core/numbers.h"
#include "coopseg/inference/mirrored.h"
#include "coopseg/model/stage_scores.h"

namespace coopseg::apps {
namespace {

using core::Command;
using core::UsageError;
using inference::Member;
using inference::UsedModel;
using model::ModelDescription;

// The options that mean something for networks of two stages alone, for slices alone, and for windows alone.
constexpr const char* kOfStages[] = {"--stage", "--steps"};
constexpr const char* kOfSlices[] = {"--stage", "--steps", "--batch-size"};
constexpr const char* kOfWindows[] = {"--window", "--stride", "--blend", "--distances", "--plan"};

bool sees_windows(const ModelDescription& description) { return !description.input.window.empty(); }

void refuse_of_other_kinds(const Command& command, const UsedModel& model) {
  const std::string file = model.path.string();
  const auto refuse = [&](const char* option, const std::string& problem) {
    if (command.given(option)) throw UsageError(option, problem, "leave it out");
  };
  if (sees_windows(model.description)) {
    for (const char* option : kOfSlices) refuse(option, "means nothing for " + file + ", a model that sees windows");
    return;
  }
  for (const char* option : kOfWindows) refuse(option, "is for models that see windows; " + file + " sees slices");
  if (model::has_two_stages(model.description)) return;
  for (const char* option : kOfStages) refuse(option, "means nothing for " + file + ", a network of one stage");
}

bool auto_takes_stn(const UsedModel& model) {
  const model::AutomaticStage taken = model::automatic_stage(model.description);
  core::info("{}: {}", model.path.string(), taken.why);
  return taken.stn;
}

// The segmentation that is asked for, and the other stage's, which tells how sure it is.
std::vector<int> stages_of(const PredictOptions& options, const UsedModel& model) {
  const bool with_both = model.description.has_output(model::kSlowOutput);
  if (options.stage == "stn" && !with_both)
    throw UsageError(model.path.string(), "has no slow-thinking network (STN)", "use --stage ftn");
  if (!with_both) return {0};
  const bool corrected = options.stage == "stn" || (options.stage == "auto" && auto_takes_stn(model));
  return corrected ? std::vector{options.steps, 0} : std::vector{0, 1};
}

std::string axes_to_flip(const UsedModel& model) {
  std::string axes = inference::mirrored_axes(model.description);
  if (axes.empty())
    throw UsageError("--flips", model.path.string() + " does not say that its training mirrored images",
                     "leave it out: the network may never have seen a mirror image");
  return axes;
}

inference::WindowPlan windows_for(const PredictOptions& options, const std::vector<Member>& members) {
  const auto sides = [](const std::string& text, const char* option) {
    return text.empty() ? std::nullopt : std::optional(core::parse_sides(text, option));
  };
  inference::WindowPlan plan;
  for (const Member& member : members) {
    const ModelDescription& description = member.model.description;
    if (options.distances && !description.has_output(model::kDistanceOutput)) {
      throw UsageError("--distances", member.model.path.string() + " gives no signed distances",
                       "cs-distance-map makes them of label maps");
    }
    plan = inference::windows_of(description, sides(options.window, "--window"), sides(options.stride, "--stride"));
  }
  plan.blend = options.blend;
  return plan;
}

}  // namespace

void check_predict_options(const Command& command, const PredictOptions& options) {
  check_model_options(command, options, options.models,
                      "cs-predict --model MODEL IMAGE OUTPUT, or --cases LIST --out DIR", !options.plan);
  if (options.steps < 1) throw UsageError("--steps", "must be 1 or more");
  if (options.batch_size < 1) throw UsageError("--batch-size", "must be 1 or more");
  if (command.given("--review") && !(options.review > 0 && options.review <= 1))
    throw UsageError("--review", "must be above 0 and at most 1", "it is a mean Dice");
  if (options.pseudo_labels && !command.has_cases())
    throw UsageError("--pseudo-labels", "is about the list that is written", "give --cases LIST --out DIR");
  if (command.json() && !options.plan) throw UsageError("--json", "goes with --plan", "--cases-out - prints a list");
}

std::vector<Member> members_of(const Command& command, const PredictOptions& options) {
  const std::vector<UsedModel> models(options.models.begin(), options.models.end());
  inference::require_alike(models, options.orient == inference::InputOptions().orient);
  for (const UsedModel& model : models) refuse_of_other_kinds(command, model);
  std::vector<Member> members;
  for (const UsedModel& model : models) {
    Member member{model};
    if (model::has_two_stages(model.description)) member.stn_steps = stages_of(options, model);
    if (models.size() > 1) member.stn_steps.resize(1);
    if (options.flips) member.mirrored = axes_to_flip(model);
    members.push_back(std::move(member));
  }
  const bool corrects =
      std::any_of(members.begin(), members.end(), [](const Member& member) { return member.stn_steps.front() > 0; });
  if (!corrects && command.given("--steps")) {
    throw UsageError("--steps", "repeats the slow-thinking network, which takes no part here",
                     "leave it out, or ask for its segmentation by --stage stn");
  }
  if (command.given("--review") && inference::compared(members).empty()) {
    throw UsageError("--review",
                     "needs two stages or two models, and " + models.front().path.string() + " has one stage",
                     "give a second --model, or leave it out");
  }
  return members;
}

inference::PredictionOptions how_to_predict(const Command& command, const PredictOptions& options,
                                            const std::vector<Member>& members) {
  inference::PredictionOptions how;
  how.network = network_of(command, options);
  how.network.batch_size = static_cast<std::size_t>(options.batch_size);
  how.network.precision = options.precision;
  how.input = input_of(options);
  how.largest_component = options.largest_component;
  how.pseudo_labels = options.pseudo_labels;
  how.rules = command.output_rules();
  how.provenance = command.provenance();
  if (command.given("--review")) how.review = options.review;
  if (sees_windows(members.front().model.description)) how.windows = windows_for(options, members);
  return how;
}

void add_predict_options(Command& command, PredictOptions& options) {
  const auto addition = core::Effect::addition;
  command.positional("IMAGE", options.image, "image to segment (NIfTI, NRRD, MetaImage)");
  command.positional("OUTPUT", options.output, "label map to write, on the image's own grid");
  command
      .option("Model", "-m,--model", options.models,
              "model file, as the trainings write it; given again, the mean of what several models say (an ensemble)")
      .takes(1)
      .repeated();
  command.choice("Model", "--stage", options.stage, {"auto", "ftn", "stn"},
                 "whose segmentation: of the fast-thinking network, or corrected by the slow-thinking one; auto: the "
                 "one that was better on validation, as the model says, or stn where it does not say");
  command.option("Model", "--steps", options.steps, "how many times in a row the slow-thinking network corrects")
      .type_name("N");
  command.flag("Model", "--flips", options.flips,
               "show the model mirror images, too, and take the mean; of models whose training mirrored its images",
               addition);
  command.flag("Images", "--preprocessed", options.preprocessed,
               "the images have been through the model's preprocessing; those whose field \"preprocessing\" in the "
               "list, or else whose sidecar, says so are recognised without this option");
  command
      .option("Images", "--frame", options.frame,
              "frame of 4D files, from 0; a case's field \"frame_index\" comes first")
      .type_name("N");
  add_orient(command, options);
  command.flag("Segmentation", "--largest-component", options.largest_component,
               "keep the largest connected component of each class, in 3D (26 neighbours)");
  command.flag("Segmentation", "--probabilities", options.probabilities,
               "write the class probabilities, too: a 4D file, background first (ED_prob.nii.gz beside "
               "ED_pred.nii.gz)");
  command.flag("Segmentation", "--pseudo-labels", options.pseudo_labels,
               "list the label maps as labels, marked as a model's (cs-train-semi --pseudo)", core::Effect::execution);
  command.flag("Segmentation", "--distances", options.distances,
               "write the signed distances, too, of models that give them: a 4D file (ED_dist.nii.gz)", addition);
  command
      .option("Segmentation", "--review", options.review,
              "mark cases for a human in which the two stages, or the models, agree less than this: by the mean over "
              "the classes of the Dice between their label maps, 0 for one that none of them found",
              core::Effect::execution)  // files are the same: the mark stands in the list
      .type_name("BELOW")
      .default_text("none is marked");
  command
      .option("Windows", "--window", options.window,
              "voxels that the network sees of a volume, along each voxel axis: multiples of 16, the third 1 for "
              "models of slices",
              addition)
      .type_name("X,Y,Z")
      .default_text("the model's");
  command.option("Windows", "--stride", options.stride, "voxels from window to window", addition)
      .type_name("X,Y,Z")
      .default_text("the model's; half of --window, where that is given");
  command.choice("Windows", "--blend", options.blend, inference::kBlends,
                 "what windows say of a voxel that lies in several: their mean, or the more the nearer it lies to a "
                 "window's centre",
                 addition);
  command.flag("Windows", "--plan", options.plan,
               "print how many windows there are, what memory they take and how long; write nothing",
               core::Effect::execution);
  command.add_cases();
  command.add_outputs(true);
  command.add_json();
  command.option("Execution", "--batch-size", options.batch_size, "slices that go through the network together")
      .type_name("N");
  command
      .option("Execution", "--device", options.device,
              "auto, cpu, cuda or cuda:N; auto is a GPU where LibTorch sees one", core::Effect::execution)
      .type_name("DEVICE");
  command.choice("Execution", "--precision", options.precision, request::kPrecisions,
                 "numbers between the layers of the network; bf16 is faster where the processor or GPU has it and "
                 "moves probabilities a little; auto: bf16 where it is fast");
}

}  // namespace coopseg::apps
