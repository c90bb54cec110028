#include "coopseg/inference/agreement.h"

#include "coopseg/image/overlap.h"

namespace coopseg::inference {
namespace {

struct Mean {
  double sum = 0;
  std::size_t count = 0;

  void add(std::optional<double> value) {
    if (!value) return;
    sum += *value;
    ++count;
  }
  std::optional<double> value() const {
    return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
  }
};

}  // namespace

double Agreement::mean() const {
  Mean mean;
  for (const auto& value : dice) mean.add(value.value_or(0));
  return mean.value().value_or(0);
}

Agreement agreement_of(const std::vector<image::LabelMap>& maps, std::size_t classes) {
  std::vector<Mean> means(classes - 1);
  for (std::size_t a = 0; a < maps.size(); ++a) {
    for (std::size_t b = a + 1; b < maps.size(); ++b) {
      const auto overlaps = image::overlaps_of(maps[a], maps[b], classes);
      for (std::size_t c = 1; c < classes; ++c) means[c - 1].add(overlaps[c].dice());
    }
  }
  Agreement agreement;
  for (const Mean& mean : means) agreement.dice.push_back(mean.value());
  return agreement;
}

core::Json to_json(const Agreement& agreement, const core::LabelNames& classes) {
  core::Json json = core::Json::object();
  for (std::size_t c = 0; c < classes.size(); ++c)
    json[classes[c].first] = agreement.dice[c] ? core::Json(*agreement.dice[c]) : core::Json();
  return json;
}

std::optional<Agreement> agreement_from_json(const core::Json& json, const core::LabelNames& classes) {
  if (!json.is_object() || json.size() != classes.size()) return std::nullopt;
  Agreement agreement;
  for (const auto& [name, value] : classes) {
    const auto found = json.find(name);
    if (found == json.end()) return std::nullopt;
    std::optional<double> dice;
    if (found->is_number()) dice = found->get<double>();
    if (!found->is_null() && !(dice && *dice >= 0 && *dice <= 1)) return std::nullopt;
    agreement.dice.push_back(dice);
  }
  return agreement;
}

}  // namespace coopseg::inference
