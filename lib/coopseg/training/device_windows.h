// A volume through a network that sees windows, all of it on the network's device: what inference/windows.h does on the
// host, for those who want no maps but to know how many voxels were right.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "coopseg/dataset/volume_set.h"
#include "coopseg/inference/windows.h"
#include "coopseg/network/network.h"

namespace coopseg::training {

// Voxel counts [reference][predicted] of the class whose mean probability in the windows is greatest, the first on a
// tie, where the labels count. What comes back to the host are these numbers alone. Needs the memory of classes + 1
// volumes of float32 on the device. `plan.blend` is the mean; `pause` is called before each batch of windows and may
// throw. Throws core::DataError if the network gives values that are not finite.
std::vector<std::int64_t> count_windows_on_device(network::Network& network, const dataset::TrainingVolume& volume,
                                                  const inference::WindowPlan& plan, std::size_t classes,
                                                  const std::string& device, const std::function<void()>& pause);

}  // namespace coopseg::training
