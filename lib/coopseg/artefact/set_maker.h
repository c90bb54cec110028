// Makes test sets: reads an image once, corrupts it in every way that a plan asks for, and writes each result with its
// sidecar.
//
//   SetOptions options;
//   options.plan = plan;
//   options.out = "bad";
//   const SetMaker maker(options);
//   core::for_each_case("corrupting", cases, threads, [&](const Case& c) { return maker.make(c); }, ...);
//
// The results of one image are made in parallel, by as many threads as oneTBB has. Memory: the image, its window, and
// a few volumes for each thread.
#pragma once

#include <optional>
#include <vector>

#include "coopseg/artefact/recipe.h"
#include "coopseg/core/output.h"
#include "coopseg/dataset/cut_off.h"

namespace coopseg::artefact {

struct SetOptions {
  Plan plan;
  SetLayout layout = SetLayout::cases;
  int compression = kDefaultCompression;
  std::filesystem::path out;
  core::OutputRules rules;
  core::Provenance provenance;                // settings are filled in here
  std::vector<core::InputFile> more_inputs;   // beside the image: the file of given parameters
};

// How the crop suits an image.
struct CropFit {
  bool padded = false;
  std::optional<dataset::CutOff> labels;  // none where the case has no label that can be read, or nothing was made
};

struct Made {
  core::Case result;  // for the list of outputs
  RecipeLine line;
  CropFit fit;        // the same of all results of a case
};

class SetMaker {
 public:
  explicit SetMaker(SetOptions options);

  // All results of one case, in the order of variants(). Those whose files are up to date are kept if skip_existing.
  // The results that can be made are made even if one fails; then the first failure is thrown. Throws core::Error.
  // Thread-safe.
  std::vector<Made> make(const core::Case& c) const;

  // The plan's only variant, into this file.
  Made make_file(const core::Case& c, const std::filesystem::path& output) const;

 private:
  struct Source;
  std::vector<Made> make(const core::Case& c, const std::vector<std::filesystem::path>& outputs) const;
  Made make_one(const Source& source, const Variant& variant, const std::filesystem::path& output, bool keep) const;
  core::Provenance provenance_of(const Variant& variant, const ChainOptions& around) const;

  SetOptions options_;
  std::vector<Variant> variants_;
};

// The image of a case with its slices (image::slice_axis()) along the third axis, where artefacts take them.
image::Image read_stack(const core::Case& c);

}  // namespace coopseg::artefact
