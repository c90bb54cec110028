#include "model_options.h"

#include <algorithm>

#include "coopseg/inference/placement.h"

namespace coopseg::apps {

using core::UsageError;

void add_orient(core::Command& command, ModelOptions& options) {
  command
      .option(
          "Images", "--orient", options.orient,
          "how images are to lie for the network: \"model\", as its training images did, where headers tell; "
          "\"stored\", as they are in their files; or the side of the patient that each axis grows towards (\"LPS\")")
      .type_name("HOW");
}

void check_model_options(const core::Command& command, const ModelOptions& options,
                         const std::vector<core::fs::path>& models, const std::string& forms, bool writes) {
  if (models.empty() || std::find(models.begin(), models.end(), "") != models.end())
    throw UsageError("--model", "is missing", "name a model file of a training");
  const bool single = !options.image.empty();
  if (single == command.has_cases()) {
    throw UsageError("", single ? "IMAGE and --cases are both given" : "neither an image nor --cases is given", forms);
  }
  if (!single && !command.has_out() && writes)
    throw UsageError("--out", "is missing", "name the folder of the outputs");
  if (single) {
    if (options.output.empty() && writes) throw UsageError("OUTPUT", "is missing", "name the file to write");
    if (command.has_out()) throw UsageError("--out", "belongs to --cases", "name OUTPUT behind IMAGE");
    if (command.given("--cases-out")) {
      throw UsageError("--cases-out", "belongs to --cases", "a single image has no list");
    }
  }
  request::check_device(options.device);
  inference::check_orient(options.orient);
  if (command.given("--frame") && options.frame < 0) throw UsageError("--frame", "must be 0 or more");
}

request::PredictorOptions network_of(const core::Command& command, const ModelOptions& options) {
  request::PredictorOptions network;
  network.device = options.device;
  network.threads = command.threads();
  return network;
}

inference::InputOptions input_of(const ModelOptions& options) {
  inference::InputOptions input;
  input.preprocessed = options.preprocessed;
  input.orient = options.orient;
  if (options.frame >= 0) input.frame = static_cast<std::size_t>(options.frame);
  return input;
}

}  // namespace coopseg::apps
