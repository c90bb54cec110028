#include <algorithm>
#include <cctype>
#include <sstream>

#include "coopseg/core/file.h"
#include "coopseg/dataset/layout_kinds.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;
using core::Case;

namespace {

constexpr char kStart[] = "Case_";
constexpr std::uint64_t kLongestText = std::uint64_t{1} << 20;

std::optional<fs::path> image_in(const fs::path& subject, const char* folder, std::vector<std::string>& remarks) {
  return image_file(subject / folder / subject.filename(), remarks);
}

bool is_subject(const fs::path& path) {
  return path.filename().string().compare(0, sizeof kStart - 1, kStart) == 0 &&
         is_image_file(path / "Images" / path.filename());
}

// "Case P001.txt" or "Case_P001.txt", beside the subject's folder or in it.
std::optional<fs::path> text_of(const fs::path& subject) {
  const std::string id = subject.filename().string(), number = id.substr(sizeof kStart - 1);
  for (const fs::path& folder : {subject.parent_path(), subject}) {
    for (const std::string& name : {"Case " + number + ".txt", id + ".txt"}) {
      if (fs::is_regular_file(folder / name)) return folder / name;
    }
  }
  return std::nullopt;
}

// The texts are of several encodings, with unbreakable blanks before colons: what is not ASCII becomes a blank.
std::string plain(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 32 || c > 126; }, ' ');
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? std::string() : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Lines such as "Killip Max: 1" become fields.
void carry_text(const fs::path& file, Case& c) {
  std::istringstream lines(core::read_file(file, kLongestText));
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name = field_name(line.substr(0, colon)), value = plain(line.substr(colon + 1));
    if (!name.empty() && !value.empty() && !is_taken(name)) c.set(name.c_str(), value);
  }
}

}  // namespace

void list_emidec(const fs::path& folder, Listing& listing) {
  for_each_subject(find_subjects(folder, 3, is_subject, listing.links_to_nothing), listing,
                   [&](const SubjectFolder& subject) {
                     const auto image = image_in(subject.path, "Images", listing.remarks);
                     Case c = make_case(subject.id, "", *image, image_in(subject.path, "Contours", listing.remarks));
                     if (!subject.subset.empty()) c.set("subset", subject.subset);
                     const char kind = subject.id.size() > sizeof kStart - 1 ? subject.id[sizeof kStart - 1] : ' ';
                     if (kind == 'N' || kind == 'P') c.set("group", kind == 'N' ? "normal" : "pathological");
                     if (const auto text = text_of(subject.path)) carry_text(*text, c);
                     listing.cases.push_back(std::move(c));
                   });
}

}  // namespace coopseg::dataset
