// Cases to scroll through: what the page's script (share/report/viewer.js) shows of a case slice by slice.
//
//   ViewerShelf shelf;
//   shelf.add(make_viewers(scene, {{"reference", kReferenceColour, true}, ...}, kViewerBytes, kAllViewersBytes /
//   cases)); for (const core::Json& viewer : shelf.viewers()) ...
//
//   {"name":"p1 ED","size":[72,70,10],"columns":4,"shrink":1,"sprite":"<PNG in base64>",
//    "planes":[{"plane":"","axis":2,"first":1,"step":1,"total":10,"shown":4,"width_mm":97.2,"height_mm":94.5}],
//    "lines":[{"name":"reference","colour":"#e69f00","on":true,"paths":[["M3 4h2v2h-2z",...]]}]}
//
// The sprite holds the slices of the scene's region side by side, `columns` in a row, each size[0] by size[1] pixels;
// the script cuts a volume's other planes from them. A plane has size[axis] slices; slice k is number
// first + k * step of `total`, as stored, counted from 1. Paths are those of SVG, in pixels of their plane; a line has
// one for each plane and slice.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/dataset/slices.h"
#include "coopseg/report/scene.h"

namespace coopseg::report {

constexpr std::size_t kViewerBytes = 2 << 20;      // of a case, at most
constexpr std::size_t kAllViewersBytes = 8 << 20;  // of a page

// An outline that can be switched on and off.
struct Line {
  std::string name;
  image::Colour colour;
  bool on;  // at first
};

// `lines`: one for each of the scene's maps. Of a volume all axes, of a stack rows and columns, are shrunk by a whole
// number, the smallest with which the text of the object has no more than `most_bytes`: blocks have the mean of the
// image and the label that most of their voxels have, of equally frequent ones the lowest. Behind it the same shrunk
// more and more, as far as the first that has no more than `enough_bytes`. None if blocks of eight voxels' length are
// not enough. At first a viewer shows the slice of the shrunken reference (the first prediction) with most labels.
std::vector<core::Json> make_viewers(const Scene& scene, const std::vector<Line>& lines, std::size_t most_bytes,
                                     std::size_t enough_bytes);

// The viewers of a page. They may have `most_bytes` together: while they have more, the largest of them, of equal ones
// the first, gives way to its next smaller version, or goes if it has none.
class ViewerShelf {
 public:
  explicit ViewerShelf(std::size_t most_bytes = kAllViewersBytes) : most_bytes_(most_bytes) {}

  // What make_viewers() has made of a case, one or more. Returns the number of its place, from 0.
  std::size_t add(std::vector<core::Json> versions);

  std::size_t bytes() const { return bytes_; }
  // The number of a place among viewers(); none if its viewer had to go.
  std::optional<std::size_t> number_of(std::size_t place) const;
  std::vector<core::Json> viewers() const;

 private:
  struct Version {
    core::Json viewer;
    std::size_t bytes;
  };
  std::size_t most_bytes_, bytes_ = 0;
  std::vector<std::vector<Version>> places_;  // the smallest first: the last one is shown
};

// Where labels change in a plane, as an SVG path along the edges of pixels, each edge once; beyond the plane is label
// 0. Lines end where more than two edges meet, or where they began; "" where all is 0.
std::string outline_path(const dataset::Plane<std::int32_t>& labels);

}  // namespace coopseg::report
