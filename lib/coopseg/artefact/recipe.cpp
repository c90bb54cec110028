#include "coopseg/artefact/recipe.h"

#include <fmt/ranges.h>

#include <sstream>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/core/provenance.h"
#include "coopseg/core/schema.h"
#include "coopseg/image/nifti.h"

namespace coopseg::artefact {

namespace {

using core::Json;
using core::UsageError;
namespace fs = std::filesystem;

constexpr char kSchema[] = "coopseg.recipe/1";
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 31;

// "motion" -> "RandMotion", "motion+spike" -> "RandMotion+Spike".
std::string folder_name(const std::vector<std::string>& chain) {
  std::vector<std::string> names = chain;
  for (std::string& name : names) name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return fmt::format("Rand{}", fmt::join(names, "+"));
}

RecipeLine line_from_json(const Json& json, const std::string& where) {
  RecipeLine line;
  const auto text = [&](const char* key, std::string& to) { to = core::get_or(json, key, std::string(), where); };
  text("id", line.id), text("frame", line.frame), text("artefact", line.artefact), text("file", line.file);
  text("input_sha256", line.input_sha256), text("sha256", line.sha256), text("voxels_sha256", line.voxels_sha256);
  if (json.contains("severity")) line.severity = core::get_or(json, "severity", 0, where);
  line.repeat = core::get_or(json, "repeat", 0, where);
  for (const auto& [key, value] : {std::pair("id", line.id), std::pair("artefact", line.artefact),
                                   std::pair("file", line.file), std::pair("sha256", line.sha256),
                                   std::pair("voxels_sha256", line.voxels_sha256),
                                   std::pair("input_sha256", line.input_sha256)})
    if (value.empty()) throw core::DataError(where, std::string("\"") + key + "\" is missing");
  const fs::path file = line.file;
  bool climbs = file.is_absolute();
  for (const fs::path& part : file) climbs = climbs || part == "..";
  if (climbs) throw core::DataError(where, "\"file\" is " + line.file + ", which leaves the set's folder");
  return line;
}

Recipe head_from_json(const Json& json, const std::string& where) {
  core::refuse_newer(json, kSchema, where);
  if (!json.is_object() || core::get_or(json, "schema", std::string(), where) != kSchema)
    throw core::DataError(where, std::string("is not the head of a recipe (\"schema\" is not ") + kSchema + ")",
                          "shards' parts concatenate in order, part 0 first");
  Recipe recipe;
  recipe.plan = plan_from_json(json, where);
  const std::string layout = core::get_or(json, "layout", std::string("cases"), where);
  if (layout != "cases" && layout != "folders")
    throw core::DataError(where, "\"layout\" is \"" + layout + "\", expected cases or folders");
  recipe.layout = layout == "cases" ? SetLayout::cases : SetLayout::folders;
  recipe.compression = core::get_or(json, "compression", recipe.compression, where);
  if (recipe.compression < 1 || recipe.compression > 12)
    throw core::DataError(where, "\"compression\" is " + std::to_string(recipe.compression) + ", expected 1 to 12");
  return recipe;
}

}  // namespace

fs::path output_path(const core::Case& c, const Plan& plan, const Variant& variant, SetLayout layout) {
  core::Case named = c;
  const auto& chain = plan.chains.at(variant.chain);
  const std::string repeat = std::to_string(variant.repeat);
  for (const char* field : {"artefact", "severity", "repeat"}) named.erase(field);
  if (variant.severity) named.set("severity", *variant.severity);
  if (layout == SetLayout::folders)
    return fs::path(folder_name(chain)) / (c.id() + "_" + repeat) / named.output_path("img").filename();
  named.set("artefact", chain_name(chain));
  named.set("repeat", variant.repeat);
  return named.output_path("img");
}

std::string recipe_head(const Recipe& recipe, const Json& libraries) {
  Json head{{"schema", kSchema}, {"program", "cs-corrupt"}, {"version", core::version()}};
  const Json plan = plan_to_json(recipe.plan);
  for (const auto& item : plan.items()) head[item.key()] = item.value();
  head["layout"] = recipe.layout == SetLayout::cases ? "cases" : "folders";
  head["compression"] = recipe.compression;
  head["libraries"] = libraries;
  return core::to_line(head) + "\n";
}

std::string recipe_text(const RecipeLine& line) {
  Json json{{"id", line.id}};
  if (!line.frame.empty()) json["frame"] = line.frame;
  json["artefact"] = line.artefact;
  if (line.severity) json["severity"] = *line.severity;
  json["repeat"] = line.repeat;
  json["input_sha256"] = line.input_sha256;
  json["file"] = line.file;
  json["sha256"] = line.sha256;
  json["voxels_sha256"] = line.voxels_sha256;
  return core::to_line(json) + "\n";
}

Recipe read_recipe(const fs::path& file) {
  std::istringstream text(core::read_file(file, kLargestFile));
  Recipe recipe;
  std::size_t number = 0;
  std::string where;
  try {
    for (std::string line; std::getline(text, line);) {
      ++number;
      if (line.empty()) continue;
      where = file.string() + ": line " + std::to_string(number);
      const Json json = core::parse_json(line, where);
      if (number == 1) recipe = head_from_json(json, where);
      else recipe.lines.push_back(line_from_json(json, where));
    }
  } catch (const core::DataError& e) {
    throw UsageError(e.subject(), e.problem(), e.remedy());
  } catch (const UsageError& e) {
    throw UsageError(where, e.subject() + ": " + e.problem(), e.remedy());
  }
  if (recipe.lines.empty()) throw UsageError(file.string(), "is no recipe, or one of an empty set");
  return recipe;
}

std::string voxels_sha256(const image::Image& image) {
  static_assert(sizeof(float) == 4);
  return core::sha256({reinterpret_cast<const char*>(image.voxels.data()), image.voxels.size() * sizeof(float)});
}

std::string difference(const RecipeLine& line, const fs::path& folder, bool& packed_otherwise) {
  const fs::path file = folder / line.file;
  packed_otherwise = false;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return "is missing";
  if (core::sha256_of_file(file) == line.sha256) return {};
  image::ReadOptions quietly;
  quietly.quiet = true;
  if (voxels_sha256(image::read_image(file, quietly)) != line.voxels_sha256)
    return "holds other voxels than the recipe's";
  packed_otherwise = true;
  return {};
}

}  // namespace coopseg::artefact
