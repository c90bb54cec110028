// What a file is, by its content: the formats that are read, and those that are known well enough to say how their
// images become files that are. For this room only; others use nifti.h.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace coopseg::image {

enum class FileKind { nifti1, nifti2, nrrd, metaimage };

// From so many first bytes of a file, unpacked where it is a gzip file.
inline constexpr std::size_t kStartBytes = 540;

// Whether `start` begins a file of this kind, as far as can be told. A MetaImage has no magic word: any text whose
// first line is one of its fields.
bool is_nrrd(std::string_view start);
bool is_metaimage(std::string_view start);

// Throws core::DataError, with the way out, for everything else. A file whose first number is wrong but that has
// NIfTI's magic word counts as NIfTI.
FileKind kind_of(std::string_view start, const std::string& file);

// Whether a file that begins so (packed, as it stands there) may have its voxels in another file.
bool may_name_voxels(std::string_view start, const std::filesystem::path& file);

// Throws core::IoError, with the way out of a folder of DICOM files.
[[noreturn]] void refuse_folder(const std::filesystem::path& folder);

}  // namespace coopseg::image
