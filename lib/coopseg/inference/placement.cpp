#include "coopseg/inference/placement.h"

#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"

namespace coopseg::inference {
namespace {

using image::AxisTurn;
using image::Grid;

constexpr const char* kByModel = "model";
constexpr const char* kAsStored = "stored";

AxisTurn as_stored(const Grid& grid, image::Seen seen) {
  return seen == image::Seen::slices ? slices_last(grid) : AxisTurn{};
}

// By the axes of the preprocessed image, which are those of the image, with spacings that may be others.
Placement towards(const Grid& grid, const image::Directions& axes, image::Seen seen,
                  const image::Preprocessing& steps) {
  Placement placement{{}, steps, Placed::as_trained};
  // The model's axes are those behind such a step.
  placement.steps.orient.clear();
  image::Preprocessing without_crop = placement.steps;
  without_crop.crop.reset();
  const Grid prepared = preprocessed_grid(grid, without_crop);
  placement.turn = turn_towards(prepared, axes, seen);
  const Grid seen_so = turned(prepared, placement.turn);
  if (!lies_along(seen_so, axes, seen)) {
    placement.how = Placed::across;
  } else if (!lies_along(turned(prepared, as_stored(prepared, seen)), axes, seen)) {
    placement.how = Placed::turned;
  }
  return placement;
}

}  // namespace

void check_orient(const std::string& orient) {
  if (orient == kByModel || orient == kAsStored || image::is_axis_code(orient)) return;
  throw core::UsageError("--orient", "\"" + orient + "\" is neither \"model\", \"stored\" nor an axis code",
                         "name the side that each axis grows towards, as in RAS or LPS");
}

Placement placement_of(const Grid& grid, const model::ModelDescription& model, const CaseInput& input) {
  const image::Seen seen = model.seen();
  if (input.orient == kAsStored) return {as_stored(grid, seen), input.steps, Placed::as_asked};
  if (input.orient != kByModel) {
    const AxisTurn turn = turn_to(grid, input.orient);
    Placement placement{then(turn, as_stored(turned(grid, turn), seen)), input.steps, Placed::as_asked};
    placement.steps.orient.clear();
    return placement;
  }
  const auto& orientation = model.orientation;
  if (orientation && orientation->axes && !grid.nominal) return towards(grid, *orientation->axes, seen, input.steps);
  const bool model_knows = orientation && orientation->axes;
  // Training images of nominal headers were used as they are stored.
  const Placed how = model_knows    ? Placed::nominal
                     : !orientation ? Placed::not_recorded
                     : grid.nominal ? Placed::as_trained
                                    : Placed::untold;
  return {as_stored(grid, seen), input.steps, how};
}

std::string unlike_orientations(const std::vector<UsedModel>& models) {
  const UsedModel* first = nullptr;
  for (const UsedModel& model : models) {
    const auto& orientation = model.description.orientation;
    if (!orientation || !orientation->axes) continue;
    if (!first) {
      first = &model;
      continue;
    }
    Grid other;
    other.direction = *orientation->axes;
    const image::Directions& axes = *first->description.orientation->axes;
    if (lies_along(other, axes, model.description.seen())) continue;
    return first->path.string() + " has learned from images that lie as " + image::axis_codes(axes) + ", " +
           model.path.string() + " from " + image::axis_codes(other);
  }
  return {};
}

void PlacementTally::add(const std::string& case_name, Placed how) {
  const std::lock_guard lock(turn_);
  Count& count = counts_[how];
  if (count.cases++ == 0) count.first = case_name;
  ++cases_;
}

void PlacementTally::tell(const UsedModel& model) const {
  const auto count = [&](Placed how) {
    const auto found = counts_.find(how);
    return found == counts_.end() ? Count{} : found->second;
  };
  const std::string file = model.path.string();
  const auto& orientation = model.description.orientation;
  if (const Count turned = count(Placed::turned); turned.cases > 0) {
    core::info(
        "{} of {} images (first: {}) lay otherwise in space than the training images of {} ({}): the network saw "
        "them turned as those; if their headers are wrong, give --orient stored",
        turned.cases, cases_, turned.first, file, image::axis_codes(*orientation->axes));
  }
  if (const Count across = count(Placed::across); across.cases > 0) {
    core::warning(
        "{} of {} images (first: {}) have slices in another orientation than the training images of {}: more "
        "than 45 degrees from theirs",
        across.cases, cases_, across.first, file);
  }
  if (const Count nominal = count(Placed::nominal); nominal.cases > 0) {
    core::warning(
        "{} of {} images (first: {}) have headers that do not say how they lie in space: their orientation is "
        "taken as stored, which need not be that of the training images of {}; --orient stored says that it is",
        nominal.cases, cases_, nominal.first, file);
  }
  if (const Count unknown = count(Placed::not_recorded); unknown.cases > 0) {
    core::warning("{}: does not record the orientation of its training images: images are used as they are stored",
                  file);
  }
  if (const Count untold = count(Placed::untold); untold.cases > 0) {
    core::warning(
        "{}: the headers of its training images did not say how they lie in space: images are used as they are "
        "stored, in whatever orientation",
        file);
  }
}

}  // namespace coopseg::inference
