#include "coopseg/training/data.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/core/log.h"
#include "coopseg/core/subject.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/cut_off.h"
#include "coopseg/dataset/patch_cutting.h"

namespace coopseg::training {
namespace {

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string hash_of_slices(const dataset::TrainingSet& set) {
  std::string hashes;
  for (const auto& slice : set.slices) {
    hashes += fmt::format("{}x{} ", slice.image.rows, slice.image.columns);
    hashes += core::sha256(bytes_of(slice.image.values)) + core::sha256(bytes_of(slice.label.values));
  }
  return core::sha256(hashes);
}

// Without the names of their data sets.
std::set<std::string> subjects_of_both(const std::vector<core::Case>& some, const std::vector<core::Case>& others) {
  std::set<std::string> known, shared;
  for (const auto& c : some) known.insert(core::subject_of(c));
  for (const auto& c : others) {
    const std::string subject = core::subject_of(c), dataset = c.text("dataset");
    if (known.count(subject) > 0) shared.insert(dataset.empty() ? subject : subject.substr(dataset.size() + 1));
  }
  return shared;
}

}  // namespace

core::Json common_preprocessing(const std::vector<const std::vector<core::Case>*>& lists) {
  const core::Case* first = nullptr;
  core::Json common;
  const auto look_at = [&](const core::Case& c) {
    const core::Json own = c.field("preprocessing");
    if (!first) {
      first = &c;
      common = own;
    } else if (own != common) {
      const auto shown = [](const core::Json& json) {
        return json.is_null() ? std::string("none") : core::to_line(json);
      };
      throw core::UsageError(
          "preprocessing",
          fmt::format("differs: {} has {}, {} has {}", first->name(), shown(common), c.name(), shown(own)),
          "preprocess all cases in one way");
    }
  };
  for (const auto* list : lists)
    for (const auto& c : *list) look_at(c);
  return common;
}

void warn_of_shared_subjects(const std::vector<core::Case>& train, const std::vector<core::Case>& validate) {
  const std::set<std::string> shared = subjects_of_both(train, validate);
  if (shared.empty()) return;
  core::warning("{} in the training and in the validation list: {}; the validation scores will be too good",
                shared.size() == 1 ? "one subject is" : fmt::format("{} subjects are", shared.size()),
                fmt::join(shared, ", "));
}

void refuse_shared_subjects(const std::vector<core::Case>& labelled, const std::vector<core::Case>& others,
                            const std::string& option) {
  const std::set<std::string> shared = subjects_of_both(labelled, others);
  if (shared.empty()) return;
  throw core::UsageError(option,
                         fmt::format("has {} of --cases, too: {}",
                                     shared.size() == 1 ? "a subject" : fmt::format("{} subjects", shared.size()),
                                     fmt::join(shared, ", ")),
                         "leave them out of one list, or give --allow-overlap");
}

void warn_of_other_names(const std::vector<core::Case>& labelled, const std::vector<core::Case>& unlabelled) {
  const auto names_in = [](const core::Case& c) {
    const std::vector<std::string> names = dataset::names_of(c.labels());
    return std::set<std::string>(names.begin(), names.end());
  };
  std::set<std::string> own;
  for (const auto& c : labelled) own.merge(names_in(c));
  if (own.empty()) return;
  for (const auto& c : unlabelled) {
    const std::set<std::string> names = names_in(c);
    if (names.empty() || names == own) continue;
    core::warning("the unlabelled case {} names the labels {}, labelled cases {}: are the images of the same kind?",
                  c.name(), fmt::join(names, ", "), fmt::join(own, ", "));
    return;
  }
}

void warn_of_shared_images(const dataset::VolumeSet& others, const dataset::VolumeSet& validate,
                           const std::string& option) {
  std::set<std::string> known;
  const auto hashes_of = [](const dataset::TrainingVolume& volume) {
    std::vector<std::string> hashes{volume.image_sha256};
    if (!volume.made_from.empty()) hashes.push_back(volume.made_from);
    return hashes;
  };
  for (const auto& volume : validate.volumes)
    for (const std::string& hash : hashes_of(volume)) known.insert(hash);
  std::vector<std::string> shared;
  for (const auto& volume : others.volumes) {
    const auto hashes = hashes_of(volume);
    if (std::any_of(hashes.begin(), hashes.end(), [&](const std::string& hash) { return known.count(hash) > 0; }))
      shared.push_back(volume.case_name);
  }
  if (shared.empty()) return;
  core::warning("{} of --validate in {}, by the bytes of the image: {}; the validation scores will be too good",
                shared.size() == 1 ? "one image is" : fmt::format("{} images are", shared.size()), option,
                fmt::join(shared, ", "));
}

void warn_of_small_volumes(const std::vector<const dataset::VolumeSet*>& sets, const dataset::PatchSize& patch) {
  std::size_t small = 0, all = 0;
  const dataset::TrainingVolume* first = nullptr;
  for (const auto* set : sets) {
    if (!set) continue;
    for (const auto& volume : set->volumes) {
      ++all;
      bool is_small = false;
      for (std::size_t a = 0; a < patch.size(); ++a) is_small = is_small || volume.grid.size[a] < patch[a];
      if (is_small && small++ == 0) first = &volume;
    }
  }
  if (2 * small <= all) return;
  core::warning("{} of {} volumes are smaller than the patch of {}, and are padded (first: {}, {} voxels)", small, all,
                fmt::join(patch, " x "), first->case_name, fmt::join(first->grid.size, " x "));
}

// Half of a batch is used as it is, so that intensities other than [0, 1] would spoil input and reconstruction alike.
void warn_of_raw_intensities(const dataset::TrainingSet& set) {
  std::size_t raw = 0;
  std::string first;
  for (const auto& source : set.sources) {
    bool outside = false;
    for (std::size_t s = source.first_slice; s < source.first_slice + source.slices && !outside; ++s) {
      const auto& values = set.slices[s].image.values;
      outside = std::any_of(values.begin(), values.end(), [](float v) { return v < -0.001f || v > 1.001f; });
    }
    if (outside && raw++ == 0) first = source.case_name;
  }
  if (raw == 0) return;
  core::warning(
      "{} of {} images have intensities outside 0 ... 1 (first: {}): the network will learn little from "
      "them; normalise them with cs-preprocess",
      raw, set.sources.size(), first);
}

void warn_of_small_slices(const dataset::TrainingSet& set, std::size_t crop) {
  std::size_t small = 0;
  std::string first;
  for (const auto& source : set.sources) {
    if (source.slices == 0) continue;
    const auto& image = set.slices[source.first_slice].image;
    if (std::min(image.rows, crop) * std::min(image.columns, crop) * 2 >= crop * crop) continue;
    if (small++ == 0) first = fmt::format("{}, {} x {} pixels", source.case_name, image.columns, image.rows);
  }
  if (small == 0) return;
  core::warning(
      "{} of {} images fill less than half of the {} x {} pixels that the network sees (first: {}): "
      "is --crop meant, and the spacing?",
      small, set.sources.size(), crop, crop, first);
}

void add_grids(const dataset::TrainingSet* set, std::vector<image::Grid>& grids) {
  if (!set) return;
  for (const auto& source : set->sources) grids.push_back(source.grid);
}

void add_grids(const dataset::VolumeSet* set, std::vector<image::Grid>& grids) {
  if (!set) return;
  for (const auto& volume : set->volumes) grids.push_back(volume.stored);
}

image::Orientation orientation_of(const std::vector<image::Grid>& grids, image::Seen seen) {
  image::OrientationCensus census(seen);
  for (const image::Grid& grid : grids) census.add(grid);
  return census.result();
}

void warn_of_mixed_orientation(const std::vector<image::Grid>& grids, image::Seen seen) {
  const image::Orientation found = orientation_of(grids, seen);
  if (!found.axes || found.otherwise + found.nominal == 0) return;
  std::vector<std::string> others;
  if (found.otherwise > 0) others.push_back(fmt::format("{} lie otherwise", found.otherwise));
  if (found.nominal > 0) others.push_back(fmt::format("{} have headers that do not say", found.nominal));
  core::warning(
      "the lists mix orientations: {} images lie in space as {}, {}; the network sees all as they are stored "
      "(cs-check names them, and what turns them)",
      found.images, image::axis_codes(*found.axes), fmt::join(others, ", "));
}

void warn_of_cut_off_labels(const std::vector<const dataset::TrainingSet*>& sets, std::size_t crop) {
  dataset::CutOffs found;
  for (const auto* set : sets) {
    if (!set) continue;
    for (const auto& source : set->sources) {
      dataset::CutOff of_case;
      for (std::size_t s = source.first_slice; s < source.first_slice + source.slices; ++s) {
        const dataset::CutOff of_slice = dataset::cut_off(set->slices[s].label, crop);
        of_case.labelled += of_slice.labelled;
        of_case.outside += of_slice.outside;
      }
      found.add(source.case_name, of_case);
    }
  }
  found.warn(fmt::format("the middle {0} x {0} pixels, which is all that the network sees", crop),
             "give a larger --crop");
}

void warn_of_unlike_scales(const std::vector<const dataset::VolumeSet*>& sets) {
  constexpr double kUnlike = 100, kFarFromOne = 20;
  const dataset::TrainingVolume *faintest = nullptr, *strongest = nullptr;
  double least = 0, most = 0;
  for (const auto* set : sets) {
    if (!set) continue;
    for (const auto& volume : set->volumes) {
      const double contrast = dataset::statistics_of(volume).deviation;
      if (!faintest || contrast < least) faintest = &volume, least = contrast;
      if (!strongest || contrast > most) strongest = &volume, most = contrast;
    }
  }
  if (!strongest) return;
  constexpr const char* kRemedy = "normalise each volume, as cs-preprocess --normalise zscore does";
  if (most > kUnlike * least) {
    core::warning("intensities are of unlike scales: their standard deviation is {:.3g} in {} and {:.3g} in {}; {}",
                  least, faintest->case_name, most, strongest->case_name, kRemedy);
  } else if (least > kFarFromOne) {
    core::warning(
        "intensities have standard deviations of {:.3g} and more: the network will learn little from them; {}", least,
        kRemedy);
  }
}

TrainingData load_training_data(const std::vector<core::Case>& train, const std::vector<core::Case>& validate,
                                const core::LabelNames& classes, int threads) {
  TrainingData data;
  data.preprocessing = common_preprocessing({&train, &validate});
  warn_of_shared_subjects(train, validate);
  data.train = dataset::load_training_set(train, {classes, threads});
  warn_of_raw_intensities(data.train);
  if (!validate.empty()) {
    data.validate = dataset::load_training_set(validate, {data.train.label_values, threads, data.train.named});
  }
  warn_of_mixed_orientation(grids_of(&data.train, data.validate ? &*data.validate : nullptr), image::Seen::slices);
  return data;
}

core::Json describe(const dataset::VolumeSet& set) {
  std::string hashes;
  core::Json cases = core::Json::array();
  for (const auto& volume : set.volumes) {
    const auto& size = volume.grid.size;
    hashes += fmt::format("{}x{}x{} ", size[0], size[1], size[2]);
    hashes += core::sha256(bytes_of(volume.voxels)) + core::sha256(bytes_of(volume.labels));
    if (!volume.probabilities.empty()) hashes += core::sha256(bytes_of(volume.probabilities));
    cases.push_back({{"case", volume.case_name}, {"image_sha256", volume.image_sha256}, {"size", size}});
  }
  return core::Json{{"sha256", core::sha256(hashes)}, {"cases", cases}};
}

core::Json describe(const dataset::TrainingSet& set) {
  core::Json json;
  json["slices"] = set.slices.size();
  json["empty_slices"] = set.empty_slices;
  json["sha256"] = hash_of_slices(set);
  json["cases"] = core::Json::array();
  for (const auto& source : set.sources) {
    json["cases"].push_back(
        {{"case", source.case_name}, {"image_sha256", source.image_sha256}, {"slices", source.slices}});
  }
  return json;
}

namespace {

// Frames of one 4D file share their original.
void add_hashes(const std::string& image, const std::string& made_from, std::vector<std::string>& hashes) {
  for (const auto& hash : {image, made_from}) {
    if (!hash.empty() && std::find(hashes.begin(), hashes.end(), hash) == hashes.end()) hashes.push_back(hash);
  }
}

}  // namespace

std::uint64_t bytes_of(const dataset::VolumeSet& set) {
  std::uint64_t bytes = 0;
  for (const auto& volume : set.volumes)
    bytes += (volume.voxels.size() + volume.probabilities.size()) * sizeof(float) + volume.labels.size();
  return bytes;
}

void add_image_hashes(const dataset::TrainingSet& set, std::vector<std::string>& hashes) {
  for (const auto& source : set.sources) add_hashes(source.image_sha256, source.made_from, hashes);
}

void add_image_hashes(const dataset::VolumeSet& set, std::vector<std::string>& hashes) {
  for (const auto& volume : set.volumes) add_hashes(volume.image_sha256, volume.made_from, hashes);
}

}  // namespace coopseg::training
