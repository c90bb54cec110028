// The methods of request/semi_method.h, made ready to train.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "coopseg/request/semi_training.h"
#include "coopseg/training/method.h"

namespace coopseg::training {

// A network of the training's shape, initialised from the seed or with the weights it begins with, on its device.
using NetworkMaker = std::function<std::unique_ptr<network::Network>(std::uint64_t seed)>;

// Heads and critics go to `device`. `classes` is the number of those besides the background.
std::unique_ptr<Method> make_semi_method(const request::SemiTrainingRun& run, int classes, const NetworkMaker& make,
                                         const std::string& device);

}  // namespace coopseg::training
