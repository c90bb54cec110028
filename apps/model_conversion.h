// cs-model import and export: models from and in other programs' formats.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "coopseg/core/command.h"
#include "coopseg/image/preprocess.h"
#include "coopseg/model/network_type.h"

namespace coopseg::apps {

enum class ExportFormat { onnx };

struct ConversionOptions {
  core::fs::path source, target;  // folders of .pth files
  core::fs::path out;             // the model that is imported
  std::optional<ExportFormat> to;
  std::string stage = "auto";
  model::NetworkType network = model::NetworkType::fcn_16;
  std::string labels, percentiles = "2,98", spacing = image::kPaperSpacing;
  std::size_t crop = image::kPaperCrop;
  bool keep_slice_range = false;
};

void add_conversion_options(core::Command& command, ConversionOptions& options);

// Throws core::UsageError for what cannot be meant; `files` are so many.
void check_export(const core::Command& command, const ConversionOptions& options, std::size_t files);

// Both throw core::Error, and write nothing then.
void import_reference(const core::Command& command, const ConversionOptions& options);
void export_model(const core::Command& command, const ConversionOptions& options,
                  const std::vector<core::fs::path>& files);

}  // namespace coopseg::apps
