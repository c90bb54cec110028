// What cs-perturb asks of a model, and the door behind which it stands. Errors come through it as the exceptions of
// core/error.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/dataset/slices.h"
#include "coopseg/request/image_method.h"
#include "coopseg/request/latent.h"
#include "coopseg/request/prediction.h"

namespace coopseg::request {

// One way of making hard examples of a volume: latent masks, or with images.method a comparison method, for which what
// is said of masks has no meaning and only an image is made.
struct Perturbation {
  std::optional<MaskType> mask = MaskType::random;  // none: the codes as they are (reconstruction, segmentation)
  double threshold = 0.5;                           // the fraction that is masked, always
  bool hard = false;
  MaskRanking ranking = MaskRanking::gradient;
  bool image = true, shape = true;  // which codes are masked and decoded
  ImageMethodSettings images;
  std::uint64_t seed = 0;
  std::string id, frame;  // of the case, which numbers are drawn for
  std::uint64_t repeat = 0;
};

// A model in memory that makes hard examples, as its training did: codes of the whole stack with the stack's own batch
// statistics, without input noise; nothing of the model changes.
class Perturber {
 public:
  virtual ~Perturber() = default;
  // Slices of crop x crop pixels and, for targeted masks of the shape code, their class indices (else empty). Returns
  // [slice][map][row][column] as one flat vector: with `image` the decoded or changed image, then, with `shape`, the
  // class probabilities of the decoded segmentation.
  virtual std::vector<float> perturb(const std::vector<dataset::ImagePlane>& slices,
                                     const std::vector<dataset::LabelPlane>& labels, const Perturbation& how) = 0;
  virtual std::string torch_version() const = 0;
};

using OpenPerturber = Perturber*(const PredictorOptions& options);  // stn_steps, batch_size and precision have no say
inline constexpr char kOpenPerturber[] = "coopseg_open_perturber";

}  // namespace coopseg::request
