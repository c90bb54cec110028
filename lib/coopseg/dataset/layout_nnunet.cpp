#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "coopseg/dataset/dataset_json.h"
#include "coopseg/dataset/layout_files.h"
#include "coopseg/dataset/layout_kinds.h"
#include "coopseg/image/image_name.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;
using core::Case;
using core::Json;

namespace {

struct Format {
  std::vector<std::string> channels;
  std::string ending;  // ".nii.gz"
};

Format format_of(const Json& description, const std::string& file, Listing& listing) {
  Format format;
  const char* key = description.contains("channel_names") ? "channel_names" : "modality";
  if (!description.contains(key))
    throw core::DataError(file, "has neither \"channel_names\" nor \"modality\", as nnU-Net's have");
  format.channels = described_channels(description[key], file, listing.remarks);
  const Json ending = description.value("file_ending", Json(".nii.gz"));
  const auto& suffixes = image::image_suffixes();
  if (std::find(suffixes.begin(), suffixes.end(), ending) == suffixes.end())
    throw core::DataError(file, fmt::format("names the file ending {}, and the programs read {}",
                                            core::to_line(ending).substr(0, 40), fmt::join(suffixes, ", ")));
  format.ending = ending.get<std::string>();
  if (description.contains("dataset"))
    throw core::DataError(file, "lists its files itself (\"dataset\"), which this layout does not read",
                          "list them with the layout 'glob', or put them into imagesTr and labelsTr");
  return format;
}

// "BRATS_001_0003.nii.gz" is channel 3 of BRATS_001.
std::optional<std::pair<std::string, std::size_t>> image_of(const std::string& name, const std::string& ending) {
  constexpr std::size_t kMark = 5;  // "_0003"
  if (name.size() <= ending.size() + kMark || name.compare(name.size() - ending.size(), ending.size(), ending) != 0)
    return std::nullopt;
  const std::string stem = name.substr(0, name.size() - ending.size());
  const std::string mark = stem.substr(stem.size() - kMark);
  if (mark.front() != '_' || mark.find_first_not_of("0123456789", 1) != std::string::npos) return std::nullopt;
  return std::pair{stem.substr(0, stem.size() - kMark), std::stoul(mark.substr(1))};
}

Case case_of(const std::string& id, const std::set<std::size_t>& numbers, const fs::path& images,
             const fs::path& labels, const Format& format) {
  std::vector<core::Channel> channels;
  for (std::size_t k = 0; k < format.channels.size(); ++k) {
    const fs::path file = images / fmt::format("{}_{:04d}{}", id, k, format.ending);
    if (numbers.count(k) == 0)
      throw core::DataError(file.string(), fmt::format("does not exist; it would be channel {}", format.channels[k]));
    require_file(file);
    channels.push_back({format.channels[k], file, {}});
  }
  if (*numbers.rbegin() >= channels.size()) {
    throw core::DataError(images.string(), fmt::format("has a channel {} of {}, dataset.json names {} channels",
                                                       *numbers.rbegin(), id, channels.size()));
  }
  std::optional<fs::path> label = labels / (id + format.ending);
  if (!is_file(*label)) {
    if (fs::exists(*label)) require_file(*label);
    label.reset();
  }
  Case c = make_case(id, "", channels.front().file, label);
  if (channels.size() > 1) c.set_channels(channels);
  return c;
}

void list_part(const fs::path& folder, const char* images_name, const char* labels_name, const char* split,
               const Format& format, Listing& listing) {
  const fs::path images = folder / images_name, labels = folder / labels_name;
  for (const fs::path& part : {images, labels}) {
    if (leads_nowhere(part)) listing.links_to_nothing.push_back(part);
  }
  if (!fs::is_directory(images)) return;
  std::map<std::string, std::set<std::size_t>> channels_of;
  std::size_t others = 0;
  for (const fs::path& entry : entries(images)) {
    const auto found = image_of(entry.filename().string(), format.ending);
    if (found) {
      channels_of[found->first].insert(found->second);
    } else {
      ++others;
    }
  }
  if (others > 0) {
    listing.remarks.push_back(
        fmt::format("{} holds {} not called ID_0000{}", images.string(), counted(others, "file"), format.ending));
  }
  for (const auto& [id, numbers] : channels_of) {
    list_or_leave_out(id, listing, [&, &name = id, &present = numbers] {
      Case c = case_of(name, present, images, labels, format);
      c.set("split", split);
      listing.cases.push_back(std::move(c));
    });
  }
  if (!fs::is_directory(labels)) return;
  const auto all = entries(labels);
  const auto alone = std::count_if(all.begin(), all.end(), [&](const fs::path& entry) {
    const auto stem = image_stem(entry.filename().string());
    return stem && channels_of.count(*stem) == 0;
  });
  if (alone > 0)
    listing.remarks.push_back(fmt::format("{} holds {} without an image", labels.string(),
                                          counted(static_cast<std::size_t>(alone), "label map")));
}

}  // namespace

void list_nnunet(const fs::path& folder, Listing& listing) {
  const std::string file = (folder / "dataset.json").string();
  const Format format = format_of(read_description(file), file, listing);
  list_part(folder, "imagesTr", "labelsTr", "training", format, listing);
  list_part(folder, "imagesTs", "labelsTs", "test", format, listing);
}

}  // namespace coopseg::dataset
