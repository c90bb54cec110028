#include "method_options.h"

#include <fmt/ranges.h>

namespace coopseg::apps {
namespace {

const std::string kGroup = "Comparison methods";

std::vector<request::Parameter> known(request::ImageMethodSettings& settings, Wanted wanted) {
  std::vector<request::Parameter> list = request::parameters(settings);
  if (wanted == Wanted::looks)
    list.erase(std::remove_if(list.begin(), list.end(), [](const auto& p) { return p.of_training; }), list.end());
  return list;
}

}  // namespace

void add_parameter(core::Command& command, const std::string& group, const request::Parameter& p,
                   const std::string& default_text) {
  const std::string help = p.owners() + ": " + p.help;
  const auto shown = [&](const core::Option& made) {
    if (!default_text.empty()) made.default_text(default_text);
  };
  if (!p.words.empty()) {
    shown(command.choice(group, p.option, *std::get<std::string*>(p.value), p.words, help));
    return;
  }
  std::visit(
      [&](auto* value) {
        const core::Option made = command.option(group, p.option, *value, help).type_name(p.type_name);
        if constexpr (std::is_same_v<decltype(value), bool*>) made.default_text(*value ? "true" : "false");
        shown(made);
      },
      p.value);
}

void add_method_parameters(core::Command& command, request::ImageMethodSettings& settings, Wanted wanted) {
  for (const request::Parameter& p : known(settings, wanted)) add_parameter(command, kGroup, p, "");
}

void check_method_parameters(const core::Command& command, const std::vector<std::string>& chosen,
                             const std::function<std::vector<request::Parameter>(const std::string&)>& parameters) {
  std::vector<std::string> used, idle;
  for (const std::string& method : chosen) {
    for (const request::Parameter& p : parameters(method)) {
      if (!p.belongs_to(method)) continue;
      if (!p.valid) throw core::UsageError(p.option, "must be " + p.expected);
      if (p.idle.empty()) used.push_back(p.option);
      else if (command.given(p.option)) idle.push_back(p.option + " goes with " + p.idle);
    }
  }
  const auto contains = [](const std::vector<std::string>& list, const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  for (const request::Parameter& p : parameters(chosen.empty() ? std::string() : chosen.back())) {
    if (!command.given(p.option) || contains(used, p.option)) continue;
    for (const std::string& why : idle) {
      if (why.rfind(p.option + " ", 0) == 0)
        throw core::UsageError(p.option, why.substr(p.option.size() + 1), "leave it out");
    }
    throw core::UsageError(p.option,
                           "belongs to --method " + p.owners() + ", not " + fmt::format("{}", fmt::join(chosen, ",")),
                           "leave it out, or choose its method");
  }
}

void check_method_parameters(const core::Command& command, const request::ImageMethodSettings& settings,
                             const std::vector<std::string>& chosen, Wanted wanted) {
  request::ImageMethodSettings copy = settings;
  check_method_parameters(command, chosen, [&](const std::string& method) {
    copy.method = method;
    return known(copy, wanted);
  });
}

}  // namespace coopseg::apps
