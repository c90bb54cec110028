#include "coopseg/inference/prediction_plan.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include "coopseg/core/late_library.h"
#include "coopseg/core/memory.h"
#include "coopseg/image/nifti.h"
#include "coopseg/request/library.h"

namespace coopseg::inference {

using core::Json;

core::Json plan_prediction(const std::vector<core::Case>& cases, const UsedModel& model,
                           const PredictionOptions& options, bool probabilities, bool distances) {
  const WindowPlan& plan = *options.windows;
  const auto classes = static_cast<std::size_t>(model.description.class_count());
  const VolumeOptions how{classes, distances ? classes - 1 : 0, probabilities};
  std::uint64_t windows = 0, volume = 0;
  Json largest;
  for (const core::Case& c : cases) {
    const CaseInput input = input_of(c, model, options.input);
    const image::Grid native = image::read_nifti_header(c.image()).grid;
    // Where a crop to the foreground lies is seen in voxels only; without it the volume is as large as it can be.
    const image::Grid prepared = image::preprocessed_grid(native, input.steps);
    const std::uint64_t count = count_windows(prepared.size, plan);
    const std::uint64_t bytes = bytes_to_segment(native, prepared, plan, how);
    windows += count;
    if (bytes <= volume) continue;
    volume = bytes;
    largest = Json{{"case", c.name()}, {"size", native.size}, {"windows", count}};
  }

  core::prepare_numerical_environment(options.network.threads);
  auto* door = core::late_function<request::OpenPredictor>(request::kLibrary, request::kOpenPredictor);
  const std::unique_ptr<request::Predictor> network(door(options.network));
  const std::vector<float> batch(plan.batch_size * plan.window[0] * plan.window[1] * plan.window[2], 0.0F);
  network->windows(batch, plan.batch_size, plan.window, distances);  // pays for memory and the choice of kernels
  const auto start = std::chrono::steady_clock::now();
  network->windows(batch, plan.batch_size, plan.window, distances);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  const std::uint64_t own = core::peak_resident_bytes();
  const double per_window = taken.count() / static_cast<double>(plan.batch_size);

  Json found{{"schema", "coopseg.prediction-plan/1"}};
  found["cases"] = cases.size();
  found["window"] = plan.window;
  found["stride"] = plan.stride;
  found["windows"] = windows;
  found["largest"] = largest;
  found["threads"] = options.network.threads;
  found["memory_bytes"] = Json{{"volume", volume}, {"network", own}, {"peak", own + volume}};
  found["seconds_per_window"] = per_window;
  found["seconds_total"] = per_window * static_cast<double>(windows);
  return found;
}

}  // namespace coopseg::inference
