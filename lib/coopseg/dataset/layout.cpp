#include "coopseg/dataset/layout.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "coopseg/core/error.h"
#include "coopseg/core/json.h"
#include "coopseg/dataset/dataset_json.h"
#include "coopseg/dataset/info_cfg.h"
#include "coopseg/dataset/label_scheme.h"
#include "coopseg/dataset/layout_files.h"
#include "coopseg/dataset/layout_kinds.h"
#include "coopseg/dataset/natural_order.h"
#include "coopseg/dataset/pattern.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;
using core::Case;
using core::Json;

namespace {

// The fields that programs give a meaning. Those that say what a file shows may stand in its path, too.
constexpr const char* kOfPaths[] = {"id",   "frame",   "split",    "subset", "site",     "subject", "group",
                                    "view", "channel", "artefact", "repeat", "severity", "slice"};
constexpr const char* kNotOfPaths[] = {"image",
                                       "label",
                                       "labels",
                                       "labelled_slices",
                                       "label_source",
                                       "label_probabilities",
                                       "prediction",
                                       "prediction_labels",
                                       "dataset",
                                       "channels",
                                       "frame_index",
                                       "distance",
                                       "distance_classes",
                                       "true_label",
                                       "true_labels",
                                       "true_labelled_slices",
                                       "h5_axes",
                                       "preprocessing"};

template <std::size_t N>
bool is_among(const char* const (&fields)[N], const std::string& field) {
  return std::find(std::begin(fields), std::end(fields), field) != std::end(fields);
}

}  // namespace

Case make_case(const std::string& id, const std::string& frame, const fs::path& image,
               const std::optional<fs::path>& label) {
  Json fields{{"id", id}};
  if (!frame.empty()) fields["frame"] = frame;
  fields["image"] = image.string();
  if (label) fields["label"] = label->string();
  try {
    fields.dump();
  } catch (const Json::type_error&) {
    throw core::DataError(image.string(), "has a name that is not UTF-8, which a case list cannot hold", "rename it");
  }
  Case c(fields, {}, image.string());
  if (label) c.set_path("label", *label);
  return c;
}

bool is_taken(const std::string& field) { return is_among(kOfPaths, field) || is_among(kNotOfPaths, field); }

std::string counted(std::size_t number, const std::string& noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

void require_file(const fs::path& file) {
  if (is_file(file)) return;
  throw core::DataError(file.string(), fs::exists(file) ? "is not a file" : "does not exist");
}

namespace {

bool is_acdc_subject(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.size() > 7 && name.compare(0, 7, "patient") == 0 &&
         name.find_first_not_of("0123456789", 7) == std::string::npos;
}

void list_acdc_subject(const SubjectFolder& subject, Listing& listing) {
  const fs::path info_file = subject.path / "Info.cfg";
  if (leads_nowhere(info_file))
    throw core::DataError(info_file.string(), "is a link that leads nowhere", "fetch the file that it stands for");
  if (!fs::exists(info_file)) {
    throw core::DataError(info_file.string(), "does not exist, so which frame is ED and which ES is unknown",
                          "use the layout 'glob' to list the frames under other names");
  }
  const PatientInfo info = read_info_cfg(info_file);
  for (const auto& [frame, number] : {std::pair{"ED", info.ed_frame}, std::pair{"ES", info.es_frame}}) {
    const auto stem = [&, n = number](const std::string& ending) {
      return subject.path / fmt::format("{}_frame{:02d}{}", subject.id, n, ending);
    };
    auto image = image_file(stem(""), listing.remarks);
    const bool from_cine = !image;
    if (from_cine) image = image_file(subject.path / (subject.id + "_4d"), listing.remarks);
    if (!image) {
      throw core::DataError(subject.path.string(),
                            fmt::format("holds neither {}.nii.gz nor {}_4d.nii.gz, so no {} image",
                                        stem("").filename().string(), subject.id, frame));
    }
    const auto label = image_file(stem("_gt"), listing.remarks);
    Case c = make_case(subject.id, frame, *image, label);
    if (from_cine) c.set("frame_index", number - 1);
    if (!subject.subset.empty()) c.set("subset", subject.subset);
    c.set("frame_number", number);
    if (!info.group.empty()) c.set("group", info.group);
    if (info.height_cm) c.set("height_cm", *info.height_cm);
    if (info.weight_kg) c.set("weight_kg", *info.weight_kg);
    if (info.frame_count) c.set("frame_count", *info.frame_count);
    listing.cases.push_back(std::move(c));
  }
}

void list_coopseg(const fs::path& folder, Listing& listing) {
  for (const fs::path& subject : folders_in(folder, listing.links_to_nothing)) {
    std::set<std::string> seen;
    for (const fs::path& file : entries(subject)) {
      const auto stem = image_stem(file.filename().string());
      if (!stem || !seen.insert(*stem).second) continue;
      std::string frame;
      if (*stem != "img") {
        if (stem->size() < 5 || stem->compare(stem->size() - 4, 4, "_img") != 0) continue;
        frame = stem->substr(0, stem->size() - 4);
      }
      const auto image = image_file(subject / *stem, listing.remarks);
      if (!image) continue;
      const auto label = image_file(subject / (frame.empty() ? "seg" : frame + "_seg"), listing.remarks);
      // "ED_r2" is the second repeat of ED, as the programs that repeat name their outputs.
      const auto mark = frame.rfind("_r");
      const std::string digits = mark == std::string::npos ? "" : frame.substr(mark + 2);
      const bool repeated =
          !digits.empty() && digits.size() < 9 && digits.find_first_not_of("0123456789") == std::string::npos;
      Case c = make_case(subject.filename().string(), repeated ? frame.substr(0, mark) : frame, *image, label);
      if (repeated) c.set("repeat", std::stol(digits));
      listing.cases.push_back(std::move(c));
    }
  }
}

std::optional<fs::path> matching_label(const Pattern& wanted, const fs::path& folder, const std::string& image,
                                       const std::vector<std::string>& files) {
  if (const auto path = wanted.only_path()) {
    if (*path == image || !is_file(folder / *path)) return std::nullopt;
    return folder / *path;
  }
  std::optional<fs::path> label;
  for (const std::string& file : files) {
    if (file == image || !wanted.match(file)) continue;
    if (label) {
      throw core::DataError((folder / image).string(),
                            fmt::format("has two labels: {} and {}", label->string(), (folder / file).string()),
                            "make --label more specific");
    }
    label = folder / file;
  }
  return label;
}

// Where labels are called as their images and some more, the images' pattern matches them, too: "{id}_{frame}.nii.gz"
// takes p1_ED_gt.nii.gz for a frame ED_gt. leave_out_labels() knows those whose images are there; here is one whose
// image is not. Where images are called as their labels and some more, each image looks like such a label, and is none.
bool is_label_without_image(const fs::path& folder, const std::string& path, const Pattern& images,
                            const Pattern& labels) {
  const auto has_place = [&](const std::string& place) {
    return std::count(labels.places().begin(), labels.places().end(), place) > 0;
  };
  if (!std::all_of(images.places().begin(), images.places().end(), has_place)) return false;
  const auto places = labels.match(path);
  if (!places || !labels.bound(*places).only_path()) return false;
  const auto image = images.bound(*places).only_path();
  return image && image->size() < path.size() && !is_file(folder / *image);
}

// Files that match no pattern, and may be folders of what does.
void keep_links_to_nothing(const fs::path& folder, const std::vector<std::string>& files, const Pattern& pattern,
                           Listing& listing) {
  for (const std::string& file : files) {
    if (may_be_lost_folder(folder / file) && !pattern.match(file)) listing.links_to_nothing.push_back(folder / file);
  }
}

void list_glob(const fs::path& folder, const ListOptions& options, Listing& listing) {
  if (options.image_pattern.empty()) {
    throw core::UsageError("--image", "is missing: the layout 'glob' needs a pattern",
                           "for example --image 'images/{id}_{frame}.nii.gz'");
  }
  const Pattern images(options.image_pattern, "--image");
  const auto has = [&](const char* place) {
    return std::find(images.places().begin(), images.places().end(), place) != images.places().end();
  };
  if (!has("id")) throw core::UsageError("--image", "the pattern does not say where the subject's {id} stands");
  for (const std::string& place : images.places()) {
    if (is_among(kNotOfPaths, place))
      throw core::UsageError("--image", fmt::format("the place {{{}}} has another meaning in case lists", place));
  }
  std::optional<Pattern> labels;
  std::vector<std::string> label_files;
  if (!options.label_pattern.empty()) {
    labels.emplace(options.label_pattern, "--label");
    label_files = labels->candidates(folder);
    keep_links_to_nothing(folder, label_files, *labels, listing);
  }
  const std::vector<std::string> image_files = images.candidates(folder);
  keep_links_to_nothing(folder, image_files, images, listing);
  std::size_t labels_alone = 0;
  for (const std::string& path : image_files) {
    auto places = images.match(path);
    if (!places) continue;
    std::optional<fs::path> label;
    if (labels) label = matching_label(labels->bound(*places), folder, path, label_files);
    if (labels && !label && is_label_without_image(folder, path, images, *labels)) {
      ++labels_alone;
      continue;
    }
    Case c = make_case((*places)["id"], has("frame") ? (*places)["frame"] : "", folder / path, label);
    for (const auto& [place, value] : *places) {
      if (place != "id" && place != "frame") c.set(place.c_str(), value);
    }
    listing.cases.push_back(std::move(c));
  }
  if (labels_alone > 0)
    listing.remarks.push_back(
        fmt::format("{} holds {} without an image", folder.string(), counted(labels_alone, "label map")));
}

// What stands in a path as text, once it is known which files are images.
void make_numbers(std::vector<Case>& cases) {
  for (Case& c : cases) {
    for (const char* field : {"repeat", "severity"}) {
      const Json found = c.field(field);
      if (!found.is_string()) continue;
      const auto value = found.get<std::string>();
      if (value.size() > 9 || value.find_first_not_of("0123456789") != std::string::npos)
        throw core::DataError(c.image().string(), fmt::format("{{{}}} is '{}', expected a number", field, value));
      c.set(field, std::stol(value));
    }
  }
}

// ED comes before ES, other frames follow in natural order.
int frame_rank(const std::string& frame) { return frame == "ED" ? 0 : frame == "ES" ? 1 : 2; }

bool keeps_order_of_lists(const std::string& layout) { return layout == "uamt" || layout == "ssl4mis"; }

void sort_and_refuse_duplicates(std::vector<Case>& cases) {
  std::stable_sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) {
    if (a.id() != b.id()) return natural_less(a.id(), b.id());
    if (frame_rank(a.frame()) != frame_rank(b.frame())) return frame_rank(a.frame()) < frame_rank(b.frame());
    if (a.frame() != b.frame()) return natural_less(a.frame(), b.frame());
    return a.integer("repeat").value_or(0) < b.integer("repeat").value_or(0);
  });
  for (std::size_t i = 1; i < cases.size(); ++i) {
    if (cases[i].name() == cases[i - 1].name()) {
      throw core::DataError(cases[i].image().string(),
                            fmt::format("and {} are both {}", cases[i - 1].image().string(), cases[i].name()),
                            "make --image more specific, or give the frames names with {frame}");
    }
  }
}

// A file that is the label of one case is no image of another, whatever its name.
void leave_out_labels(Listing& listing) {
  std::map<fs::path, std::size_t> label_of;
  for (std::size_t i = 0; i < listing.cases.size(); ++i) {
    if (const auto label = listing.cases[i].label()) label_of.emplace(*label, i);
  }
  std::vector<Case> kept;
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < listing.cases.size(); ++i) {
    const Case& c = listing.cases[i];
    const auto owner = label_of.find(c.image());
    if (owner == label_of.end() || owner->second == i) {
      kept.push_back(c);
    } else if (c.label()) {
      throw core::DataError(c.image().string(),
                            fmt::format("is the label of {} and an image that has a label ({})",
                                        listing.cases[owner->second].name(), c.label()->string()),
                            "make --image or --label more specific");
    } else {
      ++left_out;
    }
  }
  if (left_out > 0)
    listing.remarks.push_back(
        left_out == 1 ? "1 file is the label of another case and not listed as an image"
                      : fmt::format("{} files are labels of other cases and not listed as images", left_out));
  listing.cases = std::move(kept);
}

// "3 links lead nowhere, as in a data set that was not fetched (first: p1)"; empty without links.
std::string text_of_links(const std::vector<fs::path>& links, const char* noun, const char* what) {
  if (links.empty()) return {};
  return fmt::format("{} {} nowhere, as in a data set that was not fetched{} (first: {})", counted(links.size(), noun),
                     links.size() == 1 ? "leads" : "lead", what, links.front().string());
}

std::string text_of_lost_folders(const Listing& listing) {
  return text_of_links(listing.links_to_nothing, "link", ", and may stand for a folder of cases");
}

void remark_on_links_to_nothing(Listing& listing) {
  std::set<fs::path> files;
  for (const Case& c : listing.cases) {
    files.insert(c.image());
    if (const auto label = c.label()) files.insert(*label);
    for (const core::Channel& channel : c.channels()) files.insert(channel.file);
  }
  std::vector<fs::path> absent, &lost = listing.links_to_nothing;
  std::copy_if(files.begin(), files.end(), std::back_inserter(absent), leads_nowhere);
  // Each once, though several searches meet it.
  std::set<fs::path> others(lost.begin(), lost.end());
  lost.clear();
  std::set_difference(others.begin(), others.end(), files.begin(), files.end(), std::back_inserter(lost));
  for (const std::string& text : {text_of_links(absent, "listed file", ""), text_of_lost_folders(listing)}) {
    if (!text.empty()) listing.remarks.push_back(text);
  }
}

std::string folder_name(const fs::path& folder) {
  fs::path whole = fs::absolute(folder).lexically_normal();
  if (whole.filename().empty()) whole = whole.parent_path();
  return whole.filename().string();
}

const char* expectation(const std::string& layout) {
  if (layout == "acdc") return "expected folders patientNNN, at most three folders below";
  if (layout == "mnms") return "expected folders ID with ID_sa.nii.gz, at most three folders below";
  if (layout == "mnms2") return "expected folders ID with ID_SA_ED.nii.gz, at most three folders below";
  if (layout == "emidec") return "expected folders Case_ID with Images/Case_ID.nii.gz, at most three folders below";
  if (layout == "coopseg") return "expected ID/FRAME_img.nii.gz or ID/img.nii.gz";
  if (layout == "msd") return "dataset.json names no image";
  if (layout == "nnunet") return "expected imagesTr/ID_0000.nii.gz, one file a channel (4D files: layout msd)";
  if (layout == "uamt") return "its lists name no case";
  if (layout == "ssl4mis") return "its lists name no case";
  if (layout == "bids") return "expected sub-*/[ses-*/]anat/*_T1w.nii.gz, or another --suffix";
  return "no file matches --image";
}

}  // namespace

const std::vector<std::string>& layouts() {
  static const std::vector<std::string> kLayouts = {"acdc",   "mnms", "mnms2", "emidec",  "coopseg", "msd",
                                                    "nnunet", "bids", "uamt",  "ssl4mis", "glob"};
  return kLayouts;
}

std::size_t count_without_label(const std::vector<Case>& cases) {
  return static_cast<std::size_t>(std::count_if(cases.begin(), cases.end(), [](const Case& c) { return !c.label(); }));
}

Listing list_folder(const std::string& layout, const fs::path& folder, const ListOptions& options) {
  if (layout != "glob" && (!options.image_pattern.empty() || (!options.label_pattern.empty() && layout != "bids"))) {
    throw core::UsageError("--image, --label", "belong to the layout 'glob', not to '" + layout + "'");
  }
  if (layout != "bids" && !options.suffixes.empty()) {
    throw core::UsageError("--suffix", "belongs to the layout 'bids', not to '" + layout + "'");
  }
  if (layout != "mnms" && layout != "mnms2" && !options.table.empty()) {
    throw core::UsageError("--csv", "belongs to the layouts 'mnms' and 'mnms2', not to '" + layout + "'");
  }
  if (layout != "mnms2" && options.view) {
    throw core::UsageError("--view", "belongs to the layout 'mnms2', not to '" + layout + "'");
  }
  Listing listing;
  core::LabelNames known;
  if (layout == "acdc") {
    known = parse_label_names("acdc");
    for_each_subject(find_subjects(folder, 3, is_acdc_subject, listing.links_to_nothing), listing,
                     [&](const SubjectFolder& subject) { list_acdc_subject(subject, listing); });
  } else if (layout == "mnms") {
    known = parse_label_names("mnms");
    list_mnms(folder, options, listing);
  } else if (layout == "mnms2") {
    known = parse_label_names("mnms");
    list_mnms2(folder, options, listing);
  } else if (layout == "emidec") {
    // The healthy part of the wall alone: it must not be taken for the MYO of others.
    known = {{"LV", 1}, {"healthy-MYO", 2}, {"infarction", 3}, {"no-reflow", 4}};
    list_emidec(folder, listing);
  } else if (layout == "coopseg") {
    list_coopseg(folder, listing);
  } else if (layout == "msd") {
    list_msd(folder, listing);
  } else if (layout == "nnunet") {
    list_nnunet(folder, listing);
  } else if (layout == "bids") {
    list_bids(folder, options, listing);
  } else if (layout == "uamt") {
    known = {{"LA", 1}};
    list_uamt(folder, listing);
  } else if (layout == "ssl4mis") {
    known = parse_label_names("acdc");
    list_ssl4mis(folder, listing);
  } else if (layout == "glob") {
    list_glob(folder, options, listing);
  } else {
    throw core::UsageError("LAYOUT", fmt::format("'{}' is none of {}", layout, fmt::join(layouts(), ", ")));
  }
  leave_out_labels(listing);
  make_numbers(listing.cases);
  remark_on_links_to_nothing(listing);
  if (listing.cases.empty() && listing.problems.empty()) {
    const std::string lost = text_of_lost_folders(listing);
    throw core::DataError(
        folder.string(),
        fmt::format("holds no case in the layout '{}': {}{}{}", layout, expectation(layout), lost.empty() ? "" : "; ",
                    lost),
        lost.empty() ? "name another layout or folder" : "fetch the data set, or name another layout");
  }
  if (!keeps_order_of_lists(layout)) sort_and_refuse_duplicates(listing.cases);
  std::map<std::string, std::string> split_of;
  if (const fs::path file = folder / "dataset.json"; fs::exists(file)) {
    const Json description = read_description(file);
    split_of = described_splits(description, file.string());
    const Json labels = description.value("labels", Json());
    if (!options.labels && known.empty() && labels.is_object())
      known = described_labels(labels, file.string(), listing.remarks).value_or(core::LabelNames{});
  }
  if (options.labels) known = *options.labels;
  std::string dataset = options.dataset;
  const std::set<std::string> of_one_data_set = {"acdc", "mnms", "mnms2", "emidec"};
  const bool is_one_data_set = of_one_data_set.count(layout) > 0 || keeps_order_of_lists(layout);
  if (dataset.empty()) dataset = is_one_data_set ? layout : folder_name(folder);
  for (Case& c : listing.cases) {
    c.set("dataset", dataset);
    if (c.label() && !known.empty()) c.set_labels("labels", known);
    const auto split = split_of.find(c.id());
    if (split != split_of.end()) c.set("split", split->second);
  }
  return listing;
}

}  // namespace coopseg::dataset
