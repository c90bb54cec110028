#include "coopseg/report/overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "coopseg/core/error.h"
#include "coopseg/dataset/case_volume.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/dataset/slices.h"
#include "coopseg/image/intensity.h"
#include "coopseg/report/table.h"

namespace coopseg::report {

namespace {

constexpr std::size_t kSideVoxels = 48;    // smallest cut, so that a tiny structure keeps its surroundings
constexpr double kMargin = 0.25;           // of the labelled box's longer side
constexpr std::size_t kSidePixels = 320;   // a picture is enlarged to about that
constexpr std::size_t kTilePixels = 150;   // and a part of the picture of the table
constexpr double kOpacity = 0.5;           // of its classes
constexpr double kDark = 1, kBright = 99;  // percentiles of the shown part that become black and white

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

image::Picture grey_picture(const image::Image& shown, unsigned zoom, const image::LabelMap* labels = nullptr) {
  return image::slice_picture(shown, 0, image::percentile(shown.voxels, kDark),
                              image::percentile(shown.voxels, kBright), zoom, labels, kOpacity);
}

unsigned zoom_to(std::size_t pixels, const Box2D& box) {
  return static_cast<unsigned>(std::max<std::size_t>(1, pixels / std::max(box.width, box.height)));
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
          list.from.seed != from.seed || list.from.fold != from.fold)
        continue;
      for (const CaseScores& c : list.cases)
        if (c.key() == choice.of->key() && c.of.prediction()) found.push_back({stage_title(e.stages[stage]), &c});
    }
  }
  return found;
}

Overlay draw_overlay(const std::vector<const CaseScores*>& cases) {
  const core::Case& first = cases.front()->of;
  const image::Image image = dataset::read_case_image(first, quietly());
  std::vector<image::LabelMap> maps{labels_on(image.grid, first, *first.label())};
  for (const CaseScores* c : cases) maps.push_back(labels_on(image.grid, c->of, *c->of.prediction()));

  Overlay overlay;
  const std::size_t axis = image::slice_axis(image.grid);
  const auto [row_axis, column_axis] = dataset::slice_axes(axis);
  overlay.slices = image.grid.size[axis];
  overlay.slice = slice_to_show(maps, axis);
  const std::vector<LabelPlane> planes = planes_of(maps, axis, overlay.slice);
  const Box2D box = labelled_box(planes);
  const unsigned zoom = zoom_to(kSidePixels, box);
  const image::Picture plain = grey_picture(cut(dataset::slice_of(image, axis, overlay.slice), box), zoom);
  overlay.width = plain.width;
  overlay.height = plain.height;
  overlay.aspect = static_cast<double>(box.width) * image.grid.spacing_mm[column_axis] /
                   (static_cast<double>(box.height) * image.grid.spacing_mm[row_axis]);
  overlay.image_png = image::png_of(plain, first.name());
  for (std::size_t i = 1; i < planes.size(); ++i) {
    image::Picture picture = plain;
    image::draw_outlines(picture, cut(planes[0], box), 0, zoom, kReferenceColour, false);
    image::draw_outlines(picture, cut(planes[i], box), 0, zoom, kPredictionColour, true);
    overlay.outline_pngs.push_back(image::png_of(picture, first.name()));
  }
  return overlay;
}

namespace {

// One case, and what each method says of it, in the order of the methods.
using Column = std::vector<const CaseScores*>;

double mean_of(const Column& column) {
  double sum = 0;
  for (const CaseScores* c : column) sum += *c->mean(0).number;
  return sum / static_cast<double>(column.size());
}

// Of the cases that the first training of every method has a prediction and a number for, the one in the middle by the
// mean of these numbers; empty if there is none.
Column middle_case(const Experiment& e, const std::string& set, std::size_t stage) {
  std::map<std::string, Column> by_case;
  for (const std::string& method : e.methods) {
    const auto list = std::find_if(e.lists.begin(), e.lists.end(), [&](const ScoredList& l) {
      return l.from.method == method && l.from.set == set && l.stage == stage;
    });
    if (list == e.lists.end()) return {};
    for (const CaseScores& c : list->cases)
      if (const auto value = c.mean(0).number; value && std::isfinite(*value) && c.of.label() && c.of.prediction())
        by_case[c.key()].push_back(&c);
  }
  std::vector<Column> columns;
  for (auto& [key, column] : by_case)
    if (column.size() == e.methods.size()) columns.push_back(std::move(column));
  if (columns.empty()) return {};
  const auto middle = columns.begin() + static_cast<std::ptrdiff_t>(columns.size() / 2);
  std::nth_element(columns.begin(), middle, columns.end(),
                   [](const Column& a, const Column& b) { return mean_of(a) < mean_of(b); });
  return *middle;
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
  const core::Case& first = column.front()->of;
  const image::Image image = dataset::read_case_image(first, quietly());
  std::vector<image::LabelMap> maps{classes_in(labels_on(image.grid, first, *first.label()), first.labels(), e)};
  for (const CaseScores* c : column) {
    const auto names = c->of.prediction_labels();
    maps.push_back(classes_in(labels_on(image.grid, c->of, *c->of.prediction()), names.empty() ? c->of.labels() : names,
                              e));
  }
  const std::size_t axis = image::slice_axis(image.grid), slice = slice_to_show(maps, axis);
  const std::vector<LabelPlane> planes = planes_of(maps, axis, slice);
  const Box2D box = labelled_box(planes);
  const image::Image shown = cut(dataset::slice_of(image, axis, slice), box);
  const unsigned zoom = zoom_to(kTilePixels, box);
  std::vector<image::Picture> pictures{grey_picture(shown, zoom)};
  for (const LabelPlane& plane : planes) {
    const image::LabelMap labels = cut(plane, box);
    pictures.push_back(grey_picture(shown, zoom, &labels));
  }
  return pictures;
}

}  // namespace

image::Picture draw_table(const Experiment& e) {
  std::vector<std::vector<image::Picture>> columns;
  std::vector<std::vector<std::string>> captions;
  for (const std::string& set : e.sets) {
    const Column column = middle_case(e, set, e.first_stage());
    if (column.empty()) continue;
    columns.push_back(draw_column(column, e));
    captions.push_back({set, "reference"});
    for (std::size_t m = 0; m < column.size(); ++m)
      captions.back().push_back(e.methods[m] + " " + show(column[m]->mean(0), e.metrics.front()));
  }
  if (columns.empty())
    throw core::UsageError("--picture", "no test set has a case with label and prediction that all methods have scored",
                           "leave it out, or score the same cases with all methods");
  std::vector<image::Picture> pictures;
  std::vector<std::string> texts;
  for (std::size_t row = 0; row < columns.front().size(); ++row)
    for (std::size_t c = 0; c < columns.size(); ++c) {
      pictures.push_back(columns[c][row]);
      texts.push_back(captions[c][row]);
    }
  return image::grid_of(pictures, texts, columns.size());
}

}  // namespace coopseg::report
