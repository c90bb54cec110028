// A case as its pictures show it: read, turned to how people look at it, and cut to what is labelled.
//
//   const Scene scene = read_scene({&scores});
//   image::Picture picture = scene.grey(scene.views.front(), 2);
//
// Slices are counted as in the scene; stored_slice() says which one of the file that is.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/dataset/slices.h"
#include "coopseg/image/orientation.h"
#include "coopseg/image/picture.h"
#include "coopseg/report/experiment.h"

namespace coopseg::report {

// A part of a slice, in pixels.
struct Cut {
  std::size_t left, top, width, height;
};

// One picture of a case: a slice across `axis`, and the part of it that is shown.
struct View {
  std::string plane;  // "axial", "coronal", "sagittal"; empty: a slice of a stack
  std::size_t axis, slice;
  Cut cut;
};

// A part of a volume, in voxels.
struct Region {
  std::array<std::size_t, 3> start{}, extent{};
};

struct Scene {
  std::string name;                   // of the case, for messages
  image::Image image;                 // turned
  std::vector<image::LabelMap> maps;  // of the reference and the predictions, turned; at least two
  std::vector<View> views;            // a stack of slices: one; a volume: axial, coronal, sagittal
  Region region;                      // what the views and the slices beside them show of the volume
  image::Grid stored;                 // before it was turned
  image::AxisTurn turn;               // from the axes as they are stored
  double black = 0, white = 1;        // values of the image

  template <class T>
  image::Volume<T> shown(const image::Volume<T>& volume, const View& view) const;
  image::Picture grey(const View& view, unsigned zoom, const image::LabelMap* labels = nullptr) const;
  // The largest at which all views are of about so many pixels.
  unsigned zoom_to(std::size_t pixels) const;
  std::size_t stored_slice(std::size_t axis, std::size_t slice) const;  // of an axis of the scene, from 0
};

// The label map of a case on the grid of its image; what was not drawn looks like background. Throw core::DataError or
// core::IoError where a file is missing or cannot be read, or grids differ. Nothing is warned of: that was done when
// the case was scored.
image::Image read_image(const core::Case& c);
image::LabelMap read_reference(const image::Grid& grid, const core::Case& c);
image::LabelMap read_prediction(const image::Grid& grid, const core::Case& c);

// `maps`: of the reference and the predictions, on the image's grid. Of a stack of slices the view is the slice with
// most of the reference (of the first prediction where that is empty), cut to what any side has labelled there. A
// volume, whose coarsest spacing is less than twice its finest and which has eight voxels or more along each axis, has
// three views, axial, coronal and sagittal, each of such a slice, cut to one cube around what any side has labelled;
// seen as radiologists do, by the axes of the patient that are closest to the voxels'.
Scene make_scene(std::string name, image::Image image, std::vector<image::LabelMap> maps);

// All of `cases` have one image and label. Throws as the readers above.
Scene read_scene(const std::vector<const CaseScores*>& cases);

// Appends the prediction of the same case by another method; views, region and greys stay. Throws as read_prediction().
void add_prediction(Scene& scene, const CaseScores& of);

// The slice across `axis` with most of the first map, or of the second where that is empty; none if both are.
std::optional<std::size_t> fullest_slice(const image::LabelMap& first, const image::LabelMap& second, std::size_t axis);

template <class T>
image::Volume<T> Scene::shown(const image::Volume<T>& volume, const View& view) const {
  const auto plane = dataset::slice_of(volume, view.axis, view.slice);
  image::Grid grid;
  grid.size = {view.cut.width, view.cut.height, 1};
  image::Volume<T> part(grid);
  for (std::size_t y = 0; y < view.cut.height; ++y)
    for (std::size_t x = 0; x < view.cut.width; ++x) part.at(x, y, 0) = plane.at(view.cut.top + y, view.cut.left + x);
  return part;
}

}  // namespace coopseg::report
