#include "coopseg/dataset/patches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "coopseg/core/error.h"
#include "coopseg/core/parallel.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/image/distance_map.h"

namespace coopseg::dataset {
namespace {

constexpr std::size_t kLongestSide = 4096, kMostImages = 4096, kMostViews = 64, kMostClasses = 255;
constexpr std::size_t kMostVoxels = std::size_t{1} << 32;  // of a batch, in one array: 16 GiB

std::string shown(const PatchSize& size) { return fmt::format("{} x {} x {}", size[0], size[1], size[2]); }

// Of `classes` without background.
void check(const PatchOptions& o, std::size_t classes) {
  for (const std::size_t side : o.patch)
    if (side == 0 || side > kLongestSide)
      throw core::UsageError("--patch",
                             fmt::format("is {} voxels, expected sides of 1 to {}", shown(o.patch), kLongestSide));
  if (o.labelled == 0 || o.labelled > kMostImages || o.unlabelled > kMostImages)
    throw core::UsageError("--batch-size",
                           fmt::format("is of {} labelled and {} unlabelled volumes", o.labelled, o.unlabelled),
                           fmt::format("give 1 to {} labelled ones and at most {} others", kMostImages, kMostImages));
  if (o.noise_views > kMostViews)
    throw core::UsageError("noise views", fmt::format("are {}, expected at most {}", o.noise_views, kMostViews));
  if (o.distance_classes > kMostClasses)
    throw core::UsageError("classes", fmt::format("are {}, expected at most {}", o.distance_classes, kMostClasses));
  const std::size_t images = o.labelled + o.unlabelled;
  const std::size_t probabilities = o.others_have == OthersHave::probabilities ? classes + 1 : 1;
  const std::size_t arrays = std::max({probabilities, o.noise_views, o.distance_classes});
  if (o.patch[0] * o.patch[1] * o.patch[2] > kMostVoxels / images / arrays)
    throw core::UsageError("--batch-size",
                           fmt::format("of {} patches of {} voxels is too large", images, shown(o.patch)),
                           "give a smaller patch, or fewer of them");
  if (o.labelled_streams < 1 || o.labelled_streams > 2)
    throw core::UsageError("labelled streams", fmt::format("are {}, expected 1 or 2", o.labelled_streams));
  if (o.labelled % o.labelled_streams != 0)
    throw core::UsageError("--batch-size",
                           fmt::format("takes {} labelled volumes at a time, which two streams cannot share equally",
                                       o.labelled),
                           "give an even number");
}

}  // namespace

PatchBatches::PatchBatches(const VolumeSet& labelled, const VolumeSet* unlabelled,
                           const PatchAugmentation& augmentation, const PatchOptions& options)
    : labelled_(labelled), unlabelled_(unlabelled), augmentation_(augmentation), options_(options) {
  check(options, labelled.classes.size());
  divide_labelled();
  if (options.unlabelled > 0 && unlabelled)
    for (std::size_t i = 0; i < unlabelled->volumes.size(); ++i)
      append(labelled.volumes.size() + i, unlabelled_stream_);
  if (options.unlabelled > 0 && unlabelled_stream_.empty())
    throw core::UsageError("--batch-size",
                           fmt::format("takes {} unlabelled volumes at a time, and there are none", options.unlabelled),
                           "list unlabelled cases");
  statistics_.resize(labelled.volumes.size() + (unlabelled ? unlabelled->volumes.size() : 0));
  core::for_each_index(statistics_.size(), options_.threads,
                       [this](std::size_t i) { statistics_[i] = statistics_of(volume(i)); });
}

void PatchBatches::append(std::size_t volume, Stream& stream) const {
  const std::size_t planes = slices() ? this->volume(volume).grid.size[2] : 1;
  for (std::size_t k = 0; k < planes; ++k) stream.push_back({volume, k});
}

void PatchBatches::divide_labelled() {
  std::vector<std::string> subjects;  // in the order of the list
  std::vector<std::size_t> subject_of_volume;
  for (const TrainingVolume& v : labelled_.volumes) {
    const auto known = std::find(subjects.begin(), subjects.end(), v.subject);
    subject_of_volume.push_back(static_cast<std::size_t>(known - subjects.begin()));
    if (known == subjects.end()) subjects.push_back(v.subject);
  }
  const bool two = options_.labelled_streams == 2;
  labelled_streams_.resize(options_.labelled_streams);
  for (std::size_t i = 0; i < subject_of_volume.size(); ++i)
    append(i, labelled_streams_[two && subject_of_volume[i] >= subjects.size() / 2 ? 1 : 0]);

  const std::size_t wanted = options_.labelled / options_.labelled_streams;
  const std::string unit = slices() ? "slices" : "volumes";
  for (std::size_t s = 0; s < labelled_streams_.size(); ++s) {
    const std::size_t found = labelled_streams_[s].size();
    if (found >= wanted) continue;
    const std::string where =
        two ? fmt::format("the {} half of the {} labelled subjects", s == 0 ? "first" : "second", subjects.size())
            : "the list";
    throw core::UsageError("--batch-size",
                           fmt::format("takes {} labelled {} at a time, {} has {}", wanted, unit, where, found),
                           "give a smaller batch, or more labelled cases");
  }
}

std::size_t PatchBatches::batches_per_epoch() const {
  std::size_t least = labelled_streams_.front().size();
  for (const Stream& stream : labelled_streams_) least = std::min(least, stream.size());
  return least / (options_.labelled / labelled_streams_.size());
}

const TrainingVolume& PatchBatches::volume(std::size_t i) const {
  const std::size_t labelled = labelled_.volumes.size();
  return i < labelled ? labelled_.volumes[i] : unlabelled_->volumes[i - labelled];
}

std::vector<PatchBatches::Item> PatchBatches::items(std::size_t epoch, std::size_t index) const {
  std::vector<Item> out;
  const std::size_t share = options_.labelled / labelled_streams_.size();
  for (std::size_t s = 0; s < labelled_streams_.size(); ++s) {
    const Stream& stream = labelled_streams_[s];
    core::RandomStream random = labelled_streams_.size() == 1
                                    ? core::RandomStream(options_.seed, {"order of labelled volumes"}, {epoch})
                                    : core::RandomStream(options_.seed, {"order of labelled volumes"}, {epoch, s});
    const std::vector<std::size_t> order = random.permutation(stream.size());
    for (std::size_t i = 0; i < share; ++i)
      out.push_back(
          {stream[order[index * share + i]], "labelled patch", epoch, index * options_.labelled + out.size()});
  }

  const std::uint64_t first = (std::uint64_t{epoch} * batches_per_epoch() + index) * options_.unlabelled;
  std::vector<std::size_t> permutation;
  for (std::uint64_t k = first; k < first + options_.unlabelled; ++k) {
    const std::uint64_t count = unlabelled_stream_.size();
    if (permutation.empty() || k % count == 0)
      permutation = core::RandomStream(options_.seed, {"order of unlabelled volumes"}, {k / count})
                        .permutation(unlabelled_stream_.size());
    out.push_back({unlabelled_stream_[permutation[k % count]], "unlabelled patch", epoch,
                   index * options_.unlabelled + (k - first)});
  }
  return out;
}

// `common`: what the unlabelled patches of the batch have in common; null where they have nothing.
PatchDraw PatchBatches::draw(const Item& item, const PatchDraw* common) const {
  core::RandomStream random(options_.seed, {"augment", item.stream}, {item.epoch, item.place});
  PatchDraw draw = draw_patch(augmentation_, random);
  if (common) {
    draw.place = common->place;
    draw.quarter_turns = common->quarter_turns;
    draw.flip = common->flip;
  }
  return slices() ? draw.in_plane(item.source.plane) : draw;
}

void PatchBatches::measure_distances(Batch& batch) const {
  const std::size_t voxels = batch.voxels(), classes = options_.distance_classes;
  batch.distances.resize(batch.labelled * classes * voxels);
  const std::vector<std::uint8_t> labels(batch.labels.begin(), batch.labels.end());
  core::for_each_index(batch.labelled * classes, options_.threads, [&](std::size_t piece) {
    image::signed_distance_map(labels.data() + piece / classes * voxels, batch.size, {1, 1, 1},
                               static_cast<std::uint8_t>(piece % classes + 1), image::DistanceScale::crop,
                               batch.distances.data() + piece * voxels);
  });
}

void PatchBatches::set_places(Batch& batch, Share share) const {
  const std::size_t streams = labelled_streams_.size(), of_stream = options_.labelled / streams;
  // Every other part is rounded up, so that who has less of one has more of the next.
  const auto add = [&](std::size_t part, std::size_t first, std::size_t count) {
    const auto begin = [&](std::size_t index) {
      return (count * index + (part % 2 == 0 ? 0 : share.count - 1)) / share.count;
    };
    for (std::size_t i = begin(share.index); i < begin(share.index + 1); ++i) batch.whole.places.push_back(first + i);
  };
  for (std::size_t s = 0; s < streams; ++s) add(s, s * of_stream, of_stream);
  batch.labelled = batch.whole.places.size();
  add(streams, options_.labelled, options_.unlabelled);
  batch.count = batch.whole.places.size();
  batch.whole.labelled = options_.labelled;
  batch.whole.count = options_.labelled + options_.unlabelled;
}

void PatchBatches::make_room(Batch& batch) const {
  const std::size_t voxels = batch.voxels(), others = batch.count - batch.labelled;
  batch.images.resize(batch.count * voxels);
  batch.labels.resize(batch.labelled * voxels);
  batch.noise.assign(options_.noise_views, std::vector<float>(others * voxels));
  if (options_.others_have == OthersHave::labels) batch.pseudo_labels.resize(others * voxels);
  if (options_.others_have == OthersHave::probabilities)
    batch.pseudo_probabilities.resize(others * (labelled_.classes.size() + 1) * voxels);
  batch.cases.resize(batch.count);
  batch.whole.distances = options_.distance_classes;
  batch.whole.pseudo_labels = options_.others_have == OthersHave::labels;
  if (options_.others_have == OthersHave::probabilities)
    batch.whole.pseudo_probabilities = labelled_.classes.size() + 1;
}

bool PatchBatches::cut(Batch& batch, std::size_t n, const Item& item, const PatchDraw& how) const {
  const std::size_t of = item.source.volume, voxels = batch.voxels();
  const bool is_labelled = n < batch.labelled, has_ignored = volume(of).has_ignored;
  const std::size_t other = is_labelled ? 0 : n - batch.labelled;
  PatchTarget out{batch.images.data() + n * voxels};
  std::vector<std::int64_t> labels;  // that say what is ignored of the probabilities, and nothing else
  if (is_labelled) {
    out.labels = batch.labels.data() + n * voxels;
  } else if (!batch.pseudo_labels.empty()) {
    out.labels = batch.pseudo_labels.data() + other * voxels;
  } else if (!batch.pseudo_probabilities.empty()) {
    out.probabilities = batch.pseudo_probabilities.data() + other * (labelled_.classes.size() + 1) * voxels;
    if (has_ignored) labels.resize(voxels);
    if (has_ignored) out.labels = labels.data();
  }
  batch.cases[n] = static_cast<std::uint32_t>(of);
  cut_patch(volume(of), statistics_[of], augmentation_.flip, how,
            core::RandomStream(options_.seed, {"elastic", item.stream}, {item.epoch, item.place}), options_.patch, out);
  if (!has_ignored || !out.labels) return false;
  for (std::size_t v = 0; v < labels.size(); ++v)
    for (std::size_t c = 0; labels[v] == kIgnoredLabel && c <= labelled_.classes.size(); ++c)
      out.probabilities[c * voxels + v] = 0;
  return std::count(out.labels, out.labels + voxels, kIgnoredLabel) > 0;
}

Batch PatchBatches::make(std::size_t epoch, std::size_t index, Share share) const {
  assert(index < batches_per_epoch() && share.index < share.count);
  Batch batch;
  batch.size = options_.patch;
  set_places(batch, share);
  const std::size_t voxels = batch.voxels(), unlabelled = batch.count - batch.labelled;
  make_room(batch);

  const std::vector<Item> items = this->items(epoch, index);
  std::vector<std::uint8_t> ignored(batch.count, 0);  // some voxels of this image are
  core::RandomStream random(options_.seed, {"common place"}, {epoch, index});
  const PatchDraw common = draw_patch(augmentation_, random);
  const auto cut_image = [&](std::size_t n) {
    const Item& item = items[batch.whole.places[n]];
    const bool in_common = options_.common_place && n >= batch.labelled;
    ignored[n] = cut(batch, n, item, draw(item, in_common ? &common : nullptr));
  };
  const auto fill_noise = [&](std::size_t n, std::size_t view, std::size_t plane) {
    const std::size_t pixels = batch.size[0] * batch.size[1];
    core::RandomStream noise(options_.seed, {"patch noise"},
                             {epoch, index, batch.whole.places[batch.labelled + n], view, plane});
    std::generate_n(batch.noise[view].begin() + static_cast<std::ptrdiff_t>(n * voxels + plane * pixels), pixels,
                    [&noise] { return static_cast<float>(noise.normal()); });
  };
  // Each piece fills its own part of the batch from its own streams, so who makes it does not matter. Noise is drawn
  // plane by plane: it takes longer than a patch.
  const std::size_t planes = batch.size[2];
  const std::size_t pieces = batch.count + unlabelled * options_.noise_views * planes;
  core::for_each_index(pieces, options_.threads, [&](std::size_t piece) {
    if (piece < batch.count) return cut_image(piece);
    const std::size_t k = piece - batch.count;
    fill_noise(k / planes % unlabelled, k / planes / unlabelled, k % planes);
  });
  batch.has_ignored = std::count(ignored.begin(), ignored.end(), 1) > 0;
  if (options_.distance_classes > 0) measure_distances(batch);
  return batch;
}

}  // namespace coopseg::dataset
