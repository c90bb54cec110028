// The two data sets of the M&Ms challenges.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "coopseg/dataset/csv.h"
#include "coopseg/dataset/layout_kinds.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;
using core::Case;

namespace {

constexpr char kCode[] = "External code", kNumber[] = "SUBJECT_CODE";

// The tables in a folder that have a column of this title.
std::vector<Table> tables_with(const char* title, const fs::path& folder) {
  std::vector<Table> found;
  for (const fs::path& entry : entries(folder)) {
    if (entry.extension() != ".csv") continue;
    Table table = read_csv(entry);
    if (table.column(title)) found.push_back(std::move(table));
  }
  return found;
}

Table require(Table table, const std::vector<const char*>& titles) {
  for (const char* title : titles) {
    if (!table.column(title)) throw core::DataError(table.name, fmt::format("has no column '{}'", title));
  }
  return table;
}

[[noreturn]] void refuse_tables(const fs::path& folder, std::size_t found, const char* title) {
  throw core::DataError(folder.string(),
                        found == 0 ? fmt::format("holds no .csv file with a column '{}'", title)
                                   : fmt::format("holds {} tables with a column '{}'", found, title),
                        "name the data set's table with --csv FILE");
}

Table find_mnms_table(const fs::path& folder, const fs::path& given) {
  if (!given.empty()) return require(read_csv(given), {kCode, "ED", "ES"});
  std::vector<Table> found = tables_with(kCode, folder);
  if (found.size() != 1) refuse_tables(folder, found.size(), kCode);
  return require(std::move(found.front()), {kCode, "ED", "ES"});
}

// The row of each subject, by what `key` makes of its code.
template <class Key>
std::map<std::string, std::size_t> rows_by(const Table& table, const char* title, Key&& key) {
  std::map<std::string, std::size_t> rows;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string code = key(table.value(row, title));
    if (!code.empty() && !rows.emplace(code, row).second)
      throw core::DataError(table.name, fmt::format("line {} names {} a second time", table.lines[row], code));
  }
  return rows;
}

void compare_numbers(const Table& table, std::size_t rows, std::size_t subjects, Listing& listing) {
  if (rows <= subjects) return;
  listing.remarks.push_back(fmt::format("{} names {} subjects, the folder holds {}", table.name, rows, subjects));
}

// The columns whose names are not `taken`, as they stand.
void carry_columns(const Table& table, std::size_t row, const std::set<std::string>& taken, Case& c) {
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const std::string name = field_name(table.columns[column]), &value = table.rows[row][column];
    if (!name.empty() && !value.empty() && !is_taken(name) && !taken.count(name)) c.set(name.c_str(), value);
  }
}

// "12" and, as tables saved by statistics programs have it, "12.0".
long frame_index(const std::string& text, const std::string& where) {
  double value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0) || value > 1e6 ||
      value != std::floor(value)) {
    throw core::DataError(where, fmt::format("is '{}', expected a frame's number from 0", text));
  }
  return static_cast<long>(value);
}

void list_mnms_subject(const SubjectFolder& subject, const Table& table, std::size_t row, Listing& listing) {
  const fs::path stem = subject.path / (subject.id + "_sa");
  const auto image = image_file(stem, listing.remarks);
  if (!image) throw core::DataError(stem.string() + ".nii.gz", "does not exist");
  const auto label = image_file(stem.string() + "_gt", listing.remarks);
  for (const char* frame : {"ED", "ES"}) {
    const long index = frame_index(table.value(row, frame),
                                   fmt::format("{}: line {}, column {}", table.name, table.lines[row], frame));
    Case c = make_case(subject.id, frame, *image, label);
    c.set("frame_index", index);
    if (!subject.subset.empty()) c.set("subset", subject.subset);
    const auto carry = [&](const char* field, const std::string& value) {
      if (!value.empty()) c.set(field, value);
    };
    carry("site", table.value(row, "Centre"));
    carry("vendor", table.value(row, "Vendor"));
    carry("vendor_name", table.value(row, "VendorName"));
    carry_columns(table, row, {"external_code", "ed", "es", "centre", "vendor", "vendorname", "vendor_name"}, c);
    listing.cases.push_back(std::move(c));
  }
}

// The table of M&Ms-2 numbers its subjects 1, 2 ... (or 1.0), the folders are 001, 002 ...
std::string without_zeros(std::string code) {
  if (code.size() > 2 && code.compare(code.size() - 2, 2, ".0") == 0) code.resize(code.size() - 2);
  return code.substr(std::min(code.find_first_not_of('0'), code.size()));
}

std::optional<Table> find_mnms2_table(const fs::path& folder, const fs::path& given, Listing& listing) {
  if (!given.empty()) return require(read_csv(given), {kNumber});
  std::vector<Table> found = tables_with(kNumber, folder);
  if (found.size() > 1) refuse_tables(folder, found.size(), kNumber);
  if (found.size() == 1) return std::move(found.front());
  listing.remarks.push_back(fmt::format(
      "{} holds no .csv file with a column '{}': vendor, scanner and disease are not listed (--csv FILE names it)",
      folder.string(), kNumber));
  return std::nullopt;
}

}  // namespace

std::string field_name(const std::string& title) {
  std::string name;
  for (const char c : title) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!name.empty() && name.back() != '_') name += '_';
  }
  while (!name.empty() && name.back() == '_') name.pop_back();
  return name;
}

void list_mnms(const fs::path& folder, const ListOptions& options, Listing& listing) {
  const auto is_subject = [&](const fs::path& path) {
    return is_image_file(path / (path.filename().string() + "_sa"));
  };
  const auto subjects = find_subjects(folder, 3, is_subject, listing.links_to_nothing);
  if (subjects.empty()) return;
  const Table table = find_mnms_table(folder, options.table);
  const auto rows = rows_by(table, kCode, [](const std::string& code) { return code; });
  for_each_subject(subjects, listing, [&](const SubjectFolder& subject) {
    const auto row = rows.find(subject.id);
    if (row == rows.end()) throw core::DataError(table.name, "has no line for this subject");
    list_mnms_subject(subject, table, row->second, listing);
  });
  compare_numbers(table, rows.size(), subjects.size(), listing);
}

void list_mnms2(const fs::path& folder, const ListOptions& options, Listing& listing) {
  const std::string view = options.view == CardiacView::long_axis ? "LA" : "SA";
  const auto stem_of = [&](const fs::path& subject, const char* frame) {
    return subject / fmt::format("{}_{}_{}", subject.filename().string(), view, frame);
  };
  const auto subjects = find_subjects(
      folder, 3,
      [&](const fs::path& path) { return is_image_file(stem_of(path, "ED")) || is_image_file(stem_of(path, "ES")); },
      listing.links_to_nothing);
  if (subjects.empty()) return;
  const std::optional<Table> table = find_mnms2_table(folder, options.table, listing);
  std::map<std::string, std::size_t> rows;
  if (table) rows = rows_by(*table, kNumber, without_zeros);
  for_each_subject(subjects, listing, [&](const SubjectFolder& subject) {
    const auto row = rows.find(without_zeros(subject.id));
    if (table && row == rows.end()) throw core::DataError(table->name, "has no line for this subject");
    for (const char* frame : {"ED", "ES"}) {
      const fs::path stem = stem_of(subject.path, frame);
      const auto image = image_file(stem, listing.remarks);
      if (!image) throw core::DataError(stem.string() + ".nii.gz", "does not exist");
      Case c = make_case(subject.id, frame, *image, image_file(stem.string() + "_gt", listing.remarks));
      c.set("view", view);
      if (!subject.subset.empty()) c.set("subset", subject.subset);
      if (table) carry_columns(*table, row->second, {field_name(kNumber)}, c);
      listing.cases.push_back(std::move(c));
    }
  });
  if (table) compare_numbers(*table, rows.size(), subjects.size(), listing);
}

}  // namespace coopseg::dataset
