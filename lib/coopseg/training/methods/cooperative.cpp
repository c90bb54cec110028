#include "coopseg/training/methods/cooperative.h"

#include <utility>

namespace coopseg::training {

Cooperative::Cooperative(network::Model model, const ObjectiveOptions& options, std::unique_ptr<HardExampleMaker> hard,
                         const OptimiserSettings& how, std::unique_ptr<Calibration> calibration)
    : model_(std::move(model)),
      hard_(std::move(hard)),
      objective_(options, hard_.get()),
      how_(how),
      calibration_(std::move(calibration)) {}

}  // namespace coopseg::training
