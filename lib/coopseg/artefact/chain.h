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
  std::size_t crop = image::kPaperCrop;  // pixels of rows and columns; smaller slices are padded with 0. 0: as they are
  bool rescale = true;     // slices to [0, 1], before and after
};

inline constexpr std::size_t kLargestCrop = 32767;  // NIfTI's longest axis

// Member "crop" of a record or recipe: null is 0. Throws core::DataError that names `name`.
core::Json crop_to_json(std::size_t crop);
std::size_t crop_from_json(const core::Json& crop, const std::string& name);

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
image::Image cropped(const image::Image& image, std::size_t crop);
image::Image uncropped(const image::Image& window, const image::Grid& grid);
// Slices become (x - min) / (max - min); returns which of them were constant and became 0.
std::vector<std::size_t> normalise_slices(image::Image& image);

}  // namespace coopseg::artefact
