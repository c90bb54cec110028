// Versions of what programs write for each other: a member "schema" such as "coopseg.run/1".
#pragma once

#include <string>

#include "coopseg/core/json.h"

namespace coopseg::core {

// Throws DataError if `json` says that it follows a later version of `schema` ("coopseg.run/1") than this one: what
// its members mean there is not known here. Anything else is for the reader to judge.
void refuse_newer(const Json& json, const std::string& schema, const std::string& name);

}  // namespace coopseg::core
