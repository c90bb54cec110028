// Where and in what numbers networks compute, as options say it.
#pragma once

#include <cstddef>
#include <string>

#include "coopseg/core/ranks.h"
#include "coopseg/core/words.h"

namespace coopseg::request {

// Of the activations between a network's layers. automatic: bf16 where it is fast.
enum class Precision { fp32, bf16, automatic };
extern const core::Words<Precision> kPrecisions;  // "fp32", "bf16", "auto"

// "auto", "cpu", "cuda" or "cuda:N". Throws core::UsageError for another text; whether the device is there is for
// network/device.h to say.
void check_device(const std::string& device);

// Each process needs one of the `items` that a batch has of `what` ("slices"). Throws core::UsageError.
void check_ranks(const core::Ranks& ranks, std::size_t items, const std::string& what);

}  // namespace coopseg::request
