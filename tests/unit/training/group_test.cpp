// Training divided over processes is the same training: in double precision losses, weights and running statistics of
// one process, two and four agree to rounding, for every method.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/safetensors.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/network/libtorch.h"
#include "coopseg/network/unet.h"
#include "coopseg/network/vnet.h"
#include "coopseg/training/draws.h"
#include "coopseg/training/methods/contrast_stages.h"
#include "coopseg/training/methods/cooperative.h"
#include "coopseg/training/methods/cvrl.h"
#include "coopseg/training/methods/dual_task.h"
#include "coopseg/training/methods/duo.h"
#include "coopseg/training/methods/image_method.h"
#include "coopseg/training/methods/pseudo_labels.h"
#include "coopseg/training/methods/secl.h"
#include "coopseg/training/methods/simcvd.h"
#include "coopseg/training/methods/supervised.h"
#include "support/thread_group.h"

namespace coopseg::training {
namespace {

constexpr double kRounding = 1e-9;
constexpr std::uint64_t kSeed = 3;
constexpr int kClasses = 2;  // besides the background

// How the images of a batch are divided.
enum class Division { labelled_and_others, two_streams, views };

struct Setting {
  std::function<std::unique_ptr<Method>()> make;  // in double precision
  std::function<TensorBatch(std::size_t iteration)> batch;
  Division division = Division::labelled_and_others;
};

struct Trained {
  std::vector<std::map<std::string, double>> losses;  // of each step
  core::TensorFile state;
};

network::Rows part_of(std::int64_t all, std::int64_t first, std::int64_t count, network::Group& own, bool up) {
  const auto ranks = static_cast<std::int64_t>(own.count()), index = static_cast<std::int64_t>(own.index());
  const auto begin = [&](std::int64_t i) { return (count * i + (up ? ranks - 1 : 0)) / ranks; };
  std::vector<std::int64_t> places;
  for (std::int64_t i = begin(index); i < begin(index + 1); ++i) places.push_back(first + i);
  return {all, std::move(places)};
}

network::Rows joined(std::int64_t all, const std::vector<network::Rows>& parts) {
  std::vector<std::int64_t> places;
  for (const network::Rows& part : parts)
    for (std::int64_t i = 0; i < part.count(all); ++i) places.push_back(part.place(i));
  return {all, std::move(places)};
}

// Which images of the whole batch a process has, as dataset::PatchBatches and dataset::ViewBatches divide them.
network::Rows rows_of(const TensorBatch& whole, Division division, network::Group& own) {
  const std::int64_t all = whole.clean.size(0), labelled = whole.labels.defined() ? whole.labels.size(0) : 0;
  const auto part = [&](std::int64_t first, std::int64_t count, bool up) {
    return part_of(all, first, count, own, up);
  };
  switch (division) {
    case Division::labelled_and_others:
      return joined(all, {part(0, labelled, false), part(labelled, all - labelled, true)});
    case Division::two_streams:
      return joined(all, {part(0, labelled / 2, false), part(labelled / 2, labelled / 2, true),
                          part(labelled, all - labelled, false)});
    case Division::views: break;
  }
  return joined(all, {part(0, all / 2, false), part(all / 2, all / 2, false)});
}

TensorBatch share_of(const TensorBatch& whole, Division division, network::Group& own) {
  const std::int64_t all = whole.clean.size(0), labelled = whole.labels.defined() ? whole.labels.size(0) : 0;
  TensorBatch share = whole;
  share.rows = rows_of(whole, division, own);
  share.labelled_rows = share.rows.between(0, labelled);
  share.other_rows = share.rows.between(labelled, all);
  const auto of = [](const network::Rows& rows, const at::Tensor& t) { return t.defined() ? rows.own(t) : t; };
  share.clean = of(share.rows, whole.clean);
  for (at::Tensor& noise : share.noise) noise = of(noise.size(0) == all ? share.rows : share.other_rows, noise);
  for (at::Tensor* t : {&share.labels, &share.counted, &share.distances}) *t = of(share.labelled_rows, *t);
  for (at::Tensor* t : {&share.pseudo_labels, &share.pseudo_probabilities, &share.pseudo_counted})
    *t = of(share.other_rows, *t);
  for (at::Tensor* t : {&share.counted, &share.pseudo_counted})
    if (t->defined() && t->all().item<bool>()) t->reset();  // as a batch without such voxels has none
  share.cases.clear();
  for (std::int64_t i = 0; i < share.clean.size(0) && !whole.cases.empty(); ++i)
    share.cases.push_back(whole.cases.at(static_cast<std::size_t>(share.rows.place(i))));
  return share;
}

// Null: one process alone.
Trained train(const Setting& setting, std::size_t steps, network::Group* own) {
  const network::GroupScope scope(own);
  const std::unique_ptr<Method> method = setting.make();
  std::vector<Optimiser> optimisers;
  for (Player& player : method->players()) optimisers.emplace_back(std::move(player));
  Trained trained;
  for (std::size_t i = 0; i < steps; ++i) {
    TensorBatch batch = setting.batch(i);
    batch.seed = kSeed;
    batch.iteration = i;
    if (own) batch = share_of(batch, setting.division, *own);
    for (Optimiser& optimiser : optimisers) optimiser.zero_gradients();
    const Losses losses = method->step(batch);
    auto& values = trained.losses.emplace_back();
    values["total"] = losses.total.item<double>();
    for (const auto& [name, loss] : losses.terms) values[name] = loss.item<double>();
    values["idle"] = losses.idle.empty() ? 0 : 1;
    if (!losses.idle.empty()) continue;
    losses.total.backward();
    for (Optimiser& optimiser : optimisers) {
      for (const auto& [name, parameter] : optimiser.player().parameters) {
        if (!own || !parameter.grad().defined()) continue;
        at::Tensor gradient = parameter.grad().contiguous();
        own->sum(gradient);
        parameter.grad().copy_(gradient);
      }
      optimiser.step(i);
    }
    method->after_step(i);
  }
  method->save(trained.state);
  return trained;
}

// Of every process.
std::vector<Trained> train_together(const Setting& setting, std::size_t steps, std::size_t processes,
                                    bool shares_statistics = true) {
  std::vector<Trained> all(processes);
  test::ThreadGroup(processes, shares_statistics).run([&](network::Group& own) {
    all[own.index()] = train(setting, steps, &own);
  });
  return all;
}

// The greatest difference of two trainings' numbers, and where it is; numbers above 1 in relation to their size.
std::pair<double, std::string> difference(const Trained& a, const Trained& b) {
  std::pair<double, std::string> greatest{0, "nowhere"};
  const auto look = [&](double found, const std::string& name) {
    if (!(found <= greatest.first)) greatest = {found, name};
  };
  for (std::size_t i = 0; i < a.losses.size(); ++i) {
    for (const auto& [name, loss] : a.losses[i])
      look(std::abs(loss - b.losses.at(i).at(name)) / std::max(1.0, std::abs(loss)),
           name + " of step " + std::to_string(i));
  }
  for (const auto& [name, stored] : a.state.tensors) {
    const at::Tensor own = network::from_stored(stored).to(at::kDouble),
                     other = network::from_stored(b.state.tensors.at(name)).to(at::kDouble);
    if (own.sizes() != other.sizes()) return {1e300, name + " is of another shape"};
    if (own.numel() > 0)
      look((own - other).abs().max().item<double>() / std::max(1.0, own.abs().max().item<double>()), name);
  }
  return greatest;
}

void expect_the_same(const Setting& setting, std::size_t steps, const std::vector<std::size_t>& processes) {
  at::set_num_threads(1);
  const Trained alone = train(setting, steps, nullptr);
  for (const auto& [name, loss] : alone.losses.back()) EXPECT_TRUE(std::isfinite(loss)) << name;
  for (const std::size_t count : processes) {
    for (const Trained& together : train_together(setting, steps, count)) {
      const auto [found, where] = difference(alone, together);
      EXPECT_LE(found, kRounding) << where << ", " << count << " processes";
    }
  }
}

// Images in which brightness tells the class.
at::Tensor uniform_images(at::IntArrayRef shape, const char* what, std::uint64_t iteration) {
  core::RandomStream draws(kSeed, {what}, {iteration});
  return uniforms(shape, draw_guard(draws)).to(at::kDouble);
}

}  // namespace
}  // namespace coopseg::training
