// What a prediction of volumes would take, without writing anything: cs-predict --plan.
#pragma once

#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/inference/predict_case.h"

namespace coopseg::inference {

// Reads the headers of the cases' images and shows each network one batch of windows. `options.windows` must be there.
// Seconds and memory are those of all networks and mirror images together.
//   {"schema": "coopseg.prediction-plan/1", "cases": 26, "windows": 1234, "largest": {"case": ..., "size": [...],
//    "windows": ...}, "memory_bytes": {"volume": ..., "network": ..., "peak": ...}, "passes_per_window": 16,
//    "seconds_per_window": ..., "seconds_total": ...}
// Throws core::Error for the first image that cannot be read or segmented.
core::Json plan_prediction(const std::vector<core::Case>& cases, const std::vector<Member>& members,
                           const PredictionOptions& options, bool probabilities, bool distances);

}  // namespace coopseg::inference
