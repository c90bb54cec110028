#include "coopseg/inference/prediction_plan.h"

#include <algorithm>
#include <chrono>

#include "coopseg/core/memory.h"
#include "coopseg/image/nifti.h"
#include "coopseg/inference/placement.h"

namespace coopseg::inference {

using core::Json;

core::Json plan_prediction(const std::vector<core::Case>& cases, const std::vector<Member>& members,
                           const PredictionOptions& options, bool probabilities, bool distances) {
  const WindowPlan& plan = *options.windows;
  const UsedModel& model = members.front().model;  // in what is asked of it here, all are alike
  const auto classes = static_cast<std::size_t>(model.description.class_count());
  const VolumeOptions how{classes, distances ? classes - 1 : 0, probabilities, members.size()};
  std::uint64_t windows = 0, volume = 0;
  Json largest;
  for (const core::Case& c : cases) {
    const CaseInput input = input_of(c, model, options.input);
    const image::Grid native = image::read_nifti_header(c.image()).grid;
    // Where a crop to the foreground lies is seen in voxels only; without it the volume is as large as it can be.
    const Placement placement = placement_of(native, oriented_by(members).description, input);
    image::Grid prepared = image::preprocessed_grid(turned(native, placement.turn), placement.steps);
    if (plan.window[2] == 1) prepared = turned(prepared, slices_last(prepared));
    const std::uint64_t count = count_windows(prepared.size, plan);
    const std::uint64_t bytes = bytes_to_segment(native, prepared, plan, how);
    windows += count;
    if (bytes <= volume) continue;
    volume = bytes;
    largest = Json{{"case", c.name()}, {"size", native.size}, {"windows", count}};
  }

  const auto networks = open_networks(members, options.network);
  const std::vector<float> batch(plan.batch_size * plan.window[0] * plan.window[1] * plan.window[2], 0.0F);
  const auto show = [&] {
    for (const auto& network : networks) network->windows(batch, plan.batch_size, plan.window, distances);
  };
  show();  // pays for memory and the choice of kernels
  const auto start = std::chrono::steady_clock::now();
  show();
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
  std::size_t passes = 0;
  for (const Member& member : members) passes += member.passes();
  found["passes_per_window"] = passes;
  found["seconds_per_window"] = per_window;
  found["seconds_total"] = per_window * static_cast<double>(windows);
  return found;
}

}  // namespace coopseg::inference
