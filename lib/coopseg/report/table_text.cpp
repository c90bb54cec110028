#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "coopseg/metric/output.h"
#include "coopseg/report/table.h"
#include "coopseg/report/text.h"

namespace coopseg::report {

namespace {

using metric::Metric;

// One column as it is shown: a set (of trainings with so many labelled cases), or an average.
struct Column {
  std::string title, n;  // n: of all its cells, or empty where they differ
  std::vector<const Cell*> cells;
  bool is_average = false;
};

// A column for each of the table's, by the set's name and, where it is given, the stage's.
void add_sets(const ResultTable& table, const std::string& stage, std::vector<Column>& columns) {
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    const auto& [set, labelled] = table.columns[c];
    Column column{with_labelled(stage.empty() ? set : set + " " + stage, table.labelled[labelled]), {}, {}};
    bool same = true;
    for (const TableRow& row : table.rows) {
      column.cells.push_back(&row.cells[c]);
      if (row.cells[c].lists.empty()) continue;
      const std::string n = row.cells[c].n();
      same = same && (column.n.empty() || column.n == n);
      column.n = n;
    }
    if (!same) column.n.clear();
    columns.push_back(std::move(column));
  }
}

// The averages come first: they are what a reader looks for, and wide tables are cut on the right. Where they would be
// the columns again, the later stages have their own columns behind.
std::vector<Column> columns_of(const ResultTable& table, const std::vector<ResultTable>& later) {
  std::vector<Column> columns;
  const auto add_averages = [&](const ResultTable& one) {
    if (one.empty()) return;
    for (std::size_t l = 0; l < one.labelled.size(); ++l) {
      Column column{with_labelled(average_title(one), one.labelled[l]), {}, {}, true};
      for (const TableRow& row : one.rows) column.cells.push_back(&row.averages[l]);
      columns.push_back(std::move(column));
    }
  };
  if (table.averages_tell()) {
    add_averages(table);
    for (const ResultTable& one : later) add_averages(one);
    add_sets(table, {}, columns);
    return columns;
  }
  add_sets(table, {}, columns);
  for (const ResultTable& one : later)
    if (!one.empty()) add_sets(one, one.stage.empty() ? "(unnamed stage)" : stage_title(one.stage), columns);
  return columns;
}

std::string spaced(const std::string& text) {  // a real multiplication sign
  std::string out = text;
  if (const auto x = out.find(" x "); x != std::string::npos) out.replace(x, 3, " × ");
  return out;
}

// SDs over cases stand only in tables that have no SD over trainings: two kinds side by side would be read as one.
bool shows_sd(const Cell& cell, bool several) {
  return cell.sd.number && (cell.sd_over == Over::trainings || (cell.sd_over == Over::cases && !several));
}

std::string html_cell(const Cell& cell, const Column& column, const ResultTable& table, bool several) {
  const std::string start = column.is_average ? "<td class=\"average\">" : "<td>";
  if (cell.lists.empty()) return start + "<span class=\"none\">–</span></td>";
  const std::string mean = show(cell.mean, table.metric);
  std::string text = start + (cell.best ? "<b>" + mean + "</b>" : mean);
  if (shows_sd(cell, several)) text += " <span class=\"sd\">(" + show(cell.sd, table.metric) + ")</span>";
  if (cell.against_first && cell.against_first->test.n > 0) {
    const std::string word = verdict(*cell.against_first, table.metric);
    const char* mark = word == "better" ? "▲\u00a0" : word == "worse" ? "▼\u00a0" : "";
    text += fmt::format("<small{}>{}{}<span>{}</span></small>", word.empty() ? "" : " class=\"" + word + "\"", mark,
                        word.empty() ? "" : word + ", ", html(show_p(cell.against_first->test.p)));
  }
  if (!column.is_average && column.n.empty()) text += "<small><span>n = " + spaced(cell.n()) + "</span></small>";
  return text + "</td>";
}

// How wide a table is with number and SD, and verdict and p, side by side, in the page's rem. By the widest of usual
// fonts, so that a row does not fold in some of its cells alone.
double unfolded_width(const std::vector<Column>& columns, const ResultTable& table, bool several) {
  constexpr double kDigit = 0.64, kSmall = 0.52, kPadding = 1.1, kMethods = 7.75;
  double width = kMethods;
  for (const Column& column : columns) {
    std::size_t digits = 0, small = 0;
    for (const Cell* cell : column.cells) {
      if (cell->lists.empty()) continue;
      const std::string sd = shows_sd(*cell, several) ? " (" + show(cell->sd, table.metric) + ")" : "";
      digits = std::max(digits, (show(cell->mean, table.metric) + sd).size());
      if (!cell->against_first || cell->against_first->test.n == 0) continue;
      const std::size_t word = std::string(verdict(*cell->against_first, table.metric)).size();
      small = std::max(small, show_p(cell->against_first->test.p).size() + (word == 0 ? 0 : word + 4));
    }
    width += kPadding + std::max(kDigit * static_cast<double>(digits), kSmall * static_cast<double>(small));
  }
  return width;
}

// The class by which page.css folds a table whose container is not as wide.
std::string folding_class(double unfolded) {
  for (const int rem : {36, 44, 52, 60, 68, 76})
    if (unfolded <= rem) return fmt::format("fold-{}", rem);
  return "fold";
}

std::string markdown_cell(const Cell& cell, const Column& column, const ResultTable& table, bool several) {
  if (cell.lists.empty()) return "–";
  std::string text = show(cell.mean, table.metric);
  if (cell.best) text = "**" + text + "**";
  if (shows_sd(cell, several)) text += " (" + show(cell.sd, table.metric) + ")";
  if (cell.against_first) {
    const std::string word = verdict(*cell.against_first, table.metric);
    text += word == "worse" ? "†" : word.empty() ? "" : "\\*";
  }
  if (!column.is_average && column.n.empty()) text += ", n = " + spaced(cell.n());
  return text;
}

std::string pairing_of(const ResultTable& table) {
  std::vector<const PairedTest*> tests, of_averages;
  for (const TableRow& row : table.rows) {
    for (const Cell& cell : row.cells)
      if (cell.against_first) tests.push_back(&*cell.against_first);
    for (const Cell& average : row.averages)
      if (average.against_first) of_averages.push_back(&*average.against_first);
  }
  if (tests.empty()) return {};
  return "; paired by subject: " + pairing(tests) +
         (table.averages_tell() && !of_averages.empty() ? "; AVG: " + pairing(of_averages) : "") +
         "; the mean of a subject’s numbers is taken first";
}

std::string number(const metric::Value& value) {
  return value.number && std::isfinite(*value.number) ? core::to_line(core::Json(*value.number)) : "";
}

}  // namespace

std::string title_of(Metric metric) {
  switch (metric) {
    case Metric::dice:
      return "Dice";
    case Metric::jaccard:
      return "Jaccard";
    case Metric::sensitivity:
      return "Sensitivity";
    case Metric::precision:
      return "Precision";
    case Metric::hd:
      return "Hausdorff distance (mm)";
    case Metric::hd95:
      return "HD95 (mm)";
    case Metric::assd:
      return "ASSD (mm)";
    case Metric::masd:
      return "MASD (mm)";
    case Metric::asd_ref_pred:
      return "Surface distance, reference to prediction (mm)";
    case Metric::asd_pred_ref:
      return "Surface distance, prediction to reference (mm)";
    case Metric::nsd:
      return "Surface Dice";
    case Metric::volume_ref:
      return "Volume of the reference (mL)";
    case Metric::volume_pred:
      return "Volume of the prediction (mL)";
    case Metric::volume_diff:
      return "Volume, prediction − reference (mL)";
  }
  return metric::name_of(metric);
}

std::string average_title(const ResultTable& table) {
  return table.stage.empty() ? "AVG" : "AVG " + stage_title(table.stage);
}

std::string explanation(const ResultTable& table, bool in_html) {
  const bool several = table.several_trainings();
  std::string text = table.class_name.empty() ? "Mean over cases and classes" : "Mean over cases";
  text += several ? ", then mean (SD) over trainings" : " (SD over cases)";
  text += "; SDs are those of samples (ddof 1)";
  const bool averaged = table.averages_tell();
  if (averaged) text += ". AVG: mean of the sets";
  const std::string columns = averaged ? "; the sets’ columns are " : "; columns that name no stage are ";
  if (table.stage == kCorrectedStage) {
    text += averaged ? "" : columns + "those";
    text += " with the slow-thinking network’s correction (FTN+STN)";
  } else if (table.stage == kFastStage) {
    text += columns + "the fast-thinking network’s (FTN)";
  } else if (!table.stage.empty()) {
    text += columns + "of the stage " + (in_html ? html(table.stage) : markdown(table.stage));
  }
  text += ". n: scored cases, of how many where that is not all; – : not there. ";
  if (table.rows.size() > 1) {
    const std::string first = table.rows.front().method;
    const bool directed = better_direction(table.metric) != 0;
    if (directed)
      text += fmt::format("{} the {} of its column. ", in_html ? "<b>Bold</b>:" : "**Bold**:",
                          better_direction(table.metric) > 0 ? "highest" : "lowest");
    text += fmt::format(
        "{} {}{} on the same cases at p < {}: Wilcoxon’s signed-rank test, two-sided, not corrected for the number of "
        "tests{}.",
        directed ? (in_html ? "▲ better, ▼ worse than" : "\\* better, † worse than")
                 : (in_html ? "“differs” from" : "\\* differs from"),
        in_html ? html(first) : markdown(first), table.labelled.size() > 1 ? " with as many labelled cases" : "",
        kSignificant, in_html ? html(pairing_of(table)) : pairing_of(table));
    if (in_html) text.replace(text.find(" at p < "), 8, " at p &lt; ");
  }
  return text;
}

std::string html_table(const ResultTable& table, const std::vector<ResultTable>& later, const std::string& caption) {
  const auto columns = columns_of(table, later);
  const bool several = table.several_trainings();
  std::string text = fmt::format(
      "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\"><table class=\"results {1}\"><caption>{0}"
      "</caption><thead><tr><th scope=\"col\">method</th>",
      html(caption), folding_class(unfolded_width(columns, table, several)));
  for (std::size_t c = 0; c < columns.size(); ++c)
    text += fmt::format("<th scope=\"col\"{}>{}{}</th>", columns[c].is_average ? " class=\"average\"" : "",
                        html(columns[c].title),
                        columns[c].n.empty() ? "" : "<small>n = " + spaced(columns[c].n) + "</small>");
  text += "</tr></thead><tbody>\n";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    text += "<tr><th scope=\"row\">" + html(table.rows[r].method) + "</th>";
    for (std::size_t c = 0; c < columns.size(); ++c)
      text += html_cell(*columns[c].cells[r], columns[c], table, several);
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string markdown_table(const ResultTable& table, const std::vector<ResultTable>& later) {
  const auto columns = columns_of(table, later);
  const bool several = table.several_trainings();
  std::string text =
      "**" + markdown(title_of(table.metric)) + (table.class_name.empty() ? "" : ", " + markdown(table.class_name)) +
      (table.stage.empty() || table.stage == kFastStage ? "" : ", " + markdown(stage_title(table.stage))) +
      "**\n\n| method |";
  for (const Column& column : columns)
    text += " " + markdown(column.title) + (column.n.empty() ? "" : " (n = " + spaced(column.n) + ")") + " |";
  text += "\n| --- |";
  for (std::size_t c = 0; c < columns.size(); ++c) text += " ---: |";
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    text += "\n| " + markdown(table.rows[r].method) + " |";
    for (const Column& column : columns) text += " " + markdown_cell(*column.cells[r], column, table, several) + " |";
  }
  return text + "\n\n" + explanation(table, false) + "\n";
}

std::string markdown_table(const std::vector<ResultTable>& stages) {
  return markdown_table(stages.front(), {stages.begin() + 1, stages.end()});
}

std::string csv_header(const Experiment& experiment) {
  return fmt::format(
      "record,metric,class,method,stage,set,{}seed,fold,lists,n_cases,n_scored,n_undefined,mean,sd,sd_over,median,"
      "best,n_pairs,mean_difference,p\n",
      experiment.labelled.size() > 1 ? "labelled," : "");
}

std::string csv_lines(const ResultTable& table) {
  std::string text;
  const auto start = [&](const char* record, const TableRow& row, const std::string& set, std::size_t labelled_index,
                         const ResultList* list) {
    const std::string stage = list ? list->stage : table.stage;
    const auto& labelled = table.labelled[labelled_index];
    const std::string count = table.labelled.size() == 1 ? "" : labelled ? fmt::format("{},", *labelled) : ",";
    return fmt::format("{},{},{},{},{},{},{}{},{}", record, metric::name_of(table.metric), csv(table.class_name),
                       csv(row.method), csv(stage), csv(set), count, csv(list ? list->seed : ""),
                       csv(list ? list->fold : ""));
  };
  const auto counts = [](const std::vector<ListResult>& lists) {
    std::size_t cases = 0, scored = 0, undefined = 0;
    for (const ListResult& result : lists) {
      cases += result.n_cases;
      scored += result.n_scored;
      undefined += result.n_undefined;
    }
    return fmt::format(",{},{},{},{}", lists.size(), cases, scored, undefined);
  };
  const auto end = [](const Cell& cell) {
    const std::string over = !cell.sd.number                   ? ""
                             : cell.sd_over == Over::trainings ? "trainings"
                             : cell.sd_over == Over::cases     ? "cases"
                                                               : "";
    std::string columns = fmt::format(",{},{},{},,{}", number(cell.mean), number(cell.sd), over, cell.best ? 1 : 0);
    if (!cell.against_first) return columns + ",,,\n";
    const PairedTest& test = *cell.against_first;
    return columns + fmt::format(",{},{},{}\n", test.n_subjects, number({test.mean_difference, {}}),
                                 test.test.n ? number({test.test.p, {}}) : "");
  };
  for (const TableRow& row : table.rows) {
    for (std::size_t c = 0; c < row.cells.size(); ++c) {
      const auto& [set, labelled] = table.columns[c];
      const Cell& cell = row.cells[c];
      for (const ListResult& result : cell.lists)
        text += start("list", row, set, labelled, &result.list->from) + counts({result}) +
                fmt::format(",{},{},{},{},,,,\n", number(result.statistic.mean), number(result.statistic.sd),
                            result.statistic.sd.number ? "cases" : "", number(result.statistic.median));
      if (!cell.lists.empty()) text += start("cell", row, set, labelled, nullptr) + counts(cell.lists) + end(cell);
    }
    for (std::size_t l = 0; l < row.averages.size(); ++l)
      if (const Cell& average = row.averages[l]; !average.lists.empty())
        text += start("average", row, "", l, nullptr) + counts(average.lists) + end(average);
  }
  return text;
}

}  // namespace coopseg::report
