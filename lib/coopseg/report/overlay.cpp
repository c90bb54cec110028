#include "coopseg/report/overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "coopseg/core/error.h"
#include "coopseg/dataset/slices.h"
#include "coopseg/image/intensity.h"
#include "coopseg/image/nifti.h"

namespace coopseg::report {

namespace {

constexpr std::size_t kSideVoxels = 48;    // smallest cut, so that a tiny structure keeps its surroundings
constexpr double kMargin = 0.25;           // of the labelled box's longer side
constexpr std::size_t kSidePixels = 320;   // a picture is enlarged to about that
constexpr double kDark = 1, kBright = 99;  // percentiles of the shown part that become black and white

using LabelPlane = dataset::Plane<std::int32_t>;

image::ReadOptions options_for(const core::Case& c, const fs::path& file) {
  image::ReadOptions options;
  options.quiet = true;
  if (const auto frame = c.integer("frame_index"); frame && *frame >= 0)
    if (image::read_nifti_header(file).frames > 1) options.frame = static_cast<std::size_t>(*frame);
  return options;
}

image::LabelMap labels_on(const image::Grid& grid, const core::Case& c, const fs::path& file) {
  image::LabelMap labels = image::read_labels(file, options_for(c, file));
  if (const auto difference = image::grid_difference(labels.grid, grid); !difference.empty())
    throw core::DataError(file.string(), "grid differs from its image: " + difference);
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

std::string rank_name(std::size_t rank, std::size_t count) {
  if (rank == 0 && count > 1) return "best";
  if (rank + 1 == count && count > 1) return "worst";
  if (rank == count / 2) return "median";
  return fmt::format("rank {} of {}", rank + 1, count);
}

}  // namespace

std::vector<Choice> choose_cases(const Experiment& e, const std::string& method, std::size_t count) {
  std::vector<Choice> all;
  for (const bool corrected : {false, true}) {
    for (const ScoredList& list : e.lists) {
      if (list.from.method != method || list.from.corrected() != corrected) continue;
      for (const CaseScores& c : list.cases)
        if (const auto value = c.mean(0).number; value && std::isfinite(*value) && c.of.label() && c.of.prediction())
          all.push_back({{}, &list, &c, *value});
    }
    if (!all.empty()) break;
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

const CaseScores* corrected_twin(const Experiment& e, const Choice& choice) {
  const ResultList& from = choice.list->from;
  if (from.corrected()) return nullptr;
  for (const ScoredList& list : e.lists) {
    if (!list.from.corrected() || list.from.method != from.method || list.from.set != from.set ||
        list.from.seed != from.seed || list.from.fold != from.fold)
      continue;
    for (const CaseScores& c : list.cases)
      if (c.key() == choice.of->key() && c.of.prediction()) return &c;
  }
  return nullptr;
}

Overlay draw_overlay(const std::vector<const CaseScores*>& cases) {
  const core::Case& first = cases.front()->of;
  const image::Image image = image::read_image(first.image(), options_for(first, first.image()));
  std::vector<image::LabelMap> maps{labels_on(image.grid, first, *first.label())};
  for (const CaseScores* c : cases) maps.push_back(labels_on(image.grid, c->of, *c->of.prediction()));

  Overlay overlay;
  const std::size_t axis = image::slice_axis(image.grid);
  const auto [row_axis, column_axis] = dataset::slice_axes(axis);
  overlay.slices = image.grid.size[axis];
  std::size_t labelled = 0;
  overlay.slice = fullest_slice(maps[0], axis, labelled);
  if (labelled == 0) overlay.slice = fullest_slice(maps[1], axis, labelled);
  if (labelled == 0) overlay.slice = overlay.slices / 2;

  std::vector<LabelPlane> planes;
  planes.reserve(maps.size());
  for (const auto& map : maps) planes.push_back(dataset::slice_of(map, axis, overlay.slice));
  const Box2D box = labelled_box(planes);
  const image::Image shown = cut(dataset::slice_of(image, axis, overlay.slice), box);
  const auto zoom = static_cast<unsigned>(std::max<std::size_t>(1, kSidePixels / std::max(box.width, box.height)));
  const image::Picture plain = image::slice_picture(shown, 0, image::percentile(shown.voxels, kDark),
                                                    image::percentile(shown.voxels, kBright), zoom);
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

}  // namespace coopseg::report
