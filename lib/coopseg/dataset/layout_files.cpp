#include "coopseg/dataset/layout_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
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

class SubjectSearch {
 public:
  SubjectSearch(const std::function<bool(const fs::path&)>& is_subject, std::vector<fs::path>& lost)
      : is_subject_(is_subject), lost_(lost) {}

  std::vector<SubjectFolder> take(const fs::path& folder, int depth) {
    search({folder, {}, depth});
    while (!links_.empty()) {
      const Place link = links_.front();
      links_.pop_front();
      visit(link);
    }
    return std::move(found_);
  }

 private:
  struct Place {
    fs::path path;
    std::string subset;
    int depth;  // how far it is to be searched; below 0 not at all
  };

  void visit(Place place) {
    std::error_code not_reached;
    const std::string name = place.path.filename().string();
    if (is_subject_(place.path)) {
      if (seen_.insert(fs::canonical(place.path, not_reached)).second)
        found_.push_back({place.path, name, place.subset});
    } else if (place.depth >= 0) {
      place.subset += (place.subset.empty() ? "" : "/") + name;
      search(place);
    }
  }

  void search(const Place& here) {
    std::error_code not_reached;
    const auto [before, is_new] = searched_.emplace(fs::canonical(here.path, not_reached), here.depth);
    if (!is_new && before->second >= here.depth) return;
    before->second = here.depth;
    for (const fs::path& entry : folders_in(here.path, lost_)) {
      const Place below{entry, here.subset, here.depth - 1};
      if (is_link(entry)) links_.push_back(below);
      else visit(below);
    }
  }

  const std::function<bool(const fs::path&)>& is_subject_;
  std::vector<fs::path>& lost_;
  std::set<fs::path> seen_;
  std::map<fs::path, int> searched_;
  std::deque<Place> links_;  // for when all that have a name of their own are seen
  std::vector<SubjectFolder> found_;
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

bool may_be_lost_folder(const fs::path& path) {
  // Endings that say what a file is, and that it is no folder. Others belong to names: 1.2.840, sub-03.b.
  static const std::set<std::string> kOfFiles = {
      ".txt", ".md",  ".rst", ".json", ".csv", ".tsv",  ".xls", ".xlsx", ".doc",  ".docx", ".pdf",  ".html", ".xml",
      ".yml", ".cfg", ".ini", ".log",  ".png", ".jpg",  ".tif", ".tiff", ".jpeg", ".gif",  ".bval", ".bvec", ".list",
      ".zip", ".gz",  ".tar", ".tgz",  ".bz2", ".xz",   ".7z",  ".py",   ".m",    ".sh",   ".mat",  ".npy",  ".npz",
      ".h5",  ".pkl", ".pt",  ".pth",  ".dcm", ".yaml", ".mgz", ".img",  ".raw",  ".vtk",  ".stl"};
  if (!leads_nowhere(path) || image::is_image_name(path)) return false;
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return kOfFiles.count(ending) == 0;
}

std::vector<fs::path> folders_in(const fs::path& folder, std::vector<fs::path>& lost) {
  std::vector<fs::path> folders, found;
  std::set<fs::path> seen;
  std::error_code not_reached;
  for (const fs::path& entry : entries(folder)) {
    if (may_be_lost_folder(entry)) lost.push_back(entry);
    if (!is_folder(entry) || leads_up(entry)) continue;
    folders.push_back(entry);
    if (!is_link(entry)) seen.insert(fs::canonical(entry, not_reached));
  }
  for (const fs::path& entry : folders) {
    if (!is_link(entry) || seen.insert(fs::canonical(entry, not_reached)).second) found.push_back(entry);
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
    else listed = file;
  }
  return listed;
}

bool is_image_file(const fs::path& stem) {
  std::vector<std::string> ignored;
  return image_file(stem, ignored).has_value();
}

std::optional<std::string> image_stem(const std::string& file_name) {
  if (!image::is_image_name(file_name)) return std::nullopt;
  return image::without_image_suffix(file_name);
}

std::vector<SubjectFolder> find_subjects(const fs::path& folder, int depth,
                                         const std::function<bool(const fs::path&)>& is_subject,
                                         std::vector<fs::path>& lost) {
  std::vector<SubjectFolder> found = SubjectSearch(is_subject, lost).take(folder, depth);
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
