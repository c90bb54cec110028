#include "coopseg/report/overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/slices.h"
#include "coopseg/image/intensity.h"
#include "coopseg/image/orientation.h"
#include "coopseg/report/table.h"

namespace coopseg::report {

namespace {

constexpr std::size_t kSideVoxels = 48;    // smallest cut, so that a tiny structure keeps its surroundings
constexpr double kMargin = 0.25;           // of the labelled box's longer side
constexpr std::size_t kSidePixels = 320;   // a picture is enlarged to about that
constexpr std::size_t kTilePixels = 150;   // and a part of the picture of the table
constexpr std::size_t kMostLetters = 60;   // of a method and its number, above it
constexpr double kOpacity = 0.5;           // of its classes
constexpr double kDark = 1, kBright = 99;  // percentiles of the shown part that become black and white
constexpr double kVolumeRatio = 2;         // a volume's coarsest spacing is below so many times its finest
constexpr std::size_t kVolumeVoxels = 8;   // and no axis of it is shorter

using LabelPlane = dataset::Plane<std::int32_t>;

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

// What was not drawn looks like background.
image::LabelMap reference_on(const image::Grid& grid, const core::Case& c) {
  image::LabelMap labels = labels_on(grid, c, *c.label());
  const std::vector<std::uint8_t> ignored = dataset::ignored_voxels(c, c.labels(), labels, *c.label());
  for (std::size_t i = 0; i < ignored.size(); ++i)
    if (ignored[i]) labels.voxels[i] = 0;
  return labels;
}

struct Box2D {
  std::size_t left, top, width, height;
};

// One side of a box, widened to `length` and kept inside 0 ... `size`.
void place(std::size_t low, std::size_t high, std::size_t length, std::size_t size, std::size_t& start,
           std::size_t& extent) {
  extent = std::min(length, size);
  const std::size_t centre = (low + high + 1) / 2;
  start = std::min(centre > extent / 2 ? centre - extent / 2 : 0, size - extent);
}

Box2D labelled_box(const std::vector<LabelPlane>& planes) {
  const std::size_t rows = planes.front().rows, columns = planes.front().columns;
  std::size_t left = columns, right = 0, top = rows, bottom = 0;
  for (const LabelPlane& plane : planes)
    for (std::size_t y = 0; y < rows; ++y)
      for (std::size_t x = 0; x < columns; ++x)
        if (plane.at(y, x) != 0) {
          left = std::min(left, x);
          right = std::max(right, x);
          top = std::min(top, y);
          bottom = std::max(bottom, y);
        }
  if (left > right) return {0, 0, columns, rows};
  const double longer = static_cast<double>(std::max(right - left, bottom - top) + 1);
  const auto side = std::max(kSideVoxels, static_cast<std::size_t>(std::lround(longer * (1 + 2 * kMargin))));
  Box2D box{};
  place(left, right, side, columns, box.left, box.width);
  place(top, bottom, side, rows, box.top, box.height);
  return box;
}

template <class T>
image::Volume<T> cut(const dataset::Plane<T>& plane, const Box2D& box) {
  image::Grid grid;
  grid.size = {box.width, box.height, 1};
  image::Volume<T> part(grid);
  for (std::size_t y = 0; y < box.height; ++y)
    for (std::size_t x = 0; x < box.width; ++x) part.at(x, y, 0) = plane.at(box.top + y, box.left + x);
  return part;
}

std::size_t fullest_slice(const image::LabelMap& labels, std::size_t axis, std::size_t& most) {
  std::size_t best = 0;
  most = 0;
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

// The slice to show: with most of the first map, or of the second where that is empty.
std::size_t slice_to_show(const std::vector<image::LabelMap>& maps, std::size_t axis) {
  std::size_t labelled = 0;
  std::size_t slice = fullest_slice(maps[0], axis, labelled);
  if (labelled == 0) slice = fullest_slice(maps[1], axis, labelled);
  return labelled == 0 ? maps[0].grid.size[axis] / 2 : slice;
}

std::vector<LabelPlane> planes_of(const std::vector<image::LabelMap>& maps, std::size_t axis, std::size_t slice) {
  std::vector<LabelPlane> planes;
  planes.reserve(maps.size());
  for (const auto& map : maps) planes.push_back(dataset::slice_of(map, axis, slice));
  return planes;
}

bool is_volume(const image::Grid& grid) {
  const auto [finest, coarsest] = std::minmax_element(grid.spacing_mm.begin(), grid.spacing_mm.end());
  return *coarsest < kVolumeRatio * *finest && *std::min_element(grid.size.begin(), grid.size.end()) >= kVolumeVoxels;
}

// One picture of a case: a slice and the part of it that is shown.
struct View {
  const char* plane;  // empty: a slice of a stack
  std::size_t axis, slice;
  Box2D box;
};

// A case to draw. The maps are those of the reference and the predictions.
struct Scene {
  image::Image image;
  std::vector<image::LabelMap> maps;
  std::vector<View> views;
  image::AxisTurn turn;  // from the axes as they are stored
  double black = 0, white = 1;

  template <class T>
  image::Volume<T> shown(const image::Volume<T>& volume, const View& view) const {
    return cut(dataset::slice_of(volume, view.axis, view.slice), view.box);
  }
  image::Picture grey(const View& view, unsigned zoom, const image::LabelMap* labels = nullptr) const {
    return image::slice_picture(shown(image, view), 0, black, white, zoom, labels, kOpacity);
  }
  // The largest at which all views are of about so many pixels.
  unsigned zoom_to(std::size_t pixels) const {
    std::size_t longest = 1;
    for (const View& view : views) longest = std::max({longest, view.box.width, view.box.height});
    return static_cast<unsigned>(std::max<std::size_t>(1, pixels / longest));
  }
};

// A cube around what any map has labelled, in mm, as far as the volume goes: so all planes have one scale.
std::vector<View> three_planes(const std::vector<image::LabelMap>& maps) {
  const image::Grid& grid = maps.front().grid;
  std::array<std::size_t, 3> low = grid.size, high{}, start{}, extent = grid.size;
  for (const image::LabelMap& map : maps)
    for (std::size_t v = 0; v < map.voxels.size(); ++v) {
      if (map.voxels[v] == 0) continue;
      const std::array<std::size_t, 3> at{v % grid.size[0], v / grid.size[0] % grid.size[1],
                                          v / (grid.size[0] * grid.size[1])};
      for (std::size_t a = 0; a < 3; ++a) {
        low[a] = std::min(low[a], at[a]);
        high[a] = std::max(high[a], at[a]);
      }
    }
  if (low[0] <= high[0]) {
    double longest_mm = 0;
    for (std::size_t a = 0; a < 3; ++a)
      longest_mm = std::max(longest_mm, static_cast<double>(high[a] - low[a] + 1) * grid.spacing_mm[a]);
    const double least_mm = *std::min_element(grid.spacing_mm.begin(), grid.spacing_mm.end());
    const double side_mm = std::max(static_cast<double>(kSideVoxels) * least_mm, longest_mm * (1 + 2 * kMargin));
    for (std::size_t a = 0; a < 3; ++a) {
      const auto length = static_cast<std::size_t>(std::lround(side_mm / grid.spacing_mm[a]));
      place(low[a], high[a], length, grid.size[a], start[a], extent[a]);
    }
  }
  std::vector<View> views;
  for (const auto& [plane, axis] : {std::pair{"axial", 2}, {"coronal", 1}, {"sagittal", 0}}) {
    const auto across = static_cast<std::size_t>(axis);
    const auto [row, column] = dataset::slice_axes(across);
    const Box2D box{start[column], start[row], extent[column], extent[row]};
    views.push_back({plane, across, slice_to_show(maps, across), box});
  }
  return views;
}

Scene scene_of(image::Image image, std::vector<image::LabelMap> maps) {
  Scene scene;
  if (is_volume(image.grid)) {
    // To the reader as radiologists look: right on the left, anterior above, superior above; anterior on the left where
    // the plane is sagittal.
    scene.turn = image::turn_to(image.grid, "LPI");
    scene.image = image::turned(std::move(image), scene.turn);
    for (image::LabelMap& map : maps) scene.maps.push_back(image::turned(std::move(map), scene.turn));
    scene.views = three_planes(scene.maps);
  } else {
    const std::size_t axis = image::slice_axis(image.grid), slice = slice_to_show(maps, axis);
    scene.views = {{"", axis, slice, labelled_box(planes_of(maps, axis, slice))}};
    scene.image = std::move(image);
    scene.maps = std::move(maps);
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

std::string rank_name(std::size_t rank, std::size_t count) {
  if (rank == 0 && count > 1) return "best";
  if (rank + 1 == count && count > 1) return "worst";
  if (rank == count / 2) return "median";
  return fmt::format("rank {} of {}", rank + 1, count);
}

}  // namespace

std::vector<Choice> choose_cases(const Experiment& e, const std::string& method, std::size_t count) {
  std::vector<Choice> all;
  for (std::size_t stage = 0; stage < e.stages.size() && all.empty(); ++stage) {
    for (const ScoredList& list : e.lists) {
      if (list.from.method != method || list.stage != stage) continue;
      for (const CaseScores& c : list.cases)
        if (const auto value = c.mean(0).number; value && std::isfinite(*value) && c.of.label() && c.of.prediction())
          all.push_back({{}, &list, &c, *value});
    }
  }
  // Of volumes, the smallest difference is best.
  const int direction = better_direction(e.metrics.front());
  const auto badness = [&](const Choice& c) { return direction == 0 ? std::abs(c.value) : -direction * c.value; };
  std::stable_sort(all.begin(), all.end(), [&](const Choice& a, const Choice& b) { return badness(a) < badness(b); });
  std::vector<Choice> chosen;
  count = std::min(count, all.size());
  for (std::size_t i = 0; i < count; ++i) {
    // The middle one is the median, wherever the others lie.
    const std::size_t rank = 2 * i + 1 == count ? all.size() / 2 : i * (all.size() - 1) / (count - 1);
    chosen.push_back(all[rank]);
    chosen.back().what = rank_name(rank, all.size());
  }
  return chosen;
}

std::vector<LaterStage> later_stages(const Experiment& e, const Choice& choice) {
  const ResultList& from = choice.list->from;
  std::vector<LaterStage> found;
  for (std::size_t stage = choice.list->stage + 1; stage < e.stages.size(); ++stage) {
    for (const ScoredList& list : e.lists) {
      if (list.stage != stage || list.from.method != from.method || list.from.set != from.set ||
          list.labelled != choice.list->labelled || list.from.seed != from.seed || list.from.fold != from.fold)
        continue;
      for (const CaseScores& c : list.cases)
        if (c.key() == choice.of->key() && c.of.prediction()) found.push_back({stage_title(e.stages[stage]), &c});
    }
  }
  return found;
}

std::vector<Overlay> draw_overlay(const std::vector<const CaseScores*>& cases) {
  const core::Case& first = cases.front()->of;
  image::Image image = dataset::read_case_image(first, quietly());
  std::vector<image::LabelMap> maps{reference_on(image.grid, first)};
  for (const CaseScores* c : cases) maps.push_back(labels_on(image.grid, c->of, *c->of.prediction()));
  const Scene scene = scene_of(std::move(image), std::move(maps));

  std::vector<Overlay> overlays;
  const unsigned zoom = scene.zoom_to(kSidePixels);
  for (const View& view : scene.views) {
    Overlay overlay;
    overlay.plane = view.plane;
    overlay.slices = scene.image.grid.size[view.axis];
    overlay.slice = scene.turn.backwards[view.axis] ? overlay.slices - 1 - view.slice : view.slice;
    const image::Picture plain = scene.grey(view, zoom);
    overlay.width = plain.width;
    overlay.height = plain.height;
    const auto [row, column] = dataset::slice_axes(view.axis);
    overlay.width_mm = static_cast<double>(view.box.width) * scene.image.grid.spacing_mm[column];
    overlay.height_mm = static_cast<double>(view.box.height) * scene.image.grid.spacing_mm[row];
    overlay.image_png = image::png_of(plain, first.name());
    const image::LabelMap reference = scene.shown(scene.maps.front(), view);
    for (std::size_t i = 1; i < scene.maps.size(); ++i) {
      image::Picture picture = plain;
      image::draw_outlines(picture, reference, 0, zoom, kReferenceColour, false);
      image::draw_outlines(picture, scene.shown(scene.maps[i], view), 0, zoom, kPredictionColour, true);
      overlay.outline_pngs.push_back(image::png_of(picture, first.name()));
    }
    overlays.push_back(std::move(overlay));
  }
  return overlays;
}

namespace {

// One case, and what each method says of it, in the order of the methods; of trainings with so many labelled cases.
struct Column {
  std::vector<const CaseScores*> of_methods;
  std::size_t labelled = 0;  // in Experiment::labelled
};

double mean_of(const std::vector<const CaseScores*>& cases) {
  double sum = 0;
  for (const CaseScores* c : cases) sum += *c->mean(0).number;
  return sum / static_cast<double>(cases.size());
}

// The first trainings of all methods with so many labelled cases; empty if a method has none.
std::vector<const ScoredList*> first_trainings(const Experiment& e, const std::string& set, std::size_t stage,
                                               std::size_t labelled_index) {
  std::vector<const ScoredList*> lists;
  for (const std::string& method : e.methods) {
    const auto list = std::find_if(e.lists.begin(), e.lists.end(), [&](const ScoredList& l) {
      return l.from.method == method && l.from.set == set && l.stage == stage && l.labelled == labelled_index;
    });
    if (list == e.lists.end()) return {};
    lists.push_back(&*list);
  }
  return lists;
}

// Of the cases that the first training of every method has a prediction and a number for, with each number of labelled
// cases, the one in the middle by the mean of these numbers: a column for each number. Empty if there is none.
std::vector<Column> middle_case(const Experiment& e, const std::string& set, std::size_t stage) {
  std::vector<Column> columns;
  std::map<std::string, std::vector<const CaseScores*>> by_case;
  for (std::size_t labelled = 0; labelled < e.labelled.size(); ++labelled) {
    const auto lists = first_trainings(e, set, stage, labelled);
    if (lists.empty()) continue;
    columns.push_back({{}, labelled});
    for (const ScoredList* list : lists)
      for (const CaseScores& c : list->cases)
        if (const auto value = c.mean(0).number; value && std::isfinite(*value) && c.of.label() && c.of.prediction())
          by_case[c.key()].push_back(&c);
  }
  std::vector<std::vector<const CaseScores*>> known_to_all;
  for (auto& [key, cases] : by_case)
    if (cases.size() == columns.size() * e.methods.size()) known_to_all.push_back(std::move(cases));
  if (known_to_all.empty()) return {};
  const auto middle = known_to_all.begin() + static_cast<std::ptrdiff_t>(known_to_all.size() / 2);
  std::nth_element(known_to_all.begin(), middle, known_to_all.end(),
                   [](const auto& a, const auto& b) { return mean_of(a) < mean_of(b); });
  auto next = middle->begin();
  for (Column& column : columns) {
    column.of_methods.assign(next, next + static_cast<std::ptrdiff_t>(e.methods.size()));
    next += static_cast<std::ptrdiff_t>(e.methods.size());
  }
  return columns;
}

// Values become the places of the experiment's classes: a class has one colour, whatever its value in a file.
image::LabelMap classes_in(image::LabelMap map, const core::LabelNames& names, const Experiment& e) {
  core::LabelNames classes;
  for (const std::string& name : e.classes) classes.emplace_back(name, static_cast<int>(classes.size()) + 1);
  image::Remap index = dataset::class_index(names, classes);
  for (const auto& entry : names) index.emplace(entry.second, 0);  // no class of the experiment
  image::apply(index, map);
  return map;
}

// The image, the reference and the predictions.
std::vector<image::Picture> draw_column(const Column& column, const Experiment& e) {
  const core::Case& first = column.of_methods.front()->of;
  image::Image image = dataset::read_case_image(first, quietly());
  std::vector<image::LabelMap> maps{classes_in(reference_on(image.grid, first), first.labels(), e)};
  for (const CaseScores* c : column.of_methods) {
    const auto names = c->of.prediction_labels();
    maps.push_back(classes_in(labels_on(image.grid, c->of, *c->of.prediction()), names.empty() ? c->of.labels() : names,
                              e));
  }
  const Scene scene = scene_of(std::move(image), std::move(maps));
  const unsigned zoom = scene.zoom_to(kTilePixels);
  // The planes of a volume side by side.
  const auto tile = [&](const image::LabelMap* map) {
    std::vector<image::Picture> pictures;
    for (const View& view : scene.views) {
      if (map) {
        const image::LabelMap labels = scene.shown(*map, view);
        pictures.push_back(scene.grey(view, zoom, &labels));
      } else {
        pictures.push_back(scene.grey(view, zoom));
      }
    }
    return pictures.size() == 1 ? pictures.front() : image::grid_of(pictures, {}, pictures.size());
  };
  std::vector<image::Picture> pictures{tile(nullptr)};
  for (const image::LabelMap& map : scene.maps) pictures.push_back(tile(&map));
  return pictures;
}

}  // namespace

image::Picture draw_table(const Experiment& e) {
  std::vector<std::vector<image::Picture>> columns;
  std::vector<std::vector<std::string>> captions;
  for (const std::string& set : e.sets)
    for (const Column& column : middle_case(e, set, e.first_stage())) {
      columns.push_back(draw_column(column, e));
      captions.push_back({with_labelled(set, e.labelled[column.labelled]), "reference"});
      for (std::size_t m = 0; m < e.methods.size(); ++m)
        captions.back().push_back(e.methods[m] + " " + show(column.of_methods[m]->mean(0), e.metrics.front()));
    }
  if (columns.empty())
    throw core::UsageError("--picture", "no test set has a case with label and prediction that all methods have scored",
                           "leave it out, or score the same cases with all methods");
  std::vector<image::Picture> pictures;
  std::vector<std::string> texts;
  std::size_t letters = 0;
  for (std::size_t row = 0; row < columns.front().size(); ++row)
    for (std::size_t c = 0; c < columns.size(); ++c) {
      pictures.push_back(columns[c][row]);
      texts.push_back(captions[c][row]);
      letters = std::max(letters, texts.back().size());
    }
  return image::grid_of(pictures, texts, columns.size(), image::text_width(std::min(letters, kMostLetters)));
}

}  // namespace coopseg::report
