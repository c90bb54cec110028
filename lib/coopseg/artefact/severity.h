// Five levels of damage, as ranges to draw from.
//
//   Artefact a = sample(severity_ranges("spike", Dialect::paper, 2), Dialect::paper, slices, draw);
//
// From level to level the damage grows on average; single draws overlap. In the paper's dialect and the legacy one
// level 5 is the paper's own setting:
//   level                       1        2        3        4        5
//   bias field: coefficients    +-0.1    +-0.2    +-0.3    +-0.4    +-0.5
//   ghosting: intensity         0.1-0.2  0.2-0.4  0.3-0.6  0.4-0.8  0.5-1
//   spike: intensity            the paper's range / 16, / 8, / 4, / 2, / 1
//   motion: degrees             +-0.025  +-0.05   +-0.1    +-0.2    +-30
//           translation         +-0.0625 +-0.125  +-0.25   +-0.5    +-10
// In the physical dialect:
//   bias field, ghosting        as above; 1 to 4 ghosts, along rows or columns
//   spike: intensity            0.05-0.1 0.1-0.2  0.2-0.4  0.4-0.8  0.8-1.6
//   motion: degrees, mm         +-0.5    +-1      +-2      +-4      +-8
#pragma once

#include "coopseg/artefact/sampling.h"

namespace coopseg::artefact {

inline constexpr int kSeverities = 5;

// Throws core::UsageError for another level than 1 to 5, or an unknown artefact.
Ranges severity_ranges(const std::string& artefact, Dialect dialect, int level);

}  // namespace coopseg::artefact
