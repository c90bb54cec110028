#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/report/overlay.h"
#include "coopseg/report/page.h"
#include "coopseg/report/table.h"
#include "coopseg/report/text.h"
#include "coopseg/report/viewer.h"

namespace coopseg::report {

namespace {

// `caption` may be empty.
std::string picture(const std::string& png, const Overlay& o, const std::string& what, const std::string& name,
                    const std::string& caption) {
  return fmt::format(
      "<figure><img alt=\"{} of {}, {}slice {}\" width=\"{}\" height=\"{}\" style=\"aspect-ratio:{:.4f}\" "
      "src=\"data:image/png;base64,{}\">{}</figure>\n",
      what, html(name), o.plane.empty() ? "" : o.plane + " ", o.slice + 1, o.width, o.height, o.width_mm / o.height_mm,
      base64(png), caption.empty() ? "" : "<figcaption>" + caption + "</figcaption>");
}

std::string pictures_of_stack(const Overlay& overlay, const std::vector<std::string>& captions,
                              const std::string& name) {
  std::string text = fmt::format("<p>slice {} of {}</p></div>\n", overlay.slice + 1, overlay.slices) +
                     picture(overlay.image_png, overlay, "image", name, "image");
  for (std::size_t i = 0; i < captions.size(); ++i)
    text += picture(overlay.outline_pngs[i], overlay, captions[i], name, captions[i]);
  return text;
}

// A column for each plane, as wide as the plane is in mm, and below the image a row for each prediction.
std::string pictures_of_volume(const std::vector<Overlay>& planes, const std::vector<std::string>& captions,
                               const std::string& name) {
  std::string text = "</div>\n";
  for (const Overlay& o : planes)
    text += picture(o.image_png, o, "image", name, fmt::format("{}, slice {} of {}", o.plane, o.slice + 1, o.slices));
  for (std::size_t i = 0; i < captions.size(); ++i) {
    for (const Overlay& o : planes) text += picture(o.outline_pngs[i], o, captions[i], name, "");
    text += "<p style=\"grid-column:1/-1\">" + captions[i] + "</p>\n";
  }
  return text;
}

// The attributes of a case's element.
std::string layout_of(const std::vector<Overlay>& overlays, bool is_pair) {
  if (overlays.size() < 2) return is_pair ? "class=\"case pair\"" : "class=\"case\"";
  std::vector<std::string> columns;
  columns.reserve(overlays.size());
  for (const Overlay& o : overlays) columns.push_back(fmt::format("{:.4g}fr", o.width_mm));
  return fmt::format("class=\"case\" style=\"grid-column:1/-1;max-width:48rem;grid-template-columns:{}\"",
                     fmt::join(columns, " "));
}

std::string class_values(const Experiment& e, const CaseScores& of) {
  std::vector<std::string> values;
  for (const ClassValues& c : of.classes)
    values.push_back(e.classes[c.class_index] + "\u00a0" + show(c.values.front(), e.metrics.front()));
  return fmt::format("{}", fmt::join(values, ", "));
}

// Of Okabe and Ito's colours those that stand out from grey, for predictions beside the first one.
constexpr image::Colour kFurtherColours[] = {{204, 121, 167}, {0, 158, 115}, {240, 228, 66}, {213, 94, 0}};

// A prediction that was not scored has no values.
std::string name_of(const std::string& output, const Experiment& e, const CaseScores& of) {
  return of.classes.empty() ? output : output + ": " + class_values(e, of);
}

// A case as it stands in the page, but for what is known when all cases are.
struct Article {
  std::string layout, about, remark, pictures;
  bool scrolls = false;              // it is to be scrolled through, if there is room for it
  std::optional<std::size_t> place;  // of its viewer
};

class Cases {
 public:
  Cases(const Experiment& e, std::size_t n_viewers)
      : e_(e), fair_share_(n_viewers == 0 ? 0 : std::min(kViewerBytes, kAllViewersBytes / n_viewers)) {}

  Article article(const Choice& choice, bool scrolls);
  // When all articles are made.
  std::string text_of(const Article& article) const;
  const ViewerShelf& shelf() const { return shelf_; }
  std::size_t volumes() const { return n_volumes_; }
  std::size_t unreadable() const { return n_unreadable_; }

 private:
  void add_viewer(const Choice& choice, Scene& scene, std::vector<Line> lines, Article& article);

  const Experiment& e_;
  std::size_t fair_share_, n_volumes_ = 0, n_unreadable_ = 0;
  ViewerShelf shelf_;
};

void Cases::add_viewer(const Choice& choice, Scene& scene, std::vector<Line> lines, Article& article) {
  for (const OtherOutput& other : other_methods(e_, choice)) {
    try {
      add_prediction(scene, *other.of);
    } catch (const core::Error& problem) {
      core::warning("{} of {} cannot be shown: {}", scene.name, other.title, problem.what());
      article.remark += "<p>The prediction by " + html(other.title) + " could not be read when this page was made.</p>";
      ++n_unreadable_;
      continue;
    }
    lines.push_back({name_of(other.title, e_, *other.of), {}, false});
  }
  for (std::size_t i = 2; i < lines.size(); ++i)
    lines[i].colour = kFurtherColours[(i - 2) % std::size(kFurtherColours)];
  article.scrolls = true;
  // No viewer that keeps its fair share has to give way.
  if (auto versions = make_viewers(scene, lines, kViewerBytes, fair_share_); !versions.empty())
    article.place = shelf_.add(std::move(versions));
}

Article Cases::article(const Choice& choice, bool scrolls) {
  const std::string training = choice.list->from.training(), name = choice.of->of.name();
  const std::string stage = stage_title(e_.stages[choice.list->stage]);
  std::vector<const CaseScores*> shown{choice.of};
  std::vector<Line> lines{{"reference", kReferenceColour, true},
                          {name_of(stage.empty() ? "prediction" : stage, e_, *choice.of), kPredictionColour, true}};
  for (const OtherOutput& later : later_stages(e_, choice)) {
    shown.push_back(later.of);
    lines.push_back({name_of(later.title, e_, *later.of), {}, true});
  }
  std::vector<std::string> captions;
  for (std::size_t i = 1; i < lines.size(); ++i) captions.push_back(html(lines[i].name));
  std::vector<Overlay> overlays;
  Article article;
  try {
    Scene scene = read_scene(shown);
    overlays = draw_overlay(scene);
    n_volumes_ += overlays.size() > 1 ? 1 : 0;
    article.pictures = overlays.size() == 1 ? pictures_of_stack(overlays.front(), captions, name)
                                            : pictures_of_volume(overlays, captions, name);
    if (scrolls) add_viewer(choice, scene, std::move(lines), article);
  } catch (const core::Error& problem) {
    // Folders are nobody's business who reads the page; the person at the terminal needs them.
    core::warning("{} cannot be shown: {}", name, problem.what());
    article.pictures = "<p>Its files could not be read when this page was made.</p></div>\n";
    ++n_unreadable_;
  }
  article.layout = layout_of(overlays, shown.size() > 1);
  article.about = fmt::format("<h4>{}: {} {}</h4>\n<p><span class=\"name\">{}</span></p><p>{}{}</p>", choice.what,
                              html(title_of(e_.metrics.front())), show({choice.value, {}}, e_.metrics.front()),
                              html(name), html(choice.list->from.set), training.empty() ? "" : ", " + html(training));
  return article;
}

std::string Cases::text_of(const Article& article) const {
  const auto viewer = article.place ? shelf_.number_of(*article.place) : std::nullopt;
  return fmt::format("<article {}><div class=\"about\"{}>{}{}{}{}</article>\n", article.layout,
                     viewer ? fmt::format(" data-viewer=\"{}\"", *viewer) : "", article.about, article.remark,
                     article.scrolls && !viewer ? "<p>Too large to scroll through in this page.</p>" : "",
                     article.pictures);
}

}  // namespace

CasesPart cases_part(const Experiment& e, std::size_t per_method, std::size_t viewers_per_method) {
  std::vector<std::vector<Choice>> of_methods;
  std::size_t n_viewers = 0;
  for (const std::string& method : e.methods) {
    of_methods.push_back(choose_cases(e, method, per_method));
    n_viewers += std::min(of_methods.back().size(), viewers_per_method);
  }
  Cases cases(e, n_viewers);
  std::vector<std::vector<Article>> articles(of_methods.size());
  for (std::size_t m = 0; m < e.methods.size(); ++m) {
    const std::vector<std::size_t> scrolled = spread(of_methods[m].size(), viewers_per_method);
    for (std::size_t i = 0; i < of_methods[m].size(); ++i)
      articles[m].push_back(
          cases.article(of_methods[m][i], std::find(scrolled.begin(), scrolled.end(), i) != scrolled.end()));
  }
  CasesPart part;
  part.n_unreadable = cases.unreadable();
  part.viewers = cases.shelf().viewers();
  std::string text;
  for (std::size_t m = 0; m < e.methods.size(); ++m) {
    if (articles[m].empty()) continue;
    text += "<h3>" + html(e.methods[m]) + "</h3>\n<div class=\"cases\">\n";
    for (const Article& article : articles[m]) text += cases.text_of(article);
    text += "</div>\n";
  }
  if (text.empty()) return part;
  const std::string scrolling =
      part.viewers.empty()
          ? ""
          : fmt::format(
                "<p class=\"legend\">With JavaScript, {} of them can be scrolled through: by the slider and its arrow "
                "keys, or the wheel over a picture; outlines can be switched on and off. That takes {:.2f} MB of this "
                "page.</p>\n",
                part.viewers.size(), static_cast<double>(cases.shelf().bytes()) / 1e6);
  part.html = fmt::format(
      "<section><h2>Cases, from the best to the worst</h2>\n<p class=\"legend\">Of all test sets and trainings of a "
      "method, by {}. The slice with most of the reference label{}. Outlines: <span class=\"line\"><i "
      "style=\"border-top:3px solid {}\"></i>reference</span> <span class=\"line\"><i style=\"border-top:3px dashed "
      "{}\"></i>prediction</span></p>\n{}{}</section>\n",
      html(title_of(e.metrics.front())),
      cases.volumes() == 0 ? "" : ", of volumes in three planes with the patient\u2019s right, or front, on the left",
      colour_text(kReferenceColour), colour_text(kPredictionColour), scrolling, text);
  return part;
}

}  // namespace coopseg::report
