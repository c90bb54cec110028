// NIfTI-1 and NIfTI-2 files, single and as pairs. For this room only; others use nifti.h.
#pragma once

#include <string_view>

#include "coopseg/image/file_kind.h"
#include "coopseg/image/image_source.h"

namespace coopseg::image {

// The header beside the .img (.img.gz) of a pair; `file` itself if its name ends otherwise or there is none.
std::filesystem::path header_of_pair(const std::filesystem::path& file);

// `start` are the first bytes of `file`, unpacked.
ImageSource nifti_source(const OpenFile& file, std::string_view start, FileKind kind);

}  // namespace coopseg::image
