// What the layouts have in common, and those that have a file of their own; list_folder() of layout.h calls them.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>

#include "coopseg/core/error.h"
#include "coopseg/dataset/layout.h"
#include "coopseg/dataset/layout_files.h"

namespace coopseg::dataset {

// "External code" -> "external_code": a field's name for a title of a table. Empty where it has no letters or digits.
std::string field_name(const std::string& title);

// Whether the layouts and other programs give the field a meaning, so that no table's column may be called so.
bool is_taken(const std::string& field);

// "1 label map", "2 label maps".
std::string counted(std::size_t number, const std::string& noun);

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

template <class List>
void for_each_subject(const std::vector<SubjectFolder>& subjects, Listing& listing, List&& list) {
  for (const SubjectFolder& subject : subjects) list_or_leave_out(subject.id, listing, [&] { list(subject); });
}

// Throws core::DataError unless `file` is one (see is_file()).
void require_file(const std::filesystem::path& file);

// Each adds its cases, in any order, without `dataset` and, but for bids, `labels`.
void list_mnms(const std::filesystem::path& folder, const ListOptions& options, Listing& listing);
void list_mnms2(const std::filesystem::path& folder, const ListOptions& options, Listing& listing);
void list_emidec(const std::filesystem::path& folder, Listing& listing);
void list_msd(const std::filesystem::path& folder, Listing& listing);
void list_nnunet(const std::filesystem::path& folder, Listing& listing);
void list_bids(const std::filesystem::path& folder, const ListOptions& options, Listing& listing);

// These go by lists of names, whose order means something, and add their cases in it.
void list_uamt(const std::filesystem::path& folder, Listing& listing);
void list_ssl4mis(const std::filesystem::path& folder, Listing& listing);

}  // namespace coopseg::dataset
