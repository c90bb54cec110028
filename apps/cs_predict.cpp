// cs-predict: segments images with a trained model, back on each image's own grid.
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/core/memory.h"
#include "coopseg/image/libraries.h"
#include "coopseg/inference/predict_case.h"
#include "coopseg/inference/prediction_plan.h"
#include "predict_options.h"

namespace {

using namespace coopseg;
using core::Case;
using core::fs::path;
using Options = apps::PredictOptions;

const core::About kAbout = {
    "cs-predict",
    "segments images with a trained model, back on each image's own grid",
    {"[options] --model MODEL IMAGE OUTPUT", "[options] --model MODEL --cases LIST --out DIR"},
    {{"cs-predict --model run/best.safetensors ED_img.nii.gz ED_pred.nii.gz", "segments one image"},
     {"cs-predict --model run/best.safetensors --cases test.jsonl --out predictions --cases-out - | cs-dice --cases -",
      "segments all images of a list and scores the label maps"},
     {"cs-predict --model a.safetensors --model b.safetensors --review 0.8 --cases test.jsonl --out reviewed",
      "the mean of two models; cases on which they do not agree are marked for a human"},
     {"cs-predict --model run/best.safetensors --frame 0 --largest-component cine.nii.gz ED_pred.nii.gz",
      "segments the first frame of a 4D file and keeps one piece of each structure"}}};

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
  const auto memory = [&](const char* what) {
    return core::gigabytes(plan["memory_bytes"][what].get<std::uint64_t>());
  };
  line("cases", core::to_line(plan["cases"]));
  line("windows", fmt::format("{}, of {} voxels, each {} from the next", core::to_line(plan["windows"]),
                              core::to_line(plan["window"]), core::to_line(plan["stride"])));
  if (!plan["largest"].is_null()) {
    line("largest volume",
         fmt::format("{}, {} voxels, {} windows", plan["largest"]["case"].get<std::string>(),
                     core::to_line(plan["largest"]["size"]), core::to_line(plan["largest"]["windows"])));
  }
  line("memory", fmt::format("{} at most: {} for the largest volume, {} for the network", memory("peak"),
                             memory("volume"), memory("network")));
  const auto passes = plan["passes_per_window"].get<std::size_t>();
  line("time", fmt::format("{:.0f} s, {:.3f} s a window{}", plan["seconds_total"].get<double>(),
                           plan["seconds_per_window"].get<double>(),
                           passes == 1 ? "" : fmt::format(", each in {} passes", passes)));
  core::print(text);
  return true;
}

// The cases that a human should look at.
class Doubtful {
 public:
  void add(const std::string& name, const inference::Agreement& agreement) {
    found_.emplace_back(agreement.mean(), name);
  }

  // Of so many cases that were segmented, now or before; `compared` are "stages" or "models".
  void tell(std::size_t segmented, const std::string& compared, double below) {
    if (found_.empty()) return;
    std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> named;
    for (const auto& [agreement, name] : found_) {
      if (named.size() == kNamed) break;
      named.push_back(fmt::format("{} ({:.3f})", name, agreement));
    }
    if (found_.size() > kNamed) named.push_back(fmt::format("{} more", found_.size() - kNamed));
    core::warning("{} of {} segmented images want to be looked at, since their {} agree less than {}: {}",
                  found_.size(), segmented, compared, below, fmt::join(named, ", "));
  }

 private:
  static constexpr std::size_t kNamed = 10;
  std::vector<std::pair<double, std::string>> found_;
};

bool predict_all(core::Command& command, const Options& options) {
  std::vector<Case> cases = command.has_cases() ? command.cases() : std::vector<Case>();
  apps::check_predict_options(command, options);
  const std::vector<inference::Member> members = apps::members_of(command, options);
  const inference::PredictionOptions how = apps::how_to_predict(command, options, members);
  if (!command.has_cases()) cases.emplace_back(options.image.filename().string(), options.image);
  if (options.plan)
    return print_plan(command, plan_prediction(cases, members, how, options.probabilities, options.distances));
  inference::CasePredictor predictor(members, how);
  if (!command.has_cases()) {
    std::vector<path> sources = options.models;
    sources.push_back(options.image);
    command.output_rules().check(files_of(command, options, cases.front()).all(), sources);
  }
  // Early, so that a model or device that does not work is one error and not one for each case.
  if (!command.skip_existing() || options.precision == request::Precision::automatic) predictor.open();
  if (members.front().model.description.preprocessing.is_null() && !options.preprocessed) {
    core::info("the model records no preprocessing: images are used as they are");
  }

  std::vector<Case> results;
  Doubtful doubtful;
  inference::PlacementTally placed;
  std::size_t seen = 0, kept = 0;
  const auto start = std::chrono::steady_clock::now();
  // A volume and its maps may fill the memory: one at a time.
  const bool all_well = core::for_each_case(
      "segmenting", cases, how.windows ? 1 : command.threads(),
      [&](const Case& c) { return predictor.predict(c, files_of(command, options, c)); },
      [&](std::size_t i, inference::Prediction done) {
        if (done.review) doubtful.add(cases[i].name(), *done.agreement);
        if (done.placed) placed.add(cases[i].name(), *done.placed);
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
  placed.tell(inference::oriented_by(members));
  doubtful.tell(results.size(), inference::compared(members), options.review);
  return command.has_cases() ? command.write_results(results, all_well) : all_well;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  apps::add_predict_options(command, options);
  for (const auto& [name, version] : image::library_versions()) command.uses_library(name, version);
  return command.run(argc, argv, [&] { return predict_all(command, options); });
}
