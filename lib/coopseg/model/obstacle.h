#pragma once

#include <string>

#include "coopseg/model/description.h"

namespace coopseg::model {

// What is in the way of running a model of a network that this version has, "with a window of ..."; empty where nothing
// is.
std::string obstacle(const ModelDescription& description);

}  // namespace coopseg::model
