#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "coopseg/dataset/dataset_json.h"
#include "coopseg/dataset/layout_files.h"
#include "coopseg/dataset/layout_kinds.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;
using core::Case;
using core::Json;

namespace {

// "./imagesTr/x.nii.gz" as dataset.json writes paths; what it names lies in its own folder.
fs::path inside(const fs::path& folder, const Json& entry, const char* what, const std::string& where) {
  const std::string text = entry.is_string() ? entry.get<std::string>() : std::string();
  const fs::path path = fs::path(text).lexically_normal();
  const bool climbs = std::find(path.begin(), path.end(), "..") != path.end();
  if (text.empty() || text.find('\0') != std::string::npos || path.is_absolute() || climbs || !path.has_filename())
    throw core::DataError(where, fmt::format("has {} as {}, expected a path below the data set's folder",
                                             core::to_line(entry).substr(0, 80), what));
  return folder / path;
}

struct Named {
  fs::path image;
  std::optional<fs::path> label;
};

Named named_by(const fs::path& folder, const Json& entry, const std::string& where) {
  if (!entry.is_object()) return {inside(folder, entry, "an image", where), {}};
  Named named{inside(folder, entry.value("image", Json()), "\"image\"", where), {}};
  const Json label = entry.value("label", Json());
  if (!label.is_null()) named.label = inside(folder, label, "\"label\"", where);
  return named;
}

Case case_of(const Named& named, const std::string& id, const char* split, const std::vector<std::string>& channels) {
  require_file(named.image);
  if (named.label) require_file(*named.label);
  if (named.label == named.image)
    throw core::DataError(named.image.string(), "is named as image and as label of one case");
  Case c = make_case(id, "", named.image, named.label);
  if (channels.size() > 1) {
    std::vector<core::Channel> frames;
    for (const std::string& name : channels) frames.push_back({name, named.image, static_cast<long>(frames.size())});
    c.set("frame_index", 0);
    c.set_channels(frames);
  }
  c.set("split", split);
  return c;
}

// Images that lie beside those named are not listed; their number is told.
void remark_on_others(const std::set<fs::path>& named, const std::string& file, Listing& listing) {
  std::set<fs::path> folders;
  for (const fs::path& image : named) folders.insert(image.parent_path());
  for (const fs::path& images : folders) {
    if (!fs::is_directory(images)) continue;
    const auto found = entries(images);
    const auto others = std::count_if(found.begin(), found.end(), [&](const fs::path& entry) {
      return image_stem(entry.filename().string()) && named.count(entry) == 0;
    });
    if (others > 0)
      listing.remarks.push_back(fmt::format("{} holds {} that {} does not name", images.string(),
                                            counted(static_cast<std::size_t>(others), "image"), file));
  }
}

}  // namespace

void list_msd(const fs::path& folder, Listing& listing) {
  const std::string file = (folder / "dataset.json").string();
  const Json description = read_description(file);
  if (!description.value("training", Json()).is_array()) {
    throw core::DataError(file, "has no list \"training\" of images and labels, as the Decathlon's have",
                          "name another layout: nnunet, coopseg, glob ...");
  }
  std::vector<std::string> channels;
  if (description.contains("modality")) channels = described_channels(description["modality"], file, listing.remarks);
  std::set<std::string> ids;
  std::set<fs::path> images;
  std::size_t hidden = 0;
  for (const auto& [part, split] : {std::pair{"training", "training"}, std::pair{"test", "test"}}) {
    const Json list = description.value(part, Json::array());
    if (list.is_null()) continue;
    if (!list.is_array()) throw core::DataError(file, fmt::format("\"{}\" is not a list", part));
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Named named = named_by(folder, list[i], fmt::format("{}: entry {} of \"{}\"", file, i + 1, part));
      const std::string name = named.image.filename().string();
      images.insert(named.image);
      if (name.front() == '.') {  // "._x.nii.gz", which macOS leaves beside x.nii.gz
        ++hidden;
        continue;
      }
      const std::string id = image_stem(name).value_or(std::string());
      if (id.empty()) throw core::DataError(file, fmt::format("names {}, which has no image's ending", name));
      if (!ids.insert(id).second) throw core::DataError(file, fmt::format("names images of {} twice", id));
      list_or_leave_out(id, listing, [&, s = split] { listing.cases.push_back(case_of(named, id, s, channels)); });
    }
  }
  if (hidden > 0)
    listing.remarks.push_back(fmt::format("{} names {}, which {} not listed", file, counted(hidden, "hidden file"),
                                          hidden == 1 ? "is" : "are"));
  remark_on_others(images, file, listing);
}

}  // namespace coopseg::dataset
