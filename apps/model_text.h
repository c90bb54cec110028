// What cs-model prints of models, for people and as JSON.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/model/model_file.h"

namespace coopseg::apps {

std::string classes_text(const core::LabelNames& classes);                   // "background (0), LV (1), MYO (2)"
std::string network_text(const model::ModelDescription& description);  // "FCN_16_standard, fast-thinking (FTN)"
// "PIR in space, of 20 training images", "not recorded"
std::string orientation_text(const model::ModelDescription& description);

// The description, and the network module by module and layer by layer.
std::string summary_text(const model::ModelFile& model, const std::vector<model::ModuleSummary>& modules);
core::Json summary_json(const model::ModelFile& model, const std::vector<model::ModuleSummary>& modules);

// A line for each member of the description and each tensor that differs; empty if none does.
std::string difference_text(const model::ModelDifference& found);
core::Json difference_json(const model::ModelDifference& found);

}  // namespace coopseg::apps
