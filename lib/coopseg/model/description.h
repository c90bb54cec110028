// What a trained model says of itself: the metadata of its .safetensors file, all that prediction needs to know.
// A room of its own, below network/, because programs judge a model before they load LibTorch.
//
//   const ModelDescription model = read_model_description("run/best.safetensors");
//   if (model.has_output(kSlowOutput)) ...
//
// Files have one of two formats. Format 1 knows the two-dimensional networks of Chen et al. alone; format 2 says what
// the network is given and what it gives. What format 1 can say is written so, and reads in older programs; both are
// read into the same description, for ever.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/json.h"
#include "coopseg/core/safetensors.h"
#include "coopseg/core/words.h"
#include "coopseg/image/orientation.h"
#include "coopseg/image/paper.h"
#include "coopseg/model/layout_unet.h"
#include "coopseg/model/layout_vnet.h"
#include "coopseg/model/network_type.h"

namespace coopseg::model {

enum class Normalisation {
  none,    // as `preprocessing` leaves the volume
  minmax,  // each image that the network is given, to [0, 1], after the crop
};
extern const core::Words<Normalisation> kNormalisations;

// What stands around an image that is smaller than the window.
enum class Padding {
  zero,
  minimum,  // the image's smallest value: its background, wherever the normalisation has put that
};
extern const core::Words<Padding> kPaddings;

// What the network is given. Either the middle of the image, cut or zero-padded to `crop` along each dimension, or one
// window after another that together cover the image.
struct NetworkInput {
  int dimensions = 2;                  // 2: slice by slice, or 3
  int channels = 1;
  std::vector<double> spacing_mm;      // one a dimension; empty: what `preprocessing` says
  Normalisation normalisation = Normalisation::minmax;
  std::size_t crop = image::kPaperCrop;  // pixels; 0: windows
  // Voxels, one number a dimension, in the order of the voxel axes; empty: the crop. Of two dimensions, windows lie in
  // the plane of the first two axes and see one slice along the third.
  std::vector<std::size_t> window;
  std::vector<std::size_t> stride;     // voxels from window to window; empty without windows
  Padding padding = Padding::zero;     // of images that are smaller than the window

  bool minmax() const { return normalisation == Normalisation::minmax; }
};

// Of the networks that come in several sizes.
struct NetworkSize {
  int filters = 16;
  Norm norm = Norm::batch;                       // of a V-Net
  Upsampling upsampling = Upsampling::bilinear;  // of a U-Net
};

struct ModelDescription {
  std::string network = kNetworkTypes.of(NetworkType::fcn_16);  // a file may name one that this version does not have
  NetworkSize size;  // of a V-Net or a U-Net; the others have one size
  NetworkInput input;
  std::vector<std::string> outputs = {kFastOutput};  // by name, in the order in which they are computed
  core::LabelNames classes;                 // names and label values, without background; of a pre-training maybe none
  core::Json preprocessing;                 // as written by cs-preprocess; null if the cases carried none
  core::Json training;                      // settings, seed, iterations, epoch, validation score
  std::vector<std::string> training_images; // SHA-256 of every training image
  std::optional<image::Orientation> orientation;  // of the training images, preprocessed; none: nobody looked
  core::Json provenance;                    // program, version, command, libraries

  int class_count() const { return static_cast<int>(classes.size()) + 1; }
  bool has_output(const std::string& name) const;
  image::Seen seen() const { return input.dimensions == 2 ? image::Seen::slices : image::Seen::volume; }
};

// The V-Net or the U-Net that the description tells of.
VNetShape vnet_shape(const ModelDescription& description);
UNetShape unet_shape(const ModelDescription& description);

// Fast- and slow-thinking, with codes of image and shape, as those of kTwoStageTypes.
bool has_two_stages(const ModelDescription& description);

// "112 x 112 x 80", as messages show windows and strides.
std::string sides_text(const std::vector<std::size_t>& sides);

// 1 if that can say it, else 2.
int format_of(const ModelDescription& description);

core::Json to_json(const ModelDescription& description);  // in that format
ModelDescription model_description_from_json(const core::Json& json, const std::string& file);

// Throws core::DataError if this version has no such network, or one that takes another input or gives other outputs. A
// pre-trained part of a network (pretraining.h) is no obstacle.
void check_can_run(const ModelDescription& description, const std::string& file);

// Reads and checks the header only. Throws core::DataError (no CoopSeg model, newer format, inconsistent, and as
// check_can_run()), and for a pre-trained part of a network, which cannot segment.
ModelDescription read_model_description(const core::fs::path& file);
// The same of what a training can begin with, pre-trained parts among it.
ModelDescription read_initial_description(const core::fs::path& file);
// Of any network, also one that this version cannot run.
ModelDescription model_description(const core::TensorFile& content, const std::string& file);
void put_description(core::TensorFile& content, const ModelDescription& description);

}  // namespace coopseg::model
