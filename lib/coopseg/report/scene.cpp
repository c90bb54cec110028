#include "coopseg/report/scene.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/image/intensity.h"

namespace coopseg::report {

namespace {

constexpr std::size_t kSideVoxels = 48;    // smallest cut, so that a tiny structure keeps its surroundings
constexpr double kMargin = 0.25;           // of the labelled box's longer side
constexpr std::size_t kMarginSlices = 2;   // of a stack, at least
constexpr double kOpacity = 0.5;           // of classes in colour
constexpr double kDark = 1, kBright = 99;  // percentiles of the shown part that become black and white
constexpr double kVolumeRatio = 2;         // a volume's coarsest spacing is below so many times its finest
constexpr std::size_t kVolumeVoxels = 8;   // and no axis of it is shorter

// What there is to warn of was said when the cases were scored.
image::ReadOptions quietly() {
  image::ReadOptions how;
  how.quiet = true;
  return how;
}

image::LabelMap labels_on(const image::Grid& grid, const core::Case& c, const fs::path& file) {
  image::LabelMap labels = dataset::read_case_labels(c, file, quietly());
  dataset::require_same_grid(labels.grid, file, grid, c.image(), "its image");
  return labels;
}

// The smallest and largest index along each axis that any map has a label at; nothing labelled: low above high.
struct Extremes {
  std::array<std::size_t, 3> low, high{};
  bool empty() const { return low[0] > high[0]; }
};

// `axis`, `slice`: of this slice alone; of all, where there is none.
Extremes labelled_part(const std::vector<image::LabelMap>& maps, const View* only = nullptr) {
  const image::Grid& grid = maps.front().grid;
  Extremes part{grid.size};
  for (const image::LabelMap& map : maps)
    for (std::size_t v = 0; v < map.voxels.size(); ++v) {
      if (map.voxels[v] == 0) continue;
      const std::array<std::size_t, 3> at{v % grid.size[0], v / grid.size[0] % grid.size[1],
                                          v / (grid.size[0] * grid.size[1])};
      if (only && at[only->axis] != only->slice) continue;
      for (std::size_t a = 0; a < 3; ++a) {
        part.low[a] = std::min(part.low[a], at[a]);
        part.high[a] = std::max(part.high[a], at[a]);
      }
    }
  return part;
}

// One axis of what is labelled, widened to `length` and kept inside the volume.
void place(const Extremes& labelled, std::size_t axis, std::size_t length, const image::Grid& grid, Region& region) {
  const std::size_t centre = (labelled.low[axis] + labelled.high[axis] + 1) / 2;
  std::size_t& extent = region.extent[axis];
  extent = std::min(length, grid.size[axis]);
  region.start[axis] = std::min(centre > extent / 2 ? centre - extent / 2 : 0, grid.size[axis] - extent);
}

Cut cut_of(const Region& region, std::size_t axis) {
  const auto [row, column] = dataset::slice_axes(axis);
  return {region.start[column], region.start[row], region.extent[column], region.extent[row]};
}

// A square in the plane of the slices, in voxels, and along them some slices beyond the labelled ones.
Region part_of_stack(const Extremes& labelled, const image::Grid& grid, std::size_t axis) {
  Region region{{}, grid.size};
  if (labelled.empty()) return region;
  const auto count = [&](std::size_t a) { return labelled.high[a] - labelled.low[a] + 1; };
  const auto [row, column] = dataset::slice_axes(axis);
  const auto longer = static_cast<double>(std::max(count(row), count(column)));
  const auto side = std::max(kSideVoxels, static_cast<std::size_t>(std::lround(longer * (1 + 2 * kMargin))));
  place(labelled, row, side, grid, region);
  place(labelled, column, side, grid, region);
  const auto margin =
      std::max(kMarginSlices, static_cast<std::size_t>(std::lround(static_cast<double>(count(axis)) * kMargin)));
  const std::size_t first = labelled.low[axis] - std::min(margin, labelled.low[axis]);
  const std::size_t end = std::min(labelled.high[axis] + 1 + margin, grid.size[axis]);
  region.start[axis] = first;
  region.extent[axis] = end - first;
  return region;
}

// A cube around what is labelled, in mm, as far as the volume goes: so all planes have one scale.
Region part_of_volume(const Extremes& labelled, const image::Grid& grid) {
  Region region{{}, grid.size};
  if (labelled.empty()) return region;
  double longest_mm = 0;
  for (std::size_t a = 0; a < 3; ++a)
    longest_mm = std::max(longest_mm, static_cast<double>(labelled.high[a] - labelled.low[a] + 1) * grid.spacing_mm[a]);
  const double least_mm = *std::min_element(grid.spacing_mm.begin(), grid.spacing_mm.end());
  const double side_mm = std::max(static_cast<double>(kSideVoxels) * least_mm, longest_mm * (1 + 2 * kMargin));
  for (std::size_t a = 0; a < 3; ++a)
    place(labelled, a, static_cast<std::size_t>(std::lround(side_mm / grid.spacing_mm[a])), grid, region);
  return region;
}

std::optional<std::size_t> fullest_slice_of(const image::LabelMap& labels, std::size_t axis) {
  std::optional<std::size_t> best;
  std::size_t most = 0;
  for (std::size_t k = 0; k < labels.grid.size[axis]; ++k) {
    const auto plane = dataset::slice_of(labels, axis, k);
    const auto labelled =
        plane.values.size() - static_cast<std::size_t>(std::count(plane.values.begin(), plane.values.end(), 0));
    if (labelled > most) {
      most = labelled;
      best = k;
    }
  }
  return best;
}

std::size_t slice_to_show(const std::vector<image::LabelMap>& maps, std::size_t axis) {
  return fullest_slice(maps[0], maps[1], axis).value_or(maps[0].grid.size[axis] / 2);
}

bool is_volume(const image::Grid& grid) {
  const auto [finest, coarsest] = std::minmax_element(grid.spacing_mm.begin(), grid.spacing_mm.end());
  return *coarsest < kVolumeRatio * *finest && *std::min_element(grid.size.begin(), grid.size.end()) >= kVolumeVoxels;
}

}  // namespace

image::Picture Scene::grey(const View& view, unsigned zoom, const image::LabelMap* labels) const {
  return image::slice_picture(shown(image, view), 0, black, white, zoom, labels, kOpacity);
}

unsigned Scene::zoom_to(std::size_t pixels) const {
  std::size_t longest = 1;
  for (const View& view : views) longest = std::max({longest, view.cut.width, view.cut.height});
  return static_cast<unsigned>(std::max<std::size_t>(1, pixels / longest));
}

std::size_t Scene::stored_slice(std::size_t axis, std::size_t slice) const {
  return turn.backwards[axis] ? image.grid.size[axis] - 1 - slice : slice;
}

std::optional<std::size_t> fullest_slice(const image::LabelMap& first, const image::LabelMap& second,
                                         std::size_t axis) {
  const auto found = fullest_slice_of(first, axis);
  return found ? found : fullest_slice_of(second, axis);
}

image::Image read_image(const core::Case& c) { return dataset::read_case_image(c, quietly()); }

image::LabelMap read_reference(const image::Grid& grid, const core::Case& c) {
  image::LabelMap labels = labels_on(grid, c, *c.label());
  const std::vector<std::uint8_t> ignored = dataset::ignored_voxels(c, c.labels(), labels, *c.label());
  for (std::size_t i = 0; i < ignored.size(); ++i)
    if (ignored[i]) labels.voxels[i] = 0;
  return labels;
}

image::LabelMap read_prediction(const image::Grid& grid, const core::Case& c) {
  return labels_on(grid, c, *c.prediction());
}

Scene make_scene(std::string name, image::Image image, std::vector<image::LabelMap> maps) {
  Scene scene;
  scene.name = std::move(name);
  scene.stored = image.grid;
  // To the reader as radiologists look: right on the left, anterior above, superior above; anterior on the left where
  // the plane is sagittal.
  const bool volume = is_volume(image.grid);
  scene.turn = volume ? image::turn_to(image.grid, "LPI") : image::turn_to_look_at(image.grid);
  scene.image = image::turned(std::move(image), scene.turn);
  for (image::LabelMap& map : maps) scene.maps.push_back(image::turned(std::move(map), scene.turn));
  if (volume) {
    scene.region = part_of_volume(labelled_part(scene.maps), scene.image.grid);
    for (const auto& [plane, axis] : {std::pair{"axial", std::size_t{2}}, {"coronal", 1}, {"sagittal", 0}})
      scene.views.push_back({plane, axis, slice_to_show(scene.maps, axis), cut_of(scene.region, axis)});
  } else {
    View view{"", 2, 0, {}};
    view.slice = slice_to_show(scene.maps, view.axis);
    view.cut = cut_of(part_of_stack(labelled_part(scene.maps, &view), scene.image.grid, view.axis), view.axis);
    scene.region = part_of_stack(labelled_part(scene.maps), scene.image.grid, view.axis);
    scene.views = {view};
  }
  std::vector<float> values;
  for (const View& view : scene.views) {
    const std::vector<float> part = scene.shown(scene.image, view).voxels;
    values.insert(values.end(), part.begin(), part.end());
  }
  scene.black = image::percentile(values, kDark);
  scene.white = image::percentile(values, kBright);
  return scene;
}

Scene read_scene(const std::vector<const CaseScores*>& cases) {
  const core::Case& first = cases.front()->of;
  image::Image image = read_image(first);
  std::vector<image::LabelMap> maps{read_reference(image.grid, first)};
  for (const CaseScores* c : cases) maps.push_back(read_prediction(image.grid, c->of));
  return make_scene(first.name(), std::move(image), std::move(maps));
}

void add_prediction(Scene& scene, const CaseScores& of) {
  scene.maps.push_back(image::turned(read_prediction(scene.stored, of.of), scene.turn));
}

}  // namespace coopseg::report
