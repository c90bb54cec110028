#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/core/log.h"
#include "coopseg/core/provenance.h"
#include "coopseg/report/overlay.h"
#include "coopseg/report/page.h"
#include "coopseg/report/table.h"
#include "coopseg/report/text.h"

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
  for (const Overlay& o : overlays) columns.push_back(fmt::format("{:.4g}fr", o.width_mm));
  return fmt::format("class=\"case\" style=\"grid-column:1/-1;max-width:48rem;grid-template-columns:{}\"",
                     fmt::join(columns, " "));
}

std::string colour_text(const image::Colour& c) { return fmt::format("#{:02x}{:02x}{:02x}", c[0], c[1], c[2]); }

std::string class_values(const Experiment& e, const CaseScores& of) {
  std::vector<std::string> values;
  for (const ClassValues& c : of.classes)
    values.push_back(e.classes[c.class_index] + "\u00a0" + show(c.values.front(), e.metrics.front()));
  return fmt::format("{}", fmt::join(values, ", "));
}

std::string overlay_of(const Choice& choice, const Experiment& e, std::size_t& n_unreadable, std::size_t& n_volumes) {
  const std::string training = choice.list->from.training();
  const std::string name = choice.of->of.name();
  const std::vector<LaterStage> later = later_stages(e, choice);
  const auto caption = [&](const std::string& stage, const CaseScores& of) {
    return html((stage.empty() ? "prediction" : stage) + ": " + class_values(e, of));
  };
  std::vector<const CaseScores*> shown{choice.of};
  std::vector<std::string> captions{caption(stage_title(e.stages[choice.list->stage]), *choice.of)};
  for (const LaterStage& stage : later) {
    shown.push_back(stage.of);
    captions.push_back(caption(stage.title, *stage.of));
  }
  std::vector<Overlay> overlays;
  std::string pictures;
  try {
    overlays = draw_overlay(shown);
    n_volumes += overlays.size() > 1 ? 1 : 0;
    pictures = overlays.size() == 1 ? pictures_of_stack(overlays.front(), captions, name)
                                    : pictures_of_volume(overlays, captions, name);
  } catch (const core::Error& problem) {
    // Folders are nobody's business who reads the page; the person at the terminal needs them.
    core::warning("{} cannot be shown: {}", name, problem.what());
    pictures = "<p>Its files could not be read when this page was made.</p></div>\n";
    ++n_unreadable;
  }
  return fmt::format(
             "<article {}><div class=\"about\"><h4>{}: {} {}</h4>\n<p><span class=\"name\">{}</span></p><p>{}{}</p>",
             layout_of(overlays, !later.empty()), choice.what, html(title_of(e.metrics.front())),
             show({choice.value, {}}, e.metrics.front()), html(name), html(choice.list->from.set),
             training.empty() ? "" : ", " + html(training)) +
         pictures + "</article>\n";
}

// A file's name where a word is a path.
std::string without_folder(const std::string& word) {
  return word.find('/') == std::string::npos ? word : fs::path(word).filename().string();
}

void flatten(const core::Json& value, const std::string& prefix, std::string& rows) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items())
      flatten(inner, prefix.empty() ? key : fmt::format("{}.{}", prefix, key), rows);
    return;
  }
  const std::string text = value.is_string() ? without_folder(value.get<std::string>()) : core::to_line(value);
  rows += "<tr><th scope=\"row\">" + html(prefix) + "</th><td>" + html(text) + "</td></tr>\n";
}

core::Json facts_of(const Run& run) {
  core::Json facts = core::Json::object();
  const core::Json& config = run.config;
  for (const char* key : {"program", "version"})
    if (config.contains(key)) facts[key] = config[key];
  std::vector<std::string> command;
  if (config.contains("command") && config["command"].is_array())
    for (const auto& word : config["command"])
      if (word.is_string()) command.push_back(without_folder(word.get<std::string>()));
  if (!command.empty()) facts["command"] = fmt::format("{}", fmt::join(command, " "));
  facts["epochs ended"] =
      std::count_if(run.points.begin(), run.points.end(), [](const LogPoint& point) { return point.is_epoch; });
  for (const LogPoint& point : run.points) {
    facts["iterations"] = point.iteration;
    if (point.best) facts["best model at iteration"] = point.iteration;
  }
  for (const char* part : {"settings", "length", "execution", "libraries"})
    if (config.contains(part)) facts[part] = config[part];
  if (config.contains("data") && config["data"].is_object())
    for (const char* part : {"train", "unlabelled", "validate"})
      if (config["data"].contains(part) && config["data"][part].is_object())
        for (const char* key : {"slices", "sha256"})
          if (config["data"][part].contains(key)) facts["data"][part][key] = config["data"][part][key];
  return facts;
}

std::string training_of(const Run& run) {
  std::string rows;
  flatten(facts_of(run), "", rows);
  return fmt::format(
      "<details><summary>Training: {}{}</summary><div class=\"wide\" tabindex=\"0\"><table "
      "class=\"facts\"><tbody>{}</tbody></table></div></details>\n",
      html(run.method), run.training.empty() ? "" : ", " + html(run.training), rows);
}

std::string lists_table(const Experiment& e) {
  std::string text =
      "<details><summary>Scored lists and models</summary><div class=\"wide\" tabindex=\"0\"><table class=\"facts\">"
      "<thead><tr><th scope=\"col\">list</th><th scope=\"col\">file</th><th scope=\"col\">cases</th>"
      "<th scope=\"col\">SHA-256 of the list</th><th scope=\"col\">model, SHA-256</th></tr></thead><tbody>\n";
  for (const ScoredList& list : e.lists) {
    std::vector<std::string> models;
    for (const auto& [file, sha256] : list.models)
      models.push_back(html(file) + (sha256.empty() ? "" : " <code>" + html(sha256) + "</code>"));
    text += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td><code>{}</code></td><td>{}</td></tr>\n",
                        html(list.from.name()), html(list.from.scores.filename().string()), list.cases.size(),
                        list.sha256, models.empty() ? "not said" : fmt::format("{}", fmt::join(models, "; ")));
  }
  return text + "</tbody></table></div></details>\n";
}

}  // namespace

std::string overlays_part(const Experiment& e, std::size_t cases_per_method, std::size_t& n_unreadable) {
  std::string text;
  std::size_t n_volumes = 0;
  for (const std::string& method : e.methods) {
    const auto choices = choose_cases(e, method, cases_per_method);
    if (choices.empty()) continue;
    text += "<h3>" + html(method) + "</h3>\n<div class=\"cases\">\n";
    for (const Choice& choice : choices) text += overlay_of(choice, e, n_unreadable, n_volumes);
    text += "</div>\n";
  }
  if (text.empty()) return text;
  return fmt::format(
      "<section><h2>Cases, from the best to the worst</h2>\n<p class=\"legend\">Of all test sets and trainings of a "
      "method, by {}. The slice with most of the reference label{}. Outlines: <span class=\"line\"><i "
      "style=\"border-top:3px solid {}\"></i>reference</span> <span class=\"line\"><i style=\"border-top:3px dashed "
      "{}\"></i>prediction</span></p>\n{}</section>\n",
      html(title_of(e.metrics.front())),
      n_volumes == 0 ? "" : ", of volumes in three planes with the patient\u2019s right, or front, on the left",
      colour_text(kReferenceColour), colour_text(kPredictionColour), text);
}

std::string provenance_part(const Experiment& e, const std::vector<Run>& runs) {
  const metric::Definition ours;
  std::string text = fmt::format(
      "<section><h2>How this came about</h2>\n<p>cs-report (CoopSeg) {}, revision {}. "
      "Scores: definition {}",
      core::version(), core::git_revision(), html(e.definition));
  if (e.definition == ours.name())
    for (const metric::Metric metric : e.metrics)
      text += fmt::format("; {}: {}", metric::name_of(metric), html(ours.describe(metric)));
  text += ".</p>\n";
  for (const Run& run : runs) text += training_of(run);
  return text + lists_table(e) + "</section>\n";
}

}  // namespace coopseg::report
