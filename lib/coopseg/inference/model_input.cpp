#include "coopseg/inference/model_input.h"

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/image/nifti.h"

namespace coopseg::inference {

using core::Case;
using core::fs::path;

namespace {

// What has been done to the case's image already, as its list says or, where that says nothing, its sidecar.
image::Preprocessing done_steps(const Case& c, const core::Json& history) {
  const core::Json recorded = c.field("preprocessing");
  if (!recorded.is_null()) return image::preprocessing_from_json(recorded, c.name());
  if (!history.is_object() || history.value("program", "") != "cs-preprocess") return image::Preprocessing::none();
  const core::Json settings = history.value("settings", core::Json::object());
  if (!settings.contains("preprocessing")) return image::Preprocessing::none();
  return image::preprocessing_from_json(settings["preprocessing"], core::sidecar_path(c.image()).string());
}

}  // namespace

model::ModelDescription read_model(const path& file) {
  try {
    return model::read_model_description(file);
  } catch (const core::UsageError&) {
    throw;
  } catch (const core::Error& e) {
    throw core::UsageError(e.subject(), e.problem(), e.remedy());
  }
}

image::Preprocessing expected_steps(const model::ModelDescription& description, const path& model) {
  if (description.preprocessing.is_null()) return image::Preprocessing::none();
  try {
    return image::preprocessing_from_json(description.preprocessing, model.string());
  } catch (const core::DataError& e) {
    throw core::UsageError(e.subject(), e.problem(), "use a version of this program that knows this preprocessing");
  }
}

core::Json history_of(const path& file, const core::InputFile& image) {
  const path sidecar = core::sidecar_path(file);
  std::error_code ignored;
  if (!core::fs::exists(sidecar, ignored)) return nullptr;
  try {
    core::Json history = core::read_json(sidecar);
    if (history.at("output").at("sha256") == image.sha256) return history;
    core::debug("{}: tells of another image than {}", sidecar.string(), file.string());
  } catch (const std::exception& e) {
    core::debug("{}: not read as a sidecar: {}", sidecar.string(), e.what());
  }
  return nullptr;
}

image::Preprocessing steps_for(const image::Preprocessing& expected, const Case& c, const core::Json& history) {
  const auto none = image::Preprocessing::none();
  const core::Json done = to_json(done_steps(c, history));
  if (done == to_json(none)) return expected;
  if (done == to_json(expected)) return none;
  throw core::DataError(c.image().string(),
                        "was preprocessed with " + core::to_line(done) + ", the model expects " +
                            core::to_line(to_json(expected)),
                        "give the original image, or --preprocessed to use it as it is");
}

std::optional<std::size_t> frame_of(const Case& c, int option) {
  if (const auto index = c.integer("frame_index"); index && image::read_nifti_header(c.image()).frames > 1) {
    if (*index < 0) throw core::DataError(c.name(), "has a negative frame_index");
    return static_cast<std::size_t>(*index);
  }
  if (option >= 0) return static_cast<std::size_t>(option);
  return std::nullopt;
}

}  // namespace coopseg::inference
