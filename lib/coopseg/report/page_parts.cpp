#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/core/provenance.h"
#include "coopseg/report/page.h"
#include "coopseg/report/text.h"

namespace coopseg::report {

namespace {

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
