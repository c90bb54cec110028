#include "coopseg/core/schema.h"

#include "coopseg/core/error.h"

namespace coopseg::core {

void refuse_newer(const Json& json, const std::string& schema, const std::string& name) {
  const auto found = json.find("schema");
  if (found == json.end() || !found->is_string()) return;
  const std::string theirs = found->get<std::string>();
  const std::size_t begin = schema.find('/') + 1;
  if (theirs.compare(0, begin, schema, 0, begin) != 0) return;
  const std::string version = theirs.substr(begin), known = schema.substr(begin);
  const bool is_number = !version.empty() && version.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || version.front() == '0') return;
  const bool newer = version.size() != known.size() ? version.size() > known.size() : version > known;
  if (!newer) return;
  throw DataError(name, "was written by a newer version (" + theirs + "), this program knows up to " + schema,
                  "use that version");
}

}  // namespace coopseg::core
