#include "coopseg/report/overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "coopseg/core/error.h"
#include "coopseg/dataset/class_index.h"
#include "coopseg/report/table.h"

namespace coopseg::report {

namespace {

constexpr std::size_t kSidePixels = 320;  // a picture is enlarged to about that
constexpr std::size_t kTilePixels = 150;  // and a part of the picture of the table
constexpr std::size_t kMostLetters = 60;  // of a method and its number, above it

std::string rank_name(std::size_t rank, std::size_t count) {
  if (rank == 0 && count > 1) return "best";
  if (rank + 1 == count && count > 1) return "worst";
  if (rank == count / 2) return "median";
  return fmt::format("rank {} of {}", rank + 1, count);
}

}  // namespace

std::vector<std::size_t> spread(std::size_t total, std::size_t count) {
  std::vector<std::size_t> places;
  count = std::min(count, total);
  for (std::size_t i = 0; i < count; ++i)
    places.push_back(2 * i + 1 == count ? total / 2 : i * (total - 1) / (count - 1));
  return places;
}

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
  for (const std::size_t rank : spread(all.size(), count)) {
    chosen.push_back(all[rank]);
    chosen.back().what = rank_name(rank, all.size());
  }
  return chosen;
}

std::vector<OtherOutput> later_stages(const Experiment& e, const Choice& choice) {
  const ResultList& from = choice.list->from;
  std::vector<OtherOutput> found;
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

std::vector<OtherOutput> other_methods(const Experiment& e, const Choice& choice) {
  const ResultList& from = choice.list->from;
  std::vector<OtherOutput> found;
  for (const std::string& method : e.methods) {
    if (method == from.method) continue;
    // Of the training alike, else of the first one.
    const ScoredList* of_method = nullptr;
    for (const ScoredList& list : e.lists) {
      if (list.from.method != method || list.from.set != from.set || list.stage != choice.list->stage ||
          list.labelled != choice.list->labelled)
        continue;
      const bool is_alike = list.from.seed == from.seed && list.from.fold == from.fold;
      if (!of_method || is_alike) of_method = &list;
      if (is_alike) break;
    }
    if (!of_method) continue;
    for (const CaseScores& c : of_method->cases)
      if (c.key() == choice.of->key() && c.of.prediction()) found.push_back({method, &c});
  }
  return found;
}

std::vector<Overlay> draw_overlay(const Scene& scene) {
  std::vector<Overlay> overlays;
  const unsigned zoom = scene.zoom_to(kSidePixels);
  for (const View& view : scene.views) {
    Overlay overlay;
    overlay.plane = view.plane;
    overlay.slices = scene.image.grid.size[view.axis];
    overlay.slice = scene.stored_slice(view.axis, view.slice);
    const image::Picture plain = scene.grey(view, zoom);
    overlay.width = plain.width;
    overlay.height = plain.height;
    const auto [row, column] = dataset::slice_axes(view.axis);
    overlay.width_mm = static_cast<double>(view.cut.width) * scene.image.grid.spacing_mm[column];
    overlay.height_mm = static_cast<double>(view.cut.height) * scene.image.grid.spacing_mm[row];
    overlay.image_png = image::png_of(plain, scene.name);
    const image::LabelMap reference = scene.shown(scene.maps.front(), view);
    for (std::size_t i = 1; i < scene.maps.size(); ++i) {
      image::Picture picture = plain;
      image::draw_outlines(picture, reference, 0, zoom, kReferenceColour, false);
      image::draw_outlines(picture, scene.shown(scene.maps[i], view), 0, zoom, kPredictionColour, true);
      overlay.outline_pngs.push_back(image::png_of(picture, scene.name));
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
  image::Image image = read_image(first);
  std::vector<image::LabelMap> maps{classes_in(read_reference(image.grid, first), first.labels(), e)};
  for (const CaseScores* c : column.of_methods) {
    const auto names = c->of.prediction_labels();
    maps.push_back(classes_in(read_prediction(image.grid, c->of), names.empty() ? c->of.labels() : names, e));
  }
  const Scene scene = make_scene(first.name(), std::move(image), std::move(maps));
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
