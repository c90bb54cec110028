// What the layouts have in common, and those that have a file of their own; list_folder() of layout.h calls them.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>

#include "coopseg/core/error.h"
#include "coopseg/dataset/layout.h"

namespace coopseg::dataset {

// Paths are relative to the current folder, or absolute. Throws core::DataError for a name that a list cannot hold.
core::Case make_case(const std::string& id, const std::string& frame, const std::filesystem::path& image,
                     const std::optional<std::filesystem::path>& label);

// Adds what `list` finds for a subject or case; if it refuses it, that is a problem, and the others are listed.
template <class List>
void list_or_leave_out(const std::string& id, Listing& listing, List&& list) {
  const std::size_t before = listing.cases.size();
  try {
    list();
  } catch (const core::Error& error) {
    listing.cases.erase(listing.cases.begin() + static_cast<std::ptrdiff_t>(before), listing.cases.end());
    listing.problems.push_back(fmt::format("{} is left out: {}", id, error.what()));
  }
}

// Throws core::DataError unless `file` is a file, also through links. A link that leads nowhere is named as such: such
// files of a data set have not been fetched.
void require_file(const std::filesystem::path& file);

// Each adds its cases, in any order, without `dataset` and, but for bids, `labels`.
void list_msd(const std::filesystem::path& folder, Listing& listing);
void list_nnunet(const std::filesystem::path& folder, Listing& listing);
void list_bids(const std::filesystem::path& folder, const ListOptions& options, Listing& listing);

// These go by lists of names, whose order means something, and add their cases in it.
void list_uamt(const std::filesystem::path& folder, Listing& listing);
void list_ssl4mis(const std::filesystem::path& folder, Listing& listing);

}  // namespace coopseg::dataset
