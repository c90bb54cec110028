// How the voxel axes of a volume run in the patient, and turning volumes so that they run another way: axes change
// places and direction, voxels and their positions stay. Nothing is interpolated.
//
//   axis_codes(image.grid);                                    // "LPS"
//   const AxisTurn turn = turn_to(image.grid, "RAS");
//   Image ras = turned(image, turn);
//   Image back = turned(ras, inverse(turn));                   // == image
//
// A code names for each voxel axis, the first one first, the side of the patient that its indices grow towards: left or
// right, anterior or posterior, superior or inferior. So "RAS" is an image whose first axis runs from left to right, as
// NiBabel's aff2axcodes() has it; some programs name the side that an axis comes from, and call this "LPI".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/image/volume.h"

namespace coopseg::image {

// Axis a of the new volume is axis order[a] of the old one, counted from its other end where backwards[a].
struct AxisTurn {
  std::array<std::size_t, 3> order{0, 1, 2};
  std::array<bool, 3> backwards{};
};

AxisTurn inverse(const AxisTurn& turn);

bool is_identity(const AxisTurn& turn);
// What `first` and then `second` do.
AxisTurn then(const AxisTurn& first, const AxisTurn& second);

// Three letters of LRAPSI, one of each pair.
bool is_axis_code(const std::string& code);

// Of axes that are oblique to the patient's, the code that fits them best: that of the largest sum of cosines between
// each axis and what it is called; of equally good ones the one that comes first in the order of axes.
std::string axis_codes(const Grid& grid);

// The turn after which axis_codes() is `code`. A code that is none is a std::logic_error.
AxisTurn turn_to(const Grid& grid, const std::string& code);

// Puts the slice_axis() third; the two others keep their order.
AxisTurn slices_last(const Grid& grid);
// The same of any axis.
AxisTurn axis_last(std::size_t axis);

// As Grid::direction: column a is where axis a points. Not quite at right angles where it is a mean.
using Directions = std::array<double, 9>;

// [[x,y,z] of the first axis, of the second, of the third]; and back, none for what is not three unit vectors, nearly.
core::Json directions_to_json(const Directions& directions);
std::optional<Directions> directions_from_json(const core::Json& axes);

// What a network sees of a volume: its slices, one by one, or all of it.
enum class Seen { slices, volume };

// The turn after which the axes run as closely along those of `axes` as they can: with the largest sum of cosines. Of
// slices, the third axis becomes the one of possible_slice_axes() that lies closest to the third of `axes`, and the two
// others are judged by themselves. It depends on where the volume lies in space, not on how it is stored: of sums that
// are equal but for rounding the one whose new first axis lies closer to the second of `axes` counts.
AxisTurn turn_towards(const Grid& grid, const Directions& axes, Seen seen);

// Puts slices last, and the others as radiologists look at the patient's plane that is closest to them: columns towards
// the left and rows towards the feet, of axial slices towards the back; of sagittal ones columns towards the back. Of
// nominal grids slices_last() alone.
AxisTurn turn_to_look_at(const Grid& grid);

// True if a network that learned from volumes along `axes` sees this one as those: no turn_towards() but the order of
// slices, and slices that lie within 45 degrees of theirs.
bool lies_along(const Grid& grid, const Directions& axes, Seen seen);

// How the images of a set lie in the patient.
struct Orientation {
  // Of the images that lie as most do, the mean direction of each axis, of slices with the slice axis last; none: no
  // header told of it.
  std::optional<Directions> axes;
  std::size_t slice_axis = 2;  // which axis of their files that was, of slices
  std::size_t images = 0;      // that lie so
  std::size_t otherwise = 0;   // that lie in another way
  std::size_t nominal = 0;     // whose headers cannot be trusted

  // More than half of all images lie along `axes`: what a network has seen.
  bool known() const { return axes && 2 * images > images + otherwise + nominal; }
};

// Counts images by how they lie.
class OrientationCensus {
 public:
  explicit OrientationCensus(Seen seen) : seen_(seen) {}
  // As the image is stored.
  void add(const Grid& grid);
  // Of equally many, those that came first.
  Orientation result() const;

 private:
  struct Group {
    Directions first{}, sum{};
    std::size_t slice_axis = 2;
    std::size_t images = 0;
  };
  Seen seen_;
  std::vector<Group> groups_;
  std::size_t nominal_ = 0;
};

// The name of such axes, as axis_codes() has it.
std::string axis_codes(const Directions& axes);

// The same places in space in another order. A grid read from two axes stays one of two if its third axis stays third.
Grid turned(const Grid& grid, const AxisTurn& turn);
Image turned(Image image, const AxisTurn& turn);
LabelMap turned(LabelMap labels, const AxisTurn& turn);
// Numbers in the order of the voxels of `grid`, one a voxel; or none.
std::vector<float> turned(std::vector<float> voxels, const Grid& grid, const AxisTurn& turn);
std::vector<std::uint8_t> turned(std::vector<std::uint8_t> voxels, const Grid& grid, const AxisTurn& turn);

}  // namespace coopseg::image
