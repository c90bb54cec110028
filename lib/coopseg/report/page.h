// The report: one HTML file that holds its pictures, its numbers and the chart library, and opens without a network.
//
//   Page page = make_page({"My experiment", experiment, runs, 3, 3});
//   core::write_file("report.html", page.html);
//
// Tables and pictures need no script; the page's policy allows only its own. Equal inputs give equal bytes; no
// folder, host or clock stands in it.
#pragma once

#include <string>
#include <vector>

#include "coopseg/report/agreement.h"
#include "coopseg/report/charts.h"
#include "coopseg/report/experiment.h"
#include "coopseg/report/runs.h"

namespace coopseg::report {

struct Contents {
  std::string title;
  const Experiment& experiment;
  const std::vector<Run>& runs;
  std::size_t cases_per_method = 3;  // 0: no pictures
  std::size_t viewer_cases = 3;      // of them, how many can be scrolled through
  std::vector<Agreement> agreements = {};
  ReviewLimits limits = {};  // that the agreements were compared by
};

struct Page {
  std::string html;
  std::size_t n_unreadable = 0;  // cases and predictions that could not be read: said in the page, and as warnings
};

// Throws core::IoError if the page's style or the chart library is not installed.
Page make_page(const Contents& contents);

// Parts of the page, in HTML.
std::string tables_part(const Experiment& experiment, std::size_t metric_index);
struct CasesPart {
  std::string html;
  core::Json viewers = core::Json::array();  // of a ViewerShelf; elements of the part name them by place
  std::size_t n_unreadable = 0;              // cases, or predictions of them
};
CasesPart cases_part(const Experiment& experiment, std::size_t per_method, std::size_t viewers_per_method);
std::string provenance_part(const Experiment& experiment, const std::vector<Run>& runs);

}  // namespace coopseg::report
