// Options as programs declare them, and the types that their values can have.
#include <fmt/ranges.h>

#include <algorithm>
#include <type_traits>

#include "coopseg/core/command_details.h"

namespace coopseg::core {

Option Option::type_name(const std::string& name) const {
  parsed_->type_name(name);
  return *this;
}

Option Option::default_text(const std::string& text) const {
  parsed_->default_str(text);
  return *this;
}

Option Option::within(int first, int last) const {
  parsed_->check(CLI::Range(first, last));
  return *this;
}

Option Option::takes(int values) const {
  parsed_->expected(values)->allow_extra_args(false);
  return *this;
}

Option Option::delimiter(char between) const {
  parsed_->delimiter(between);
  return *this;
}

Option Option::repeated() const {
  parsed_->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

void Command::remember(CLI::Option* made, Effect effect, bool is_path) {
  details_->effects[made] = effect;
  if (is_path) {
    details_->paths.insert(made);
    if (!made->get_positional()) made->type_name("FILE");
  }
}

void Command::restrict(CLI::Option* made, const std::vector<std::string>& words) {
  details_->words[made] = words;
  const std::string expected = fmt::format("{}", fmt::join(words, ", "));
  made->type_name("WORD")->check(CLI::Validator(
      [words, expected](std::string& given) {
        if (std::find(words.begin(), words.end(), given) != words.end()) return std::string();
        return "\"" + given + "\" is none of " + expected;
      },
      ""));
}

Option Command::choice(const std::string& group, const std::string& names, std::string& variable,
                       const std::vector<std::string>& words, const std::string& help, Effect effect) {
  const Option made = option(group, names, variable, help, effect);
  restrict(made.parsed_, words);
  return made;
}

Option Command::word(const std::string& group, const std::string& names, const std::string& initial,
                     const std::vector<std::string>& words, const std::string& help, Effect effect,
                     const std::function<void(const std::string&)>& set) {
  CLI::Option* const made = app_->add_option_function(names, set, help)->group(group)->default_str(initial);
  remember(made, effect, false);
  restrict(made, words);
  return Option(made);
}

Option Command::flag(const std::string& group, const std::string& names, bool& variable, const std::string& help,
                     Effect effect) {
  CLI::Option* const made = app_->add_flag(names, variable, help)->group(group);
  remember(made, effect, false);
  return Option(made);
}

Option Command::flag(const std::string& group, const std::string& names, std::string& variable,
                     const std::string& value_name, const std::string& help, Effect effect) {
  CLI::Option* const made = app_->add_flag(names, variable, help)->group(group)->type_name(value_name);
  remember(made, effect, false);
  details_->with_value.insert(made);
  return Option(made);
}

template <class T>
Option Command::option(const std::string& group, const std::string& names, T& variable, const std::string& help,
                       Effect effect) {
  CLI::Option* const made = app_->add_option(names, variable, help)->group(group);
  made->capture_default_str();
  if constexpr (std::is_unsigned_v<T> && !std::is_same_v<T, bool>) {
    // CLI11 would let -1 wrap around.
    made->check(CLI::Validator(
        [](std::string& given) { return given.rfind('-', 0) == 0 ? given + " is below 0" : std::string(); }, ""));
  }
  constexpr bool paths = std::is_same_v<T, std::vector<fs::path>>;
  if constexpr (paths) made->type_size(1);  // CLI11 takes a path for a list of its parts
  remember(made, effect, paths || std::is_same_v<T, fs::path>);
  return Option(made);
}

template <class T>
Option Command::positional(const std::string& name, T& variable, const std::string& help) {
  CLI::Option* const made = app_->add_option(name, variable, help)->group("Arguments");
  remember(made, Effect::result, std::is_same_v<T, fs::path>);
  return Option(made);
}

// The types of values.
using Text = const std::string&;
template Option Command::option(Text, Text, bool&, Text, Effect);
template Option Command::option(Text, Text, int&, Text, Effect);
template Option Command::option(Text, Text, unsigned&, Text, Effect);
template Option Command::option(Text, Text, unsigned long&, Text, Effect);
template Option Command::option(Text, Text, double&, Text, Effect);
template Option Command::option(Text, Text, std::string&, Text, Effect);
template Option Command::option(Text, Text, fs::path&, Text, Effect);
template Option Command::option(Text, Text, std::vector<fs::path>&, Text, Effect);
template Option Command::option(Text, Text, std::vector<double>&, Text, Effect);
template Option Command::option(Text, Text, std::vector<std::string>&, Text, Effect);

template Option Command::positional(Text, std::string&, Text);
template Option Command::positional(Text, fs::path&, Text);
template Option Command::positional(Text, std::vector<fs::path>&, Text);

}  // namespace coopseg::core
