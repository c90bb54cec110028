// cs-predict: segments images with a trained model, back on each image's own grid.
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <regex>
#include <set>

#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/core/late_library.h"
#include "coopseg/image/components.h"
#include "coopseg/image/libraries.h"
#include "coopseg/image/nifti.h"
#include "coopseg/image/plausible.h"
#include "coopseg/image/preprocess.h"
#include "coopseg/inference/model_input.h"
#include "coopseg/inference/segment.h"
#include "coopseg/model/description.h"
#include "coopseg/request/library.h"
#include "coopseg/request/prediction.h"

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

struct Options {
  path image, output, model;
  std::string stage = "auto", device = "auto";
  request::Precision precision = request::Precision::fp32;
  int steps = 1, frame = -1, batch_size = 10;
  bool preprocessed = false, probabilities = false, largest_component = false;
};

// What is the same for all cases of a run.
struct Run {
  const core::Command& command;
  const Options& options;
  model::ModelDescription model;
  core::InputFile model_file;
  image::Preprocessing steps;           // what the model expects to have been done
  std::set<std::string> training_images;
  int stn_steps = 0;
  core::Provenance provenance;
  std::unique_ptr<request::Predictor> predictor;
  std::once_flag opened;
};

struct Outputs {
  path labels;
  std::optional<path> probabilities;
};

struct Done {
  Case result;
  bool seen_in_training = false, skipped = false;
};

void check(const core::Command& command, const Options& options) {
  if (options.model.empty()) throw core::UsageError("--model", "is missing", "name a model file of cs-train-ftn");
  const bool single = !options.image.empty();
  if (single == command.has_cases()) {
    throw core::UsageError("", single ? "IMAGE and --cases are both given" : "neither an image nor --cases is given",
                           "cs-predict --model MODEL IMAGE OUTPUT, or --cases LIST --out DIR");
  }
  if (single && options.output.empty()) throw core::UsageError("OUTPUT", "is missing", "name the label map to write");
  if (single && command.has_out()) throw core::UsageError("--out", "belongs to --cases", "name OUTPUT behind IMAGE");
  if (single && command.given("--cases-out")) {
    throw core::UsageError("--cases-out", "belongs to --cases", "a single image has no list");
  }
  if (!single && !command.has_out()) throw core::UsageError("--out", "is missing", "name the folder of the label maps");
  request::check_device(options.device);
  if (command.given("--frame") && options.frame < 0) throw core::UsageError("--frame", "must be 0 or more");
  if (options.steps < 1) throw core::UsageError("--steps", "must be 1 or more");
  if (options.batch_size < 1) throw core::UsageError("--batch-size", "must be 1 or more");
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

Outputs outputs_of(const Run& run, const Case& c) {
  if (run.command.has_cases()) {
    return {run.command.out() / c.output_path("pred"),
            run.options.probabilities ? std::optional(run.command.out() / c.output_path("prob")) : std::nullopt};
  }
  if (!run.options.probabilities) return {run.options.output, std::nullopt};
  const path plain = core::sidecar_path(run.options.output);  // the output's name without its ending
  return {run.options.output, plain.parent_path() / (plain.stem().string() + "_prob.nii.gz")};
}

void refuse_existing(const Run& run, const Outputs& outputs) {
  for (const auto& file : {std::optional(outputs.labels), outputs.probabilities}) {
    if (!file) continue;
    core::refuse_existing(*file, run.command.overwrite());
    core::refuse_existing(core::sidecar_path(*file), run.command.overwrite());
  }
}

// Loads LibTorch and the network, once.
void open(Run& run) {
  std::call_once(run.opened, [&run] {
    core::prepare_numerical_environment(run.command.threads());
    auto* door = core::late_function<request::OpenPredictor>(request::kLibrary, request::kOpenPredictor);
    request::PredictorOptions how;
    how.model = run.options.model;
    how.stn_steps = run.stn_steps;
    how.batch_size = static_cast<std::size_t>(run.options.batch_size);
    how.device = run.options.device;
    how.precision = run.options.precision;
    how.threads = run.command.threads();
    run.predictor.reset(door(how));
  });
}

// True if the model was trained on this very file, or on the one that its sidecar names as what it was made from (the
// first input; others, a grid to resample onto, give no voxels).
bool was_trained_on(const Run& run, const core::InputFile& image, const core::Json& history) {
  if (run.training_images.count(image.sha256)) return true;
  if (!history.is_object()) return false;
  const auto inputs = history.value("inputs", core::Json::array());
  return inputs.is_array() && !inputs.empty() && inputs[0].is_object() &&
         run.training_images.count(inputs[0].value("sha256", "")) > 0;
}

void to_label_values(const core::LabelNames& classes, image::LabelMap& labels) {
  for (auto& value : labels.voxels) {
    if (value > 0) value = classes[static_cast<std::size_t>(value) - 1].second;
  }
}

void write(const Run& run, const Outputs& outputs, const inference::Segmentation& found,
           const core::Provenance& provenance, const std::vector<core::InputFile>& inputs, bool seen) {
  const auto overwrite = run.command.overwrite();
  core::Json extra = core::Json::object();
  if (outputs.probabilities) {
    image::write_frames(*outputs.probabilities, found.probabilities, {overwrite});
    extra["frames"] = core::Json::array({"background"});
    for (const auto& [name, value] : run.model.classes) extra["frames"].push_back(name);
    core::write_sidecar(provenance, inputs, *outputs.probabilities, overwrite, extra);
    extra.clear();
  }
  image::write_labels(outputs.labels, found.labels, {overwrite});
  extra["prediction_labels"] = core::label_names_to_json(run.model.classes);
  extra["seen_in_training"] = seen;
  core::write_sidecar(provenance, inputs, outputs.labels, overwrite, extra);
}

Done predict(Run& run, const Case& c) {
  const Outputs outputs = outputs_of(run, c);
  const std::vector<core::InputFile> inputs = {core::input_file(c.image()), run.model_file};
  const core::Json history = inference::history_of(c.image(), inputs[0]);
  const bool seen = was_trained_on(run, inputs[0], history);
  const bool as_it_is = run.options.preprocessed || run.model.preprocessing.is_null();
  const image::Preprocessing steps =
      as_it_is ? image::Preprocessing::none() : inference::steps_for(run.steps, c, history);
  const auto frame = inference::frame_of(c, run.options.frame);
  core::Provenance provenance = run.provenance;
  provenance.settings["preprocessing"] = to_json(steps);
  provenance.settings["frame"] = frame ? core::Json(*frame) : core::Json();

  Done done{c, seen, false};
  done.result.set_path("prediction", outputs.labels);
  done.result.set_labels("prediction_labels", run.model.classes);
  done.result.set("model", run.model_file.name);
  done.result.set("model_sha256", run.model_file.sha256);
  done.result.erase("seen_in_training");
  if (seen) done.result.set("seen_in_training", true);

  done.skipped = run.command.skip_existing() && core::is_up_to_date(provenance, inputs, outputs.labels) &&
                 (!outputs.probabilities || core::is_up_to_date(provenance, inputs, *outputs.probabilities));
  if (done.skipped) return done;
  refuse_existing(run, outputs);
  core::refuse_same_file(c.image(), outputs.labels);

  image::ReadOptions how;
  how.frame = frame;
  const image::Image image = image::read_image(c.image(), how);
  image::warn_if_constant(image, c.image().string());
  image::warn_if_mostly_padding(image::preprocessed_grid(image.grid, steps), run.model.input.crop, c.image().string());
  inference::SegmentOptions settings;
  settings.classes = static_cast<std::size_t>(run.model.class_count());
  settings.crop = run.model.input.crop;
  settings.minmax_slices = run.model.input.minmax();
  settings.batch_size = static_cast<std::size_t>(run.options.batch_size);
  settings.keep_probabilities = run.options.probabilities;
  inference::Segmentation found = inference::segment(image, steps, settings, [&](const auto& slices) {
    open(run);
    return run.predictor->probabilities(slices);
  });
  if (run.options.largest_component) {
    const std::size_t removed = image::keep_largest_components(found.labels);
    core::debug("{}: {} voxels outside the largest components removed", c.name(), removed);
  }
  to_label_values(run.model.classes, found.labels);
  provenance.libraries["LibTorch"] = run.predictor->torch_version();
  write(run, outputs, found, provenance, inputs, seen);
  return done;
}

bool predict_all(core::Command& command, const Options& options) {
  std::vector<Case> cases;
  if (command.has_cases()) cases = command.cases();
  check(command, options);
  Run run{command, options, inference::read_model(options.model), core::input_file(options.model),
          {},      {},      0,                               {},  nullptr, {}};
  run.steps = inference::expected_steps(run.model, options.model);
  run.training_images = {run.model.training_images.begin(), run.model.training_images.end()};
  run.stn_steps = resolve_steps(command, options, run.model);
  run.provenance = command.provenance();
  run.provenance.settings["stage"] = run.stn_steps > 0 ? "stn" : "ftn";
  run.provenance.settings["steps"] = run.stn_steps;

  if (command.has_cases()) {
  } else {
    cases.emplace_back(options.image.filename().string(), options.image);
    const Outputs outputs = outputs_of(run, cases.front());
    core::refuse_same_file(options.image, outputs.labels);
    core::refuse_same_file(options.model, outputs.labels);
    if (!command.skip_existing()) refuse_existing(run, outputs);
  }
  // Early, so that a model or device that does not work is one error and not one for each case.
  if (!command.skip_existing() || options.precision == request::Precision::automatic) open(run);
  run.provenance.settings["precision"] = request::kPrecisions.of(
      options.precision == request::Precision::automatic ? run.predictor->precision() : options.precision);

  if (run.model.preprocessing.is_null() && !options.preprocessed) {
    core::info("the model records no preprocessing: images are used as they are");
  }
  std::vector<Case> results;
  std::size_t seen = 0, skipped = 0;
  const auto start = std::chrono::steady_clock::now();
  const bool all_well = core::for_each_case(
      "segmenting", cases, command.threads(), [&run](const Case& c) { return predict(run, c); },
      [&](std::size_t, Done done) {
        seen += done.seen_in_training;
        skipped += done.skipped;
        results.push_back(std::move(done.result));
      });
  if (run.predictor && results.size() > skipped) {
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    core::debug("{:.1f} s for {} images; the network worked {:.0f} % of the time", taken.count(),
                results.size() - skipped, 100 * run.predictor->busy_seconds() / taken.count());
  }
  if (skipped > 0) core::info("{} of {} label maps were there already", skipped, cases.size());
  if (seen > 0) {
    core::warning("{} of {} images were seen in training: their scores say nothing about new patients", seen,
                  results.size());
  }
  // A run in which every case failed must not replace an earlier list by an empty one.
  if (command.has_cases() && (all_well || !results.empty())) command.write_cases(results);
  return all_well;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  command.positional("IMAGE", options.image, "NIfTI image to segment");
  command.positional("OUTPUT", options.output, "label map to write, on the image's own grid");
  command.option("Model", "-m,--model", options.model, "model file, as cs-train-ftn writes it");
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
  command.add_cases();
  command.add_outputs(true);
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
