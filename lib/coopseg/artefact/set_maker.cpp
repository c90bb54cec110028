#include "coopseg/artefact/set_maker.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/parallel.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/image/image_files.h"

namespace coopseg::artefact {

namespace {

namespace fs = std::filesystem;
using core::Case;
using core::DataError;

Window read_window(const Case& c, const ChainOptions& around) {
  Window window = prepare(read_stack(c), around);
  if (const auto& slices = window.constant_slices; !slices.empty())
    core::warning("{}: {} {} (from 0) without contrast became 0", c.image().string(),
                  slices.size() == 1 ? "slice" : "slices", fmt::join(slices, ", "));
  return window;
}

}  // namespace

image::Image read_stack(const Case& c) {
  image::Image image = dataset::read_case_image(c);
  if (image::slice_axis(image.grid) != 2)
    core::warning("{}: the coarsest axis is not the third, along which slices are taken", c.image().string());
  return image;
}

// What the results of one case share.
struct SetMaker::Source {
  Case c;
  std::vector<core::InputFile> inputs;
  std::size_t slices;
  Window window;  // empty where all results are up to date
};

SetMaker::SetMaker(SetOptions options) : options_(std::move(options)), variants_(variants(options_.plan)) {
  check_plan(options_.plan);
}

std::vector<Made> SetMaker::make(const Case& c) const {
  std::vector<fs::path> outputs;
  for (const Variant& v : variants_)
    outputs.push_back(options_.out / output_path(c, options_.plan, v, options_.layout));
  return make(c, outputs);
}

Made SetMaker::make_file(const Case& c, const fs::path& output) const { return make(c, {output}).front(); }

std::vector<Made> SetMaker::make(const Case& c, const std::vector<fs::path>& outputs) const {
  for (const char* field : {"artefact", "severity", "repeat"})
    if (!c.text(field).empty())
      throw DataError(c.name(), std::string("is corrupted already (its list says so in \"") + field + "\")",
                      "apply several artefacts to the originals with --chain");
  Source source{c, {image::input_image(c.image())}, image::read_nifti_header(c.image()).grid.size[2], {}};
  source.inputs.insert(source.inputs.end(), options_.more_inputs.begin(), options_.more_inputs.end());

  std::vector<char> kept(outputs.size());
  core::for_each_index(outputs.size(), [&](std::size_t i) {
    kept[i] = options_.rules.keep({provenance_of(variants_[i]), source.inputs}, {outputs[i]});
  });
  // Before the work loop and not by the first who needs it: whoever reads does so in parallel, too, and while he waits
  // may be given another result to make, which would wait for him.
  if (std::find(kept.begin(), kept.end(), 0) != kept.end()) source.window = read_window(c, options_.plan.around);

  std::vector<std::optional<Made>> made(outputs.size());
  std::vector<std::exception_ptr> failures(outputs.size());
  core::for_each_index(outputs.size(), [&](std::size_t i) {
    try {
      core::throw_if_stopped();
      made[i] = make_one(source, variants_[i], outputs[i], kept[i] != 0);
    } catch (...) {
      failures[i] = std::current_exception();
    }
  });
  std::vector<Made> all;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (failures[i]) std::rethrow_exception(failures[i]);
    all.push_back(std::move(*made[i]));
  }
  return all;
}

core::Provenance SetMaker::provenance_of(const Variant& variant) const {
  core::Provenance provenance = options_.provenance;
  provenance.settings = settings_of(options_.plan, variant);
  provenance.settings["compression"] = options_.compression;
  return provenance;
}

Made SetMaker::make_one(const Source& source, const Variant& variant, const fs::path& output, bool keep) const {
  const Plan& plan = options_.plan;
  Made made{source.c, {}};
  const std::string name = chain_name(plan.chains[variant.chain]);
  made.result.set("artefact", name);
  if (variant.severity) made.result.set("severity", *variant.severity);
  made.result.set("repeat", variant.repeat);
  made.result.set_path("image", output);
  made.line = {source.c.id(), source.c.frame(), name, variant.severity, variant.repeat, source.inputs[0].sha256,
               output.lexically_relative(options_.out).generic_string(), {}, {}};
  if (keep) {
    image::ReadOptions quietly;
    quietly.quiet = true;
    made.line.voxels_sha256 = voxels_sha256(image::read_image(output, quietly));
  } else {
    options_.rules.check({output}, {source.c.image()});
    const Record record{draw(plan, variant, source.c.id(), source.c.frame(), source.slices), plan.around,
                        options_.compression, {}};
    const image::Image bad = corrupt(source.window, record.artefacts, record.around);
    made.line.voxels_sha256 = voxels_sha256(bad);
    options_.rules.write({provenance_of(variant), source.inputs}, output, [&](core::Overwrite overwrite) {
      image::write_image(output, bad, {overwrite, options_.compression});
    }, to_json(record));
  }
  dataset::drop_frame_index(made.result);
  made.line.sha256 = core::sha256_of_file(output);
  return made;
}

}  // namespace coopseg::artefact
