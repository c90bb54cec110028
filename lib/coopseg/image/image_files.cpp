#include "coopseg/image/image_files.h"

#include "coopseg/image/file_kind.h"
#include "coopseg/image/image_source.h"
#include "coopseg/image/nifti_source.h"

namespace coopseg::image {

std::vector<fs::path> files_of_image(const fs::path& file) {
  const fs::path header = header_of_pair(file);
  if (!may_name_voxels(OpenFile(header).read(0, kStartBytes), header)) return {file};
  const ImageSource source = image_source(header);
  if (source.voxel_file == source.header_file) return {file};
  return {source.header_file, source.voxel_file};
}

std::string sha256_of_image(const fs::path& file) { return core::sha256_of_files(files_of_image(file)); }

core::InputFile input_image(const fs::path& file) { return {file.filename().string(), sha256_of_image(file)}; }

}  // namespace coopseg::image
