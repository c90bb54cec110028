// Info.cfg of the ACDC data set (Bernard et al., IEEE TMI 2018): one "Key: value" a line.
//
//   ED: 1
//   ES: 12
//   Group: DCM
//   Height: 184.0
//   NbFrame: 30
//   Weight: 95.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace coopseg::dataset {

struct PatientInfo {
  int ed_frame = 0, es_frame = 0;  // from 1, as in the files' names
  std::optional<int> frame_count;
  std::string group;  // NOR, MINF, DCM, HCM or RV; empty if not given
  std::optional<double> height_cm, weight_kg;
};

// Throws core::DataError if ED or ES is missing, a number is none, or a frame lies outside 1 ... NbFrame.
PatientInfo parse_info_cfg(const std::string& text, const std::string& name);
PatientInfo read_info_cfg(const std::filesystem::path& file);

}  // namespace coopseg::dataset
