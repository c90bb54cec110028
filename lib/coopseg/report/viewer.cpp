#include "coopseg/report/viewer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "coopseg/report/text.h"

namespace coopseg::report {

namespace {

constexpr std::size_t kMostShrink = 8;
constexpr double kGreys = 63;              // and black: more look alike, and do not compress
constexpr std::size_t kPixelsPerByte = 4;  // PNG of a patient needs more than a byte for so many

using LabelPlane = dataset::Plane<std::int32_t>;

// The region in blocks of `block` voxels; those at its far ends may be smaller.
struct Blocks {
  Region region;
  std::array<std::size_t, 3> block{}, count{};

  Blocks(const Region& of, std::array<std::size_t, 3> length) : region(of), block(length) {
    for (std::size_t a = 0; a < 3; ++a) count[a] = (region.extent[a] + block[a] - 1) / block[a];
  }
  std::size_t pixels() const { return count[0] * count[1] * count[2]; }

  template <class T, class Merge>
  image::Volume<T> merge(const image::Volume<T>& volume, Merge merged) const {
    image::Grid grid;
    grid.size = count;
    image::Volume<T> out(grid);
    std::vector<T> values;
    for (std::size_t k = 0; k < count[2]; ++k)
      for (std::size_t j = 0; j < count[1]; ++j)
        for (std::size_t i = 0; i < count[0]; ++i) {
          values.clear();
          const auto end = [&](std::size_t a, std::size_t at) {
            return region.start[a] + std::min((at + 1) * block[a], region.extent[a]);
          };
          for (std::size_t z = region.start[2] + k * block[2]; z < end(2, k); ++z)
            for (std::size_t y = region.start[1] + j * block[1]; y < end(1, j); ++y)
              for (std::size_t x = region.start[0] + i * block[0]; x < end(0, i); ++x)
                values.push_back(volume.at(x, y, z));
          out.at(i, j, k) = merged(values);
        }
    return out;
  }
};

float mean_of(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += value;
  return static_cast<float>(sum / static_cast<double>(values.size()));
}

std::int32_t most_frequent(const std::vector<std::int32_t>& labels) {
  if (labels.size() == 1) return labels.front();
  std::map<std::int32_t, std::size_t> counts;
  for (const std::int32_t label : labels) ++counts[label];
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most->first;
}

// The slices across `axis` side by side, about as high as wide.
struct Sprite {
  std::size_t columns = 1;
  std::string png;
};
Sprite sprite_of(const image::Image& image, std::size_t axis, const Scene& scene) {
  const auto [row, column] = dataset::slice_axes(axis);
  const std::size_t width = image.grid.size[column], height = image.grid.size[row], count = image.grid.size[axis];
  Sprite sprite;
  sprite.columns = std::clamp<std::size_t>(
      static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(count * height) / static_cast<double>(width)))),
      1, count);
  image::GreyPicture sheet(sprite.columns * width, (count + sprite.columns - 1) / sprite.columns * height);
  const double range = scene.white > scene.black ? scene.white - scene.black : 1;
  for (std::size_t k = 0; k < count; ++k) {
    const auto plane = dataset::slice_of(image, axis, k);
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t x = 0; x < width; ++x) {
        const double value = plane.at(y, x);
        const double share = std::isfinite(value) ? std::clamp((value - scene.black) / range, 0.0, 1.0) : 0;
        const double grey = std::round(share * kGreys) / kGreys * 255;
        sheet.grey[(k / sprite.columns * height + y) * sheet.width + k % sprite.columns * width + x] =
            static_cast<std::uint8_t>(std::lround(grey));
      }
  }
  sprite.png = image::png_of(sheet, scene.name);
  return sprite;
}

// The fullest slice may have lost its labels to its block.
std::size_t shown_at_first(const View& view, const Blocks& blocks, const std::vector<image::LabelMap>& merged) {
  const std::size_t unshrunken = (view.slice - blocks.region.start[view.axis]) / blocks.block[view.axis];
  return fullest_slice(merged[0], merged[1], view.axis).value_or(unshrunken);
}

core::Json plane_of(const Scene& scene, const View& view, const Blocks& blocks,
                    const std::vector<image::LabelMap>& merged) {
  const std::size_t axis = view.axis;
  const auto [row, column] = dataset::slice_axes(axis);
  const auto length_mm = [&](std::size_t a) {
    return static_cast<double>(blocks.count[a] * blocks.block[a]) * scene.image.grid.spacing_mm[a];
  };
  const auto step = static_cast<std::ptrdiff_t>(blocks.block[axis]);
  return {{"plane", view.plane},
          {"axis", scene.views.size() == 1 ? 2 : axis},
          {"first", scene.stored_slice(axis, blocks.region.start[axis]) + 1},
          {"step", scene.turn.backwards[axis] ? -step : step},
          {"total", scene.image.grid.size[axis]},
          {"shown", shown_at_first(view, blocks, merged)},
          {"width_mm", length_mm(column)},
          {"height_mm", length_mm(row)}};
}

core::Json viewer_in(const Blocks& blocks, const Scene& scene, const std::vector<Line>& lines) {
  const std::size_t axis = scene.views.front().axis;
  const auto [row, column] = dataset::slice_axes(axis);
  const Sprite sprite = sprite_of(blocks.merge(scene.image, mean_of), axis, scene);
  core::Json viewer{
      {"name", scene.name},           {"size", {blocks.count[column], blocks.count[row], blocks.count[axis]}},
      {"columns", sprite.columns},    {"shrink", blocks.block[column]},
      {"sprite", base64(sprite.png)}, {"planes", core::Json::array()},
      {"lines", core::Json::array()}};
  std::vector<image::LabelMap> merged;
  for (const image::LabelMap& map : scene.maps) merged.push_back(blocks.merge(map, most_frequent));
  for (const View& view : scene.views) viewer["planes"].push_back(plane_of(scene, view, blocks, merged));
  for (std::size_t m = 0; m < lines.size(); ++m) {
    core::Json paths = core::Json::array();
    for (const View& view : scene.views) {
      core::Json of_plane = core::Json::array();
      for (std::size_t k = 0; k < blocks.count[view.axis]; ++k)
        of_plane.push_back(outline_path(dataset::slice_of(merged[m], view.axis, k)));
      paths.push_back(std::move(of_plane));
    }
    viewer["lines"].push_back({{"name", lines[m].name},
                               {"colour", colour_text(lines[m].colour)},
                               {"on", lines[m].on},
                               {"paths", std::move(paths)}});
  }
  return viewer;
}

// The edges between pixels of different labels, and the walk along them.
class Edges {
 public:
  explicit Edges(const LabelPlane& labels)
      : width_(labels.columns + 1), horizontal_(width_ * (labels.rows + 1)), vertical_(horizontal_.size()) {
    const auto label = [&](std::size_t row, std::size_t column) {  // counted from 1
      const bool inside = row >= 1 && row <= labels.rows && column >= 1 && column <= labels.columns;
      return inside ? labels.at(row - 1, column - 1) : 0;
    };
    for (std::size_t y = 0; y <= labels.rows; ++y)
      for (std::size_t x = 0; x <= labels.columns; ++x) {
        // From corner (x, y) to the right, between the pixels above and below it; and down.
        horizontal_[y * width_ + x] = label(y, x + 1) != label(y + 1, x + 1);
        vertical_[y * width_ + x] = label(y + 1, x) != label(y + 1, x + 1);
      }
  }

  std::string path() {
    // First from where lines meet, so that what remains are closed lines.
    std::vector<std::size_t> ends;
    for (std::size_t corner = 0; corner < horizontal_.size(); ++corner)
      if (is_end(corner)) ends.push_back(corner);
    is_end_.assign(horizontal_.size(), false);
    for (const std::size_t corner : ends) is_end_[corner] = true;
    for (const std::size_t corner : ends)
      while (has_edge(corner)) walk(corner);
    for (std::size_t corner = 0; corner < horizontal_.size(); ++corner)
      while (has_edge(corner)) walk(corner);
    return std::move(path_);
  }

 private:
  enum Direction { right, down, left, up };

  // The edge that leaves a corner this way; null beyond the plane.
  char* edge(std::size_t corner, Direction way) {
    switch (way) {
      case right: return &horizontal_[corner];
      case down: return &vertical_[corner];
      case left: return corner % width_ > 0 ? &horizontal_[corner - 1] : nullptr;
      default: return corner >= width_ ? &vertical_[corner - width_] : nullptr;
    }
  }
  bool is_edge(std::size_t corner, Direction way) {
    const char* found = edge(corner, way);
    return found && *found;
  }
  std::size_t degree(std::size_t corner) {
    std::size_t count = 0;
    for (const Direction way : {right, down, left, up}) count += is_edge(corner, way) ? 1 : 0;
    return count;
  }
  bool is_end(std::size_t corner) { return degree(corner) > 2; }
  bool has_edge(std::size_t corner) { return degree(corner) > 0; }

  // From a corner to the next end or back, taking the edges away.
  void walk(const std::size_t from) {
    path_ += fmt::format("M{} {}", from % width_, from / width_);
    std::size_t corner = from, run = 0;
    Direction way = right;
    const auto flush = [&] {
      if (run > 0) path_ += fmt::format("{}{}{}", way == right || way == left ? 'h' : 'v', way >= left ? "-" : "", run);
      run = 0;
    };
    do {
      Direction next = way;
      for (const Direction other : {way, right, down, left, up})
        if (is_edge(corner, other)) {
          next = other;
          break;
        }
      if (next != way) flush();
      way = next;
      *edge(corner, way) = 0;
      ++run;
      corner = way == right ? corner + 1 : way == down ? corner + width_ : way == left ? corner - 1 : corner - width_;
    } while (corner != from && !is_end_[corner]);
    if (corner == from) {
      path_ += 'z';
    } else {
      flush();
    }
  }

  std::size_t width_;  // corners in a row
  std::vector<char> horizontal_, vertical_;
  std::vector<bool> is_end_;
  std::string path_;
};

}  // namespace

std::string outline_path(const LabelPlane& labels) { return Edges(labels).path(); }

std::vector<core::Json> make_viewers(const Scene& scene, const std::vector<Line>& lines, std::size_t most_bytes,
                                     std::size_t enough_bytes) {
  std::vector<core::Json> versions;
  for (std::size_t shrink = 1; shrink <= kMostShrink; ++shrink) {
    std::array<std::size_t, 3> block{shrink, shrink, shrink};
    if (scene.views.size() == 1) block[scene.views.front().axis] = 1;
    const Blocks blocks(scene.region, block);
    if (blocks.pixels() / kPixelsPerByte > most_bytes) continue;
    core::Json viewer = viewer_in(blocks, scene, lines);
    const std::size_t bytes = script_json(viewer).size();
    if (bytes > most_bytes) continue;
    versions.push_back(std::move(viewer));
    if (bytes <= enough_bytes) break;
  }
  return versions;
}

std::size_t ViewerShelf::add(std::vector<core::Json> versions) {
  std::vector<Version>& place = places_.emplace_back();
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    const std::size_t bytes = script_json(*version).size();
    place.push_back({std::move(*version), bytes});
  }
  const auto bytes_at = [](const std::vector<Version>& at) { return at.empty() ? 0 : at.back().bytes; };
  bytes_ += bytes_at(place);
  while (bytes_ > most_bytes_) {
    auto& largest = *std::max_element(places_.begin(), places_.end(),
                                      [&](const auto& a, const auto& b) { return bytes_at(a) < bytes_at(b); });
    bytes_ -= bytes_at(largest);
    largest.pop_back();
    bytes_ += bytes_at(largest);
  }
  return places_.size() - 1;
}

std::optional<std::size_t> ViewerShelf::number_of(std::size_t place) const {
  if (places_[place].empty()) return std::nullopt;
  const auto before = places_.begin() + static_cast<std::ptrdiff_t>(place);
  return static_cast<std::size_t>(std::count_if(places_.begin(), before, [](const auto& at) { return !at.empty(); }));
}

std::vector<core::Json> ViewerShelf::viewers() const {
  std::vector<core::Json> shown;
  for (const std::vector<Version>& place : places_)
    if (!place.empty()) shown.push_back(place.back().viewer);
  return shown;
}

}  // namespace coopseg::report
