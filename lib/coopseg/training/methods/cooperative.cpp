#include "coopseg/training/methods/cooperative.h"

#include <utility>

namespace coopseg::training {

Cooperative::Cooperative(network::Model model, const ObjectiveOptions& options, std::unique_ptr<HardExampleMaker> hard,
                         const OptimiserSettings& how)
    : model_(std::move(model)), hard_(std::move(hard)), objective_(options, hard_.get()), how_(how) {}

}  // namespace coopseg::training
