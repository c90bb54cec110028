#include "coopseg/training/state.h"

#include "coopseg/core/error.h"

namespace coopseg::training {
namespace {

constexpr char kKey[] = "coopseg_state";
constexpr int kFormat = 1;

}  // namespace

void put_record(core::TensorFile& content, const StateRecord& record) {
  core::Json json{{"format", kFormat},
                  {"settings_sha256", record.settings_sha256},
                  {"epoch", record.epoch},
                  {"batch", record.batch},
                  {"iteration", record.iteration},
                  {"validated", record.validated ? core::Json(*record.validated) : core::Json()},
                  {"log_lines", record.log_lines},
                  {"loss_sums", record.loss_sums},
                  {"training_counts", record.training_counts},
                  {"last_score", record.last_score},
                  {"best_score", record.best_score}};
  if (record.idle_in_all > 0) json["idle"] = {record.idle, record.idle_in_all};
  content.metadata[kKey] = core::to_line(json);
}

StateRecord get_record(const core::TensorFile& content, const std::string& file) {
  const auto found = content.metadata.find(kKey);
  if (found == content.metadata.end()) {
    throw core::DataError(file, "is not the state of a training", "--resume needs the state.safetensors of the run");
  }
  const core::Json json = core::parse_json(found->second, file);
  try {
    if (json.at("format").get<int>() > kFormat) {
      throw core::DataError(file, "was written by a newer version", "use that version to resume it");
    }
    StateRecord record;
    record.settings_sha256 = json.at("settings_sha256");
    record.epoch = json.at("epoch");
    record.batch = json.at("batch");
    record.iteration = json.at("iteration");
    if (!json.at("validated").is_null()) record.validated = json.at("validated").get<std::size_t>();
    record.log_lines = json.at("log_lines");
    record.loss_sums = json.at("loss_sums").get<std::vector<double>>();
    if (json.contains("idle")) {
      record.idle = json["idle"].at(0);
      record.idle_in_all = json["idle"].at(1);
    }
    record.training_counts = json.at("training_counts").get<std::vector<std::int64_t>>();
    record.last_score = json.at("last_score");
    record.best_score = json.at("best_score");
    return record;
  } catch (const nlohmann::json::exception& error) {
    throw core::DataError(file, std::string("the state is incomplete: ") + error.what(), "start another run");
  }
}

}  // namespace coopseg::training
