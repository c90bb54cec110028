#include "plan_text.h"

#include <fmt/ranges.h>

#include <cstdint>
#include <vector>

namespace coopseg::apps {
namespace {

constexpr double kWorthwhile = 1.2;  // times as fast as one process

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

std::string plan_text(const core::Json& plan, bool validates) {
  std::string text;
  const auto line = [&](const std::string& name, const std::string& value) {
    text += fmt::format("{:<22}{}\n", name, value);
  };
  const auto number = [](const core::Json& json) { return json.get<double>(); };
  const auto count = [](const core::Json& json) { return json.get<std::uint64_t>(); };
  const auto set = [&](const core::Json& json) {
    if (json.is_null()) return std::string("none");
    if (json.contains("images")) return fmt::format("{} cases, {} images", count(json["cases"]), count(json["images"]));
    if (!json.contains("slices")) return fmt::format("{} cases", count(json["cases"]));
    return fmt::format("{} cases, {} slices, {} of them empty", count(json["cases"]), count(json["slices"]),
                       count(json["empty_slices"]));
  };
  const std::string unit = plan["memory_bytes"].contains("slices") ? "slices" : "volumes";
  std::vector<std::string> classes{"background"};
  const core::Json names = plan["settings"].value("classes", core::Json::object());
  for (const auto& [name, value] : names.items()) classes.push_back(fmt::format("{} ({})", name, core::to_line(value)));
  const auto megabytes = [&](const std::string& what) { return number(plan["memory_bytes"][what]) / 1e6; };
  line("training", set(plan["train"]));
  if (plan.contains("unlabelled")) line("unlabelled", set(plan["unlabelled"]));
  if (plan.contains("pseudo")) line("pseudo-labelled", set(plan["pseudo"]));
  if (validates) line("validation", set(plan["validate"]));
  if (!names.empty()) line("classes", fmt::format("{}", fmt::join(classes, ", ")));
  line("network",
       fmt::format("{}, {} parameters", plan["settings"]["network"].get<std::string>(), count(plan["parameters"])));
  line("iterations", fmt::format("{} ({} epochs of {} batches)", count(plan["iterations"]), count(plan["epochs"]),
                                 count(plan["batches_per_epoch"])));
  line("memory",
       fmt::format("{:.0f} MB at most{}: {:.0f} activations, {:.0f} weights and gradients, {:.0f} optimiser, {:.0f} {}",
                   megabytes("peak"), plan.contains("memory_of") ? " on " + plan["memory_of"].get<std::string>() : "",
                   megabytes("activations"), megabytes("weights_and_gradients"), megabytes("optimiser"),
                   megabytes(unit), unit));
  line("device", fmt::format("{}, {}, {} threads", plan["device"].get<std::string>(),
                             plan["settings"]["precision"].get<std::string>(), count(plan["threads"])));
  if (plan.contains("ranks")) {
    const core::Json& ranks = plan["ranks"];
    std::string said = fmt::format("{}: each sends {:.3g} MB an iteration", count(ranks["count"]),
                                   number(ranks["megabytes_per_iteration"]));
    if (ranks.contains("waiting"))
      said += fmt::format(" and waits for {:.0f} % of its time", 100 * number(ranks["waiting"]));
    said += fmt::format("; {:.1f} times as fast as one alone", number(ranks["gain"]));
    if (number(ranks["gain"]) < kWorthwhile)
      said += ": an iteration is too short to gain by them, or the processors too few";
    line("processes", said);
  }
  line("time per iteration", fmt::format("{:.3f} s (measured on {})", number(plan["seconds_per_iteration"]),
                                         count(plan["measured_iterations"])));
  if (validates) line("time per validation", fmt::format("{:.2f} s", number(plan["seconds_per_validation"])));
  line("time in all", duration(number(plan["seconds_total"])));
  return text;
}

}  // namespace coopseg::apps
