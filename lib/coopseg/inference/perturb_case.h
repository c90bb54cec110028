// Makes hard examples of cases: each image through a model in several ways, written with their sidecars.
//
//   CasePerturber perturber(model, options);
//   const PerturbedCase made = perturber.perturb(c, "hard", /*to_look_at=*/false);
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/output.h"
#include "coopseg/dataset/cut_off.h"
#include "coopseg/inference/placement.h"
#include "coopseg/request/perturbation.h"

namespace coopseg::inference {

// One output: how the codes are masked or the image is changed, or the codes as they are.
struct Variant {
  request::Perturbation how;  // id and frame are the case's
  std::string name;           // "reconstruction", "latent-channel-0.5", "adv-bias"
  std::optional<int> repeat;  // where there are several
  core::Json settings;        // of the sidecar: of the command line's, what counts for this variant

  bool is_latent() const { return how.images.method.empty(); }
};

struct PerturbationOptions {
  request::PredictorOptions network;
  InputOptions input;
  std::vector<Variant> variants;
  core::LabelNames label_names;  // of label maps whose list does not name them; empty: the model's classes
  core::OutputRules rules;
  core::Provenance provenance;  // of the run
};

// What one variant gives, on the image's grid.
struct HardExample {
  std::string variant;
  std::optional<image::Image> image;
  std::optional<image::LabelMap> labels;  // class indices
};

struct PerturbedCase {
  std::vector<core::Case> results;  // for the list of outputs: one for each variant
  // To look at, where asked for; of repeats the first alone.
  image::Image image;
  std::optional<image::LabelMap> labels;  // class indices
  std::vector<HardExample> examples;
  Placed placed = Placed::as_asked;
};

// Not for two threads at once: the network is one, and has all threads.
class CasePerturber {
 public:
  // `model` must live as long.
  CasePerturber(const UsedModel& model, PerturbationOptions options);

  const UsedModel& model() const { return model_; }

  // What the list will say of the case's outputs below the folder `out`. Reads no voxels.
  std::vector<core::Case> planned(const core::Case& c, const core::fs::path& out) const;

  // All variants, below `out`. Those that are up to date are made again only `to_look_at`. Throws core::Error, also for
  // a case without a label where masks are chosen by one.
  PerturbedCase perturb(const core::Case& c, const core::fs::path& out, bool to_look_at);

  // The only variant, into this file. No results.
  PerturbedCase perturb_into(const core::Case& c, const core::fs::path& output, bool to_look_at);

  // Logs one line for all cases so far of whose labels something lies outside of what the network sees. Labels are
  // known where a variant is chosen by them.
  void warn_of_cut_off_labels() const;

 private:
  struct Input;
  struct Files;
  void open();
  Input read(const core::Case& c);
  image::LabelMap read_classes(const core::Case& c, const image::Grid& grid) const;
  core::Case result_of(const core::Case& c, const Variant& variant, const core::fs::path& out, Files& files) const;
  core::Origin origin_of(const Input& input, const Variant& variant) const;
  HardExample make(const Input& input, const Variant& variant);
  void write(core::Origin origin, const Files& files, HardExample& made) const;
  std::optional<HardExample> provide(const Input& input, const Variant& variant, const Files& files, bool to_look_at);

  const UsedModel& model_;
  PerturbationOptions options_;
  std::unique_ptr<request::Perturber> network_;
  dataset::CutOffs cut_offs_;
};

}  // namespace coopseg::inference
