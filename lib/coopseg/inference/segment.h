// From a volume to its label map by way of a network that sees slices, and back to the voxels the volume came with.
//
//   image::Image image = image::read_image("ED_img.nii.gz");
//   Segmentation result = segment(image, steps, {4, 192, true}, network);
//   result.labels.grid                                  // == image.grid
//
// `network` may be anything that turns slices into class probabilities; nothing of LibTorch is known here.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "coopseg/dataset/slices.h"
#include "coopseg/image/paper.h"
#include "coopseg/image/preprocess.h"
#include "coopseg/image/volume.h"

namespace coopseg::inference {

// What a network that sees slices makes of them: numbers [slice][map][row][column], as many maps as `outside` says.
// `labels` are class indices, or empty where there are none.
using SliceMapper = std::function<std::vector<float>(const std::vector<dataset::ImagePlane>& images,
                                                     const std::vector<dataset::LabelPlane>& labels)>;

struct MapOptions {
  std::vector<float> outside;            // of each map: its value where a crop cut away
  std::size_t crop = image::kPaperCrop;  // pixels: slices are cut or zero-padded to crop x crop about their centre
  bool minmax_slices = true;             // each slice to [0, 1] after the crop
  std::size_t batch_size = 0;            // slices per call; 0: all at once
};

// Preprocesses the volume, turns it so that its slices (slice_axis()) lie along the third axis, hands it to `network`
// slice by slice and brings each map back to the image's own voxels by image::restore(). `labels`, of class indices on
// the image's grid, goes the same way in; null for none. `steps` are what the network expects;
// image::Preprocessing::none() for an image that has been through them already. Throws core::DataError if the network
// returns values that are not finite; a wrong number of them is a std::logic_error.
std::vector<image::Image> map_slices(const image::Image& image, const image::LabelMap* labels,
                                     const image::Preprocessing& steps, const MapOptions& options,
                                     const SliceMapper& network);

// The most probable class of each voxel, the first of equals.
image::LabelMap most_probable(const std::vector<image::Image>& probabilities);

// Of several networks: sums over them, and their mean.
void add_to(image::Image& sum, const image::Image& map);
void divide(std::vector<image::Image>& sums, std::size_t networks);

// Slices of crop x crop pixels in, class probabilities [slice][segmentation][class][row][column] out.
using SliceClassifier = std::function<std::vector<float>(const std::vector<dataset::ImagePlane>&)>;

struct SegmentOptions {
  std::size_t classes = 4;               // with background, which is class 0
  std::size_t crop = image::kPaperCrop;  // pixels: slices are cut or zero-padded to crop x crop about their centre
  bool minmax_slices = true;             // each slice to [0, 1] after the crop
  std::size_t batch_size = 10;           // slices per call of the network
  bool keep_probabilities = false;
  std::size_t segmentations = 1;  // that each network gives of a slice; the first one counts
};

struct Segmentation {
  image::LabelMap labels;                   // class indices, 0 ... classes - 1, on the image's grid
  std::vector<image::Image> probabilities;  // one per class, on the image's grid, where asked for; else none
  // Where the networks gave more than one segmentation, the label map of each: network by network, in their order.
  std::vector<image::LabelMap> opinions;
};

// Probabilities as map_slices() has them, their mean over the networks, and its most probable class. What the crop cut
// away is background with probability 1. At least one network is given; each sees the image by itself.
Segmentation segment(const image::Image& image, const image::Preprocessing& steps, const SegmentOptions& options,
                     const std::vector<SliceClassifier>& networks);
inline Segmentation segment(const image::Image& image, const image::Preprocessing& steps, const SegmentOptions& options,
                            const SliceClassifier& network) {
  return segment(image, steps, options, std::vector{network});
}

}  // namespace coopseg::inference
