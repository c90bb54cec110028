// Tables of text with one header line (RFC 4180): what data sets bring their clinical facts in.
//
//   Table table = read_csv("information.csv");
//   std::string vendor = table.value(row, "Vendor");
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace coopseg::dataset {

struct Table {
  std::string name;                            // for messages
  std::vector<std::string> columns;            // as they stand in the header, without surrounding blanks
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`
  std::vector<std::size_t> lines;              // the line each row starts on, from 1

  // Case does not matter.
  std::optional<std::size_t> column(const std::string& title) const;
  // Empty if there is no such column.
  std::string value(std::size_t row, const std::string& title) const;
};

// Fields are separated by commas, or by semicolons or tabs where the header holds more of those; quotes, doubled
// quotes, line breaks in quotes, CR LF and a byte order mark are understood. Throws core::DataError naming the line for
// a row that is longer or shorter than the header, and for a quote that is never closed.
Table parse_csv(const std::string& text, const std::string& name);
Table read_csv(const std::filesystem::path& file);

}  // namespace coopseg::dataset
