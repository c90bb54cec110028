// How well both stages of cooperative networks segment the slices of a list, and how well the slow-thinking network
// reproduces the true labels, with its batch norms as they are in the file and as they are when they have been measured
// on so many batches of 20, made as a training of seed 0 makes them: what docs/two-stages.md is drawn from.
//
//   stage_scores TRAIN.jsonl LIST.jsonl BATCHES[,BATCHES...] MODEL... > scores.jsonl
//
// JSON Lines: {"model":...,"iteration":...,"batches":...,"scores": as the log's "validation"}. One thread, or as many
// as COOPSEG_THREADS says.
#include <fmt/core.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/late_library.h"
#include "coopseg/core/text.h"
#include "coopseg/network/device.h"
#include "coopseg/training/calibration.h"
#include "coopseg/training/data.h"
#include "coopseg/training/predictor.h"
#include "coopseg/training/stage_validation.h"

namespace {

using namespace coopseg;

void score(const std::vector<core::Case>& train, const std::vector<core::Case>& list,
           const std::vector<std::size_t>& numbers, const std::string& file, int threads) {
  const model::ModelDescription description = model::read_model_description(file);
  const training::TrainingData data = training::load_training_data(train, list, description.classes, threads);
  network::Model model = training::load_model(file, description, /*slow_thinking=*/true, threads, "cpu");
  const auto augmentation = dataset::parse_augmentation("affine-elastic-intensity", description.input.crop);
  dataset::BatchOptions how;
  how.threads = threads;
  const dataset::SliceBatches batches(data.train, augmentation, how);
  how.keep_empty_slices = true;
  training::StageValidation validation(dataset::ValidationSource(&*data.validate, augmentation, how),
                                       description.classes, "cpu", request::Selection::stn);
  for (const std::size_t number : numbers) {
    network::Model* used = &model;
    std::optional<training::Calibration> calibration;
    if (number > 0) used = &calibration.emplace(model, "cpu", batches, number).of(model, core::throw_if_stopped);
    const core::Json line{{"model", file},
                          {"iteration", description.training["iteration"]},
                          {"batches", number},
                          {"scores", validation.scores(*used, 0, core::throw_if_stopped)}};
    fmt::print("{}\n", core::to_line(line));
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    fmt::print(stderr, "usage: stage_scores TRAIN.jsonl LIST.jsonl BATCHES[,BATCHES...] MODEL...\n");
    return 2;
  }
  try {
    const char* const asked = std::getenv("COOPSEG_THREADS");
    const int threads = asked ? std::max(1, std::atoi(asked)) : 1;
    std::vector<std::size_t> numbers;
    for (const std::string& word : core::split(argv[3])) numbers.push_back(std::stoul(word));
    const auto train = core::read_cases(argv[1]), list = core::read_cases(argv[2]);
    for (int i = 4; i < argc; ++i) score(train, list, numbers, argv[i], threads);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "stage_scores: {}\n", error.what());
    return 1;
  }
}
