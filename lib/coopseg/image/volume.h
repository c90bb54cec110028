// Volumes: voxels and where they lie in the patient.
//
// Coordinates are ITK's and DICOM's: LPS, in millimetres. (NIfTI files hold RAS; nifti.h converts.)
// Voxel (i, j, k): i runs fastest in memory. For a short-axis stack i is the column, j the row, k the slice.
// A 2D image has size[2] = 1. Plain values: copying copies the voxels.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace coopseg::image {

struct Grid {
  std::array<std::size_t, 3> size{1, 1, 1};
  std::array<double, 3> spacing_mm{1, 1, 1};                      // > 0
  std::array<double, 3> origin_mm{0, 0, 0};                       // LPS position of the centre of voxel (0,0,0)
  std::array<double, 9> direction{1, 0, 0, 0, 1, 0, 0, 0, 1};     // row-major; column a is the unit vector of axis a
  int qform_code = 1, sform_code = 1;                             // as read; a 0 is written as the other's code or 1
  // Of a file whose sform puts its voxels elsewhere than its qform, which the fields above tell: where the sform has
  // what lies at a position by the qform. Three rows of four, RAS, mm. It maps space to space, so that whatever is made of
  // the voxels (turned, cropped, resampled) keeps it, and written files carry both forms again.
  std::optional<std::array<double, 12>> sform_of_qform;
  bool two_dimensional = false;                                   // read from a file of two axes, and written as one
  // Nobody said how the axes lie in the patient: a file without qform and sform, or with directions that know no
  // spacing. `direction` is a convention then.
  bool nominal = false;

  std::size_t voxels() const { return size[0] * size[1] * size[2]; }
  double voxel_volume_ml() const { return spacing_mm[0] * spacing_mm[1] * spacing_mm[2] / 1000.0; }
  std::array<double, 3> position_mm(double i, double j, double k) const;  // LPS
};

// Empty if both grids are the same to `tolerance` (spacing and origin relative to the spacing, direction absolute),
// else how they differ: "spacing 1.37 x 1.37 x 10 mm, expected 1.4 x 1.4 x 10 mm; size and direction agree".
std::string grid_difference(const Grid& found, const Grid& expected, double tolerance = 1e-3);

// The voxel axes, in their order, that slices may be stacked along: those of one voxel; of a volume that has none, the
// one of the coarsest spacing, or all where a second one is as coarse within a tenth. Never empty.
std::vector<std::size_t> possible_slice_axes(const Grid& grid);

// Which voxel axis the slices are stacked along, where nothing more is known: the last one possible.
std::size_t slice_axis(const Grid& grid);

template <class T>
struct Volume {
  Grid grid;
  std::vector<T> voxels;

  Volume() = default;
  explicit Volume(const Grid& g, T value = T{}) : grid(g), voxels(g.voxels(), value) {}
  T& at(std::size_t i, std::size_t j, std::size_t k) { return voxels[(k * grid.size[1] + j) * grid.size[0] + i]; }
  const T& at(std::size_t i, std::size_t j, std::size_t k) const {
    return voxels[(k * grid.size[1] + j) * grid.size[0] + i];
  }
};

using Image = Volume<float>;
using LabelMap = Volume<std::int32_t>;

}  // namespace coopseg::image
