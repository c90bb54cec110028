// The table of M&Ms: as a table, and beside two subjects as the list that is made of it.
#include "coopseg/dataset/csv.h"
#include "coopseg/dataset/layout.h"
#include "fuzz.h"

using namespace coopseg;

namespace {

struct Folder : fuzz::Scratch {
  Folder() {
    for (const char* subject : {"A0S9V9", "A1D0Q7"}) {
      const std::string base = std::string(subject) + "/" + subject;
      std::filesystem::create_directories(path() / "data" / subject);
      save("data/" + base + "_sa.nii.gz", "");
      save("data/" + base + "_sa_gt.nii.gz", "");
    }
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  const std::string text = fuzz::text_of(data, size);
  fuzz::attempt([&] {
    const dataset::Table table = dataset::parse_csv(text, "table.csv");
    fuzz::require(table.rows.size() == table.lines.size(), "every row has its line");
    for (const auto& row : table.rows) fuzz::require(row.size() == table.columns.size(), "rows are as long as the header");
  });
  dataset::ListOptions options;
  options.table = folder.save("table.csv", text);
  fuzz::attempt([&] {
    for (const core::Case& c : dataset::list_folder("mnms", folder.path() / "data", options).cases) {
      fuzz::require(!core::case_to_line(c, {}).empty(), "every case is a line");
    }
  });
  return 0;
}
