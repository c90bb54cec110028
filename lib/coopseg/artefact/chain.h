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
#include "coopseg/image/volume.h"

namespace coopseg::artefact {

struct ChainOptions {
  std::size_t crop = 192;  // pixels of rows and columns; smaller slices are padded with 0. 0: as they are
  bool rescale = true;     // slices to [0, 1], before and after
};

struct ChainResult {
  image::Image image;                        // on the grid of the input; 0 outside the cropped window
  std::vector<std::size_t> constant_slices;  // these became 0: the script divides by zero there, and all turns to NaN
};

// The artefacts one after another, in this order, between the two scalings. Several are no part of the script.
ChainResult corrupt(const image::Image& image, const std::vector<Artefact>& artefacts, const ChainOptions& options = {});

// The steps: what the artefact gets to see, and the way back. A padded side is cut again (the script stops there, or
// where a side measures the crop exactly).
image::Image cropped(const image::Image& image, std::size_t crop);
image::Image uncropped(const image::Image& window, const image::Grid& grid);
// Slices become (x - min) / (max - min); returns which of them were constant and became 0.
std::vector<std::size_t> normalise_slices(image::Image& image);

}  // namespace coopseg::artefact
