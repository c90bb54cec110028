#include "coopseg/core/output.h"

#include <algorithm>

namespace coopseg::core {

bool OutputRules::keep(const Origin& origin, const std::vector<fs::path>& files) const {
  return skip_existing_ && std::all_of(files.begin(), files.end(), [&](const fs::path& file) {
           return is_up_to_date(origin.provenance, origin.inputs, file);
         });
}

void OutputRules::check(const std::vector<fs::path>& files, const std::vector<fs::path>& sources) const {
  for (const fs::path& file : files) {
    for (const fs::path& source : sources) refuse_same_file(source, file);
    refuse_existing(file, overwrite_);
    refuse_existing(sidecar_path(file), overwrite_);
  }
}

void OutputRules::write(const Origin& origin, const fs::path& file,
                        const std::function<void(Overwrite)>& write_content, const Json& extra) const {
  write_content(overwrite_);
  write_sidecar(origin.provenance, origin.inputs, file, overwrite_, extra);
}

}  // namespace coopseg::core
