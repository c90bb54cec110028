// The numbers in a stored tensor, whatever its type.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/safetensors.h"

namespace coopseg::model {

// Of the types of core/safetensors.h. Throws std::out_of_range for any other.
std::size_t bytes_per_element(const std::string& dtype);
bool is_floating(const std::string& dtype);

// Exact for all types but I64 beyond 2^53.
std::vector<double> numbers(const core::StoredTensor& tensor);

// "[16, 1, 3, 3]"
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace coopseg::model
