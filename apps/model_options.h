// What the programs that run images through a trained model have in common on the command line: one image or a list.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/command.h"
#include "coopseg/inference/model_input.h"
#include "coopseg/request/prediction.h"

namespace coopseg::apps {

struct ModelOptions {
  core::fs::path image, output;
  std::string device = "auto";
  bool preprocessed = false;
  int frame = -1;  // below 0: not given
  std::string orient = inference::InputOptions().orient;
};

void add_orient(core::Command& command, ModelOptions& options);

// Throws core::UsageError unless the options are those of one of the two forms, as `forms` describes them: an image and
// its output, or a list and its folder; outputs are named only if it `writes`. No model, or an empty name, is missing.
void check_model_options(const core::Command& command, const ModelOptions& options,
                         const std::vector<core::fs::path>& models, const std::string& forms, bool writes = true);

// All but the model.
request::PredictorOptions network_of(const core::Command& command, const ModelOptions& options);
inference::InputOptions input_of(const ModelOptions& options);

}  // namespace coopseg::apps
