#include "coopseg/inference/prediction_fields.h"

namespace coopseg::inference {

void set_models(core::Case& c, const std::vector<core::InputFile>& models) {
  for (const char* of_earlier : {"model", "model_sha256", "models", kAgreementOf, kAgreement, kReview})
    c.erase(of_earlier);
  if (models.size() == 1) {
    c.set("model", models.front().name);
    c.set("model_sha256", models.front().sha256);
    return;
  }
  core::Json named = core::Json::array();
  for (const core::InputFile& model : models) named.push_back({{"name", model.name}, {"sha256", model.sha256}});
  c.set("models", named);
}

}  // namespace coopseg::inference
