// Data sets of phantoms: who is scanned where, what is told about each, and a picture of some.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coopseg/core/json.h"
#include "coopseg/image/picture.h"
#include "coopseg/phantom/render.h"

namespace coopseg::phantom {

struct Subject {
  std::string id;
  std::string site;
};

// `count` subjects from number `first` (from 1): prefix001, prefix002, ..., with three digits or as many as the number
// has. The sites take turns by the subject's number, so that a data set made in parts is the same as one made at once.
std::vector<Subject> make_cohort(const std::string& prefix, std::size_t first, std::size_t count,
                                 const std::vector<std::string>& sites);

// "3" sites are A, B and C. Throws core::UsageError unless 1 ... 26.
std::vector<std::string> first_sites(std::size_t count);
// "B" or "A,C". Throws core::UsageError for names that no site has, or one named twice.
std::vector<std::string> parse_sites(const std::string& text);

const char* name_of(Phase phase);  // "ED", "ES"
// "ED", "ES", "ED,ES". Throws core::UsageError.
std::vector<Phase> parse_frames(const std::string& text);
// "216x256" (columns x rows), or "96" for a square. Throws core::UsageError unless 16 ... 1024.
std::array<std::size_t, 2> parse_size(const std::string& text);

// For sidecars: what the image shows, and with what it was taken.
core::Json describe(const Anatomy& anatomy, Phase phase);
core::Json describe(const Scanner& scanner, const Stack& stack);

// One row for each subject: three slices at end-diastole, the middle one at end-systole, and that with its labels.
// Each image is shown from black to its 99th percentile in the middle slice. Throws core::UsageError for no subject.
image::Picture preview(const std::vector<Subject>& subjects, const StackOptions& options, std::uint64_t seed);

}  // namespace coopseg::phantom
