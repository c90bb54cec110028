// What a test set consists of: which artefacts, drawn from where, how strong, how often. As JSON both ways.
//
//   Plan plan;
//   plan.chains = {{"motion"}, {"spike"}};
//   plan.repeats = 3;
//   for (const Variant& v : variants(plan)) auto artefacts = draw(plan, v, "patient007", "ED", slices);
//
// People and case lists call the artefacts by their types: bias, ghosting, motion, spike.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/artefact/chain.h"
#include "coopseg/artefact/sampling.h"

namespace coopseg::artefact {

// "bias", "ghosting", "motion", "spike".
const std::vector<std::string>& artefact_types();
// "bias" -> "bias_field"; the others are called alike. Throws core::UsageError for another word.
std::string artefact_of_type(const std::string& type);
std::string type_of(const Artefact& artefact);

struct Plan {
  std::uint64_t seed = 0;
  Dialect dialect = Dialect::paper;
  std::vector<std::vector<std::string>> chains;  // of types, applied one after another; most have one
  std::map<std::string, Ranges> ranges;          // by type, where no severity is asked for
  std::vector<int> severities;                   // instead of ranges
  int repeats = 1;                               // draws for each image
  ChainOptions around;                           // cropping and scaling
  std::vector<Artefact> given;                   // these, and nothing is drawn; their types are the only chain
};

// One of the images that are made from each image.
struct Variant {
  std::size_t chain = 0;
  std::optional<int> severity;
  int repeat = 0;
};

// By chain, then severity, then repeat.
std::vector<Variant> variants(const Plan& plan);

// "motion", "motion+spike": as case lists and file names say.
std::string chain_name(const std::vector<std::string>& chain);

// The parameters for one image, a function of the plan's seed, the case's id and frame, the repeat and the place in the
// chain. Severities share their random numbers: the same spike grows stronger. Throws as check_ranges() does.
std::vector<Artefact> draw(const Plan& plan, const Variant& variant, const std::string& id, const std::string& frame,
                           std::size_t slices);

// All ranges are in order, each type known, each count sensible. Throws core::UsageError.
void check_plan(const Plan& plan);

core::Json plan_to_json(const Plan& plan);
// Throws core::DataError or core::UsageError, both naming `name` or a field.
Plan plan_from_json(const core::Json& json, const std::string& name);

// What one variant depends on, for its sidecar: other repeats and chains of the plan do not change it.
core::Json settings_of(const Plan& plan, const Variant& variant);

}  // namespace coopseg::artefact
