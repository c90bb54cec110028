// What a training begins with where it is given a model (--init): another training's, or a pre-trained part of a
// network.
//
//   const Beginning beginning(run.init);
//   beginning.check(description());           // before anything is read
//   ...
//   beginning.settle(description());          // with the classes that the data have
//   beginning.load(weights, description());
#pragma once

#include <string>
#include <vector>

#include "coopseg/model/description.h"
#include "coopseg/network/weights.h"

namespace coopseg::training {

class Beginning {
 public:
  // Reads the model's header, unless the path is empty: random weights. Throws core::UsageError for a file that no
  // training can begin with.
  explicit Beginning(const core::fs::path& init = {});

  bool is_given() const { return !file_.empty(); }
  const std::string& sha256() const { return sha256_; }  // empty: random weights
  const std::vector<std::string>& training_images() const { return description_.training_images; }

  // Throws core::UsageError, naming --init, unless the model is of the same network and size as `own`; the classes of
  // neither are looked at.
  void check(const model::ModelDescription& own) const;
  // When `own` has its classes: throws core::UsageError unless a model that segments has the same. Says in the log what
  // is taken, what is not, and why.
  void settle(const model::ModelDescription& own) const;
  // By name what both have. Throws core::DataError naming the file.
  void load(network::Weights& weights, const model::ModelDescription& own) const;

 private:
  std::vector<model::TensorLayout> common(const model::ModelDescription& own) const;

  std::string file_, sha256_;
  model::ModelDescription description_;
};

}  // namespace coopseg::training
