#include "coopseg/inference/predict_case.h"

#include <fmt/core.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/memory.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/label_source.h"
#include "coopseg/image/components.h"
#include "coopseg/inference/prediction_fields.h"
#include "coopseg/inference/segment.h"

namespace coopseg::inference {

std::vector<core::fs::path> PredictionFiles::all() const {
  std::vector<core::fs::path> files{labels};
  if (probabilities) files.push_back(*probabilities);
  if (distances) files.push_back(*distances);
  return files;
}

WindowPlan windows_of(const model::ModelDescription& description, const std::optional<WindowSize>& window,
                      const std::optional<WindowSize>& stride) {
  const model::NetworkInput& input = description.input;
  WindowPlan plan;
  plan.window.fill(1);
  plan.stride.fill(1);
  std::copy(input.window.begin(), input.window.end(), plan.window.begin());
  std::copy(input.stride.begin(), input.stride.end(), plan.stride.begin());
  plan.padding = input.padding;
  std::uint64_t voxels = 1;
  for (std::size_t a = 0; a < 3; ++a) {
    if (window) plan.window[a] = (*window)[a];
    if (window && !stride) plan.stride[a] = std::max<std::size_t>(1, plan.window[a] / 2);
    if (stride) plan.stride[a] = (*stride)[a];
    const bool across = a >= input.window.size();
    if (across && plan.window[a] != 1) {
      throw core::UsageError("--window",
                             fmt::format("has {} planes, and the model sees one slice at a time", plan.window[a]),
                             fmt::format("give {},{},1", plan.window[0], plan.window[1]));
    }
    if (!across && plan.window[a] % model::kVNetReduction != 0) {
      throw core::UsageError("--window",
                             fmt::format("{} is not a multiple of {}", plan.window[a], model::kVNetReduction),
                             "the network halves each side four times");
    }
    voxels *= plan.window[a];
  }
  // At the least: what the first and the last stage hold at a time.
  const std::uint64_t bytes = voxels * sizeof(float) * 3 * static_cast<std::uint64_t>(description.size.filters);
  core::require_memory("--window",
                       fmt::format("of {} x {} x {} voxels", plan.window[0], plan.window[1], plan.window[2]), bytes,
                       "take a smaller one");
  plan.batch_size = windows_at_once(plan.window);
  check_windows(plan);
  return plan;
}

std::string compared(const std::vector<Member>& members) {
  if (members.size() > 1) return "models";
  return members.front().stn_steps.size() > 1 ? "stages" : "";
}

CasePredictor::CasePredictor(const std::vector<Member>& members, PredictionOptions options)
    : members_(members),
      oriented_by_(oriented_by(members)),
      options_(std::move(options)),
      compared_(compared(members)) {
  core::Json& settings = options_.provenance.settings;
  if (options_.windows) {
    settings["window"] = options_.windows->window;
    settings["stride"] = options_.windows->stride;
    settings["blend"] = kBlends.of(options_.windows->blend);
  } else {
    describe_stages();
  }
  if (!compared_.empty()) settings["agreement_of"] = compared_;
}

// One model's as one value, those of several as a list, with null for models of one stage.
void CasePredictor::describe_stages() {
  core::Json stages = core::Json::array(), steps = core::Json::array();
  bool known = false;
  for (const Member& member : members_) {
    const bool two = model::has_two_stages(member.model.description);
    known = known || two;
    const int taken = member.stn_steps.front();
    stages.push_back(two ? core::Json(taken > 0 ? model::kSlowOutput : model::kFastOutput) : core::Json());
    steps.push_back(two ? core::Json(taken) : core::Json());
  }
  if (!known) return;
  const bool one = members_.size() == 1;
  options_.provenance.settings["stage"] = one ? stages[0] : stages;
  options_.provenance.settings["steps"] = one ? steps[0] : steps;
}

void CasePredictor::open() {
  std::call_once(opened_, [this] { networks_ = open_networks(members_, options_.network); });
}

double CasePredictor::busy_seconds() const {
  double seconds = 0;
  for (const auto& network : networks_) seconds += network->busy_seconds();
  return seconds;
}

core::Provenance CasePredictor::provenance_for(const CaseInput& input) {
  core::Provenance provenance = options_.provenance;
  request::Precision precision = options_.network.precision;
  if (precision == request::Precision::automatic) {
    open();
    precision = networks_.front()->precision();
  }
  provenance.settings["precision"] = request::kPrecisions.of(precision);
  describe(input, provenance.settings);
  return provenance;
}

core::Case CasePredictor::result_for(const core::Case& c, const PredictionFiles& files, bool seen) const {
  core::Case result = c;
  if (options_.pseudo_labels) {
    dataset::set_pseudo_label(result, files.labels, description().classes, files.probabilities);
    // Whoever learns from the list has no --frame.
    if (options_.input.frame && result.field("frame_index").is_null()) result.set("frame_index", *options_.input.frame);
  } else {
    result.set_path("prediction", files.labels);
    result.set_labels("prediction_labels", description().classes);
  }
  std::vector<core::InputFile> models;
  for (const Member& member : members_) models.push_back(member.model.file);
  set_models(result, models);
  result.erase("seen_in_training");
  if (seen) result.set("seen_in_training", true);
  return result;
}

// What the sidecar of a label map says that was made before.
std::optional<Agreement> CasePredictor::recorded_agreement(const core::fs::path& labels) const {
  const core::Json sidecar = core::read_json(core::sidecar_path(labels));
  const auto found = sidecar.find(kAgreement);
  return found == sidecar.end() ? std::nullopt : agreement_from_json(*found, description().classes);
}

// Tells of the agreement in the list; gives what the sidecar tells of it. Whether a human should look is a matter of
// the list alone, so that files stay as they are when somebody thinks better of the limit.
core::Json CasePredictor::judged(Prediction& done) const {
  core::Json members = core::Json::object();
  if (!done.agreement) return members;
  members[kAgreementOf] = compared_;
  members[kAgreement] = to_json(*done.agreement, description().classes);
  for (const auto& [name, value] : members.items()) done.result.set(name.c_str(), value);
  done.review = options_.review && done.agreement->below(*options_.review);
  if (done.review) done.result.set(kReview, true);
  return members;
}

// One network at a time: two of them at once would take each other's processors.
std::vector<float> CasePredictor::show(std::size_t n,
                                       const std::function<std::vector<float>(request::Predictor&)>& ask) {
  open();
  if (networks_.size() == 1) return ask(*networks_.front());  // which has a queue of its own
  const std::lock_guard turn(turn_);
  return ask(*networks_[n]);
}

VolumeSegmentation CasePredictor::segmented(const core::Case& c, const CaseInput& input, const PredictionFiles& files,
                                            Placed& placed) {
  image::Image image = read_input(c, oriented_by_, input);
  const image::Grid stored = image.grid;
  const Placement placement = placement_of(stored, oriented_by_.description, input);
  placed = placement.how;
  VolumeSegmentation found = segmented(image::turned(std::move(image), placement.turn), placement.steps, files);
  if (is_identity(placement.turn)) return found;
  turn_back(found.probabilities, placement, stored);
  turn_back(found.distances, placement, stored);
  turn_back(found.opinions, placement, stored);
  found.labels = image::turned(std::move(found.labels), image::inverse(placement.turn));
  found.labels.grid = stored;
  return found;
}

// All is on the grid of this image.
VolumeSegmentation CasePredictor::segmented(image::Image image, const image::Preprocessing& steps,
                                            const PredictionFiles& files) {
  const auto classes = static_cast<std::size_t>(description().class_count());
  if (!options_.windows) {
    SegmentOptions how;
    how.classes = classes;
    how.crop = description().input.crop;
    how.minmax_slices = description().input.minmax();
    how.batch_size = options_.network.batch_size;
    how.keep_probabilities = files.probabilities.has_value();
    how.segmentations = members_.front().stn_steps.size();
    std::vector<SliceClassifier> networks;
    for (std::size_t n = 0; n < members_.size(); ++n) {
      networks.emplace_back([this, n](const auto& slices) {
        return show(n, [&](request::Predictor& network) { return network.probabilities(slices); });
      });
    }
    return {segment(image, steps, how, networks), {}};
  }
  const WindowPlan& plan = *options_.windows;
  const bool distances = files.distances.has_value();
  const VolumeOptions how{classes, distances ? classes - 1 : 0, files.probabilities.has_value()};
  std::vector<WindowMapper> networks;
  for (std::size_t n = 0; n < members_.size(); ++n) {
    networks.emplace_back([&, n](const auto& windows, std::size_t count) {
      core::throw_if_stopped();
      return show(n,
                  [&](request::Predictor& network) { return network.windows(windows, count, plan.window, distances); });
    });
  }
  return segment_volume(std::move(image), steps, plan, how, networks);
}

void CasePredictor::write_maps(const core::Origin& origin, const core::fs::path& file,
                               const std::vector<image::Image>& maps, const core::Json& frames) const {
  const auto write = [&](core::Overwrite overwrite) { image::write_frames(file, maps, {overwrite}); };
  options_.rules.write(origin, file, write, {{"frames", frames}});
}

Prediction CasePredictor::predict(const core::Case& c, const PredictionFiles& files) {
  const UsedModel& first = members_.front().model;
  const CaseInput input = input_of(c, first, options_.input);
  const bool seen = std::any_of(members_.begin(), members_.end(),
                                [&](const Member& member) { return was_trained_on(member.model, input); });
  Prediction done{result_for(c, files, seen), seen, false};
  core::Origin origin{provenance_for(input), {input.image}};
  std::vector<core::fs::path> sources{c.image()};
  for (const Member& member : members_) {
    origin.inputs.push_back(member.model.file);
    sources.push_back(member.model.path);
  }
  done.kept = options_.rules.keep(origin, files.all());
  if (done.kept && !compared_.empty()) {
    done.agreement = recorded_agreement(files.labels);
    done.kept = done.agreement.has_value();
    judged(done);
  }
  if (done.kept) return done;
  options_.rules.check(files.all(), sources);

  done.placed.emplace();
  VolumeSegmentation found = segmented(c, input, files, *done.placed);
  if (options_.largest_component) {
    const std::size_t removed = image::keep_largest_components(found.labels);
    core::debug("{}: {} voxels outside the largest components removed", c.name(), removed);
    for (image::LabelMap& opinion : found.opinions) image::keep_largest_components(opinion);
  }
  const core::LabelNames& classes = description().classes;
  if (!compared_.empty()) done.agreement = agreement_of(found.opinions, classes.size() + 1);
  dataset::to_label_values(classes, found.labels);

  origin.provenance.libraries["LibTorch"] = networks_.front()->torch_version();
  core::Json frames(dataset::names_of(classes));
  if (files.distances) write_maps(origin, *files.distances, found.distances, frames);
  if (files.probabilities) {
    frames.insert(frames.begin(), "background");
    write_maps(origin, *files.probabilities, found.probabilities, frames);
  }
  const auto write_labels = [&](core::Overwrite overwrite) {
    image::write_labels(files.labels, found.labels, {overwrite});
  };
  core::Json extra{{"prediction_labels", core::label_names_to_json(classes)}, {"seen_in_training", seen}};
  extra.update(judged(done));
  options_.rules.write(origin, files.labels, write_labels, extra);
  return done;
}

}  // namespace coopseg::inference
