#include "coopseg/artefact/set_maker.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "coopseg/core/error.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/log.h"
#include "coopseg/core/parallel.h"
#include "coopseg/core/text.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/image/image_files.h"
#include "coopseg/image/orientation.h"

namespace coopseg::artefact {

namespace {

namespace fs = std::filesystem;
using core::Case;
using core::DataError;

Window read_window(const Case& c, const ChainOptions& around) {
  Window window = prepare(read_stack(c), around);
  if (const auto& slices = window.constant_slices; !slices.empty())
    core::warning("{}: {} {} (from 0) without contrast became 0", c.image().string(),
                  slices.size() == 1 ? "slice" : "slices", core::ranges(slices));
  return window;
}

// Where no side is smaller than the crop there is nothing to pad, and nothing to say of it.
ChainOptions settled(ChainOptions around, const image::Grid& grid) {
  if (!is_smaller(grid, around.crop)) around.pad = true;
  return around;
}

// Labels are not needed here: those that cannot be read are no reason to fail.
std::optional<dataset::CutOff> labels_outside(const Case& c, const image::Grid& grid, std::size_t crop) {
  if (!c.label()) return std::nullopt;
  const image::Grid stack = image::turned(grid, image::slices_last(grid));
  if (crop == 0 || std::max(stack.size[0], stack.size[1]) <= crop) return dataset::CutOff{};
  const fs::path file = *c.label();
  image::ReadOptions quietly;
  quietly.quiet = true;
  try {
    image::LabelMap labels = dataset::read_case_labels(c, file, quietly);
    dataset::require_same_grid(labels.grid, file, grid, c.image(), "its image");
    const std::vector<std::uint8_t> ignored = dataset::ignored_voxels(c, c.labels(), labels, file);
    for (std::size_t i = 0; i < ignored.size(); ++i)
      if (ignored[i]) labels.voxels[i] = 0;
    return dataset::cut_off(labels, image::slice_axis(grid), crop);
  } catch (const core::Error& e) {
    core::warning("{}: it is not known whether labels lie outside the crop: {}", c.name(), e.what());
    return std::nullopt;
  }
}

}  // namespace

image::Image read_stack(const Case& c) {
  image::Image image = dataset::read_case_image(c);
  const image::AxisTurn turn = image::slices_last(image.grid);
  return image::turned(std::move(image), turn);
}

// What the results of one case share.
struct SetMaker::Source {
  Case c;
  std::vector<core::InputFile> inputs;
  image::Grid stored;
  image::Grid stack;  // the same with slices last
  ChainOptions around;
  CropFit fit;
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
  const image::Grid stored = image::read_nifti_header(c.image()).grid;
  const image::Grid stack = image::turned(stored, image::slices_last(stored));
  Source source{c, {image::input_image(c.image())}, stored, stack, settled(options_.plan.around, stack), {}, {}};
  source.fit.padded = source.around.pad && is_smaller(stack, source.around.crop);
  source.inputs.insert(source.inputs.end(), options_.more_inputs.begin(), options_.more_inputs.end());

  std::vector<char> kept(outputs.size());
  core::for_each_index(outputs.size(), [&](std::size_t i) {
    kept[i] = options_.rules.keep({provenance_of(variants_[i], source.around), source.inputs}, {outputs[i]});
  });
  // Before the work loop and not by the first who needs it: whoever reads does so in parallel, too, and while he waits
  // may be given another result to make, which would wait for him.
  if (std::find(kept.begin(), kept.end(), 0) != kept.end()) {
    source.window = read_window(c, source.around);
    source.fit.labels = labels_outside(c, source.stored, source.around.crop);
  }

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

core::Provenance SetMaker::provenance_of(const Variant& variant, const ChainOptions& around) const {
  core::Provenance provenance = options_.provenance;
  Plan plan = options_.plan;
  plan.around = around;
  provenance.settings = settings_of(plan, variant);
  provenance.settings["compression"] = options_.compression;
  return provenance;
}

Made SetMaker::make_one(const Source& source, const Variant& variant, const fs::path& output, bool keep) const {
  const Plan& plan = options_.plan;
  Made made{source.c, {}, source.fit};
  const std::string name = chain_name(plan.chains[variant.chain]);
  made.result.set("artefact", name);
  if (variant.severity) made.result.set("severity", *variant.severity);
  made.result.set("repeat", variant.repeat);
  made.result.set_path("image", output);
  made.line = {source.c.id(),
               source.c.frame(),
               name,
               variant.severity,
               variant.repeat,
               source.inputs[0].sha256,
               output.lexically_relative(options_.out).generic_string(),
               {},
               {}};
  if (keep) {
    image::ReadOptions quietly;
    quietly.quiet = true;
    made.line.voxels_sha256 = voxels_sha256(image::read_image(output, quietly));
  } else {
    options_.rules.check({output}, {source.c.image()});
    const Record record{draw(plan, variant, source.c.id(), source.c.frame(), source.stack.size[2]), source.around,
                        options_.compression, {}};
    image::Image bad = corrupt(source.window, record.artefacts, record.around);
    bad = image::turned(std::move(bad), image::inverse(image::slices_last(source.stored)));
    bad.grid = source.stored;
    made.line.voxels_sha256 = voxels_sha256(bad);
    const core::Origin origin{provenance_of(variant, source.around), source.inputs};
    options_.rules.write(origin, output, [&](core::Overwrite overwrite) {
      image::write_image(output, bad, {overwrite, options_.compression});
    }, to_json(record));
  }
  dataset::drop_frame_index(made.result);
  made.line.sha256 = core::sha256_of_file(output);
  return made;
}

}  // namespace coopseg::artefact
