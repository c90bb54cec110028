// Training divided over processes is the same training: in double precision losses, weights and running statistics of
// one process, two and four agree to rounding, for every method.
#include <gtest/gtest.h>

#include <algorithm>
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
#include "coopseg/training/gradient_sum.h"
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
// Of optimisers that divide by the size of gradients: that of a bias before a batch norm is rounding alone, and shall
// not become a step.
constexpr double kEpsilon = 1e-5;
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
  network::NamedTensors parameters;
  for (Player& player : method->players()) {
    parameters.insert(parameters.end(), player.parameters.begin(), player.parameters.end());
    optimisers.emplace_back(std::move(player));
  }
  std::unique_ptr<GradientSum> gradients;
  if (own) gradients = std::make_unique<GradientSum>(*own, parameters);
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
    if (gradients) gradients->begin();
    losses.total.backward();
    if (gradients) gradients->finish();
    for (Optimiser& optimiser : optimisers) optimiser.step(i);
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

at::Tensor numbers(at::IntArrayRef shape, const char* what, std::uint64_t iteration, bool normal = false) {
  core::RandomStream draws(kSeed, {what}, {iteration});
  return (normal ? normals(shape, draws) : uniforms(shape, draws)).to(at::kDouble);
}

std::vector<std::int64_t> with_images(std::int64_t images, std::vector<std::int64_t> shape) {
  shape[0] = images;
  return shape;
}

// What a batch shall have besides images, noise and labels.
struct Wanted {
  std::vector<std::int64_t> shape;  // of all images, [N, 1, ...]
  std::int64_t labelled = 0;
  std::size_t noise_views = 0;
  bool distances = false;
  bool ignored = false;  // some voxels of the first labelled image and of the last other one
  bool pseudo_labels = false, pseudo_probabilities = false;
};

// Brightness tells the class.
TensorBatch batch_of(const Wanted& wanted, std::size_t iteration) {
  const std::int64_t images = wanted.shape[0], others = images - wanted.labelled;
  TensorBatch batch;
  const at::Tensor ramp = at::linspace(0, 1, wanted.shape[2], at::kDouble).view({1, 1, -1, 1}) *
                          at::linspace(0.7, 1.3, wanted.shape[3], at::kDouble).view({1, 1, 1, -1});
  const at::Tensor of_images = numbers({images, 1, 1, 1}, "brightness", iteration) - 0.5;
  const at::Tensor flat = ramp + 0.5 * of_images;
  const at::Tensor plain = (wanted.shape.size() == 5 ? flat.unsqueeze(-1) : flat).expand(wanted.shape);
  batch.clean = 0.7 * plain + 0.3 * numbers(wanted.shape, "image", iteration);
  const at::Tensor brightness = plain.select(1, 0);
  const at::Tensor labels = brightness.gt(0.4).to(at::kLong) + brightness.gt(0.7).to(at::kLong);
  batch.labels = labels.narrow(0, 0, wanted.labelled).clone();
  if (wanted.pseudo_labels) batch.pseudo_labels = labels.narrow(0, wanted.labelled, others).clone();
  if (wanted.pseudo_probabilities) {
    batch.pseudo_probabilities =
        at::softmax(numbers(with_images(others, wanted.shape), "said", iteration).repeat_interleave(3, 1) *
                        at::arange(3, at::kDouble).view({1, 3, 1, 1, 1}),
                    1);
  }
  if (wanted.ignored) {
    batch.labels[0].narrow(0, 0, 5).fill_(dataset::kIgnoredLabel);
    batch.counted = batch.labels.ne(dataset::kIgnoredLabel);
    if (wanted.pseudo_labels) {
      batch.pseudo_labels[-1].narrow(0, 0, 7).fill_(dataset::kIgnoredLabel);
      batch.pseudo_counted = batch.pseudo_labels.ne(dataset::kIgnoredLabel);
    }
    if (wanted.pseudo_probabilities) {
      batch.pseudo_probabilities[-1].narrow(1, 0, 7).zero_();
      batch.pseudo_counted = batch.pseudo_probabilities.sum(1).gt(0);
    }
  }
  if (wanted.distances) {
    batch.distances =
        at::stack({1 - 2 * batch.labels.eq(1).to(at::kDouble), 0.5 - batch.labels.eq(2).to(at::kDouble)}, 1);
  }
  for (std::size_t view = 0; view < wanted.noise_views; ++view)
    batch.noise.push_back(numbers(with_images(others, wanted.shape), "noise", 100 * iteration + view, /*normal=*/true));
  for (std::int64_t i = 0; i < images; ++i)
    batch.cases.push_back(static_cast<std::uint32_t>(
        i < wanted.labelled ? i : wanted.labelled + (i + static_cast<std::int64_t>(iteration)) % 3));
  return batch;
}

template <class Part>
std::unique_ptr<Part> in_double(std::unique_ptr<Part> part) {
  part->weights().initialise(kSeed);
  part->weights().to_double();
  return part;
}

std::unique_ptr<network::VNet> vnet(bool distances = false, std::size_t stage = 0) {
  auto made = in_double(std::make_unique<network::VNet>(
      model::VNetShape{1, 2, kClasses + 1, distances ? kClasses : 0, model::Norm::batch}));
  made->give_stage(stage);
  return made;
}

OptimiserSettings sgd() {
  OptimiserSettings how;
  how.kind = OptimiserSettings::Kind::sgd;
  how.learning_rate = 0.002;
  how.momentum = 0.9;
  how.weight_decay = 1e-4;
  return how;
}

StudentParts student(bool distances = false, std::size_t stage = 0) {
  return {vnet(distances, stage), /*dropout=*/true, sgd()};
}
Teacher teacher(bool distances = false, std::size_t stage = 0) {
  return {vnet(distances, stage), /*dropout=*/true, {0.9, true}};
}

// Of volumes, some of them with labels.
Setting semi(Wanted wanted, const std::function<std::unique_ptr<Method>()>& make) {
  if (wanted.shape.empty()) wanted.shape = {8, 1, 32, 16, 16};
  if (wanted.labelled == 0) wanted.labelled = 4;
  return {make, [wanted](std::size_t iteration) { return batch_of(wanted, iteration); }};
}

// Of slices, all with labels and noise.
Setting slices(bool slow_thinking, const std::function<std::unique_ptr<HardExampleMaker>()>& hard,
               std::int64_t images = 8) {
  const Wanted wanted{{images, 1, 32, 16}, images};
  return {[=] {
            network::Model model({model::NetworkType::fcn_16, kClasses + 1, slow_thinking});
            model.initialise(kSeed);
            model.to_double();
            OptimiserSettings how;
            how.epsilon = kEpsilon;
            return std::make_unique<Cooperative>(std::move(model), ObjectiveOptions{0.05, 0.5, slow_thinking, false},
                                                 hard ? hard() : nullptr, how);
          },
          [wanted](std::size_t iteration) {
            TensorBatch batch = batch_of(wanted, iteration);
            batch.noise = {numbers(wanted.shape, "noise", iteration, /*normal=*/true)};
            return batch;
          }};
}

std::unique_ptr<HardExampleMaker> masks(MaskType type) {
  LatentOptions options;
  options.image_mask.type = options.shape_mask.type = type;
  return std::make_unique<LatentAugmentation>(options);
}

TEST(TrainingTogether, OfTheFastNetworkIsTheSame) { expect_the_same(slices(false, nullptr), 20, {2, 4}); }

TEST(TrainingTogether, OfBothNetworksWithMasksIsTheSame) {
  expect_the_same(slices(true, [] { return masks(MaskType::random); }), 20, {2, 4});
}

TEST(TrainingTogether, IsTheSameWithEveryMask) {
  for (const MaskType type : {MaskType::dropout, MaskType::spatial, MaskType::channel})
    expect_the_same(slices(
                        true, [=] { return masks(type); }, 4),
                    2, {2});
}

std::unique_ptr<network::SliceProjection> slice_head() {
  return in_double(std::make_unique<network::SliceProjection>(model::SliceProjectionShape{8, {12, 10, 6}}, 0.1));
}

Setting simcvd(std::int64_t labelled = 4, std::int64_t images = 8) {
  Wanted wanted;
  wanted.shape = {images, 1, 32, 16, 16};
  wanted.labelled = labelled;
  wanted.noise_views = 2;
  wanted.distances = true;
  return semi(wanted, [] {
    SimCvdSettings how;
    how.slices = 20;
    how.consistent_distances = true;
    how.ramp.length = 10;
    return std::make_unique<SimCvd>(student(true), teacher(true), slice_head(), slice_head(), how);
  });
}

TEST(TrainingTogether, OfSimCvdIsTheSame) { expect_the_same(simcvd(), 20, {2, 4}); }

TEST(TrainingTogether, IsTheSameInUnevenShares) {
  expect_the_same(slices(false, nullptr, 5), 3, {2, 3});
  expect_the_same(simcvd(3, 5), 3, {2});
}

TEST(TrainingTogether, IsTheSameWhereSharesHaveNoImageOfAKind) { expect_the_same(simcvd(2, 4), 3, {4}); }

TEST(TrainingTogether, DiffersWhereStatisticsAreEachOnesOwn) {
  const Setting setting = slices(false, nullptr);
  const Trained alone = train(setting, 2, nullptr);
  EXPECT_GT(difference(alone, train_together(setting, 2, 2, /*shares_statistics=*/false)[0]).first, 1e-4);
}

TEST(TrainingTogether, OfMeanTeachersIsTheSame) {
  Wanted wanted;
  wanted.noise_views = 3;
  const auto make = [](bool with_uncertainty) -> std::unique_ptr<Method> {
    const MeanTeacherSettings how{0.1, {}, {}};
    if (with_uncertainty)
      return std::make_unique<UncertaintyAware>(student(), teacher(), how, UncertaintySettings{2, 0.75, 10});
    return std::make_unique<MeanTeacher>(student(), teacher(), how);
  };
  for (const bool with_uncertainty : {false, true})
    expect_the_same(semi(wanted, [=] { return make(with_uncertainty); }), 3, {2});
}

TEST(TrainingTogether, OfDualTasksIsTheSame) {
  Wanted wanted;
  wanted.distances = true;
  for (const bool ignored : {false, true}) {
    wanted.ignored = ignored;
    expect_the_same(semi(wanted,
                         [] {
                           // The public steepness makes a step of the sigmoid.
                           return std::make_unique<DualTask>(student(true), DualTaskSettings{0.3, 1, 15, {}});
                         }),
                    3, {2});
  }
}

TEST(TrainingTogether, WithVoxelsLeftOutInOneShareIsTheSame) {
  Wanted wanted;
  wanted.ignored = true;
  expect_the_same(semi(wanted, [] { return std::make_unique<Supervised>(student()); }), 3, {2, 4});
}

TEST(TrainingTogether, OfPseudoLabelsIsTheSame) {
  for (const bool soft : {false, true}) {
    for (const bool ignored : {false, true}) {
      Wanted wanted;
      wanted.pseudo_labels = !soft;
      wanted.pseudo_probabilities = soft;
      wanted.ignored = ignored;
      expect_the_same(semi(wanted, [] { return std::make_unique<PseudoLabels>(student(), 0.5); }), 2, {2});
    }
  }
}

std::unique_ptr<network::VoxelProjection> voxel_head(const char* module, int in) {
  return in_double(std::make_unique<network::VoxelProjection>(module, model::VoxelProjectionShape{in, 8, 8, 3}));
}

TEST(TrainingTogether, OfVoxelsAndVolumesIsTheSame) {
  Wanted wanted;
  wanted.noise_views = 1;
  expect_the_same(semi(wanted,
                       [] {
                         const int code = static_cast<int>(vnet()->code_channels());
                         CvrlSettings how;
                         how.queue = 6;
                         return std::make_unique<Cvrl>(
                             student(), teacher(),
                             Cvrl::Heads{voxel_head("projection", code), voxel_head("projection", code),
                                         voxel_head("volume_projection", code)},
                             how);
                       }),
                  3, {2, 4});
}

TEST(TrainingTogether, OfRegionsIsTheSame) {
  Wanted wanted;
  wanted.noise_views = 1;
  for (const Sampling sampling : {Sampling::anatomical, Sampling::region}) {
    expect_the_same(semi(wanted,
                         [=] {
                           SeclSettings how;
                           how.sampling = sampling;
                           how.samples = 5;
                           how.confidence = 0.3;
                           return std::make_unique<Secl>(student(false, 3), teacher(false, 3),
                                                         voxel_head("projection", 8), voxel_head("projection", 8), how);
                         }),
                    3, {2});
  }
}

TEST(TrainingTogether, OfTwoNetworksAndACriticIsTheSame) {
  for (const bool ignored : {false, true}) {
    Wanted wanted;
    wanted.ignored = ignored;
    wanted.shape = {8, 1, 16, 16, 16};
    Setting setting = semi(wanted, [] {
      Duo::Parts parts;
      parts.first = vnet();
      parts.second = vnet();
      parts.critic = in_double(std::make_unique<network::Critic>(model::CriticShape{kClasses + 1, 3}));
      parts.dropout = true;
      parts.how = sgd();
      parts.critics.kind = OptimiserSettings::Kind::rmsprop;
      parts.critics.learning_rate = 1e-4;
      parts.critics.epsilon = kEpsilon;
      return std::make_unique<Duo>(std::move(parts), DuoSettings{});
    });
    setting.division = Division::two_streams;
    expect_the_same(setting, 2, {2, 4});
  }
}

TEST(TrainingTogether, OfMethodsThatChangeImagesIsTheSame) {
  for (const std::string& name : request::kImageMethods) {
    SCOPED_TRACE(name);
    expect_the_same(slices(
                        true,
                        [&] {
                          request::ImageMethodSettings settings;
                          settings.method = name;
                          return make_image_method(settings);
                        },
                        4),
                    2, {2});
  }
}

Setting contrast(bool local) {
  const Wanted wanted{{6, 1, 16, 16}, local ? 6 : 0};
  Setting setting;
  setting.division = Division::views;
  setting.make = [=]() -> std::unique_ptr<Method> {
    ContrastParts parts;
    parts.network = in_double(std::make_unique<network::UNet>(model::UNetShape{1, 4, 3, model::Upsampling::bilinear}));
    parts.how.learning_rate = 1e-3;
    parts.how.epsilon = kEpsilon;
    parts.hidden = 12;
    parts.out = 8;
    parts.seed = kSeed;
    std::unique_ptr<Method> made;
    if (local) {
      made = std::make_unique<LocalContrastMethod>(std::move(parts), LocalContrast{0.1, /*stride=*/2, /*block=*/4});
    } else {
      made = std::make_unique<GlobalContrast>(std::move(parts));
    }
    for (const Player& player : made->players())  // the head, too
      for (auto& [name, parameter] : player.parameters) at::Tensor(parameter).set_data(parameter.to(at::kDouble));
    return made;
  };
  setting.batch = [=](std::size_t iteration) {
    TensorBatch batch = batch_of(wanted, iteration);
    if (local && iteration == 1) batch.labels.zero_();  // nothing to compare
    if (local && iteration == 2) batch.labels.narrow(0, 1, 5).zero_();
    return batch;
  };
  return setting;
}

TEST(TrainingTogether, OfContrastingStagesIsTheSame) {
  for (const bool local : {false, true}) expect_the_same(contrast(local), 4, {2, 3});
}

TEST(ThreadGroup, EndsAllThreadsWhereOneFails) {
  const auto fails = [](network::Group& own) {
    if (own.index() == 1) throw std::invalid_argument("one has failed");
    at::Tensor number = at::ones({1});
    own.sum(number);
  };
  EXPECT_THROW(test::ThreadGroup(3).run(fails), std::invalid_argument);
}

}  // namespace
}  // namespace coopseg::training
