#include "coopseg/dataset/csv.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"

namespace coopseg::dataset {
namespace {

std::string without_blanks(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same_title(const std::string& a, const std::string& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](unsigned char x, unsigned char y) {
           return std::tolower(x) == std::tolower(y);
         });
}

}  // namespace

std::optional<std::size_t> Table::column(const std::string& title) const {
  for (std::size_t c = 0; c < columns.size(); ++c) {
    if (same_title(columns[c], title)) return c;
  }
  return std::nullopt;
}

std::string Table::value(std::size_t row, const std::string& title) const {
  const auto c = column(title);
  return c ? rows[row][*c] : std::string();
}

Table parse_csv(const std::string& text, const std::string& name) {
  Table table;
  table.name = name;
  std::size_t at = text.compare(0, 3, "\xEF\xBB\xBF") == 0 ? 3 : 0;
  const std::string header = text.substr(at, text.find('\n', at) - at);
  char separator = ',';
  for (const char other : {';', '\t'}) {
    if (std::count(header.begin(), header.end(), other) > std::count(header.begin(), header.end(), separator))
      separator = other;
  }

  std::size_t line = 1, row_line = 1;
  std::vector<std::string> row;
  std::string field;
  bool quoted = false, was_quoted = false;
  const auto end_field = [&] {
    row.push_back(was_quoted ? field : without_blanks(field));
    field.clear();
    was_quoted = false;
  };
  const auto end_row = [&] {
    end_field();
    const bool blank = row.size() == 1 && row.front().empty();
    if (!blank && table.columns.empty()) {
      table.columns = row;
    } else if (!blank) {
      if (row.size() != table.columns.size()) {
        throw core::DataError(
            name, fmt::format("line {} holds {} fields, its header {}", row_line, row.size(), table.columns.size()));
      }
      table.rows.push_back(row);
      table.lines.push_back(row_line);
    }
    row.clear();
    row_line = line + 1;
  };
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '"' && at + 1 < text.size() && text[at + 1] == '"') {
        field += text[++at];
      } else if (c == '"') {
        quoted = false;
      } else {
        field += c;
        if (c == '\n') ++line;
      }
    } else if (c == '"' && without_blanks(field).empty()) {
      field.clear();
      quoted = was_quoted = true;
    } else if (c == separator) {
      end_field();
    } else if (c == '\n') {
      end_row();
      ++line;
    } else if (c == '\r' && (at + 1 == text.size() || text[at + 1] == '\n')) {
      continue;
    } else {
      field += c;
    }
  }
  if (quoted) throw core::DataError(name, fmt::format("the quote opened in line {} is never closed", row_line));
  if (!field.empty() || !row.empty()) end_row();
  if (table.columns.empty()) throw core::DataError(name, "is empty, expected a table with a header line");
  return table;
}

Table read_csv(const std::filesystem::path& file) {
  return parse_csv(core::read_file(file, std::uint64_t{64} << 20), file.string());
}

}  // namespace coopseg::dataset
