#include "coopseg/metric/ejection.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace coopseg::metric {

namespace {

bool has_frame(const core::Case& c, const char* name) {
  std::string frame = c.frame();
  for (char& letter : frame) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return frame == name;
}

Value fraction(double ed_ml, double es_ml, bool whole) {
  if (!whole) return {{}, "partly-drawn"};
  if (ed_ml == 0) return {{}, "empty-at-ED"};
  return {100 * (ed_ml - es_ml) / ed_ml, {}};
}

// The rows of a subject's ED and ES, of any status.
struct Frames {
  std::vector<const Row*> ed, es;
  bool has_fraction() const {
    const auto is_scored = [](const Row* row) { return row->status == Status::scored; };
    return ed.size() == 1 && es.size() == 1 && is_scored(ed[0]) && is_scored(es[0]);
  }
};

// In the order of their first ED, or first ES where there is none.
std::vector<Frames> subjects_of(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                                const std::string& class_name) {
  std::map<std::string, Frames> subjects;
  for (const Row& row : rows) {
    if (row.class_name != class_name || row.slice) continue;
    const core::Case& c = cases[row.case_index];
    if (!is_ed(c) && !is_es(c)) continue;
    std::string key = c.id();
    for (const char* field : {"dataset", "site", "artefact", "severity", "repeat"}) key += "\n" + c.text(field);
    Frames& frames = subjects[key];
    (is_ed(c) ? frames.ed : frames.es).push_back(&row);
  }
  std::vector<Frames> ordered;
  ordered.reserve(subjects.size());
  for (auto& [key, frames] : subjects) ordered.push_back(std::move(frames));
  const auto place = [](const Frames& f) { return f.ed.empty() ? f.es[0] : f.ed[0]; };
  std::sort(ordered.begin(), ordered.end(), [&](const Frames& a, const Frames& b) { return place(a) < place(b); });
  return ordered;
}

}  // namespace

bool is_ed(const core::Case& c) { return has_frame(c, "ED"); }

bool is_es(const core::Case& c) { return has_frame(c, "ES"); }

std::vector<EjectionFraction> ejection_fractions(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                                                 const std::string& class_name) {
  std::vector<EjectionFraction> fractions;
  for (const Frames& frames : subjects_of(cases, rows, class_name)) {
    if (!frames.has_fraction()) continue;
    const Row &ed = *frames.ed[0], &es = *frames.es[0];
    const bool whole = !ed.partly_drawn && !es.partly_drawn;
    const auto ml = [](const Row& row, std::size_t voxels) { return row.voxel_ml * static_cast<double>(voxels); };
    EjectionFraction f;
    f.ed_case = ed.case_index;
    f.es_case = es.case_index;
    f.reference_percent = fraction(ml(ed, ed.score.reference_voxels), ml(es, es.score.reference_voxels), whole);
    f.prediction_percent = fraction(ml(ed, ed.score.prediction_voxels), ml(es, es.score.prediction_voxels), whole);
    if (f.reference_percent.number && f.prediction_percent.number)
      f.difference_percent.number = *f.prediction_percent.number - *f.reference_percent.number;
    else
      f.difference_percent.reason =
          f.reference_percent.number ? f.prediction_percent.reason : f.reference_percent.reason;
    fractions.push_back(f);
  }
  return fractions;
}

std::vector<std::size_t> subjects_without_fraction(const std::vector<core::Case>& cases, const std::vector<Row>& rows,
                                                   const std::string& class_name) {
  std::vector<std::size_t> without;
  for (const Frames& frames : subjects_of(cases, rows, class_name)) {
    if (!frames.has_fraction()) without.push_back((frames.ed.empty() ? frames.es : frames.ed)[0]->case_index);
  }
  return without;
}

}  // namespace coopseg::metric
