#include "coopseg/image/metaimage.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "coopseg/core/error.h"
#include "coopseg/image/axes_grid.h"
#include "coopseg/image/header_text.h"

namespace coopseg::image {

namespace fs = std::filesystem;
using core::DataError;

namespace {

struct MetaFields {
  std::map<std::string, std::string> values;
  std::size_t data_byte = 0;  // behind the line of ElementDataFile
  const std::string& file;

  // The first of these names, all of which mean the same, that is there.
  std::optional<HeaderField> field(std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      const auto found = values.find(name);
      if (found != values.end()) return HeaderField{name, found->second, file};
    }
    return std::nullopt;
  }
  HeaderField needed(const char* name) const {
    if (auto found = field({name})) return *found;
    throw DataError(file, fmt::format("has no field {}, which every MetaImage has", name), kRemedyHeader);
  }
  bool is_true(std::initializer_list<const char*> names, bool otherwise) const {
    const auto found = field(names);
    if (!found) return otherwise;
    const std::string word = lower_case(found->value);
    if (word == "true" || word == "t" || word == "1" || word == "yes") return true;
    if (word == "false" || word == "f" || word == "0" || word == "no") return false;
    found->refuse("True or False");
  }
};

MetaFields read_meta_fields(const OpenFile& file) {
  MetaFields fields{{}, 0, file.name()};
  HeaderLines lines(file);
  std::string line;
  while (lines.next(line)) {
    if (trimmed(line).empty()) continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) {
      throw DataError(file.name(),
                      fmt::format("has the header line '{}', expected 'Field = value'", line.substr(0, 40)),
                      kRemedyHeader);
    }
    const std::string name = trimmed(line.substr(0, equals));
    if (!fields.values.emplace(name, trimmed(line.substr(equals + 1))).second && name != "Comment")
      throw DataError(file.name(), fmt::format("says twice what its {} is", name), kRemedyHeader);
    if (name != "ElementDataFile") continue;
    fields.data_byte = lines.next_byte();
    return fields;
  }
  throw DataError(file.name(), "is truncated: its header has no ElementDataFile, which ends it", kRemedyTruncated);
}

VoxelType meta_type(const MetaFields& fields) {
  static const std::map<std::string, VoxelType> kMetaTypes = {
      {"MET_CHAR", VoxelType::int8},       {"MET_UCHAR", VoxelType::uint8},       {"MET_SHORT", VoxelType::int16},
      {"MET_USHORT", VoxelType::uint16},   {"MET_INT", VoxelType::int32},         {"MET_UINT", VoxelType::uint32},
      {"MET_LONG", VoxelType::int32},      {"MET_ULONG", VoxelType::uint32},  // four bytes whatever the machine
      {"MET_LONG_LONG", VoxelType::int64}, {"MET_ULONG_LONG", VoxelType::uint64}, {"MET_FLOAT", VoxelType::float32},
      {"MET_DOUBLE", VoxelType::float64},
  };
  const HeaderField field = fields.needed("ElementType");
  const auto found = kMetaTypes.find(field.value);
  if (found != kMetaTypes.end()) return found->second;
  throw DataError(fields.file, fmt::format("has voxels of type {}, expected one number per voxel", field.value),
                  "convert it to an integer or floating-point type");
}

void check_meta_kind(const MetaFields& fields) {
  if (const auto kind = fields.field({"ObjectType"}); kind && kind->value != "Image") {
    throw DataError(fields.file, fmt::format("is a MetaIO file of the object {}, expected Image", kind->value),
                    "save it as an image");
  }
  const auto channels = fields.field({"ElementNumberOfChannels"});
  if (channels && channels->count(1, std::numeric_limits<std::uint32_t>::max()) > 1) {
    throw DataError(fields.file,
                    fmt::format("has {} values at every voxel, expected one number per voxel", channels->value),
                    "save one channel as a 3D file");
  }
}

// A step along each axis of space, their lengths, and the frames' distance where there are frames.
struct MetaSpacing {
  std::vector<double> values;
  const char* field = "ElementSpacing";
};

MetaSpacing meta_spacing(const MetaFields& fields, std::size_t axes, std::vector<std::string>& warnings) {
  MetaSpacing spacing{std::vector<double>(axes, 1)};
  if (const auto field = fields.field({"ElementSpacing"})) {
    spacing.values = field->numbers(axes);
  } else if (const auto size = fields.field({"ElementSize"})) {
    spacing = {size->numbers(axes), "ElementSize"};
    warnings.emplace_back("has no ElementSpacing; its ElementSize is taken for it");
  } else {
    warnings.emplace_back("has no ElementSpacing, as files do whose spacing was lost; 1 mm is taken");
  }
  for (std::size_t a = 0; a < std::min<std::size_t>(axes, 3); ++a) {
    if (spacing.values[a] > 0) continue;
    throw DataError(fields.file,
                    fmt::format("has the spacing {} mm along axis {} ({}), expected above 0", spacing.values[a], a + 1,
                                spacing.field),
                    "correct the header");
  }
  return spacing;
}

// "RAI": the letters of the sides where the axes begin, from the directions; '?' along none.
std::string meta_letters(const Grid& grid) {
  std::string letters;
  for (std::size_t a = 0; a < 3; ++a) {
    std::size_t along = 0;
    for (std::size_t c = 1; c < 3; ++c) {
      if (std::abs(grid.direction[c * 3 + a]) > std::abs(grid.direction[along * 3 + a])) along = c;
    }
    letters += (grid.direction[along * 3 + a] > 0 ? "RAI" : "LPS")[along];
  }
  return letters;
}

void compare_orientation(const MetaFields& fields, const Grid& grid, std::vector<std::string>& warnings) {
  const auto said = fields.field({"AnatomicalOrientation"});
  if (!said || said->value.find('?') != std::string::npos || grid.two_dimensional) return;
  const std::string used = meta_letters(grid);
  if (said->value.substr(0, 3) == used) return;
  warnings.push_back(fmt::format("says AnatomicalOrientation {}, while its directions are {}; the directions are used",
                                 said->value, used));
}

Grid meta_grid(const MetaFields& fields, const NiftiHeader& header, std::size_t axes, const MetaSpacing& spacing,
               std::vector<std::string>& warnings) {
  std::vector<double> matrix(axes * axes, 0), offset(axes, 0);
  for (std::size_t a = 0; a < axes; ++a) matrix[a * axes + a] = 1;
  const auto directions = fields.field({"TransformMatrix", "Rotation", "Orientation"});
  if (directions) matrix = directions->numbers(axes * axes);
  else warnings.emplace_back("has no TransformMatrix; direction identity");
  if (const auto field = fields.field({"Offset", "Position", "Origin"})) offset = field->numbers(axes);
  else warnings.emplace_back("has no Offset; origin 0");
  const auto spatial = static_cast<std::size_t>(header.axes);
  AxesInSpace lie;
  lie.spacing_field = spacing.field;
  for (std::size_t a = 0; a < spatial; ++a) {
    double length = 0;
    for (std::size_t c = 0; c < spatial; ++c) {
      length += matrix[a * axes + c] * matrix[a * axes + c];
      lie.step_mm[a][c] = matrix[a * axes + c] * spacing.values[a];
    }
    for (std::size_t c = spatial; c < axes; ++c) {
      if (matrix[a * axes + c] != 0 || matrix[c * axes + a] != 0)
        directions->refuse("frames at right angles to the axes in space");
    }
    if (!(std::abs(std::sqrt(length) - 1) <= 1e-3)) directions->refuse("rows of length 1");
    lie.origin_mm[a] = offset[a];
  }
  Grid grid = grid_of_axes(header, lie, fields.file);
  grid.nominal = !directions;
  compare_orientation(fields, grid, warnings);
  return grid;
}

void find_meta_voxels(const MetaFields& fields, ImageSource& source) {
  const std::string name = fields.needed("ElementDataFile").value;
  if (names_several_files(name)) {
    throw DataError(fields.file, "has its voxels in several files, expected one",
                    "write it again as one .mha file, with 3D Slicer or SimpleITK");
  }
  const bool local = name == "LOCAL" || name == "Local" || name == "local";
  if (!local && name.empty()) fields.needed("ElementDataFile").refuse("LOCAL or a file");
  source.voxel_file = local ? source.header_file : beside(source.header_file, name);
  source.begin = local ? fields.data_byte : 0;
  const auto skip = fields.field({"HeaderSize"});
  if (skip && skip->value == "-1" && source.encoding == Encoding::raw) {
    source.ends_with_file = true;
  } else if (skip) {
    const std::size_t bytes = skip->count(0, std::numeric_limits<std::uint32_t>::max());
    if (bytes > 0 && local) skip->refuse("0 where the voxels stand behind the header");
    source.begin += bytes;
  }
}

Encoding meta_encoding(const MetaFields& fields, ImageSource& source) {
  const bool packed = fields.is_true({"CompressedData"}, false);
  if (!fields.is_true({"BinaryData"}, false)) {
    if (packed) fields.needed("CompressedData").refuse("False where voxels are text (BinaryData)");
    return Encoding::text;
  }
  if (!packed) return Encoding::raw;
  if (const auto size = fields.field({"CompressedDataSize"}); size && trimmed(size->value) != "0")
    source.packed_bytes = size->count(1, std::numeric_limits<std::size_t>::max());
  return Encoding::zlib;
}

void set_meta_scaling(const MetaFields& fields, ImageSource& source) {
  const auto slope = fields.field({"ElementToIntensityFunctionSlope"});
  const auto intercept = fields.field({"ElementToIntensityFunctionOffset"});
  const double by = slope ? slope->numbers(1).front() : 1, plus = intercept ? intercept->numbers(1).front() : 0;
  if (!std::isfinite(by) || !std::isfinite(plus) || by == 0) {
    throw DataError(fields.file,
                    fmt::format("scales its voxels with slope {} and offset {} (ElementToIntensityFunction), expected "
                                "finite numbers",
                                by, plus),
                    "set them to 1 and 0 if the voxels are not scaled");
  }
  source.header.slope = by;
  source.header.intercept = plus;
  if (source.header.scaled()) {
    source.warnings.push_back(fmt::format(
        "its ElementToIntensityFunction (slope {}, offset {}) is applied; ITK's programs leave it out", by, plus));
  }
}

}  // namespace

ImageSource metaimage_source(const OpenFile& file) {
  const MetaFields fields = read_meta_fields(file);
  check_meta_kind(fields);
  ImageSource source;
  source.header_file = file.name();
  NiftiHeader& header = source.header;
  header.type = meta_type(fields);
  header.data_offset = 0;
  const std::size_t axes = fields.needed("NDims").count(2, 4);
  set_sizes(header, fields.needed("DimSize").counts(axes), static_cast<int>(std::min<std::size_t>(axes, 3)),
            file.name());
  const MetaSpacing spacing = meta_spacing(fields, axes, source.warnings);
  if (axes == 4) header.pixdim[4] = static_cast<float>(spacing.values[3]);
  header.grid = meta_grid(fields, header, axes, spacing, source.warnings);
  source.encoding = meta_encoding(fields, source);
  header.swapped = source.encoding != Encoding::text &&
                   is_swapped_here(!fields.is_true({"BinaryDataByteOrderMSB", "ElementByteOrderMSB"}, false));
  set_meta_scaling(fields, source);
  find_meta_voxels(fields, source);
  return source;
}

}  // namespace coopseg::image
