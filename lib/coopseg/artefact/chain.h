// What the script behind ACDC-C does around an artefact (Chen et al., MICCAI 2021): the middle 192 x 192 pixels of each
// slice, each slice scaled to [0, 1], the artefact, each slice scaled again, back into the original size.
//
//   ChainResult bad = corrupt(image, {artefact});
//
// The scaling at the end hides what an artefact does to a slice as a whole: a spike at the zero frequency vanishes, and
// one elsewhere lowers the contrast.
#pragma once

#include <vector>

#include "coopseg/artefact/parameters.h"
#include "coopseg/image/paper.h"
#include "coopseg/image/volume.h"

namespace coopseg::artefact {

struct ChainOptions {
  std::size_t crop = image::kPaperCrop;  // pixels of rows and columns. 0: whole slices
  bool rescale = true;                   // slices to [0, 1], before and after
  // Slices smaller than the crop are padded with 0, which thins the damage. False: they keep their own rows or columns.
  // The script pads them, and then fails as it writes the file: no published image was padded.
  bool pad = true;
};

// True if rows or columns of the grid's slices are fewer than the crop.
bool is_smaller(const image::Grid& grid, std::size_t crop);

inline constexpr std::size_t kLargestCrop = 32767;  // NIfTI's longest axis

// Members "crop" (null: whole slices) and "pad" of a record or recipe. "pad" stands there only where it is false: what
// does not have it is of the time when all was padded. read_crop() throws core::DataError that names `name`.
void add_crop(const ChainOptions& options, core::Json& json);
void read_crop(const core::Json& json, ChainOptions& options, const std::string& name);

// What artefacts get to see of an image.
struct Window {
  image::Image image;
  image::Grid whole;                         // of the image that it was cut from
  std::vector<std::size_t> constant_slices;  // these became 0: the script divides by zero there, and all turns to NaN
};

Window prepare(const image::Image& image, const ChainOptions& options = {});

// The artefacts one after another, in this order, between the two scalings; on the grid of the image, 0 outside the
// window. Several artefacts are no part of the script.
image::Image corrupt(const Window& window, const std::vector<Artefact>& artefacts, const ChainOptions& options = {});
image::Image corrupt(const image::Image& image, const std::vector<Artefact>& artefacts,
                     const ChainOptions& options = {});

// The steps: what the artefact gets to see, and the way back. A padded side is cut again (the script stops there, or
// where a side measures the crop exactly).
image::Image cropped(const image::Image& image, std::size_t columns, std::size_t rows);
image::Image uncropped(const image::Image& window, const image::Grid& grid);
// Slices become (x - min) / (max - min); returns which of them were constant and became 0.
std::vector<std::size_t> normalise_slices(image::Image& image);

}  // namespace coopseg::artefact
