#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "coopseg/metric/output.h"

namespace coopseg::metric {

namespace {

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

using Cells = std::vector<std::string>;

struct Columns {
  std::size_t text = 1;      // aligned left, as are notes in the last column; the others right
  bool notes = false;
};

// Lines are made twice, for their widths and for their text: a table of thousands is never whole in memory.
void write_table(const Cells& titles, Columns columns, std::size_t n, const std::function<Cells(std::size_t)>& line_at,
                 const core::TextSink& out) {
  std::vector<std::size_t> width(titles.size(), 0);
  const auto widen = [&](const Cells& line) {
    for (std::size_t c = 0; c < line.size(); ++c) width[c] = std::max(width[c], display_width(line[c]));
  };
  widen(titles);
  for (std::size_t i = 0; i < n; ++i) widen(line_at(i));
  const auto write = [&](const Cells& line) {
    std::string row;
    for (std::size_t c = 0; c < line.size(); ++c) {
      const std::string pad(width[c] - display_width(line[c]), ' ');
      const bool left = c < columns.text || (columns.notes && c + 1 == line.size());
      row += (c ? "  " : "") + (left ? line[c] + pad : pad + line[c]);
    }
    row.erase(row.find_last_not_of(' ') + 1);
    out(row + "\n");
  };
  write(titles);
  for (std::size_t i = 0; i < n; ++i) write(line_at(i));
}

struct Table {
  std::vector<Cells> lines;  // the first one holds the titles
  std::size_t text_columns = 1;

  std::string text() const {
    std::string all;
    write_table(
        lines.front(), {text_columns}, lines.size() - 1, [this](std::size_t i) { return lines[i + 1]; },
        [&all](std::string_view line) { all += line; });
    return all;
  }
};

std::string show(const Value& value, int places) {
  if (!value.number) return value.reason.text().find("gives-nan") != std::string::npos ? "nan" : "-";
  if (std::isinf(*value.number)) return "inf";
  return fmt::format("{:.{}f}", *value.number, places);
}

std::string note_of(const Row& row, const core::Case* c) {
  std::string note;
  if (row.status == Status::missing) note = "no prediction";
  if (row.status == Status::failed) note = "failed";
  if (row.status == Status::scored && row.score.empty != Empty::none)
    note = row.score.empty == Empty::both ? "both empty" : fmt::format("{} empty", name_of(row.score.empty));
  if (c && seen_in_training(*c)) note += (note.empty() ? "" : ", ") + std::string("seen in training");
  return note;
}

}  // namespace

int decimals(Metric metric) {
  if (metric >= Metric::volume_ref) return 2;
  return is_distance(metric) && metric != Metric::nsd ? 3 : 4;
}

void write_score_table(const std::vector<Row>& rows, const Labelled& of, const ScoreOptions& options,
                       const core::TextSink& out) {
  Cells titles;
  if (of.cases) titles.push_back("case");
  titles.push_back("class");
  if (options.per_slice) titles.push_back("slice");
  for (Metric metric : options.metrics) titles.push_back(name_of(metric));
  titles.push_back("");
  const auto line_at = [&](std::size_t i) {
    const Row& row = rows[i];
    const core::Case* c = of.cases ? &(*of.cases)[row.case_index] : nullptr;
    Cells line;
    if (c) line.push_back(c->name());
    line.push_back(row.class_name);
    if (options.per_slice) line.push_back(row.slice ? std::to_string(*row.slice) : "-");
    for (Metric metric : options.metrics) line.push_back(show(row.score[metric], decimals(metric)));
    line.push_back(note_of(row, c));
    return line;
  };
  write_table(titles, {of.cases ? std::size_t{2} : std::size_t{1}, true}, rows.size(), line_at, out);
}

void write_ejection_table(const std::vector<EjectionFraction>& fractions, const std::vector<core::Case>& cases,
                          const std::string& class_name, const core::TextSink& out) {
  const auto line_at = [&](std::size_t i) {
    const EjectionFraction& f = fractions[i];
    return Cells{cases[f.ed_case].id(), show(f.reference_percent, 1), show(f.prediction_percent, 1),
                 show(f.difference_percent, 1)};
  };
  write_table({"subject", class_name + " ef_ref_%", "ef_pred_%", "difference"}, {1}, fractions.size(), line_at, out);
}

std::string ejection_summary_line(const EjectionGroup& subjects, const std::string& title,
                                  const std::string& class_name) {
  const core::Json record = ejection_summary_record(subjects, {}, class_name);
  const auto number = [&](const char* name) {
    return record[name].is_null() ? std::string("-") : fmt::format("{:.2f}", record[name].get<double>());
  };
  return fmt::format(
      "{}{} ejection fraction: prediction - reference {} +- {} (mean, SD ddof 1), absolute {} percentage points, "
      "{} of {} subjects\n",
      title.empty() ? "" : title + " ", class_name, number("difference_percent_mean"),
      number("difference_percent_sd"), number("absolute_difference_percent_mean"),
      record["n_scored"].get<std::size_t>(), record["n_subjects"].get<std::size_t>());
}

std::string summary_table(const std::vector<Summary>& summaries, const ScoreOptions& options) {
  Table table;
  const std::string by = summaries.empty() ? "" : summaries.front().by;
  table.text_columns = by.empty() ? 3 : 4;
  table.lines.push_back({"dataset", "class", "metric", "mean", "sd(ddof1)", "median", "n_scored", "empty:both", "ref",
                         "pred", "missing", "failed"});
  if (!by.empty()) table.lines.back().insert(table.lines.back().begin() + 1, by);
  for (const Summary& s : summaries)
    for (Metric metric : options.metrics) {
      const Statistic& statistic = s.statistics[static_cast<std::size_t>(metric)];
      const auto cell = [&](const Value& v) {
        return v.reason == "infinite-values" ? "inf" : show(v, decimals(metric));
      };
      table.lines.push_back({s.dataset.empty() ? "-" : s.dataset, s.class_name, name_of(metric), cell(statistic.mean),
                             cell(statistic.sd), cell(statistic.median),
                             fmt::format("{}/{}", statistic.n_scored, s.n_rows), std::to_string(s.n_empty_both),
                             std::to_string(s.n_empty_reference), std::to_string(s.n_empty_prediction),
                             std::to_string(s.n_missing), std::to_string(s.n_failed)});
      if (!by.empty())
        table.lines.back().insert(table.lines.back().begin() + 1, s.group.empty() ? std::string("-") : s.group);
    }
  return table.text();
}

std::string comparison_table(const std::vector<Comparison>& comparisons, const CompareOptions& how) {
  Table table;
  table.text_columns = 2;
  table.lines.push_back({"class", "metric", "pairs", "subjects", "undefined", "mean_diff",
                         fmt::format("{:g}%_low", 100 * how.level), "high", "median_diff", "W+", "W-", "zeros",
                         "p(two-sided)", "method"});
  for (const Comparison& c : comparisons) {
    const int places = decimals(c.metric) + 1;
    const auto number = [&](double v) { return c.n_pairs ? fmt::format("{:.{}f}", v, places) : std::string("-"); };
    table.lines.push_back({c.class_name, name_of(c.metric), std::to_string(c.n_pairs), std::to_string(c.n_subjects),
                           std::to_string(c.n_undefined), number(c.mean_difference), number(c.interval.low),
                           number(c.interval.high), number(c.median_difference), fmt::format("{:g}", c.test.w_plus),
                           fmt::format("{:g}", c.test.w_minus), std::to_string(c.test.zeros),
                           c.test.n ? fmt::format("{:.4g}", c.test.p) : "-", c.test.method});
  }
  return table.text() +
         fmt::format(
             "# differences: this list - other, the mean of each subject's pairs; p: Wilcoxon signed-rank, zeros "
             "dropped, ties by mean ranks; interval: percentile bootstrap of the mean, {} resamples, seed {}\n",
             how.resamples, how.seed);
}

std::string definition_lines(const ScoreOptions& options) {
  std::string text = fmt::format("# definition {}, {}\n", options.definition.name(),
                                 options.per_slice ? "2D per slice" : "3D per case (2D for images of one slice)");
  for (Metric metric : options.metrics)
    text += fmt::format("# {}: {}\n", name_of(metric), options.definition.describe(metric));
  return text;
}

namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

void write_score_csv(const std::vector<Row>& rows, const Labelled& of, const ScoreOptions& options,
                     const core::TextSink& out) {
  std::string titles = "id,frame,dataset,class,slice,status,empty,definition";
  for (Metric metric : options.metrics) titles += fmt::format(",{}", name_of(metric));
  out(titles + "\n");
  for (const Row& row : rows) {
    const core::Case* c = of.cases ? &(*of.cases)[row.case_index] : nullptr;
    const core::Json record = score_record(row, of, options);
    std::string line = quoted(c ? c->id() : of.prediction) + "," + quoted(c ? c->frame() : "") + "," +
                       quoted(c ? c->text("dataset") : "") + "," + quoted(row.class_name) + "," +
                       (row.slice ? std::to_string(*row.slice) : "") + "," + record["status"].get<std::string>() + "," +
                       name_of(row.score.empty) + "," + quoted(options.definition.name());
    for (Metric metric : options.metrics) {
      const auto& value = row.score[metric];
      // Shortest text that reads back exactly; nothing where nothing is defined.
      line += "," + (value.number ? (std::isinf(*value.number) ? "inf" : core::to_line(core::Json(*value.number)))
                                  : std::string());
    }
    out(line + "\n");
  }
}

}  // namespace coopseg::metric
