// cs-predict: segments images with a trained model, back on each image's own grid.
#include <fmt/core.h>

#include <chrono>
#include <optional>

#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/core/memory.h"
#include "coopseg/core/numbers.h"
#include "coopseg/image/libraries.h"
#include "coopseg/inference/predict_case.h"
#include "coopseg/inference/prediction_plan.h"
#include "model_options.h"

namespace {

using namespace coopseg;
using core::Case;
using core::fs::path;

const core::About kAbout = {
    "cs-predict",
    "segments images with a trained model, back on each image's own grid",
    {"[options] --model MODEL IMAGE OUTPUT", "[options] --model MODEL --cases LIST --out DIR"},
    {{"cs-predict --model run/best.safetensors ED_img.nii.gz ED_pred.nii.gz", "segments one image"},
     {"cs-predict --model run/best.safetensors --cases test.jsonl --out predictions --cases-out - | cs-dice --cases -",
      "segments all images of a list and scores the label maps"},
     {"cs-predict --model run/best.safetensors --frame 0 --largest-component cine.nii.gz ED_pred.nii.gz",
      "segments the first frame of a 4D file and keeps one piece of each structure"}}};

struct Options : apps::ModelOptions {
  std::string stage = "auto";
  request::Precision precision = request::Precision::fp32;
  int steps = 1, batch_size = 10;
  bool probabilities = false, distances = false, pseudo_labels = false, largest_component = false, plan = false;
  std::string window, stride;
  inference::Blend blend = inference::Blend::mean;
};

// The options that mean something for networks of two stages alone, for slices alone, and for windows alone.
constexpr const char* kOfStages[] = {"--stage", "--steps"};
constexpr const char* kOfSlices[] = {"--stage", "--steps", "--batch-size"};
constexpr const char* kOfWindows[] = {"--window", "--stride", "--blend", "--distances", "--plan"};

void check(const core::Command& command, const Options& options) {
  apps::check_model_options(command, options, "cs-predict --model MODEL IMAGE OUTPUT, or --cases LIST --out DIR",
                            !options.plan);
  if (options.steps < 1) throw core::UsageError("--steps", "must be 1 or more");
  if (options.batch_size < 1) throw core::UsageError("--batch-size", "must be 1 or more");
  if (options.pseudo_labels && !command.has_cases())
    throw core::UsageError("--pseudo-labels", "is about the list that is written", "give --cases LIST --out DIR");
  if (command.json() && !options.plan) throw core::UsageError("--json", "goes with --plan", "--cases-out - prints a list");
}

int resolve_steps(const core::Command& command, const Options& options, const model::ModelDescription& description) {
  const bool with_both = description.has_output(model::kSlowOutput);
  if (options.stage == "stn" && !with_both) {
    throw core::UsageError(options.model.string(), "has no slow-thinking network (STN)", "use --stage ftn");
  }
  const bool with_stn = options.stage == "stn" || (options.stage == "auto" && with_both);
  if (!with_stn && command.given("--steps")) {
    throw core::UsageError("--steps", "repeats the slow-thinking network, which takes no part here", "leave it out");
  }
  return with_stn ? options.steps : 0;
}

inference::WindowPlan resolve_windows(const Options& options, const model::ModelDescription& description) {
  const auto sides = [](const std::string& text, const char* option) {
    return text.empty() ? std::nullopt : std::optional(core::parse_sides(text, option));
  };
  if (options.distances && !description.has_output(model::kDistanceOutput)) {
    throw core::UsageError("--distances", options.model.string() + " gives no signed distances",
                           "cs-distance-map makes them of label maps");
  }
  inference::WindowPlan plan =
      inference::windows_of(description, sides(options.window, "--window"), sides(options.stride, "--stride"));
  plan.blend = options.blend;
  return plan;
}

inference::PredictionOptions how_to_predict(const core::Command& command, const Options& options,
                                            const model::ModelDescription& description) {
  inference::PredictionOptions how;
  how.network = apps::network_of(command, options);
  how.network.batch_size = static_cast<std::size_t>(options.batch_size);
  how.network.precision = options.precision;
  how.input = apps::input_of(options);
  how.largest_component = options.largest_component;
  how.pseudo_labels = options.pseudo_labels;
  how.rules = command.output_rules();
  how.provenance = command.provenance();
  const bool windows = !description.input.window.empty();
  const auto refuse = [&](const char* option, const char* problem) {
    if (command.given(option)) throw core::UsageError(option, problem, "leave it out");
  };
  if (windows) {
    for (const char* option : kOfSlices) refuse(option, "means nothing for a model that sees windows");
    how.windows = resolve_windows(options, description);
  } else {
    for (const char* option : kOfWindows) refuse(option, "is for models that see windows; this one sees slices");
    if (model::has_two_stages(description)) {
      how.network.stn_steps = resolve_steps(command, options, description);
    } else {
      for (const char* option : kOfStages) refuse(option, "means nothing for a network of one stage");
    }
  }
  return how;
}

inference::PredictionFiles files_of(const core::Command& command, const Options& options, const Case& c) {
  inference::PredictionFiles files{options.output, std::nullopt, std::nullopt};
  if (command.has_cases()) files.labels = command.out() / c.output_path("pred");
  const auto beside = [&](const std::string& kind) {
    if (command.has_cases()) return command.out() / c.output_path(kind);
    const path plain = core::sidecar_path(options.output);  // the output's name without its ending
    return plain.parent_path() / (plain.stem().string() + "_" + kind + ".nii.gz");
  };
  if (options.probabilities) files.probabilities = beside("prob");
  if (options.distances) files.distances = beside("dist");
  return files;
}

bool print_plan(const core::Command& command, const core::Json& plan) {
  if (command.json()) {
    core::print(core::to_text(plan));
    return true;
  }
  std::string text;
  const auto line = [&](const char* name, const std::string& value) { text += fmt::format("{:<18}{}\n", name, value); };
  const auto memory = [&](const char* what) { return core::gigabytes(plan["memory_bytes"][what].get<std::uint64_t>()); };
  line("cases", core::to_line(plan["cases"]));
  line("windows", fmt::format("{}, of {} voxels, each {} from the next", core::to_line(plan["windows"]),
                              core::to_line(plan["window"]), core::to_line(plan["stride"])));
  if (!plan["largest"].is_null()) {
    line("largest volume", fmt::format("{}, {} voxels, {} windows", plan["largest"]["case"].get<std::string>(),
                                       core::to_line(plan["largest"]["size"]), core::to_line(plan["largest"]["windows"])));
  }
  line("memory", fmt::format("{} at most: {} for the largest volume, {} for the network", memory("peak"),
                             memory("volume"), memory("network")));
  line("time", fmt::format("{:.0f} s, {:.3f} s a window", plan["seconds_total"].get<double>(),
                           plan["seconds_per_window"].get<double>()));
  core::print(text);
  return true;
}

bool predict_all(core::Command& command, const Options& options) {
  std::vector<Case> cases = command.has_cases() ? command.cases() : std::vector<Case>();
  check(command, options);
  const inference::UsedModel model(options.model);
  const inference::PredictionOptions how = how_to_predict(command, options, model.description);
  if (!command.has_cases()) cases.emplace_back(options.image.filename().string(), options.image);
  if (options.plan)
    return print_plan(command, plan_prediction(cases, model, how, options.probabilities, options.distances));
  inference::CasePredictor predictor(model, how);
  if (!command.has_cases()) {
    command.output_rules().check(files_of(command, options, cases.front()).all(), {options.image, options.model});
  }
  // Early, so that a model or device that does not work is one error and not one for each case.
  if (!command.skip_existing() || options.precision == request::Precision::automatic) predictor.open();
  if (model.description.preprocessing.is_null() && !options.preprocessed) {
    core::info("the model records no preprocessing: images are used as they are");
  }

  std::vector<Case> results;
  std::size_t seen = 0, kept = 0;
  const auto start = std::chrono::steady_clock::now();
  // A volume and its maps may fill the memory: one at a time.
  const bool all_well = core::for_each_case(
      "segmenting", cases, how.windows ? 1 : command.threads(),
      [&](const Case& c) { return predictor.predict(c, files_of(command, options, c)); },
      [&](std::size_t, inference::Prediction done) {
        seen += done.seen_in_training;
        kept += done.kept;
        results.push_back(std::move(done.result));
      });
  if (results.size() > kept) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    core::debug("{:.1f} s for {} images; the network worked {:.0f} % of the time", taken.count(), results.size() - kept,
                100 * predictor.busy_seconds() / taken.count());
  }
  if (kept > 0) core::info("{} of {} label maps were there already", kept, cases.size());
  if (seen > 0) {
    core::warning("{} of {} images were seen in training: their scores say nothing about new patients", seen,
                  results.size());
  }
  return command.has_cases() ? command.write_results(results, all_well) : all_well;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  command.positional("IMAGE", options.image, "NIfTI image to segment");
  command.positional("OUTPUT", options.output, "label map to write, on the image's own grid");
  command.option("Model", "-m,--model", options.model, "model file, as the trainings write it");
  command.choice("Model", "--stage", options.stage, {"auto", "ftn", "stn"},
                 "whose segmentation: of the fast-thinking network, or corrected by the slow-thinking one; auto: stn "
                 "where the model has one");
  command.option("Model", "--steps", options.steps, "how many times in a row the slow-thinking network corrects")
      .type_name("N");
  command.flag("Images", "--preprocessed", options.preprocessed,
               "the images have been through the model's preprocessing; those whose field \"preprocessing\" in the "
               "list, or else whose sidecar, says so are recognised without this option");
  command.option("Images", "--frame", options.frame,
                 "frame of 4D files, from 0; a case's field \"frame_index\" comes first")
      .type_name("N");
  command.flag("Segmentation", "--largest-component", options.largest_component,
               "keep the largest connected component of each class, in 3D (26 neighbours)");
  command.flag("Segmentation", "--probabilities", options.probabilities,
               "write the class probabilities, too: a 4D file, background first (ED_prob.nii.gz beside "
               "ED_pred.nii.gz)");
  command.flag("Segmentation", "--pseudo-labels", options.pseudo_labels,
               "list the label maps as labels, marked as a model's (cs-train-semi --pseudo)", core::Effect::execution);
  const auto addition = core::Effect::addition;
  command.flag("Segmentation", "--distances", options.distances,
               "write the signed distances, too, of models that give them: a 4D file (ED_dist.nii.gz)",
               addition);
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
  command.option("Execution", "--device", options.device,
                 "auto, cpu, cuda or cuda:N; auto is a GPU where LibTorch sees one", core::Effect::execution)
      .type_name("DEVICE");
  command.choice("Execution", "--precision", options.precision, request::kPrecisions,
                 "numbers between the layers of the network; bf16 is faster where the processor or GPU has it and "
                 "moves probabilities a little; auto: bf16 where it is fast");
  for (const auto& [name, version] : image::library_versions()) command.uses_library(name, version);
  return command.run(argc, argv, [&] { return predict_all(command, options); });
}
