// How an image must be turned before a model sees it: where an image lies in space decides what the network sees, not
// how it is stored.
//
//   const Placement placement = placement_of(image.grid, model.description, input);
//   image::Image seen = image::turned(image, placement.turn);
//   ... segment(seen, placement.steps, ...) ...
//   image::LabelMap back = image::turned(labels, image::inverse(placement.turn));
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/image/orientation.h"
#include "coopseg/image/preprocess.h"
#include "coopseg/inference/model_input.h"

namespace coopseg::inference {

// What is known of how an image lies.
enum class Placed {
  as_asked,      // --orient says how
  as_trained,    // as the model's training images
  turned,        // so that it lies as they do
  across,        // its slices lie more than 45 degrees from theirs
  nominal,       // its header does not say: as it is stored
  not_recorded,  // the model is older than such records: as it is stored
  untold,        // its training images lay in several ways, or their headers did not say: as it is stored
};

struct Placement {
  image::AxisTurn turn;        // from the image's own axes
  image::Preprocessing steps;  // what is to be done to the turned image
  Placed how = Placed::as_asked;
};

// `orient` of `input` is "model", "stored" or an axis code. Where the model's preprocessing turns images by their
// headers, that step is done only to images of models that know no axes of their training images.
Placement placement_of(const image::Grid& grid, const model::ModelDescription& model, const CaseInput& input);

// Of the image, as stored, after its turn and the steps.
image::Grid prepared_grid(const image::Image& image, const Placement& placement);

// Maps of the turned image, or label maps, back on the grid that the image came with.
template <class T>
void turn_back(std::vector<image::Volume<T>>& maps, const Placement& placement, const image::Grid& stored) {
  if (is_identity(placement.turn)) return;
  for (image::Volume<T>& map : maps) {
    map = image::turned(std::move(map), image::inverse(placement.turn));
    map.grid = stored;  // without the rounding of going there and back
  }
}

// Throws core::UsageError naming --orient.
void check_orient(const std::string& orient);

// True if most of its training images lay in one way, as far as their headers can be trusted.
bool knows_orientation(const UsedModel& model);

// Models of which each wants the image to lie in another way; empty if there are none.
std::string unlike_orientations(const std::vector<UsedModel>& models);

// Tells once for a list what became of its images. Thread-safe.
class PlacementTally {
 public:
  void add(const std::string& case_name, Placed how);
  // With one message for each kind that the user should know of.
  void tell(const UsedModel& model) const;

 private:
  struct Count {
    std::size_t cases = 0;
    std::string first;
  };
  mutable std::mutex turn_;
  std::map<Placed, Count> counts_;
  std::size_t cases_ = 0;
};

}  // namespace coopseg::inference
