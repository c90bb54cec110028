#include "coopseg/dataset/label_source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/core/provenance.h"

namespace coopseg::dataset {
namespace {

using core::Case;

constexpr char kField[] = "label_source", kPseudo[] = "pseudo";

void keep_as_true(Case& c) {
  if (const auto label = c.label()) c.set_path("true_label", *label);
  for (const auto& [field, kept] :
       {std::pair("labels", "true_labels"), std::pair("labelled_slices", "true_labelled_slices")})
    if (const core::Json value = c.field(field); c.label() && !value.is_null()) c.set(kept, value);
}

void require_known_source(const Case& c, const std::string& source) {
  const std::string problem = problem_of_label_source(c);
  if (!problem.empty()) throw core::UsageError(source, c.name() + ": " + problem, "correct the list");
}

}  // namespace

bool has_pseudo_label(const Case& c) { return c.field(kField) == kPseudo; }

std::string problem_of_label_source(const Case& c) {
  const core::Json value = c.field(kField);
  if (value.is_null() || value == kPseudo) return {};
  return fmt::format("\"{}\" is {}, expected \"{}\", or none for a true label", kField, core::to_line(value), kPseudo);
}

void set_pseudo_label(Case& c, const core::fs::path& label, const core::LabelNames& classes,
                      const std::optional<core::fs::path>& probabilities) {
  if (!has_pseudo_label(c)) keep_as_true(c);
  for (const char* stale :
       {"labelled_slices", kLabelProbabilities, "distance", "distance_classes", "prediction", "prediction_labels"})
    c.erase(stale);
  c.set_path("label", label);
  c.set_labels("labels", classes);
  c.set(kField, kPseudo);
  if (probabilities) c.set_path(kLabelProbabilities, *probabilities);
}

void require_true_labels(const std::vector<Case>& cases, const std::string& source) {
  constexpr char kRemedy[] = "give it to cs-train-semi with --pseudo";
  for (const Case& c : cases) {
    require_known_source(c, source);
    if (has_pseudo_label(c))
      throw core::UsageError(
          source, "the label of " + c.name() + " is a pseudo-label, and this list is of true labels only", kRemedy);
    if (const auto label = c.label(); label && core::comes_from(*label, kPredictor))
      throw core::UsageError(
          source,
          "the label of " + c.name() + ", " + label->string() + ", comes from " + kPredictor +
              ", as its sidecar says, and this list is of true labels only",
          "mark it (\"label_source\":\"pseudo\", as cs-predict --pseudo-labels does) and " + std::string(kRemedy));
  }
}

void require_pseudo_labels(const std::vector<Case>& cases, const std::string& source, bool soft) {
  for (const Case& c : cases) {
    require_known_source(c, source);
    if (!has_pseudo_label(c))
      throw core::UsageError(source, c.name() + " is not marked as pseudo-labelled (\"label_source\":\"pseudo\")",
                             "cs-predict --pseudo-labels makes such lists; true labels belong into --cases");
    if (!c.label()) throw core::UsageError(source, c.name() + " has no label", "cs-predict --pseudo-labels makes one");
    if (soft && !c.path(kLabelProbabilities))
      throw core::UsageError(source,
                             c.name() + " has no class probabilities (\"" + kLabelProbabilities +
                                 "\"), which --pseudo-targets soft learns",
                             "make them with cs-predict --pseudo-labels --probabilities, or learn hard targets");
  }
}

void warn_of_pseudo_labels(const std::vector<Case>& cases) {
  constexpr std::size_t kNamed = 10;
  std::vector<std::string> names;
  std::size_t count = 0;
  for (const Case& c : cases)
    if (c.label() && has_pseudo_label(c) && count++ < kNamed) names.push_back(c.name());
  if (count == 0) return;
  core::warning("the labels of {} of {} cases are pseudo-labels, which are no reference: {}{}", count, cases.size(),
                fmt::join(names, ", "), count > kNamed ? ", ..." : "");
}

}  // namespace coopseg::dataset
