#include "coopseg/artefact/parameters.h"

#include <cmath>
#include <initializer_list>
#include <iterator>

#include "coopseg/core/error.h"

namespace coopseg::artefact {

namespace {

using core::DataError;
using core::Json;

constexpr double kLargest = 1e9;           // far beyond any use, and far from the end of double
constexpr std::size_t kMostSpikes = 1000;  // the spectrum is searched again for each
constexpr std::size_t kMostSpikesOfSlices = 1000000;
constexpr std::size_t kMostMovements = 100;
constexpr unsigned kHighestOrder = 10;

std::string in_quotes(const std::string& field) { return "\"" + field + "\""; }

std::string shown(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "infinite" : "minus infinity";
  return Json(value).dump();
}

[[noreturn]] void refuse(const std::string& name, const std::string& field, const std::string& found,
                         const std::string& expected) {
  throw DataError(name, in_quotes(field) + " is " + found + ", expected " + expected);
}

void check_number(const std::string& name, const std::string& field, double value) {
  if (!(std::abs(value) <= kLargest)) refuse(name, field, shown(value), "a finite number within 1e9");
}

void check_fraction(const std::string& name, const std::string& field, double value) {
  if (!(value >= 0 && value < 1)) refuse(name, field, shown(value), "a fraction of the axis, 0 <= x < 1");
}

std::string item(const std::string& field, std::size_t index) { return field + "[" + std::to_string(index) + "]"; }

void check_one(const BiasField& p, Dialect, const std::string& name) {
  if (p.order > kHighestOrder) refuse(name, "order", std::to_string(p.order), "0 to 10");
  const std::size_t terms = bias_exponents(p.order).size();
  if (p.coefficients.size() != terms)
    throw DataError(name, "\"coefficients\" holds " + std::to_string(p.coefficients.size()) + " numbers, order " +
                              std::to_string(p.order) + " needs " + std::to_string(terms));
  for (std::size_t i = 0; i < terms; ++i) check_number(name, item("coefficients", i), p.coefficients[i]);
}

void check_one(const Ghosting& p, Dialect dialect, const std::string& name) {
  if (p.num_ghosts < 0 || p.num_ghosts > 1000000)
    refuse(name, "num_ghosts", std::to_string(p.num_ghosts), "0 to 1000000");
  if (p.axis < 0 || p.axis > 2)
    refuse(name, "axis", std::to_string(p.axis), "0 (slices), 1 (rows) or 2 (columns)");
  if (p.axis == 0 && dialect == Dialect::physical)
    refuse(name, "axis", "0", "1 (rows) or 2 (columns): slices acquired one by one have no k-space across them");
  check_number(name, "intensity", p.intensity);
  if (!(p.restore >= 0 && p.restore <= 1)) refuse(name, "restore", shown(p.restore), "a fraction from 0 to 1");
}

void check_one(const Spike& p, Dialect dialect, const std::string& name) {
  const bool legacy = dialect == Dialect::legacy;
  if (legacy ? !p.positions.empty() : !p.positions_flat.empty())
    throw DataError(name, legacy ? "\"positions\" does not belong to a spike of the legacy dialect"
                                 : "\"positions_flat\" belongs to the legacy dialect alone",
                    legacy ? "give \"positions_flat\"" : "give \"positions\"");
  const std::size_t most = dialect == Dialect::physical ? kMostSpikesOfSlices : kMostSpikes;
  if (p.positions.size() + p.positions_flat.size() > most)
    throw DataError(name, in_quotes(legacy ? "positions_flat" : "positions") + " holds more than " +
                              std::to_string(most) + " spikes");
  for (std::size_t i = 0; i < p.positions.size(); ++i)
    for (const double x : p.positions[i]) check_fraction(name, item("positions", i), x);
  for (std::size_t i = 0; i < p.positions_flat.size(); ++i)
    check_fraction(name, item("positions_flat", i), p.positions_flat[i]);
  check_number(name, "intensity", p.intensity);
}

void check_times(const std::string& name, const std::string& prefix, const std::vector<double>& times) {
  if (times.empty() || times.size() > kMostMovements)
    throw DataError(name, in_quotes(prefix + "times") + " holds " + std::to_string(times.size()) +
                              " movements, expected 1 to 100");
  for (std::size_t i = 0; i < times.size(); ++i)
    if (!(times[i] > 0 && times[i] < 1))
      refuse(name, item(prefix + "times", i), shown(times[i]), "a time, 0 < t < 1");
}

void check_count(const std::string& name, const std::string& prefix, const char* field, std::size_t found,
                 std::size_t times) {
  if (found != times)
    throw DataError(name, in_quotes(prefix + field) + " holds " + std::to_string(found) + " movements, " +
                              in_quotes(prefix + "times") + " " + std::to_string(times));
}

void check_slice(const SliceMotion& p, const std::string& name, const std::string& prefix) {
  check_times(name, prefix, p.times);
  check_count(name, prefix, "degrees", p.degrees.size(), p.times.size());
  check_count(name, prefix, "translation_mm", p.translation_mm.size(), p.times.size());
  for (std::size_t i = 0; i < p.times.size(); ++i) {
    check_number(name, item(prefix + "degrees", i), p.degrees[i]);
    for (const double x : p.translation_mm[i]) check_number(name, item(prefix + "translation_mm", i), x);
    if (i > 0 && p.times[i] < p.times[i - 1])
      refuse(name, item(prefix + "times", i), shown(p.times[i]), "a time after the one before it");
  }
}

void check_one(const Motion& p, Dialect dialect, const std::string& name) {
  if (dialect == Dialect::physical) {
    if (!p.times.empty() || !p.degrees.empty() || !p.translation.empty())
      throw DataError(name, "\"times\", \"degrees\" and \"translation\" belong to the slices of a physical motion",
                      "give \"slices\"");
    if (p.slices.empty())
      throw DataError(name, "\"slices\" is empty, expected one entry for all slices or one for each");
    for (std::size_t s = 0; s < p.slices.size(); ++s) check_slice(p.slices[s], name, item("slices", s) + ".");
    return;
  }
  if (!p.slices.empty()) throw DataError(name, "\"slices\" belongs to the physical dialect alone");
  check_times(name, "", p.times);
  for (const auto& [field, values] : {std::pair("degrees", &p.degrees), std::pair("translation", &p.translation)}) {
    check_count(name, "", field, values->size(), p.times.size());
    for (std::size_t i = 0; i < values->size(); ++i)
      for (const double x : (*values)[i]) check_number(name, item(field, i), x);
  }
}

// Reads the members of "parameters" and notices those nobody asked for.
class Reader {
 public:
  Reader(const Json& object, std::string name, std::string where = "parameters")
      : object_(object), name_(std::move(name)), where_(std::move(where)) {
    if (!object.is_object()) throw DataError(name_, in_quotes(where_) + " must be an object");
  }

  bool has(const char* key) {
    known_.push_back(key);
    return object_.contains(key);
  }
  const Json& need(const char* key) {
    if (!has(key)) throw DataError(name_, in_quotes(key) + " is missing from " + in_quotes(where_));
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
  template <std::size_t N>
  std::vector<std::array<double, N>> tuples(const char* key) {
    std::vector<std::array<double, N>> out;
    for (const Json& row : array(key, need(key))) {
      if (!row.is_array() || row.size() != N)
        refuse(name_, key, core::to_line(row).substr(0, 40), "lists of " + std::to_string(N) + " numbers");
      std::array<double, N>& to = out.emplace_back();
      for (std::size_t i = 0; i < N; ++i) to[i] = number(key, row[i]);
    }
    return out;
  }
  const Json& objects(const char* key) { return array(key, need(key)); }
  void finish() const {
    for (const auto& member : object_.items()) {
      bool known = false;
      for (const std::string& key : known_) known = known || key == member.key();
      if (!known) throw DataError(name_, in_quotes(member.key()) + " is no parameter of this artefact in this dialect");
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
  std::string name_, where_;
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
    throw DataError(name, in_quotes(kExponents) + " is not the order of terms used here (axis 2 counts fastest)");
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
  if (dialect == Dialect::legacy) p.positions_flat = in.list("positions_flat");
  else p.positions = in.tuples<3>("positions");
  p.intensity = in.number("intensity");
  return p;
}

Motion read_motion(Reader& in, Dialect dialect, const std::string& name) {
  Motion p;
  if (in.has("interpolation") && in.need("interpolation") != Json("linear"))
    refuse(name, "interpolation", core::to_line(in.need("interpolation")).substr(0, 40), "\"linear\"");
  if (dialect != Dialect::physical) {
    p.degrees = in.tuples<3>("degrees");
    p.translation = in.tuples<3>("translation");
    p.times = in.list("times");
    return p;
  }
  for (const Json& one : in.objects("slices")) {
    Reader slice(one, name, item("slices", p.slices.size()));
    p.slices.push_back({slice.list("degrees"), slice.tuples<2>("translation_mm"), slice.list("times")});
    slice.finish();
  }
  return p;
}

Json written(const BiasField& p, Dialect) { return {{"order", p.order}, {"coefficients", p.coefficients}}; }

Json written(const Ghosting& p, Dialect) {
  return {{"num_ghosts", p.num_ghosts}, {"axis", p.axis}, {"intensity", p.intensity}, {"restore", p.restore}};
}

Json written(const Spike& p, Dialect dialect) {
  Json out;
  if (dialect == Dialect::legacy) out["positions_flat"] = p.positions_flat;
  else out["positions"] = p.positions;
  out["intensity"] = p.intensity;
  return out;
}

Json written(const Motion& p, Dialect dialect) {
  Json out;
  if (dialect == Dialect::physical) {
    out["slices"] = Json::array();
    for (const SliceMotion& s : p.slices)
      out["slices"].push_back({{"degrees", s.degrees}, {"translation_mm", s.translation_mm}, {"times", s.times}});
  } else {
    out["degrees"] = p.degrees;
    out["translation"] = p.translation;
    out["times"] = p.times;
  }
  out["interpolation"] = "linear";
  return out;
}

constexpr const char* kNames[] = {"bias_field", "ghosting", "spike", "motion"};  // in the variant's order
constexpr const char* kDialects[] = {"paper", "legacy", "physical"};         // in the enumeration's order

// "spike_legacy" is "spike" of the legacy dialect; of the paper's there is no suffix.
Dialect take_dialect(std::string& kind) {
  for (const Dialect dialect : {Dialect::legacy, Dialect::physical}) {
    const std::string suffix = "_" + dialect_name(dialect);
    if (kind.size() <= suffix.size() || kind.compare(kind.size() - suffix.size(), suffix.size(), suffix) != 0) continue;
    kind.resize(kind.size() - suffix.size());
    return dialect;
  }
  return Dialect::paper;
}

}  // namespace

std::vector<std::array<unsigned, 3>> bias_exponents(unsigned order) {
  std::vector<std::array<unsigned, 3>> terms;
  for (unsigned a = 0; a <= order; ++a)
    for (unsigned b = 0; a + b <= order; ++b)
      for (unsigned c = 0; a + b + c <= order; ++c) terms.push_back({a, b, c});
  return terms;
}

std::string artefact_name(const Artefact& artefact) {
  const std::string name = kNames[artefact.parameters.index()];
  return artefact.dialect == Dialect::paper ? name : name + "_" + dialect_name(artefact.dialect);
}

std::string dialect_name(Dialect dialect) { return kDialects[static_cast<std::size_t>(dialect)]; }

Dialect parse_dialect(const std::string& name) {
  for (std::size_t d = 0; d < std::size(kDialects); ++d)
    if (name == kDialects[d]) return static_cast<Dialect>(d);
  throw core::UsageError("dialect", "\"" + name + "\" is none of paper, legacy, physical");
}

void check_artefact(const Artefact& artefact, const std::string& name) {
  std::visit([&](const auto& p) { check_one(p, artefact.dialect, name); }, artefact.parameters);
}

Artefact artefact_from_json(const Json& json, const std::string& name) {
  if (!json.is_object() || !json.contains("artefact") || !json["artefact"].is_string() || !json.contains("parameters"))
    throw DataError(name, "holds no artefact: an object with \"artefact\" (its name) and \"parameters\" is expected");
  const std::string full = json["artefact"].get<std::string>();
  std::string kind = full;
  Artefact out;
  out.dialect = take_dialect(kind);
  Reader in(json["parameters"], name);
  if (kind == kNames[0]) out.parameters = read_bias(in, name);
  else if (kind == kNames[1]) out.parameters = read_ghosting(in);
  else if (kind == kNames[2]) out.parameters = read_spike(in, out.dialect);
  else if (kind == kNames[3]) out.parameters = read_motion(in, out.dialect, name);
  else refuse(name, "artefact", core::to_line(full).substr(0, 60), "bias_field, ghosting, spike or motion");
  in.finish();
  check_artefact(out, name);
  return out;
}

Json to_json(const Artefact& artefact) {
  Json out;
  out["artefact"] = artefact_name(artefact);
  out["parameters"] = std::visit([&](const auto& p) { return written(p, artefact.dialect); }, artefact.parameters);
  return out;
}

}  // namespace coopseg::artefact
