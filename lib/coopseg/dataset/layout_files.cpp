#include "coopseg/dataset/layout_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "coopseg/core/error.h"
#include "coopseg/dataset/natural_order.h"
#include "coopseg/image/image_name.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;

std::vector<fs::path> entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator(); at.increment(error)) {
    if (at->path().filename().string().front() != '.') found.push_back(at->path());
  }
  if (error) throw core::IoError(folder.string(), "cannot be listed: " + error.message());
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return found;
}

std::optional<fs::path> image_file(const fs::path& stem, std::vector<std::string>& remarks) {
  std::optional<fs::path> listed;
  for (const std::string& suffix : image::image_suffixes()) {
    const fs::path file = stem.string() + suffix;
    if (!fs::is_regular_file(file)) continue;
    if (listed)
      remarks.push_back(fmt::format("{} is listed, {} beside it is not", listed->string(), file.filename().string()));
    else
      listed = file;
  }
  return listed;
}

std::optional<std::string> image_stem(const std::string& file_name) {
  if (!image::is_image_name(file_name)) return std::nullopt;
  return image::without_image_suffix(file_name);
}

std::vector<SubjectFolder> find_subjects(const fs::path& folder, int depth,
                                         const std::function<bool(const fs::path&)>& is_subject) {
  std::vector<SubjectFolder> found;
  const std::function<void(const fs::path&, const std::string&, int)> search =
      [&](const fs::path& here, const std::string& subset, int left) {
        for (const fs::path& entry : entries(here)) {
          if (!fs::is_directory(entry)) continue;
          const std::string name = entry.filename().string();
          if (is_subject(entry)) {
            found.push_back({entry, name, subset});
          } else if (left > 0) {
            search(entry, subset.empty() ? name : fmt::format("{}/{}", subset, name), left - 1);
          }
        }
      };
  search(folder, {}, depth);
  std::stable_sort(found.begin(), found.end(),
                   [](const SubjectFolder& a, const SubjectFolder& b) { return natural_less(a.id, b.id); });
  for (std::size_t i = 1; i < found.size(); ++i) {
    if (found[i].id == found[i - 1].id) {
      throw core::DataError(found[i].path.string(), fmt::format("has the same name as {}", found[i - 1].path.string()),
                            "one id is one subject: list the folders one by one, or rename one of them");
    }
  }
  return found;
}

}  // namespace coopseg::dataset
