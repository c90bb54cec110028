#include "coopseg/image/nrrd.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

constexpr std::size_t kMostAxes = 16;  // Teem's own limit
const double kUnsaid = std::numeric_limits<double>::quiet_NaN();

// The fields by their names without case and blanks: "space directions" and "SpaceDirections" are one.
struct NrrdFields {
  std::map<std::string, std::string> values;
  std::size_t data_byte = 0;  // behind the empty line
  bool attached = false;      // there is an empty line
  const std::string& file;

  bool has(const std::string& name) const { return values.count(key(name)) > 0; }
  HeaderField field(const std::string& name) const {
    const auto found = values.find(key(name));
    return {name, found == values.end() ? "" : found->second, file};
  }
  HeaderField needed(const std::string& name) const {
    if (has(name)) return field(name);
    throw DataError(file, fmt::format("has no field '{}', which every NRRD file has", name), kRemedyHeader);
  }
  std::string word(const std::string& name) const { return lower_case(field(name).value); }

  static std::string key(std::string_view name) {
    std::string plain = lower_case(name);
    plain.erase(std::remove(plain.begin(), plain.end(), ' '), plain.end());
    return plain;
  }
};

void check_nrrd_version(const std::string& line, const std::string& file) {
  if (line.size() == 8 && line.compare(0, 7, "NRRD000") == 0 && line[7] >= '1' && line[7] <= '6') return;
  throw DataError(file, fmt::format("begins with '{}', expected NRRD0001 to NRRD0006", line.substr(0, 16)),
                  kRemedyHeader);
}

NrrdFields read_nrrd_fields(const OpenFile& file) {
  NrrdFields fields{{}, 0, false, file.name()};
  HeaderLines lines(file);
  std::string line;
  lines.next(line);
  check_nrrd_version(line, file.name());
  while (lines.next(line)) {
    if (line.empty()) {
      fields.attached = true;
      break;
    }
    if (line.front() == '#') continue;
    const std::size_t colon = line.find(": "), pair = line.find(":=");
    if (pair < colon) continue;  // a remark of the program that wrote it
    const std::size_t end = colon != std::string::npos ? colon : line.find(':');
    if (end == std::string::npos) {
      throw DataError(file.name(), fmt::format("has the header line '{}', expected 'field: value'", line.substr(0, 40)),
                      kRemedyHeader);
    }
    if (!fields.values.emplace(NrrdFields::key(line.substr(0, end)), trimmed(line.substr(end + 1))).second) {
      throw DataError(file.name(), fmt::format("says twice what its {} is", line.substr(0, end)), kRemedyHeader);
    }
    if (fields.has("data file") && names_several_files(fields.field("data file").value))
      break;  // names follow, no fields
  }
  fields.data_byte = lines.next_byte();
  return fields;
}

VoxelType nrrd_type(const NrrdFields& fields) {
  static const std::map<std::string, VoxelType> kNrrdTypes = {
      {"signed char", VoxelType::int8},
      {"int8", VoxelType::int8},
      {"int8_t", VoxelType::int8},
      {"uchar", VoxelType::uint8},
      {"unsigned char", VoxelType::uint8},
      {"uint8", VoxelType::uint8},
      {"uint8_t", VoxelType::uint8},
      {"short", VoxelType::int16},
      {"short int", VoxelType::int16},
      {"signed short", VoxelType::int16},
      {"signed short int", VoxelType::int16},
      {"int16", VoxelType::int16},
      {"int16_t", VoxelType::int16},
      {"ushort", VoxelType::uint16},
      {"unsigned short", VoxelType::uint16},
      {"unsigned short int", VoxelType::uint16},
      {"uint16", VoxelType::uint16},
      {"uint16_t", VoxelType::uint16},
      {"int", VoxelType::int32},
      {"signed int", VoxelType::int32},
      {"int32", VoxelType::int32},
      {"int32_t", VoxelType::int32},
      {"uint", VoxelType::uint32},
      {"unsigned int", VoxelType::uint32},
      {"uint32", VoxelType::uint32},
      {"uint32_t", VoxelType::uint32},
      {"longlong", VoxelType::int64},
      {"long long", VoxelType::int64},
      {"long long int", VoxelType::int64},
      {"signed long long", VoxelType::int64},
      {"signed long long int", VoxelType::int64},
      {"int64", VoxelType::int64},
      {"int64_t", VoxelType::int64},
      {"ulonglong", VoxelType::uint64},
      {"unsigned long long", VoxelType::uint64},
      {"unsigned long long int", VoxelType::uint64},
      {"uint64", VoxelType::uint64},
      {"uint64_t", VoxelType::uint64},
      {"float", VoxelType::float32},
      {"double", VoxelType::float64},
  };
  const HeaderField field = fields.needed("type");
  const auto found = kNrrdTypes.find(fmt::format("{}", fmt::join(words_between_blanks(lower_case(field.value)), " ")));
  if (found != kNrrdTypes.end()) return found->second;
  throw DataError(fields.file, fmt::format("has voxels of type '{}', expected one number per voxel", field.value),
                  "convert it to an integer or floating-point type");
}

// What is said of one axis of the array.
struct NrrdAxis {
  std::size_t size = 1;
  std::string kind;
  bool has_step = false;     // a direction in space
  std::vector<double> step;  // as many components as the space has
  double spacing = kUnsaid;
  std::string unit;
};

// Words in quotes and "???" as they stand.
std::vector<std::string> quoted(const HeaderField& field, std::size_t count) {
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = field.value.find('"', at)) != std::string::npos;) {
    const std::size_t end = field.value.find('"', at + 1);
    if (end == std::string::npos) field.refuse("words in quotes");
    found.push_back(field.value.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  if (found.size() != count) field.refuse(fmt::format("{} words in quotes", count));
  return found;
}

// "(1,0,0) none (0, 1, 0)": a vector or none for each; `dimensions` numbers in each vector.
std::vector<std::vector<double>> vectors(const HeaderField& field, std::size_t count, std::size_t dimensions) {
  std::vector<std::vector<double>> found;
  const std::string& text = field.value;
  for (std::size_t at = 0; at < text.size();) {
    if (std::isspace(static_cast<unsigned char>(text[at]))) {
      ++at;
    } else if (text[at] == '(') {
      const std::size_t end = text.find(')', at);
      if (end == std::string::npos) field.refuse("vectors such as (1,0,0)");
      std::string inside = text.substr(at + 1, end - at - 1);
      std::replace(inside.begin(), inside.end(), ',', ' ');
      found.push_back(HeaderField{field.name, inside, field.file}.numbers(dimensions));
      at = end + 1;
    } else {
      const std::size_t end = std::min(text.find_first_of(" \t(", at), text.size());
      if (lower_case(text.substr(at, end - at)) != "none") field.refuse("vectors such as (1,0,0), or none");
      found.emplace_back();
      at = end;
    }
  }
  if (found.size() != count) field.refuse(fmt::format("{} vectors", count));
  return found;
}

// The space that directions and origin are said in.
struct NrrdSpace {
  std::size_t dimensions = 0;  // 0: none is named
  std::array<double, 3> to_lps{1, 1, 1};
  bool anatomical = false;
  double to_mm = 1;
};

NrrdSpace nrrd_space(const NrrdFields& fields, std::vector<std::string>& warnings) {
  struct Entry {
    const char *name, *letters;
    std::array<double, 3> to_lps;
  };
  static const Entry kNrrdSpaces[] = {{"left-posterior-superior", "lps", {1, 1, 1}},
                                  {"right-anterior-superior", "ras", {-1, -1, 1}},
                                  {"left-anterior-superior", "las", {1, -1, 1}}};
  NrrdSpace space;
  if (fields.has("space")) {
    const std::string name = fields.word("space");
    for (const Entry& entry : kNrrdSpaces) {
      for (const bool timed : {false, true}) {
        if (name != std::string(entry.name) + (timed ? "-time" : "") &&
            name != std::string(entry.letters) + (timed ? "t" : ""))
          continue;
        space.dimensions = timed ? 4 : 3;
        space.to_lps = entry.to_lps;
        space.anatomical = true;
      }
    }
    if (!space.anatomical) {
      const bool timed = name.size() > 5 && name.compare(name.size() - 5, 5, "-time") == 0;
      if (name.find("scanner-xyz") != 0 && name.find("3d-") != 0)
        fields.field("space").refuse("a space of NRRD's, such as left-posterior-superior");
      space.dimensions = timed ? 4 : 3;
    }
  } else if (fields.has("space dimension")) {
    space.dimensions = fields.field("space dimension").count(1, kMostAxes);
    if (space.dimensions < 2 || space.dimensions > 4) fields.field("space dimension").refuse("2 to 4");
  }
  if (space.dimensions > 0 && !space.anatomical) {
    warnings.push_back(
        fmt::format("names no directions of the body ({}); its axes are taken for "
                    "left-posterior-superior",
                    fields.has("space") ? "space " + fields.field("space").value : "no space"));
  }
  return space;
}

// Millimetres in one unit; 1 for what is none, with a warning where it says something else.
double to_mm(const std::string& unit, std::vector<std::string>& warnings) {
  static const std::map<std::string, double> kNrrdUnits = {{"m", 1000},       {"cm", 10},         {"um", 0.001},
                                                       {"micron", 0.001}, {"microns", 0.001}, {"\xc2\xb5m", 0.001}};
  const std::string name = lower_case(trimmed(unit));
  if (name.empty() || name == "mm" || name == "millimeter" || name == "millimeters" || name == "???") return 1;
  const auto found = kNrrdUnits.find(name);
  if (found == kNrrdUnits.end()) {
    warnings.push_back(fmt::format("names the unit of length '{}', which is not known; mm is taken", unit));
    return 1;
  }
  warnings.push_back(fmt::format("its unit is the {}; converted to mm", unit));
  return found->second;
}

std::vector<NrrdAxis> nrrd_axes(const NrrdFields& fields, NrrdSpace& space, std::vector<std::string>& warnings) {
  const std::size_t count = fields.needed("dimension").count(1, kMostAxes);
  const std::vector<std::size_t> sizes = fields.needed("sizes").counts(count);
  std::vector<NrrdAxis> axes(count);
  for (std::size_t a = 0; a < count; ++a) axes[a].size = sizes[a];
  if (fields.has("kinds")) {
    const std::vector<std::string> kinds = words_between_blanks(fields.word("kinds"));
    if (kinds.size() != count) fields.field("kinds").refuse(fmt::format("{} words", count));
    for (std::size_t a = 0; a < count; ++a) axes[a].kind = kinds[a] == "???" || kinds[a] == "none" ? "" : kinds[a];
  }
  if (fields.has("space directions")) {
    if (space.dimensions == 0) {
      throw DataError(fields.file, "has space directions, but neither a space nor a space dimension", kRemedyHeader);
    }
    const auto steps = vectors(fields.field("space directions"), count, space.dimensions);
    for (std::size_t a = 0; a < count; ++a) {
      axes[a].has_step = !steps[a].empty();
      axes[a].step = steps[a];
    }
  }
  if (fields.has("spacings")) {
    const std::vector<double> spacings = fields.field("spacings").numbers(count);
    for (std::size_t a = 0; a < count; ++a) axes[a].spacing = spacings[a];
  }
  if (fields.has("units")) {
    const std::vector<std::string> units = quoted(fields.field("units"), count);
    for (std::size_t a = 0; a < count; ++a) axes[a].unit = units[a];
  }
  if (fields.has("space units")) {
    const std::vector<std::string> units = quoted(fields.field("space units"), space.dimensions);
    const auto spatial = std::min<std::size_t>(3, space.dimensions);
    for (std::size_t d = 1; d < spatial; ++d) {
      if (units[d] != units[0]) fields.field("space units").refuse("one unit for all directions");
    }
    if (spatial > 0) space.to_mm = to_mm(units[0], warnings);
  }
  return axes;
}

bool is_time_step(const NrrdAxis& axis) {
  return axis.step.size() == 4 && axis.step[3] != 0 && axis.step[0] == 0 && axis.step[1] == 0 && axis.step[2] == 0;
}

// Axes in space, and the frames behind them; axes of one value that are no axes of space are left out.
struct NrrdLayout {
  std::vector<NrrdAxis> spatial;
  std::optional<NrrdAxis> frames;
};

NrrdLayout nrrd_layout(const std::vector<NrrdAxis>& axes, const std::string& file) {
  const bool oriented = std::any_of(axes.begin(), axes.end(), [](const NrrdAxis& axis) { return axis.has_step; });
  NrrdLayout layout;
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const NrrdAxis& axis = axes[a];
    const bool is_time = axis.kind == "time" || is_time_step(axis);
    const bool of_space = axis.kind.empty() || axis.kind == "domain" || axis.kind == "space";
    if (is_time && a + 1 == axes.size()) {
      layout.frames = axis;
    } else if (!is_time && of_space && (axis.has_step || !oriented) && layout.spatial.size() < 3) {
      layout.spatial.push_back(axis);
    } else if (axis.size > 1) {
      throw DataError(
          file,
          fmt::format("has {} values along axis {} ({}), expected one number per voxel", axis.size, a + 1,
                      axis.kind.empty() ? std::string("no kind, no direction in space") : "kind " + axis.kind),
          "save one component as a 3D file; frames are the last axis, of kind time");
    }
  }
  if (layout.spatial.size() < 2) {
    throw DataError(file, fmt::format("has {} axes in space, expected 2 or 3", layout.spatial.size()),
                    "save it as a 2D or 3D image");
  }
  return layout;
}

Grid nrrd_grid(const NrrdFields& fields, const NrrdLayout& layout, const NrrdSpace& space, const NiftiHeader& header,
               std::vector<std::string>& warnings) {
  AxesInSpace lie;
  if (layout.spatial.front().has_step) {
    lie.spacing_field = "space directions";
    const std::size_t components = std::min<std::size_t>(space.dimensions, 3);
    for (std::size_t a = 0; a < layout.spatial.size(); ++a) {
      const std::vector<double>& step = layout.spatial[a].step;
      if (step.size() == 4 && step[3] != 0)
        fields.field("space directions").refuse("axes of the body that do not move in time");
      for (std::size_t c = 0; c < components; ++c) lie.step_mm[a][c] = step[c] * space.to_lps[c] * space.to_mm;
    }
    if (fields.has("space origin")) {
      const auto origin = vectors(fields.field("space origin"), 1, space.dimensions).front();
      if (origin.empty()) fields.field("space origin").refuse("a vector");
      for (std::size_t c = 0; c < components; ++c) lie.origin_mm[c] = origin[c] * space.to_lps[c] * space.to_mm;
    } else {
      warnings.emplace_back("has no space origin; 0 is taken");
    }
    Grid grid = grid_of_axes(header, lie, fields.file);
    grid.nominal = !space.anatomical;
    return grid;
  }
  lie.spacing_field = "spacings";
  const std::string& unit = layout.spatial.front().unit;
  const double scale = to_mm(unit, warnings);
  for (std::size_t a = 0; a < layout.spatial.size(); ++a) {
    const NrrdAxis& axis = layout.spatial[a];
    if (axis.unit != unit) fields.field("units").refuse("one unit for all axes in space");
    const double spacing = fields.has("spacings") ? axis.spacing * scale : 1;
    if (!(spacing > 0)) {
      throw DataError(fields.file,
                      fmt::format("has the spacing {} mm along axis {} (spacings), expected above 0", spacing, a + 1),
                      "correct the header");
    }
    lie.step_mm[a][a] = spacing;
  }
  Grid grid = grid_of_axes(header, lie, fields.file);
  grid.nominal = true;
  warnings.push_back(
      fmt::format("has no space directions; spacing {:.6g} x {:.6g} x {:.6g} mm{}, direction identity, "
                  "origin 0",
                  grid.spacing_mm[0], grid.spacing_mm[1], grid.spacing_mm[2],
                  fields.has("spacings") ? " from spacings" : " for want of any"));
  return grid;
}

Encoding nrrd_encoding(const NrrdFields& fields) {
  const std::string name = lower_case(fields.needed("encoding").value);
  if (name == "raw") return Encoding::raw;
  if (name == "gz" || name == "gzip") return Encoding::gzip;
  if (name == "txt" || name == "text" || name == "ascii") return Encoding::text;
  throw DataError(fields.file, fmt::format("has the encoding '{}', of which none is read but raw, gzip and text", name),
                  "write it again: unu save -f nrrd -e gzip, or with 3D Slicer or SimpleITK");
}

bool nrrd_is_swapped(const NrrdFields& fields, const ImageSource& source) {
  if (source.encoding == Encoding::text || bytes_of(source.header.type) == 1) return false;
  const std::string order = lower_case(fields.needed("endian").value);
  if (order != "little" && order != "big") fields.field("endian").refuse("little or big");
  return is_swapped_here(order == "little");
}

// Where the voxels stand: behind the header, or in the one file that it names.
void find_nrrd_voxels(const NrrdFields& fields, ImageSource& source) {
  source.voxel_file = source.header_file;
  if (fields.has("data file")) {
    const std::string name = fields.field("data file").value;
    if (names_several_files(name)) {
      throw DataError(fields.file, "has its voxels in several files, expected one",
                      "write it again as one file: unu save -f nrrd, or with 3D Slicer or SimpleITK");
    }
    source.voxel_file = beside(source.header_file, name);
  } else if (fields.attached) {
    source.begin = fields.data_byte;
  } else {
    throw DataError(fields.file, "is truncated: its header has no end", kRemedyTruncated);
  }
  if (fields.has("line skip"))
    source.lines_before = fields.field("line skip").count(0, std::numeric_limits<std::uint32_t>::max());
  if (!fields.has("byte skip")) return;
  if (fields.field("byte skip").value == "-1") {
    if (source.encoding != Encoding::raw) fields.field("byte skip").refuse("0 or more where voxels are not raw");
    source.ends_with_file = true;
  } else {
    // Of unpacked bytes.
    source.header.data_offset = fields.field("byte skip").count(0, std::numeric_limits<std::uint32_t>::max());
    if (source.encoding == Encoding::text && source.header.data_offset > 0)
      fields.field("byte skip").refuse("0 where voxels are text");
  }
}

}  // namespace

ImageSource nrrd_source(const OpenFile& file) {
  const NrrdFields fields = read_nrrd_fields(file);
  ImageSource source;
  source.header_file = file.name();
  NiftiHeader& header = source.header;
  header.type = nrrd_type(fields);
  header.data_offset = 0;
  NrrdSpace space = nrrd_space(fields, source.warnings);
  const NrrdLayout layout = nrrd_layout(nrrd_axes(fields, space, source.warnings), file.name());
  std::vector<std::size_t> sizes;
  for (const NrrdAxis& axis : layout.spatial) sizes.push_back(axis.size);
  if (layout.frames) sizes.push_back(layout.frames->size);
  set_sizes(header, sizes, static_cast<int>(layout.spatial.size()), file.name());
  if (layout.frames) {
    const double duration = is_time_step(*layout.frames) ? layout.frames->step[3] : layout.frames->spacing;
    header.pixdim[4] = std::isfinite(duration) ? static_cast<float>(duration) : 0;
  }
  header.grid = nrrd_grid(fields, layout, space, header, source.warnings);
  source.encoding = nrrd_encoding(fields);
  header.swapped = nrrd_is_swapped(fields, source);
  find_nrrd_voxels(fields, source);
  for (const char* name : {"old min", "old max"}) {
    if (fields.has(name))
      source.warnings.push_back(
          fmt::format("says what its values were before ({}); they are read as they stand", name));
  }
  return source;
}

}  // namespace coopseg::image
