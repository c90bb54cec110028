// Finding files and folders, for the layouts.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace coopseg::dataset {

// What lies in a folder, in natural order, without hidden names. Throws core::IoError.
std::vector<std::filesystem::path> entries(const std::filesystem::path& folder);

// A link to nothing: a file, or a folder, of a data set that was not fetched (git-annex, DataLad).
bool leads_nowhere(const std::filesystem::path& path);

// A file, also through links; or a link to nothing, which would be one if it were fetched.
bool is_file(const std::filesystem::path& path);

// A link to nothing whose name does not say that it is a file: "patient003", "1.2.840", but not "seg.nii.gz", "a.txt".
bool may_be_lost_folder(const std::filesystem::path& path);

// The folders among entries(), also through links, each once, under its own name rather than a link's, but for links to
// a folder above. Links to nothing that may be folders are added to `lost`.
std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder,
                                              std::vector<std::filesystem::path>& lost);

// The files (see is_file()) at most `depth` folders below `folder`, as relative paths with '/' in natural order, also
// in folders that are links. Without a depth each folder is searched once, under its own name rather than a link's, as
// links may lead in circles. Throws core::IoError.
std::vector<std::string> files_below(const std::filesystem::path& folder, std::optional<std::size_t> depth,
                                     bool with_hidden);

// `stem` with the first of image::image_suffixes() under which a file exists: .nii.gz, .nii, .nrrd ... Where there are
// more, a remark names them.
std::optional<std::filesystem::path> image_file(const std::filesystem::path& stem, std::vector<std::string>& remarks);

// Whether image_file() finds one.
bool is_image_file(const std::filesystem::path& stem);

// "ED_img.nii.gz" -> "ED_img"; nothing for other endings.
std::optional<std::string> image_stem(const std::string& file_name);

struct SubjectFolder {
  std::filesystem::path path;
  std::string id;
  std::string subset;  // "training": folders between the data set's and the subject's, joined by '/'
};

// Folders for which `is_subject` holds, at most `depth` folders below, each once, under its own name rather than a
// link's; subject folders are not searched further. Links to nothing that may be such folders are added to `lost`.
// Throws core::DataError where two have one name.
std::vector<SubjectFolder> find_subjects(const std::filesystem::path& folder, int depth,
                                         const std::function<bool(const std::filesystem::path&)>& is_subject,
                                         std::vector<std::filesystem::path>& lost);

}  // namespace coopseg::dataset
