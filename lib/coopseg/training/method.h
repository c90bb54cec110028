// A method of training: its networks and its losses. It knows nothing of files, lists or milestones; the trainer
// (trainer.h) knows nothing of networks and losses. A further method is one more class of this interface, in
// methods/.
//
//   Losses losses = method.step(batch);
//   losses.total.backward();
//   ... the optimiser of each of method.players() takes a step ...
//   method.after_step(iteration);
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/safetensors.h"
#include "coopseg/network/network.h"
#include "coopseg/network/rows.h"
#include "coopseg/training/optimiser.h"

namespace coopseg::training {

// One batch on the networks' device.
struct TensorBatch {
  at::Tensor clean;   // [N, 1, rows, columns], in [0, 1], or [N, 1, X, Y, Z]
  // Of each view that the method asks for, standard normal: shaped like `clean`, or with one image less for each one
  // that has a label, where the batches are of PatchBatches.
  std::vector<at::Tensor> noise;
  at::Tensor labels;  // [labelled, rows, columns] or [labelled, X, Y, Z], int64 class indices or kIgnoredLabel
  at::Tensor counted;  // of the labels: true where they are no kIgnoredLabel; undefined where all count
  // What a model said of the images behind the labelled ones, where the method learns it: labels and what counts of
  // them likewise, or float32 probabilities of all classes, [N - labelled, classes + 1, ...], background first.
  at::Tensor pseudo_labels, pseudo_probabilities, pseudo_counted;
  // [labelled, classes, rows, columns] or [labelled, classes, X, Y, Z], float32 signed distances of each class;
  // undefined where the method does not ask for them.
  at::Tensor distances;
  std::vector<std::uint32_t> cases;  // of each image: the case's place in the set
  // Which images of the whole batch these are; which of its labelled ones the labelled, of its others the others. What
  // is drawn for a batch, and what processes join, is of the whole one (network/rows.h).
  network::Rows rows, labelled_rows, other_rows;
  // Where the training stands. Draws of a method must be functions of these alone (core::RandomStream), so that a
  // resumed run makes the same ones.
  std::uint64_t seed = 0;
  std::size_t epoch = 0, iteration = 0;
};

struct Losses {
  // One more term, with its weight.
  void add(const std::string& name, const at::Tensor& loss);

  at::Tensor total;                                       // what is minimised, a scalar
  std::vector<std::pair<std::string, at::Tensor>> terms;  // with their weights, in Method::terms()' order
  at::Tensor counts;                                      // confusion_tensor() of the own labelled images
  std::string idle;  // why there is nothing to learn from this batch, so that no player moves; empty: there is
};

class Method {
 public:
  virtual ~Method() = default;
  // Names of the loss terms, for the log.
  virtual std::vector<std::string> terms() const = 0;
  // Forward passes in training mode; the graph is there for one total.backward().
  // Where several processes train together (network/group.h) losses are of the whole batch, and gradients of the own
  // images: their sum over the processes is the gradient.
  virtual Losses step(const TensorBatch& batch) = 0;
  // When all players have moved: teachers, queues. `iteration` is that of the batch.
  virtual void after_step(std::size_t iteration) { static_cast<void>(iteration); }
  // Who is optimised, and how; their names differ.
  virtual std::vector<Player> players() = 0;
  // What is validated and written, as it is trained.
  virtual network::Network& deployed() = 0;
  // The same as it is used, which may have to be found out first: several processes do that together, and `pause` is
  // called now and then and may throw. What is trained stays as it is. Valid until the next call.
  virtual network::Network& in_use(const std::function<void()>& pause) {
    static_cast<void>(pause);
    return deployed();
  }
  // Who says what unlabelled images show: a teacher, where there is one.
  virtual network::Network& labeller() { return deployed(); }
  // Named numbers that change in the course of a training, for the log: "ramp", "ema_decay".
  virtual std::vector<std::pair<std::string, double>> schedules(std::size_t iteration) const {
    static_cast<void>(iteration);
    return {};
  }
  // Tensors that must stay finite besides the players' and the deployed network's.
  virtual network::NamedTensors others() const { return {}; }
  // All that a resumed training needs besides the optimisers' states.
  virtual void save(core::TensorFile& content) const = 0;
  // Throws core::DataError naming `file`.
  virtual void load(const core::TensorFile& content, const std::string& file) = 0;
};

}  // namespace coopseg::training
