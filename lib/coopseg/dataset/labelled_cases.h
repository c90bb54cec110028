// The reading that slices and patches share: a list of labelled cases as volumes of class indices.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "coopseg/dataset/volume_set.h"

namespace coopseg::dataset {

// Runs work(i) for all i < count on `threads` threads. If some fail, all are done, each failure is logged, and the
// first one of the list is thrown.
void for_all_cases(std::size_t count, int threads, const std::function<void(std::size_t)>& work);

// What a case's image is, with its hashes; without labels.
TrainingVolume read_image_of_case(const core::Case& c);

// load_labelled_volumes() without its warning of label maps of background alone.
VolumeSet read_labelled_cases(const std::vector<core::Case>& cases, const LoadOptions& options);

}  // namespace coopseg::dataset
