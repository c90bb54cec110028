#include "coopseg/inference/perturb_case.h"

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/late_library.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/image/image_files.h"
#include "coopseg/image/plausible.h"
#include "coopseg/inference/placement.h"
#include "coopseg/inference/prediction_fields.h"
#include "coopseg/inference/segment.h"
#include "coopseg/request/library.h"

namespace coopseg::inference {
namespace {

bool needs_label(const Variant& variant) {
  const request::Perturbation& how = variant.how;
  return variant.is_latent() && how.shape && how.mask && how.mask != request::MaskType::dropout;
}

request::Perturbation of_case(request::Perturbation how, const core::Case& c) {
  how.id = c.id();
  how.frame = c.frame();
  return how;
}

core::Json describe(const request::Perturbation& how) {
  core::Json json;
  if (how.images.method.empty()) {
    json = {{"mask", how.mask ? request::kMaskTypes.of(*how.mask) : "none"},
            {"threshold", how.threshold},
            {"hard", how.hard},
            {"ranking", request::kMaskRankings.of(how.ranking)}};
  } else {
    json = {{"method", how.images.method}, {"parameters", request::to_json(how.images, /*looks_only=*/true)}};
  }
  json["id"] = how.id;
  json["frame"] = how.frame;
  json["repeat"] = how.repeat;
  return json;
}

}  // namespace

struct CasePerturber::Input {
  core::Case source;
  CaseInput known;
  image::Image image;
  std::optional<image::LabelMap> labels;
  std::vector<core::InputFile> files;
  Placement placement = {};
};

struct CasePerturber::Files {
  std::optional<core::fs::path> image, labels;

  std::vector<core::fs::path> all() const {
    std::vector<core::fs::path> files;
    for (const auto& file : {image, labels}) {
      if (file) files.push_back(*file);
    }
    return files;
  }
};

CasePerturber::CasePerturber(const UsedModel& model, PerturbationOptions options)
    : model_(model), options_(std::move(options)) {}

void CasePerturber::open() {
  if (network_) return;
  core::prepare_numerical_environment(options_.network.threads);
  auto* door = core::late_function<request::OpenPerturber>(request::kLibrary, request::kOpenPerturber);
  network_.reset(door(options_.network));
}

image::LabelMap CasePerturber::read_classes(const core::Case& c, const image::Grid& grid) const {
  const core::fs::path file = *c.label();
  const core::LabelNames& classes = model_.description.classes;
  image::ReadOptions how;
  how.frame = options_.input.frame;
  image::LabelMap labels = dataset::read_case_labels(c, file, how);
  image::warn_if_background_only(labels, file.string());
  dataset::require_same_grid(labels.grid, file, grid, c.image(), "its image");
  core::LabelNames names = c.labels();
  if (names.empty()) names = options_.label_names;
  dataset::require_whole(c, names, labels, file);
  dataset::to_class_indices(core::without_ignored(names), classes, labels, file.string());
  return labels;
}

CasePerturber::Input CasePerturber::read(const core::Case& c) {
  Input in{c, input_of(c, model_, options_.input), {}, {}, {}};
  in.files = {in.known.image, model_.file};
  in.image = read_input(c, model_, in.known);
  in.placement = placement_of(in.image.grid, model_.description, in.known);
  if (!std::any_of(options_.variants.begin(), options_.variants.end(), needs_label)) return in;
  if (!c.label()) {
    throw core::DataError(c.name(), "has no label, and masks of the shape code are chosen by the loss against it",
                          "give a label, or --latent-da image");
  }
  in.labels = read_classes(c, in.image.grid);
  const image::Grid prepared = prepared_grid(in.image, in.placement);
  const image::LabelMap shown =
      image::preprocess(image::turned(*in.labels, in.placement.turn), in.placement.steps, prepared);
  cut_offs_.add(c.name(), dataset::cut_off(shown, dataset::slice_axis(prepared), model_.description.input.crop));
  in.files.push_back(image::input_image(*c.label()));
  return in;
}

void CasePerturber::warn_of_cut_off_labels() const {
  cut_offs_.warn(
      fmt::format("the middle {0} x {0} pixels, which is all that the network sees", model_.description.input.crop),
      "crop the images about the middle of the heart, or use a model of a larger --crop");
}

HardExample CasePerturber::make(const Input& in, const Variant& variant) {
  const request::Perturbation how = of_case(variant.how, in.source);
  MapOptions maps;
  maps.crop = model_.description.input.crop;
  maps.minmax_slices = model_.description.input.minmax();
  if (how.image) maps.outside.push_back(0);
  if (how.shape) {
    maps.outside.push_back(1);
    maps.outside.resize(maps.outside.size() + model_.description.classes.size(), 0);
  }
  const Placement& placement = in.placement;
  std::optional<image::LabelMap> labels;
  if (in.labels) labels = image::turned(*in.labels, placement.turn);
  std::vector<image::Image> found =
      map_slices(image::turned(in.image, placement.turn), labels ? &*labels : nullptr, placement.steps, maps,
                 [&](const auto& slices, const auto& classes) { return network_->perturb(slices, classes, how); });
  turn_back(found, placement, in.image.grid);
  HardExample made;
  made.variant = variant.name;
  if (how.image) {
    made.image = std::move(found.front());
    found.erase(found.begin());
  }
  if (how.shape) made.labels = most_probable(found);
  return made;
}

core::Origin CasePerturber::origin_of(const Input& in, const Variant& variant) const {
  core::Origin origin{options_.provenance, in.files};
  origin.provenance.settings = variant.settings;
  describe(in.known, origin.provenance.settings);
  origin.provenance.settings["perturbation"] = describe(of_case(variant.how, in.source));
  return origin;
}

void CasePerturber::write(core::Origin origin, const Files& files, HardExample& made) const {
  origin.provenance.libraries["LibTorch"] = network_->torch_version();
  if (files.image) {
    const auto write_image = [&](core::Overwrite overwrite) {
      image::write_image(*files.image, *made.image, {overwrite});
    };
    options_.rules.write(origin, *files.image, write_image);
  }
  if (files.labels) {
    const core::LabelNames& classes = model_.description.classes;
    image::LabelMap labels = *made.labels;
    dataset::to_label_values(classes, labels);
    const auto write_labels = [&](core::Overwrite overwrite) {
      image::write_labels(*files.labels, labels, {overwrite});
    };
    options_.rules.write(origin, *files.labels, write_labels,
                         {{"prediction_labels", core::label_names_to_json(classes)}});
  }
}

std::optional<HardExample> CasePerturber::provide(const Input& in, const Variant& variant, const Files& files,
                                                  bool to_look_at) {
  const core::Origin origin = origin_of(in, variant);
  const bool keep = options_.rules.keep(origin, files.all());
  if (keep && !to_look_at) return std::nullopt;
  if (!keep) {
    std::vector<core::fs::path> sources{in.source.image(), model_.path};
    if (const auto label = in.source.label()) sources.push_back(*label);
    options_.rules.check(files.all(), sources);
  }
  open();
  HardExample made = make(in, variant);
  if (!keep) write(origin, files, made);
  return made;
}

core::Case CasePerturber::result_of(const core::Case& c, const Variant& variant, const core::fs::path& out,
                                    Files& files) const {
  core::Case result = c;
  // What was done to the input before stays in the output's name, so that no two outputs share one.
  const std::string before = c.text("artefact");
  result.set("artefact", before.empty() ? variant.name : before + "-" + variant.name);
  if (variant.repeat) result.set("repeat", *variant.repeat);
  if (variant.how.image) {
    files.image = out / result.output_path("img");
    result.set_path("image", *files.image);
  }
  result.erase("prediction");
  result.erase("prediction_labels");
  if (variant.how.shape) {
    files.labels = out / result.output_path("pred");
    result.set_path("prediction", *files.labels);
    result.set_labels("prediction_labels", model_.description.classes);
  }
  set_models(result, {model_.file});
  return result;
}

std::vector<core::Case> CasePerturber::planned(const core::Case& c, const core::fs::path& out) const {
  std::vector<core::Case> results;
  for (const Variant& variant : options_.variants) {
    Files unused;
    results.push_back(result_of(c, variant, out, unused));
  }
  return results;
}

PerturbedCase CasePerturber::perturb(const core::Case& c, const core::fs::path& out, bool to_look_at) {
  PerturbedCase done;
  Input in = read(c);
  done.placed = in.placement.how;
  for (const Variant& variant : options_.variants) {
    core::throw_if_stopped();
    Files files;
    core::Case& result = done.results.emplace_back(result_of(c, variant, out, files));
    auto made = provide(in, variant, files, to_look_at);
    dataset::drop_frame_index(result);
    if (made && to_look_at && variant.repeat.value_or(0) == 0) done.examples.push_back(std::move(*made));
  }
  if (to_look_at) {
    done.image = std::move(in.image);
    done.labels = std::move(in.labels);
  }
  return done;
}

PerturbedCase CasePerturber::perturb_into(const core::Case& c, const core::fs::path& output, bool to_look_at) {
  PerturbedCase done;
  const Variant& variant = options_.variants.front();
  Files files;
  (variant.how.image ? files.image : files.labels) = output;
  Input in = read(c);
  done.placed = in.placement.how;
  auto made = provide(in, variant, files, to_look_at);
  if (made && to_look_at) done.examples.push_back(std::move(*made));
  done.image = std::move(in.image);
  done.labels = std::move(in.labels);
  return done;
}

}  // namespace coopseg::inference
