// Case lists: what is read is written again as the same cases, and every field can be asked for.
#include "coopseg/core/case_list.h"
#include "coopseg/dataset/label_scheme.h"
#include "fuzz.h"

using namespace coopseg;

namespace {

void ask_everything(core::Case& c) {
  c.image();
  c.output_path("img");
  for (const char* field : {"frame", "artefact", "site", "repeat"}) fuzz::attempt([&] { c.text(field); });
  for (const char* field : {"repeat", "severity", "frame_index"}) fuzz::attempt([&] { c.integer(field); });
  fuzz::attempt([&] { c.label(); });
  fuzz::attempt([&] { c.prediction(); });
  fuzz::attempt([&] { c.labels(); });
  fuzz::attempt([&] { c.prediction_labels(); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::text_of(data, size);
  fuzz::attempt([&] { dataset::parse_label_names(text); });
  fuzz::attempt([&] { core::Shard::parse(text); });
  fuzz::attempt([&] {
    std::vector<core::Case> cases = core::parse_cases(text, "folder", "list.jsonl");
    fuzz::require(!cases.empty(), "an empty list is refused");
    std::string lines, again;
    for (core::Case& c : cases) {
      ask_everything(c);
      lines += core::case_to_line(c, "folder") + "\n";
    }
    for (const core::Case& c : core::parse_cases(lines, "folder", "again.jsonl")) {
      again += core::case_to_line(c, "folder") + "\n";
    }
    fuzz::require(lines == again, "a list that was written is read as it was");
    fuzz::attempt([&] { core::refuse_shared_outputs(cases, "list.jsonl"); });
  });
  return 0;
}
