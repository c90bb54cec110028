// The two stages of contrastive pre-training (Hu, Zeng, Xu, Shi, MICCAI 2021), whose weights a training with few labels
// then begins with. Batches are all first views of their images, then all second views of the same images.
//
// Trained are what the loss depends on and a head of two convolutions of single voxels (network/projection.h), which is
// saved with the state and not deployed. What else the network has stays as it is, statistics of its normalisation
// included: behind the code in the first stage, the segmentation's head in the second, and in both, of the networks of
// two stages, what is not the fast-thinking segmentation.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coopseg/network/projection.h"
#include "coopseg/training/losses/local_contrast.h"
#include "coopseg/training/methods/student.h"

namespace coopseg::training {

struct ContrastParts {
  std::unique_ptr<network::Network> network;  // initialised, on its device
  OptimiserSettings how;
  double tau = 0.5;             // of the global stage
  int hidden = 512, out = 256;  // widths of the head
  std::uint64_t seed = 0;       // of the head's first weights
};

class ContrastStage : public StudentMethod {
 public:
  std::vector<std::string> terms() const override { return {"contrast"}; }

 protected:
  // `channels` of what the head reads.
  ContrastStage(ContrastParts& parts, std::int64_t channels);
  std::vector<network::Weights*> heads() const override { return {&head_->weights()}; }
  const network::PixelProjection& head() const { return *head_; }

 private:
  std::unique_ptr<network::PixelProjection> head_;
};

// SimCLR: the views of an image are compared with all others, by what the head makes of the mean of the code over
// space. The decoder is not computed.
class GlobalContrast : public ContrastStage {
 public:
  explicit GlobalContrast(ContrastParts parts);
  Losses step(const TensorBatch& batch) override;

 protected:
  network::NamedTensors trained() override { return network().code_parameters(); }

 private:
  double tau_;
};

// Supervised local contrast, of labelled images whose two views share the geometry of their labels: what the head makes
// of the decoder's last features is drawn together where the class is the same. Batches without anchors are idle.
class LocalContrastMethod : public ContrastStage {
 public:
  LocalContrastMethod(ContrastParts parts, const LocalContrast& how);
  Losses step(const TensorBatch& batch) override;

 protected:
  network::NamedTensors trained() override { return network().feature_parameters(); }

 private:
  LocalContrast how_;
};

}  // namespace coopseg::training
