// cs-model: shows, checks, compares and converts model files.
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "coopseg/core/command.h"
#include "coopseg/model/model_file.h"
#include "model_conversion.h"
#include "model_text.h"

namespace {

using namespace coopseg;
using core::Json;
using core::UsageError;
using core::fs::path;

const core::About kAbout = {
    "cs-model",
    "shows, checks and compares model files, and converts them: .pth files of the reference implementation, ONNX",
    {"[options] show MODEL", "[options] check MODEL...", "[options] diff MODEL MODEL",
     "[options] import --from-reference DIR --out MODEL", "[options] export MODEL --to-reference DIR",
     "[options] export --to onnx MODEL FILE"},
    {{"cs-model show run/best.safetensors", "prints classes, preprocessing, training, and the network layer by layer"},
     {"cs-model check run/best.safetensors run/last.safetensors",
      "finds tensors that are missing, misshapen or not finite"},
     {"cs-model export --to onnx run/best.safetensors best.onnx",
      "writes the network for ONNX Runtime, TensorRT and others"},
     {"cs-model export run/best.safetensors --to-reference checkpoints", "writes a .pth file for each module"},
     {"cs-model import --from-reference checkpoints --labels LV:1,MYO:2,RV:3 --out imported.safetensors",
      "makes a model of .pth files, read as data: nothing in them is executed"},
     {"cs-model diff --weights run/best.safetensors imported.safetensors",
      "exit status 0: the weights are equal; 1: they differ"}}};

const std::vector<std::string> kActions = {"show", "check", "diff", "import", "export"};

struct Options : apps::ConversionOptions {
  std::string action;
  std::vector<path> files;
  bool weights_only = false;
};

std::string listed(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

void check_arguments(const core::Command& command, const Options& options) {
  if (options.action.empty()) throw UsageError("ACTION", "is missing", "one of " + listed(kActions));
  if (std::find(kActions.begin(), kActions.end(), options.action) == kActions.end()) {
    throw UsageError(options.action, "is no action", "one of " + listed(kActions));
  }
  using Words = std::vector<std::string>;
  static const std::vector<std::pair<Words, Words>> kUsers = {
      {{"--from-reference", "--out", "--network", "--labels", "--crop", "--percentiles", "--spacing",
        "--keep-slice-range"},
       {"import"}},
      {{"--to-reference", "--to", "--stage"}, {"export"}},
      {{"--weights"}, {"diff"}},
      {{"--json"}, {"show", "check", "diff", "export"}},
      {{"--force"}, {"import", "export"}}};
  for (const auto& [own, users] : kUsers) {
    if (std::find(users.begin(), users.end(), options.action) != users.end()) continue;
    for (const std::string& option : own) {
      if (command.given(option))
        throw UsageError(option, "means nothing to " + options.action, "it belongs to " + listed(users));
    }
  }
  const std::size_t count = options.files.size();
  if (options.action == "import") {
    if (count > 0) {
      throw UsageError(options.files[0].string(), "was not expected", "import --from-reference DIR --out MODEL");
    }
    if (options.source.empty()) throw UsageError("--from-reference", "is missing", "name the folder of the .pth files");
    if (options.out.empty()) throw UsageError("--out", "is missing", "name the model file to write");
  } else if (options.action == "diff") {
    if (count != 2) throw UsageError("diff", fmt::format("needs two models, {} given", count));
  } else if (options.action == "check") {
    if (count == 0) throw UsageError("check", "needs a model or more");
  } else if (options.action == "export") {
    apps::check_export(command, options, count);
  } else if (count != 1) {
    throw UsageError(options.action, fmt::format("needs one model, {} given", count));
  }
}

bool show(const core::Command& command, const Options& options) {
  const model::ModelFile model = model::read_model_file(options.files[0]);
  const auto modules = model::summarise(model);
  core::print(command.json() ? core::to_text(apps::summary_json(model, modules)) : apps::summary_text(model, modules));
  return true;
}

bool check(const core::Command& command, const Options& options) {
  bool all_well = true;
  for (const path& file : options.files) {
    Json verdict{{"schema", "coopseg.model-check/1"}, {"file", file.string()}, {"ok", true}, {"problem", nullptr}};
    std::string said;
    try {
      const model::ModelFile model = model::read_model_file(file);
      model::check_model(model);
      said = fmt::format("{}: ok, {}, {} tensors\n", file.string(), apps::network_text(model.description),
                         model.content.tensors.size());
    } catch (const core::Error& e) {
      all_well = false;
      core::error("{}", e.what());
      verdict["ok"] = false;
      verdict["problem"] = e.what();
    }
    core::print(command.json() ? core::to_line(verdict) + "\n" : said);
  }
  return all_well;
}

// As of diff(1): 0 equal, 1 different, 2 where that cannot be said.
bool diff(const core::Command& command, const Options& options) {
  std::vector<model::ModelFile> models;
  for (const path& file : options.files) {
    models.push_back(core::as_usage_error([&] { return model::read_model_file(file); }));
  }
  model::ModelDifference found = model::difference(models[0], models[1]);
  if (options.weights_only) found.description.clear();
  core::print(command.json() ? core::to_text(apps::difference_json(found)) : apps::difference_text(found));
  return found.none();
}

bool run(const core::Command& command, const Options& options) {
  check_arguments(command, options);
  if (options.action == "show") return show(command, options);
  if (options.action == "check") return check(command, options);
  if (options.action == "diff") return diff(command, options);
  if (options.action == "import") {
    apps::import_reference(command, options);
  } else {
    apps::export_model(command, options, options.files);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  command.positional("ACTION", options.action, "what to do: show, check, diff, import, export");
  command.positional("MODEL", options.files,
                     "model files (.safetensors); behind that of export --to, the file to write");
  add_conversion_options(command, options);
  command.flag("Comparison", "--weights", options.weights_only, "diff: compare tensors only, not the descriptions",
               core::Effect::execution);
  command.option("Outputs", "-o,--out", options.out, "import: the model file to write", core::Effect::execution)
      .type_name("FILE");
  command.add_json();
  command.add_outputs(/*images=*/false);
  return command.run(argc, argv, [&] { return run(command, options); });
}
