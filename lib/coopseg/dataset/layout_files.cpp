#include "coopseg/dataset/layout_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/dataset/natural_order.h"
#include "coopseg/image/image_name.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;

namespace {

bool is_hidden(const fs::path& path) { return path.filename().string().front() == '.'; }

bool is_folder(const fs::path& path) {
  std::error_code not_reached;
  return fs::is_directory(path, not_reached);
}

bool is_link(const fs::path& path) {
  std::error_code not_reached;
  return fs::is_symlink(path, not_reached);
}

std::vector<fs::path> all_entries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator at(folder, error); !error && at != fs::directory_iterator(); at.increment(error))
    found.push_back(at->path());
  if (error) throw core::IoError(folder.string(), "cannot be listed: " + error.message());
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return natural_less(a.filename().string(), b.filename().string());
  });
  return found;
}

// A link to the folder that it stands in, or to one above that.
bool leads_up(const fs::path& link) {
  if (!is_link(link)) return false;
  std::error_code error;
  const fs::path target = fs::canonical(link, error), here = fs::canonical(link.parent_path(), error);
  return !error && std::mismatch(target.begin(), target.end(), here.begin(), here.end()).first == target.end();
}

class FileSearch {
 public:
  FileSearch(const fs::path& folder, std::optional<std::size_t> depth, bool with_hidden)
      : depth_(depth), with_hidden_(with_hidden) {
    search(folder, {}, 0);
    while (!links_.empty()) {
      const auto [path, below] = links_.front();
      links_.pop_front();
      search(path, below, 0);
    }
    std::sort(found_.begin(), found_.end(), natural_less);
  }
  std::vector<std::string> take() { return std::move(found_); }

 private:
  void search(const fs::path& folder, const std::string& below, std::size_t level) {
    std::error_code error;
    if (!depth_ && !seen_.insert(fs::canonical(folder, error).string()).second) return;
    for (const fs::path& entry : all_entries(folder)) {
      if (is_hidden(entry) && !with_hidden_) continue;
      const std::string name = below + entry.filename().string();
      if (!is_folder(entry)) {
        if (is_file(entry)) found_.push_back(name);
      } else if (depth_) {
        if (level < *depth_) search(entry, name + "/", level + 1);
      } else if (is_link(entry)) {
        links_.emplace_back(entry, name + "/");
      } else {
        search(entry, name + "/", level + 1);
      }
    }
  }

  std::optional<std::size_t> depth_;
  bool with_hidden_;
  std::set<std::string> seen_;
  std::deque<std::pair<fs::path, std::string>>
      links_;  // to folders, for when all that have a name of their own are seen
  std::vector<std::string> found_;
};

}  // namespace

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found = all_entries(folder);
  found.erase(std::remove_if(found.begin(), found.end(), is_hidden), found.end());
  return found;
}

bool leads_nowhere(const fs::path& path) {
  std::error_code not_reached;
  return is_link(path) && !fs::exists(path, not_reached);
}

bool is_file(const fs::path& path) {
  std::error_code not_reached;
  return fs::is_regular_file(path, not_reached) || leads_nowhere(path);
}

std::vector<fs::path> folders_in(const fs::path& folder, std::vector<fs::path>& lost) {
  std::vector<fs::path> found;
  for (const fs::path& entry : entries(folder)) {
    if (is_folder(entry)) {
      if (!leads_up(entry)) found.push_back(entry);
    } else if (leads_nowhere(entry) && !entry.has_extension()) {
      lost.push_back(entry);
    }
  }
  return found;
}

std::vector<std::string> files_below(const fs::path& folder, std::optional<std::size_t> depth, bool with_hidden) {
  return FileSearch(folder, depth, with_hidden).take();
}

std::optional<fs::path> image_file(const fs::path& stem, std::vector<std::string>& remarks) {
  std::optional<fs::path> listed;
  for (const std::string& suffix : image::image_suffixes()) {
    const fs::path file = stem.string() + suffix;
    if (!is_file(file)) continue;
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
                                         const std::function<bool(const fs::path&)>& is_subject,
                                         std::vector<fs::path>& lost) {
  std::vector<SubjectFolder> found;
  const std::function<void(const fs::path&, const std::string&, int)> search =
      [&](const fs::path& here, const std::string& subset, int left) {
        for (const fs::path& entry : folders_in(here, lost)) {
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
