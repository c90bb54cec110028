#include "coopseg/artefact/plan.h"

#include <algorithm>

#include "coopseg/artefact/severity.h"
#include "coopseg/core/error.h"

namespace coopseg::artefact {

namespace {

using core::DataError;
using core::Json;
using core::UsageError;

constexpr int kMostRepeats = 100000;
constexpr std::size_t kLongestChain = 20;

template <class T>
T member(const Json& json, const char* key, const std::string& name) {
  if (!json.contains(key)) throw DataError(name, std::string("\"") + key + "\" is missing");
  return core::get_or(json, key, T{}, name);
}

const Ranges& ranges_of(const Plan& plan, const std::string& type) {
  const auto found = plan.ranges.find(type);
  if (found == plan.ranges.end()) throw UsageError(type, "has no ranges to draw from");
  return found->second;
}

Json ranges_to_json(const Plan& plan, const std::vector<std::string>& types) {
  Json out = Json::object();
  for (const std::string& type : types)
    if (!out.contains(type)) out[type] = ranges_to_json(ranges_of(plan, type));
  return out;
}

Json given_to_json(const Plan& plan) {
  Json out = Json::array();
  for (const Artefact& a : plan.given) out.push_back(to_json(a));
  return out;
}

}  // namespace

const std::vector<std::string>& artefact_types() {
  static const std::vector<std::string> types{"bias", "ghosting", "motion", "spike"};
  return types;
}

std::string artefact_of_type(const std::string& type) {
  const auto& types = artefact_types();
  if (std::find(types.begin(), types.end(), type) == types.end())
    throw UsageError(type, "is no artefact", "bias, ghosting, motion or spike");
  return type == "bias" ? "bias_field" : type;
}

std::string type_of(const Artefact& artefact) {
  const std::string name = artefact_name({artefact.parameters, Dialect::paper});
  return name == "bias_field" ? "bias" : name;
}

std::string chain_name(const std::vector<std::string>& chain) {
  std::string name;
  for (const std::string& type : chain) name += (name.empty() ? "" : "+") + type;
  return name;
}

std::vector<Variant> variants(const Plan& plan) {
  std::vector<std::optional<int>> levels(plan.severities.begin(), plan.severities.end());
  if (levels.empty()) levels.emplace_back();
  std::vector<Variant> out;
  for (std::size_t chain = 0; chain < plan.chains.size(); ++chain)
    for (const auto& level : levels)
      for (int repeat = 0; repeat < plan.repeats; ++repeat) out.push_back({chain, level, repeat});
  return out;
}

std::vector<Artefact> draw(const Plan& plan, const Variant& variant, const std::string& id, const std::string& frame,
                           std::size_t slices) {
  if (!plan.given.empty()) return plan.given;
  std::vector<Artefact> out;
  const auto& chain = plan.chains.at(variant.chain);
  for (std::size_t place = 0; place < chain.size(); ++place) {
    const std::string& type = chain[place];
    core::RandomStream random(plan.seed, {"corrupt", id, frame, type},
                              {static_cast<std::uint64_t>(variant.repeat), place});
    const Ranges ranges = variant.severity ? severity_ranges(artefact_of_type(type), plan.dialect, *variant.severity)
                                           : ranges_of(plan, type);
    out.push_back(sample(ranges, plan.dialect, slices, random));
  }
  return out;
}

void check_plan(const Plan& plan) {
  if (plan.repeats < 1 || plan.repeats > kMostRepeats)
    throw UsageError("repeats",
                     "is " + std::to_string(plan.repeats) + ", expected 1 to " + std::to_string(kMostRepeats));
  if (plan.chains.empty()) throw UsageError("chain", "holds no artefact", "bias, ghosting, motion or spike");
  for (const auto& chain : plan.chains) {
    if (chain.empty() || chain.size() > kLongestChain)
      throw UsageError("chain", "holds " + std::to_string(chain.size()) + " artefacts, expected 1 to 20");
    for (const std::string& type : chain) {
      const std::string artefact = artefact_of_type(type);
      if (!plan.given.empty()) continue;
      for (const int level : plan.severities) severity_ranges(artefact, plan.dialect, level);
      if (!plan.severities.empty()) continue;
      check_ranges(ranges_of(plan, type));
      const auto* ghosting = std::get_if<GhostingRanges>(&ranges_of(plan, type));
      if (ghosting && plan.dialect == Dialect::physical &&
          std::find(ghosting->axes.begin(), ghosting->axes.end(), 0) != ghosting->axes.end())
        throw UsageError("axes", "holds 0: slices acquired one by one have no k-space across them",
                         "1 (rows) and 2 (columns) remain");
    }
  }
  for (std::size_t i = 0; i < plan.severities.size(); ++i)
    if (std::count(plan.severities.begin(), plan.severities.end(), plan.severities[i]) > 1)
      throw UsageError("severity", "names level " + std::to_string(plan.severities[i]) + " twice");
}

Json plan_to_json(const Plan& plan) {
  Json out;
  out["seed"] = plan.seed;
  out["dialect"] = dialect_name(plan.dialect);
  out["chains"] = plan.chains;
  if (!plan.given.empty()) {
    out["given"] = given_to_json(plan);
  } else if (!plan.severities.empty()) {
    out["severities"] = plan.severities;
  } else {
    std::vector<std::string> types;
    for (const auto& chain : plan.chains) types.insert(types.end(), chain.begin(), chain.end());
    out["ranges"] = ranges_to_json(plan, types);
  }
  out["repeats"] = plan.repeats;
  add_crop(plan.around, out);
  out["rescale"] = plan.around.rescale;
  return out;
}

Plan plan_from_json(const Json& json, const std::string& name) {
  if (!json.is_object()) throw DataError(name, "holds no object that describes a test set");
  Plan plan;
  plan.seed = member<std::uint64_t>(json, "seed", name);
  plan.dialect = parse_dialect(member<std::string>(json, "dialect", name));
  plan.chains = member<std::vector<std::vector<std::string>>>(json, "chains", name);
  plan.repeats = member<int>(json, "repeats", name);
  if (!json.contains("crop")) throw DataError(name, "\"crop\" is missing");
  read_crop(json, plan.around, name);
  plan.around.rescale = member<bool>(json, "rescale", name);
  if (json.contains("severities")) plan.severities = member<std::vector<int>>(json, "severities", name);
  for (const Json& one : core::get_or(json, "given", Json::array(), name))
    plan.given.push_back(artefact_from_json(one, name));
  const Json ranges = core::get_or(json, "ranges", Json::object(), name);
  for (const auto& item : ranges.items())
    plan.ranges.emplace(item.key(), ranges_from_json(item.value(), artefact_of_type(item.key()), name));
  check_plan(plan);
  return plan;
}

Json settings_of(const Plan& plan, const Variant& variant) {
  Json out;
  const auto& chain = plan.chains.at(variant.chain);
  out["artefact"] = chain_name(chain);
  out["dialect"] = dialect_name(plan.dialect);
  if (plan.given.empty()) {
    out["seed"] = plan.seed;
    out["repeat"] = variant.repeat;
    if (variant.severity) out["severity"] = *variant.severity;
    else out["ranges"] = ranges_to_json(plan, chain);
  } else {
    out["given"] = given_to_json(plan);
  }
  add_crop(plan.around, out);
  out["rescale"] = plan.around.rescale;
  return out;
}

}  // namespace coopseg::artefact
