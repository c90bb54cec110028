// One player's optimiser, with a state that is saved and restored bit for bit.
//
//   Optimiser optimiser(player);
//   optimiser.zero_gradients(); losses.total.backward(); optimiser.step(iteration);
//   optimiser.save(content);   // "optimiser/<module>/<parameter>/exp_avg", ".../exp_avg_sq", ".../step"
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "coopseg/core/safetensors.h"
#include "coopseg/network/weights.h"
#include "coopseg/training/schedule.h"

namespace coopseg::training {

struct OptimiserSettings {
  enum class Kind { adam, adamw, sgd, rmsprop };
  Kind kind = Kind::adam;
  double learning_rate = 1e-4;
  double weight_decay = 0;     // adamw's is decoupled from the gradient
  double momentum = 0;         // of sgd and rmsprop
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;  // of adam and adamw; rmsprop has epsilon, too
  double smoothing = 0.99;     // of rmsprop
  Schedule schedule{};         // of the learning rate
};

// Parameters that one optimiser moves. Where there is one player alone its name is empty; names keep several apart in
// the state.
struct Player {
  std::string name;
  network::NamedTensors parameters;
  OptimiserSettings how;
};

class Optimiser {
 public:
  // Holds the player's parameters, which must not be moved to another device afterwards. `together`: all parameters take
  // a step at once (step_at_once.h), as they do on a GPU unless told otherwise; on the processor each by itself.
  explicit Optimiser(Player player, std::optional<bool> together = std::nullopt);
  ~Optimiser();
  Optimiser(Optimiser&&) noexcept;

  void zero_gradients();
  void step(std::size_t iteration);  // with the learning rate that the schedule has for it
  double learning_rate(std::size_t iteration) const;
  const Player& player() const;

  // Behind "optimiser/", or "optimiser/<player>/".
  void save(core::TensorFile& content) const;
  // Throws core::DataError naming `file` where a moment is missing or has another shape than its parameter.
  void load(const core::TensorFile& content, const std::string& file);

 private:
  struct Rule;
  std::unique_ptr<Rule> rule_;
};

}  // namespace coopseg::training
