#include "coopseg/image/libraries.h"

#include <itkVersion.h>
#include <libdeflate.h>

namespace coopseg::image {

std::vector<std::pair<std::string, std::string>> library_versions() {
  return {{"ITK", itk::Version::GetITKVersion()}, {"libdeflate", LIBDEFLATE_VERSION_STRING}};
}

}  // namespace coopseg::image
