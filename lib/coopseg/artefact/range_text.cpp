#include "coopseg/artefact/range_text.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>

#include "coopseg/artefact/severity.h"
#include "coopseg/core/error.h"
#include "coopseg/core/numbers.h"
#include "coopseg/core/text.h"

namespace coopseg::artefact {

namespace {

using core::UsageError;

struct Text {
  const std::string &field, &text, &option;

  std::vector<std::string> pair(const char* form) const {
    auto parts = core::split(text);
    if (parts.size() > 2) throw UsageError(option, "\"" + text + "\" is not of the form " + form);
    return parts;
  }
  Range range() const {
    const auto parts = pair("LOW,HIGH");
    const double first = core::parse_number(parts[0], option);
    return {first, parts.size() == 1 ? first : core::parse_number(parts[1], option)};
  }
  Range both_ways() const {
    const Range given = range();
    if (pair("LOW,HIGH").size() == 2) return given;
    return {-std::abs(given.low), std::abs(given.low)};
  }
  void counts(int& fewest, int& most) const {
    const auto parts = pair("FEWEST,MOST");
    fewest = core::parse_whole(parts[0], option);
    most = core::parse_whole(parts.back(), option);
  }
  int whole() const { return core::parse_whole(text, option); }
};

void set(BiasFieldRanges& r, const Text& t) {
  if (t.field == "coefficients") {
    r.coefficients = t.both_ways();
  } else {
    if (t.whole() < 0) throw UsageError(t.option, "is " + t.text + ", expected 0 to 10");
    r.order = static_cast<unsigned>(t.whole());
  }
}

void set(GhostingRanges& r, const Text& t) {
  if (t.field == "num_ghosts") t.counts(r.fewest, r.most);
  else if (t.field == "intensity") r.intensity = t.range();
  else if (t.field == "restore") r.restore = core::parse_number(t.text, t.option);
  else {
    r.axes.clear();
    for (const std::string& axis : core::split(t.text)) r.axes.push_back(core::parse_whole(axis, t.option));
  }
}

void set(SpikeRanges& r, const Text& t) {
  if (t.field == "num_spikes") t.counts(r.fewest, r.most);
  else r.intensity = t.range();
}

void set(MotionRanges& r, const Text& t) {
  if (t.field == "movements") r.movements = t.whole();
  else if (t.field == "degrees") r.degrees = t.both_ways();
  else r.translation = t.both_ways();
}

}  // namespace

const std::vector<RangeField>& range_fields() {
  static const std::vector<RangeField> fields{
      {"coefficients", "LOW,HIGH", "bias: coefficients of the polynomial, X is -X,X [-0.5,0.5]", {"bias"}},
      {"order", "N", "bias: order of the polynomial, 0 to 10 [3]", {"bias"}},
      {"num_ghosts", "FEWEST,MOST", "ghosting: how many, as the dialect counts them [4,10]", {"ghosting"}},
      {"axes", "AXES", "ghosting: along which axes: 0 slices, 1 rows, 2 columns [0,1,2]", {"ghosting"}},
      {"restore", "SHARE", "ghosting: share of k-space about zero that is kept, if physical [0.02]", {"ghosting"}},
      {"intensity", "LOW,HIGH", "ghosting, spike: strength, X is X alone [0.5,1 and 1,3]", {"ghosting", "spike"}},
      {"num_spikes", "FEWEST,MOST", "spike: how many, if physical in each slice [1]", {"spike"}},
      {"degrees", "LOW,HIGH", "motion: rotation, X is -X,X [-30,30]", {"motion"}},
      {"translation", "LOW,HIGH", "motion: shift in voxels, if physical in mm, X is -X,X [-10,10]", {"motion"}},
      {"movements", "N", "motion: how often the patient moves, 1 to 100 [2]", {"motion"}}};
  return fields;
}

void set_range(Ranges& ranges, const std::string& field, const std::string& text, const std::string& option) {
  assert(ranges_to_json(ranges).contains(field));
  std::visit([&](auto& r) { set(r, {field, text, option}); }, ranges);
}

std::string option_of(std::string field) {
  std::replace(field.begin(), field.end(), '_', '-');
  return "--" + field;
}

void set_ranges(Plan& plan, const std::map<std::string, std::string>& texts) {
  std::set<std::string> types;
  for (const auto& chain : plan.chains) types.insert(chain.begin(), chain.end());
  for (const std::string& type : types) plan.ranges[type] = default_ranges(artefact_of_type(type), plan.dialect);
  for (const RangeField& field : range_fields()) {
    const auto text = texts.find(field.name);
    if (text == texts.end()) continue;
    const std::string option = option_of(field.name);
    std::vector<std::string> taking;
    for (const std::string& type : field.types)
      if (types.count(type)) taking.push_back(type);
    if (taking.empty()) throw UsageError(option, "means nothing to " + chain_name({types.begin(), types.end()}));
    if (taking.size() > 1)
      throw UsageError(option, "would be that of ghosting and of spike, which differ", "make one set at a time");
    set_range(plan.ranges[taking.front()], field.name, text->second, option);
  }
}

std::vector<int> parse_severities(const std::string& text, const std::string& option) {
  std::vector<int> levels;
  for (const std::string& part : core::split(text)) {
    const std::size_t dash = part.find('-', 1);
    const int first = core::parse_whole(part.substr(0, dash), option);
    const int last = dash == std::string::npos ? first : core::parse_whole(part.substr(dash + 1), option);
    for (const int level : {first, last})
      if (level < 1 || level > kSeverities)
        throw UsageError(option, "\"" + part + "\" is not within 1 to " + std::to_string(kSeverities));
    if (last < first) throw UsageError(option, "\"" + part + "\" runs downwards");
    for (int level = first; level <= last; ++level) levels.push_back(level);
  }
  return levels;
}

}  // namespace coopseg::artefact
