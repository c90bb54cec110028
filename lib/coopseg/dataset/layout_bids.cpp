#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "coopseg/dataset/csv.h"
#include "coopseg/dataset/dataset_json.h"
#include "coopseg/dataset/layout_files.h"
#include "coopseg/dataset/layout_kinds.h"
#include "coopseg/dataset/pattern.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;
using core::Case;

namespace {

// "sub-01_ses-02_run-1_T1w.nii.gz": entities and a suffix.
struct BidsName {
  std::set<std::string> entities;  // "sub-01"
  std::string suffix, stem;        // "T1w"; "sub-01_ses-02_run-1"
};

std::optional<BidsName> bids_name(const std::string& file_name) {
  const auto name = image_stem(file_name);
  const auto mark = name ? name->rfind('_') : std::string::npos;
  if (mark == std::string::npos) return std::nullopt;
  BidsName found{{}, name->substr(mark + 1), name->substr(0, mark)};
  for (std::size_t begin = 0; begin <= found.stem.size();) {
    const std::size_t end = std::min(found.stem.find('_', begin), found.stem.size());
    found.entities.insert(found.stem.substr(begin, end - begin));
    begin = end + 1;
  }
  return found;
}

bool has_key(const std::string& entity, const std::set<std::string>& keys) {
  return keys.count(entity.substr(0, entity.find('-'))) > 0;
}

// Label maps by the entities of the image that they were made of.
using LabelFiles = std::map<std::set<std::string>, std::vector<fs::path>>;

// The entities that derivatives add to those of their source.
const std::set<std::string> kDerived = {"space", "res", "den", "label", "desc", "seg", "atlas", "hemi"};
// Spaces that are the image's own grid; maps in others (MNI152...) belong to no image of the data set.
const std::set<std::string> kOwnSpaces = {"space-orig", "space-individual", "space-T1w"};

bool is_of_another_space(const std::set<std::string>& entities) {
  return std::any_of(entities.begin(), entities.end(), [](const std::string& entity) {
    return has_key(entity, {"space"}) && kOwnSpaces.count(entity) == 0;
  });
}

bool is_named(const fs::path& path, const char* start) {
  const std::string name = path.filename().string(), mark = start;
  return name.size() > mark.size() && name.compare(0, mark.size(), mark) == 0;
}

// The anat folders of one data set or derivative: sub-*/anat and sub-*/ses-*/anat.
std::vector<fs::path> anat_folders(const fs::path& folder, std::vector<fs::path>& lost) {
  std::vector<fs::path> found;
  const auto add = [&](const fs::path& parent) {
    if (fs::is_directory(parent / "anat")) found.push_back(parent / "anat");
    else if (leads_nowhere(parent / "anat")) lost.push_back(parent / "anat");
  };
  for (const fs::path& subject : folders_in(folder, lost)) {
    if (!is_named(subject, "sub-")) continue;
    add(subject);
    for (const fs::path& session : folders_in(subject, lost)) {
      if (is_named(session, "ses-")) add(session);
    }
  }
  return found;
}

LabelFiles label_files(const fs::path& folder, const std::string& pattern_text, std::vector<fs::path>& lost) {
  LabelFiles found;
  const fs::path derivatives = folder / "derivatives";
  if (!fs::is_directory(derivatives)) return found;
  std::optional<Pattern> pattern;
  if (!pattern_text.empty()) {
    pattern.emplace(pattern_text, "--label");
    if (!pattern->places().empty())
      throw core::UsageError("--label", "of the layout 'bids' is a pattern without {places}",
                             "for example 'derivatives/manual/**/*_dseg.nii.gz'");
  }
  for (const fs::path& pipeline : folders_in(derivatives, lost)) {
    for (const fs::path& anat : anat_folders(pipeline, lost)) {
      for (const fs::path& file : entries(anat)) {
        const auto name = bids_name(file.filename().string());
        if (!name) continue;
        const std::string below = file.lexically_relative(folder).generic_string();
        if (pattern ? !pattern->match(below) : name->suffix != "dseg") continue;
        if (is_of_another_space(name->entities)) continue;
        std::set<std::string> source;
        for (const std::string& entity : name->entities) {
          if (!has_key(entity, kDerived)) source.insert(entity);
        }
        found[source].push_back(file);
      }
    }
  }
  return found;
}

// The names in a table of the columns index and name, as the specification has it for segmentations.
std::optional<core::LabelNames> names_in(const fs::path& file, Listing& listing) {
  const dataset::Table table = read_csv(file);
  if (!table.column("index") || !table.column("name"))
    throw core::DataError(file.string(), "has no columns 'index' and 'name'");
  std::map<int, std::string> by_value;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string index = table.value(row, "index"), name = table.value(row, "name");
    int value = -1;
    const auto [end, error] = std::from_chars(index.data(), index.data() + index.size(), value);
    const bool is_number = error == std::errc() && end == index.data() + index.size();
    if (!is_number || value < 0 || value > 65535)
      throw core::DataError(file.string(), fmt::format("line {}: index is '{}', expected 0 to 65535", table.lines[row],
                                                       index.substr(0, 40)));
    if (value == 0) continue;
    if (!is_class_name(name)) {
      listing.remarks.push_back(fmt::format("{}: gives no short class names; name them with --labels", file.string()));
      return std::nullopt;
    }
    if (!by_value.emplace(value, name).second)
      throw core::DataError(file.string(), fmt::format("line {} names {} a second time", table.lines[row], value));
  }
  core::LabelNames names;
  for (const auto& [value, name] : by_value) names.emplace_back(name, value);
  return core::label_names_from_json(core::label_names_to_json(names), file.string());  // as lists are read
}

// The tables of one data set, each read once.
class LookUpTables {
 public:
  LookUpTables(fs::path folder, Listing& listing) : folder_(std::move(folder)), listing_(listing) {}

  // Of the file itself, or by inheritance of a folder above it: of the same suffix, its entities all among the file's.
  const core::LabelNames* names_of(const fs::path& label) {
    const auto own = bids_name(label.filename().string());
    for (fs::path level = label.parent_path();; level = level.parent_path()) {
      const Table* best = nullptr;
      for (const Table& table : tables_in(level)) {
        const bool applies =
            table.name.suffix == own->suffix && std::includes(own->entities.begin(), own->entities.end(),
                                                              table.name.entities.begin(), table.name.entities.end());
        if (applies && (!best || table.name.entities.size() > best->name.entities.size())) best = &table;
      }
      if (best) return names_by_file(best->file);
      if (level == folder_ || level == level.parent_path()) return nullptr;
    }
  }

 private:
  struct Table {
    fs::path file;
    BidsName name;
  };

  const std::vector<Table>& tables_in(const fs::path& level) {
    const auto [at, is_new] = tables_.try_emplace(level.string());
    if (!is_new) return at->second;
    for (const fs::path& file : entries(level)) {
      if (file.extension() != ".tsv") continue;
      auto name = bids_name("_" + file.stem().string() + ".nii");  // "dseg.tsv" has no entities
      name->entities.erase("");
      at->second.push_back({file, std::move(*name)});
    }
    return at->second;
  }

  const core::LabelNames* names_by_file(const fs::path& file) {
    const auto [at, is_new] = names_.try_emplace(file.string());
    if (is_new) at->second = names_in(file, listing_);
    return at->second ? &*at->second : nullptr;
  }

  fs::path folder_;
  Listing& listing_;
  std::map<std::string, std::vector<Table>> tables_;
  std::map<std::string, std::optional<core::LabelNames>> names_;
};

// Images of one name and several suffixes are channels.
struct BidsImage {
  std::set<std::string> entities;
  std::map<std::string, fs::path> file_of;  // by suffix
};

Case case_of(const std::string& id, const BidsImage& image, const std::vector<std::string>& suffixes,
             const LabelFiles& labels) {
  std::vector<core::Channel> channels;
  for (const std::string& suffix : suffixes) {
    const auto found = image.file_of.find(suffix);
    if (found == image.file_of.end()) throw core::DataError(id, "has no image " + suffix);
    require_file(found->second);
    channels.push_back({suffix, found->second, {}});
  }
  std::optional<fs::path> label;
  if (const auto made_of_it = labels.find(image.entities); made_of_it != labels.end()) {
    const std::vector<fs::path>& files = made_of_it->second;
    label = files.front();
    if (files.size() > 1) {
      throw core::DataError(channels.front().file.string(),
                            fmt::format("has {} labels: {}, {}{}", files.size(), files[0].string(), files[1].string(),
                                        files.size() > 2 ? " ..." : ""),
                            "choose with --label, as in --label 'derivatives/manual/**/*_dseg.nii.gz'");
    }
    require_file(*label);
  }
  Case c = make_case(id, "", channels.front().file, label);
  if (channels.size() > 1) c.set_channels(channels);
  for (const std::string& entity : image.entities) {
    if (has_key(entity, {"sub"})) c.set("subject", entity);
    if (has_key(entity, {"ses"})) c.set("session", entity);
  }
  return c;
}

}  // namespace

void list_bids(const fs::path& folder, const ListOptions& options, Listing& listing) {
  const std::vector<std::string> suffixes =
      options.suffixes.empty() ? std::vector<std::string>{"T1w"} : options.suffixes;
  std::map<std::string, BidsImage> images;
  for (const fs::path& anat : anat_folders(folder, listing.links_to_nothing)) {
    for (const fs::path& file : entries(anat)) {
      const auto name = bids_name(file.filename().string());
      if (!name || std::find(suffixes.begin(), suffixes.end(), name->suffix) == suffixes.end()) continue;
      BidsImage& image = images[name->stem];
      image.entities = name->entities;
      const auto [at, is_new] = image.file_of.emplace(name->suffix, file);
      if (is_new) continue;
      listing.remarks.push_back(
          fmt::format("{} is listed, {} beside it is not", at->second.string(), file.filename().string()));
    }
  }
  const LabelFiles labels = label_files(folder, options.label_pattern, listing.links_to_nothing);
  LookUpTables tables(folder, listing);
  for (const auto& [id, image] : images) {
    list_or_leave_out(id, listing, [&, &name = id, &found = image] {
      Case c = case_of(name, found, suffixes, labels);
      const auto label = c.label();
      const core::LabelNames* names = label && !options.labels ? tables.names_of(*label) : nullptr;
      if (names) c.set_labels("labels", *names);
      listing.cases.push_back(std::move(c));
    });
  }
}

}  // namespace coopseg::dataset
