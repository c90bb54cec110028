// What the methods with few labels share: a student that is trained and deployed, and a teacher that follows it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/random.h"
#include "coopseg/network/network.h"
#include "coopseg/training/method.h"

namespace coopseg::training {

struct StudentParts {
  std::unique_ptr<network::Network> network;  // initialised, on its device
  bool dropout = false;                       // in training, by masks drawn for each iteration
  OptimiserSettings how;
};

class StudentMethod : public Method {
 public:
  explicit StudentMethod(StudentParts parts) : parts_(std::move(parts)) {}

  // What is trained of the network, and the heads' parameters.
  std::vector<Player> players() override;
  network::Network& deployed() override { return *parts_.network; }
  // The network behind "student/", heads under the names of their modules.
  void save(core::TensorFile& content) const override;
  void load(const core::TensorFile& content, const std::string& file) override;

 protected:
  // Of the network; all, unless the losses depend on less.
  virtual network::NamedTensors trained() { return network().weights().parameters(); }
  // Of heads that are trained with the student and not deployed; their modules' names differ from all others.
  virtual std::vector<network::Weights*> heads() const { return {}; }

  network::Network& network() { return *parts_.network; }
  // In training mode, all images at once.
  network::Output look(const at::Tensor& images, const TensorBatch& batch);

 private:
  StudentParts parts_;
};

// A mean teacher (Tarvainen and Valpola, NeurIPS 2017). Its normalisation uses the statistics of what it is shown, and
// its running ones are of its own passes (UA-MT's public code).
struct EmaSettings {
  double decay = 0.99;
  bool warm_start = true;
  double at(std::size_t iteration) const;  // how much of itself it keeps behind the step of this iteration
};

class Teacher {
 public:
  // `network` begins as the student does.
  Teacher(std::unique_ptr<network::Network> network, bool dropout, EmaSettings how);

  // Of the images without label, in training mode and without a graph; `pass` tells one of an iteration from another.
  network::Output look(const at::Tensor& others, const TensorBatch& batch, std::uint64_t pass = 0);
  void follow(const network::Weights& student, std::size_t iteration) const;

  network::Network& network() const { return *network_; }
  const EmaSettings& how() const { return how_; }
  void save(core::TensorFile& content) const;  // behind "teacher/"
  void load(const core::TensorFile& content, const std::string& file) const;

 private:
  std::unique_ptr<network::Network> network_;
  bool dropout_;
  EmaSettings how_;
};

// The labelled images of a batch, and the others.
at::Tensor labelled_of(const TensorBatch& batch);
at::Tensor others_of(const TensorBatch& batch);
at::Tensor labelled_of(const at::Tensor& outputs, const TensorBatch& batch);
at::Tensor others_of(const at::Tensor& outputs, const TensorBatch& batch);

// Of [N, C, ...]: [N, C, 1, 1] or [N, C, 1, 1, 1].
at::Tensor mean_over_space(const at::Tensor& code);

// images + clip(deviation * noise, -most, most) (UA-MT's public code).
struct NoiseSettings {
  double deviation = 0.1, most = 0.2;
};
at::Tensor with_noise(const at::Tensor& images, const at::Tensor& noise, const NoiseSettings& how);

// weight / 2 (cross-entropy + Dice loss) of the labelled images as "cross_entropy" and "dice", and the counts.
void add_supervised(Losses& losses, const at::Tensor& logits, const TensorBatch& batch, double weight = 1);

// A weight that rises with the iterations.
struct RampSettings {
  std::size_t length = 0, step = 1;  // iterations; a length of 0: always 1
  double at(std::size_t iteration) const;
};

}  // namespace coopseg::training
