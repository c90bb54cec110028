#include "coopseg/inference/placement.h"

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"

namespace coopseg::inference {
namespace {

using image::AxisTurn;
using image::Grid;

constexpr const char* kByModel = "model";
constexpr const char* kAsStored = "stored";

bool knows(const model::ModelDescription& model) { return model.orientation && model.orientation->known(); }

// The turn to the axes of the training images, as their files had them, behind a step "orient".
AxisTurn towards(const Grid& grid, const image::Orientation& orientation, image::Seen seen,
                 const image::Preprocessing& steps) {
  // Three spacings are those of the files' axes: each axis goes to its own place.
  const bool by_axis = seen == image::Seen::slices && steps.spacing_mm.size() == 3;
  const AxisTurn turn = turn_towards(grid, *orientation.axes, by_axis ? image::Seen::volume : seen);
  return by_axis ? then(turn, inverse(image::axis_last(orientation.slice_axis))) : turn;
}

Placement by_model(const Grid& grid, const image::Orientation& orientation, image::Seen seen,
                   const image::Preprocessing& steps) {
  Placement placement{towards(grid, orientation, seen, steps), steps, Placed::as_trained};
  placement.steps.turn_nothing();
  // As the network would see the image untouched.
  const Grid untouched = seen == image::Seen::slices ? turned(grid, slices_last(grid)) : grid;
  const Grid brought = turned(grid, turn_towards(grid, *orientation.axes, seen));
  if (!lies_along(brought, *orientation.axes, seen)) {
    placement.how = Placed::across;
  } else if (!lies_along(untouched, *orientation.axes, seen)) {
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
  Placement placement{{}, input.steps, Placed::as_asked};
  if (input.orient != kByModel) {
    // What goes by the header is not done to an image whose header is not believed.
    placement.steps.turn_nothing();
    if (input.orient != kAsStored) placement.turn = turn_to(grid, input.orient);
    return placement;
  }
  if (knows(model) && !grid.nominal) return by_model(grid, *model.orientation, model.seen(), input.steps);
  if (knows(model)) {
    placement.steps.turn_nothing();
    placement.how = Placed::nominal;
    return placement;
  }
  // Training images of nominal headers were used as they are stored.
  const bool all_nominal = model.orientation && !model.orientation->axes;
  placement.how = !model.orientation            ? Placed::not_recorded
                  : all_nominal && grid.nominal ? Placed::as_trained
                                                : Placed::untold;
  return placement;
}

Grid prepared_grid(const image::Image& image, const Placement& placement) {
  // Where a crop lies is seen in voxels only.
  if (placement.steps.crop) return preprocessed_grid(image::turned(image, placement.turn), placement.steps);
  return preprocessed_grid(turned(image.grid, placement.turn), placement.steps);
}

bool knows_orientation(const UsedModel& model) { return knows(model.description); }

std::string unlike_orientations(const std::vector<UsedModel>& models) {
  const UsedModel* first = nullptr;
  for (const UsedModel& model : models) {
    if (!knows(model.description)) continue;
    if (!first) {
      first = &model;
      continue;
    }
    Grid other;
    other.direction = *model.description.orientation->axes;
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
  const bool all = orientation && orientation->otherwise + orientation->nominal == 0;
  const std::string training_images = (all ? "the training images of " : "most training images of ") + file;
  if (const Count turned = count(Placed::turned); turned.cases > 0) {
    core::info(
        "{} of {} images (first: {}) lay otherwise in space than {} ({}): the network saw them turned as those; if "
        "their headers are wrong, give --orient stored",
        turned.cases, cases_, turned.first, training_images, image::axis_codes(*orientation->axes));
  }
  if (const Count across = count(Placed::across); across.cases > 0) {
    core::warning(
        "{} of {} images (first: {}) have slices in another orientation than {}: more than 45 degrees from theirs",
        across.cases, cases_, across.first, training_images);
  }
  if (const Count nominal = count(Placed::nominal); nominal.cases > 0) {
    core::warning(
        "{} of {} images (first: {}) have headers that do not say how they lie in space: their orientation is "
        "taken as stored, which need not be that of {}; --orient stored says that it is",
        nominal.cases, cases_, nominal.first, training_images);
  }
  if (const Count unknown = count(Placed::not_recorded); unknown.cases > 0) {
    core::warning("{}: does not record the orientation of its training images: images are used as they are stored",
                  file);
  }
  if (const Count untold = count(Placed::untold); untold.cases > 0) {
    core::warning(
        "{}: its training images lay in several ways, or their headers did not say how: images are used as they are "
        "stored, in whatever orientation",
        file);
  }
}

}  // namespace coopseg::inference
