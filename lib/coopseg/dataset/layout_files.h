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

// `stem` with the first of image::image_suffixes() under which a file exists: .nii.gz, .nii, .nrrd ... Where there are
// more, a remark names them.
std::optional<std::filesystem::path> image_file(const std::filesystem::path& stem, std::vector<std::string>& remarks);

// "ED_img.nii.gz" -> "ED_img"; nothing for other endings.
std::optional<std::string> image_stem(const std::string& file_name);

struct SubjectFolder {
  std::filesystem::path path;
  std::string id;
  std::string subset;  // "training": folders between the data set's and the subject's, joined by '/'
};

// Folders for which `is_subject` holds, at most `depth` folders below; subject folders are not searched further.
// Throws core::DataError where two have one name.
std::vector<SubjectFolder> find_subjects(const std::filesystem::path& folder, int depth,
                                         const std::function<bool(const std::filesystem::path&)>& is_subject);

}  // namespace coopseg::dataset
