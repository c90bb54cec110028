// Prediction with a model file, through network/: what stands behind coopseg_open_predictor of request/prediction.h.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "coopseg/model/description.h"
#include "coopseg/network/model.h"
#include "coopseg/network/network.h"
#include "coopseg/request/prediction.h"

namespace coopseg::training {

// A model of a file on a device, of one of the networks of two stages, without its slow-thinking network unless asked
// for; threads of LibTorch, and a word if it is slow. Throws as ModelPredictor does, and core::UsageError for any other
// network.
network::Model load_model(const core::fs::path& file, const model::ModelDescription& description, bool slow_thinking,
                          int threads, const std::string& device);

// Holds the model's weights in the memory of one device. Thread-safe: callers wait their turn. The network runs on a
// thread of its own, because OpenMP keeps a team of threads for each thread that calls it.
// On the same machine, with the same threads, device and batches, equal slices give equal bits; between different
// numbers of threads or devices the probabilities differ by about 1e-5.
class ModelPredictor : public request::Predictor {
 public:
  // Throws core::DataError if the file's tensors do not fit its description, core::UsageError if the device is not
  // there or the model has no STN for options.stn_steps.
  explicit ModelPredictor(const request::PredictorOptions& options);
  ~ModelPredictor() override;

  std::vector<float> probabilities(const std::vector<dataset::ImagePlane>& slices) override;
  std::vector<float> windows(const std::vector<float>& values, std::size_t count,
                             const std::array<std::size_t, 3>& size, bool distances) override;
  std::string torch_version() const override;
  network::Precision precision() const override;
  double busy_seconds() const override;

 private:
  using Task = std::packaged_task<std::vector<float>()>;
  void work();
  std::vector<float> run(Task task);
  std::vector<float> run_slices(const std::vector<dataset::ImagePlane>& slices);

  request::PredictorOptions options_;
  model::ModelDescription description_;
  std::string device_;
  network::Precision precision_;
  std::optional<network::Model> stages_;            // a network of two stages, or
  std::unique_ptr<network::Network> single_stage_;  // one of one
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool closing_ = false;
  double busy_s_ = 0;
  std::thread thread_;
};

}  // namespace coopseg::training

extern "C" coopseg::request::OpenPredictor coopseg_open_predictor;
