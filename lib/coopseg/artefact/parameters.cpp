#include "coopseg/artefact/parameters.h"

#include <cmath>
#include <initializer_list>

#include "coopseg/core/error.h"

namespace coopseg::artefact {

namespace {

using core::DataError;
using core::Json;

constexpr double kLargest = 1e9;           // far beyond any use, and far from the end of double
constexpr std::size_t kMostSpikes = 1000;  // the spectrum is searched again for each
constexpr std::size_t kMostMovements = 100;
constexpr unsigned kHighestOrder = 10;

std::string quoted(const std::string& field) { return "\"" + field + "\""; }

std::string shown(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "infinite" : "minus infinity";
  return Json(value).dump();
}

[[noreturn]] void refuse(const std::string& name, const std::string& field, const std::string& found,
                         const std::string& expected) {
  throw DataError(name, quoted(field) + " is " + found + ", expected " + expected);
}

void check_number(const std::string& name, const std::string& field, double value) {
  if (!(std::abs(value) <= kLargest)) refuse(name, field, shown(value), "a finite number within 1e9");
}

void check_fraction(const std::string& name, const std::string& field, double value) {
  if (!(value >= 0 && value < 1)) refuse(name, field, shown(value), "a fraction of the axis, 0 <= x < 1");
}

std::string item(const char* field, std::size_t index) { return std::string(field) + "[" + std::to_string(index) + "]"; }

void check_one(const BiasField& p, Dialect, const std::string& name) {
  if (p.order > kHighestOrder) refuse(name, "order", std::to_string(p.order), "0 to 10");
  const std::size_t terms = bias_exponents(p.order).size();
  if (p.coefficients.size() != terms)
    throw DataError(name, "\"coefficients\" holds " + std::to_string(p.coefficients.size()) + " numbers, order " +
                              std::to_string(p.order) + " needs " + std::to_string(terms));
  for (std::size_t i = 0; i < terms; ++i) check_number(name, item("coefficients", i), p.coefficients[i]);
}

void check_one(const Ghosting& p, Dialect, const std::string& name) {
  if (p.num_ghosts < 0 || p.num_ghosts > 1000000)
    refuse(name, "num_ghosts", std::to_string(p.num_ghosts), "0 to 1000000");
  if (p.axis < 0 || p.axis > 2)
    refuse(name, "axis", std::to_string(p.axis), "0 (slices), 1 (rows) or 2 (columns)");
  check_number(name, "intensity", p.intensity);
  if (!(p.restore >= 0 && p.restore <= 1)) refuse(name, "restore", shown(p.restore), "a fraction from 0 to 1");
}

void check_one(const Spike& p, Dialect dialect, const std::string& name) {
  const bool legacy = dialect == Dialect::legacy;
  if (legacy ? !p.positions.empty() : !p.positions_flat.empty())
    throw DataError(name, legacy ? "\"positions\" does not belong to a spike of the legacy dialect"
                                 : "\"positions_flat\" belongs to the legacy dialect alone",
                    legacy ? "give \"positions_flat\"" : "give \"positions\"");
  if (p.positions.size() + p.positions_flat.size() > kMostSpikes)
    throw DataError(name, quoted(legacy ? "positions_flat" : "positions") + " holds more than 1000 spikes");
  for (std::size_t i = 0; i < p.positions.size(); ++i)
    for (const double x : p.positions[i]) check_fraction(name, item("positions", i), x);
  for (std::size_t i = 0; i < p.positions_flat.size(); ++i)
    check_fraction(name, item("positions_flat", i), p.positions_flat[i]);
  check_number(name, "intensity", p.intensity);
}

void check_one(const Motion& p, Dialect, const std::string& name) {
  const std::size_t count = p.times.size();
  if (count == 0 || count > kMostMovements)
    throw DataError(name, "\"times\" holds " + std::to_string(count) + " movements, expected 1 to 100");
  for (const auto& [field, values] : {std::pair("degrees", &p.degrees), std::pair("translation", &p.translation)}) {
    if (values->size() != count)
      throw DataError(name, quoted(field) + " holds " + std::to_string(values->size()) + " movements, \"times\" " +
                                std::to_string(count));
    for (std::size_t i = 0; i < count; ++i)
      for (const double x : (*values)[i]) check_number(name, item(field, i), x);
  }
  for (std::size_t i = 0; i < count; ++i)
    if (!(p.times[i] > 0 && p.times[i] < 1)) refuse(name, item("times", i), shown(p.times[i]), "a time, 0 < t < 1");
}

// Reads the members of "parameters" and notices those nobody asked for.
class Reader {
 public:
  Reader(const Json& object, std::string name) : object_(object), name_(std::move(name)) {
    if (!object.is_object()) throw DataError(name_, "\"parameters\" must be an object");
  }

  bool has(const char* key) {
    known_.push_back(key);
    return object_.contains(key);
  }
  const Json& need(const char* key) {
    if (!has(key)) throw DataError(name_, quoted(key) + " is missing from \"parameters\"");
    return object_.at(key);
  }
  double number(const char* key) { return number(key, need(key)); }
  int whole(const char* key) {
    const Json& value = need(key);
    const bool fits = value.is_number_integer() && value.get<double>() >= -kLargest && value.get<double>() <= kLargest;
    if (!fits) refuse(name_, key, core::to_line(value).substr(0, 40), "a whole number");
    return value.get<int>();
  }
  std::vector<double> list(const char* key) {
    std::vector<double> out;
    for (const Json& value : array(key, need(key))) out.push_back(number(key, value));
    return out;
  }
  std::vector<std::array<double, 3>> triples(const char* key) {
    std::vector<std::array<double, 3>> out;
    for (const Json& row : array(key, need(key))) {
      if (!row.is_array() || row.size() != 3)
        refuse(name_, key, core::to_line(row).substr(0, 40), "lists of three numbers");
      out.push_back({number(key, row[0]), number(key, row[1]), number(key, row[2])});
    }
    return out;
  }
  void finish() const {
    for (const auto& member : object_.items()) {
      bool known = false;
      for (const std::string& key : known_) known = known || key == member.key();
      if (!known) throw DataError(name_, quoted(member.key()) + " is no parameter of this artefact");
    }
  }

 private:
  double number(const char* key, const Json& value) const {
    if (!value.is_number()) refuse(name_, key, core::to_line(value).substr(0, 40), "a number");
    return value.get<double>();
  }
  const Json& array(const char* key, const Json& value) const {
    if (!value.is_array()) refuse(name_, key, core::to_line(value).substr(0, 40), "a list");
    return value;
  }

  const Json& object_;
  std::string name_;
  std::vector<std::string> known_;
};

BiasField read_bias(Reader& in, const std::string& name) {
  BiasField p;
  const int order = in.whole("order");
  if (order < 0 || order > static_cast<int>(kHighestOrder)) refuse(name, "order", std::to_string(order), "0 to 10");
  p.order = static_cast<unsigned>(order);
  p.coefficients = in.list("coefficients");
  // Some records name the terms; another order of terms would silently be another field.
  constexpr const char* kExponents = "exponents_axis0_axis1_axis2";
  if (in.has(kExponents) && in.need(kExponents) != Json(bias_exponents(p.order)))
    throw DataError(name, quoted(kExponents) + " is not the order of terms used here (axis 2 counts fastest)");
  return p;
}

Ghosting read_ghosting(Reader& in) {
  Ghosting p;
  p.num_ghosts = in.whole("num_ghosts");
  p.axis = in.whole("axis");
  p.intensity = in.number("intensity");
  if (in.has("restore")) p.restore = in.number("restore");
  return p;
}

Spike read_spike(Reader& in, Dialect dialect) {
  Spike p;
  if (dialect == Dialect::paper) p.positions = in.triples("positions");
  else p.positions_flat = in.list("positions_flat");
  p.intensity = in.number("intensity");
  return p;
}

Motion read_motion(Reader& in, const std::string& name) {
  Motion p;
  p.degrees = in.triples("degrees");
  p.translation = in.triples("translation");
  p.times = in.list("times");
  if (in.has("interpolation") && in.need("interpolation") != Json("linear"))
    refuse(name, "interpolation", core::to_line(in.need("interpolation")).substr(0, 40), "\"linear\"");
  return p;
}

Json written(const BiasField& p, Dialect) { return {{"order", p.order}, {"coefficients", p.coefficients}}; }

Json written(const Ghosting& p, Dialect) {
  return {{"num_ghosts", p.num_ghosts}, {"axis", p.axis}, {"intensity", p.intensity}, {"restore", p.restore}};
}

Json written(const Spike& p, Dialect dialect) {
  Json out;
  if (dialect == Dialect::paper) out["positions"] = p.positions;
  else out["positions_flat"] = p.positions_flat;
  out["intensity"] = p.intensity;
  return out;
}

Json written(const Motion& p, Dialect) {
  Json out;
  out["degrees"] = p.degrees;
  out["translation"] = p.translation;
  out["times"] = p.times;
  out["interpolation"] = "linear";
  return out;
}

constexpr const char* kNames[] = {"bias_field", "ghosting", "spike", "motion"};  // in the variant's order
constexpr const char* kLegacy = "_legacy";

}  // namespace

std::vector<std::array<unsigned, 3>> bias_exponents(unsigned order) {
  std::vector<std::array<unsigned, 3>> terms;
  for (unsigned a = 0; a <= order; ++a)
    for (unsigned b = 0; a + b <= order; ++b)
      for (unsigned c = 0; a + b + c <= order; ++c) terms.push_back({a, b, c});
  return terms;
}

std::string artefact_name(const Artefact& artefact) {
  return std::string(kNames[artefact.parameters.index()]) + (artefact.dialect == Dialect::legacy ? kLegacy : "");
}

void check(const Artefact& artefact, const std::string& name) {
  std::visit([&](const auto& p) { check_one(p, artefact.dialect, name); }, artefact.parameters);
}

Artefact artefact_from_json(const Json& json, const std::string& name) {
  if (!json.is_object() || !json.contains("artefact") || !json["artefact"].is_string() || !json.contains("parameters"))
    throw DataError(name, "holds no artefact: an object with \"artefact\" (its name) and \"parameters\" is expected");
  const std::string full = json["artefact"].get<std::string>();
  std::string kind = full;
  Artefact out;
  const std::string suffix = kLegacy;
  if (kind.size() > suffix.size() && kind.compare(kind.size() - suffix.size(), suffix.size(), suffix) == 0) {
    out.dialect = Dialect::legacy;
    kind.resize(kind.size() - suffix.size());
  }
  Reader in(json["parameters"], name);
  if (kind == kNames[0]) out.parameters = read_bias(in, name);
  else if (kind == kNames[1]) out.parameters = read_ghosting(in);
  else if (kind == kNames[2]) out.parameters = read_spike(in, out.dialect);
  else if (kind == kNames[3]) out.parameters = read_motion(in, name);
  else refuse(name, "artefact", core::to_line(full).substr(0, 60), "bias_field, ghosting, spike or motion");
  in.finish();
  check(out, name);
  return out;
}

Json to_json(const Artefact& artefact) {
  Json out;
  out["artefact"] = artefact_name(artefact);
  out["parameters"] = std::visit([&](const auto& p) { return written(p, artefact.dialect); }, artefact.parameters);
  return out;
}

}  // namespace coopseg::artefact
