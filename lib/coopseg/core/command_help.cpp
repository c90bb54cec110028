// The texts made from one description of the options: help, man page, bash completion, JSON.
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "coopseg/core/command_details.h"
#include "coopseg/core/version.h"

namespace coopseg::core {

namespace {

constexpr std::size_t kHelpColumn = 30, kWidth = 100;

// CLI11 puts what a validator says of itself behind the type.
std::string type_of(const CLI::Option& o) {
  const std::string type = o.get_type_name();
  return type.substr(0, type.find(':'));
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  return fmt::format("{}", fmt::join(words, between));
}

// "-o, --out DIR" as people type it.
std::string usage_of(const CLI::Option& o) {
  if (o.get_positional()) return o.get_name();
  std::vector<std::string> names;
  for (const auto& name : o.get_snames()) names.push_back("-" + name);
  for (const auto& name : o.get_lnames()) names.push_back("--" + name);
  std::string text = joined(names, ", ");
  const std::string type = type_of(o);
  if (o.get_items_expected_max() > 0) return text + " " + type;
  return type.empty() ? text : text + "[=" + type + "]";
}

std::string default_of(const CLI::Option& o) {
  std::string text = o.get_items_expected_max() > 0 ? o.get_default_str() : "";
  if (text.empty()) return text;
  if (text == "[]" || text == "\"\"") return "";
  return text.front() == '[' && text.back() == ']' ? text.substr(1, text.size() - 2) : text;
}

void wrap(std::ostringstream& out, const std::string& text, std::size_t indent, std::size_t column) {
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (column + word.size() + 1 > kWidth && column > indent) {
      out << "\n" << std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out << ' ';
      ++column;
    }
    out << word;
    column += word.size();
  }
  out << "\n";
}

// Roff reads a dot or quote at the start of a line as a request, and a backslash as an escape.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
      out += c;
    }
  }
  return out;
}

std::vector<std::string> groups_of(const CLI::App& app) {
  std::vector<std::string> groups;
  for (const CLI::Option* o : app.get_options()) {
    const std::string& group = o->get_group();
    if (!group.empty() && group != kCommonGroup && std::find(groups.begin(), groups.end(), group) == groups.end()) {
      groups.push_back(group);
    }
  }
  groups.push_back(kCommonGroup);
  return groups;
}

// What each program shares with the others, in help and man page alike.
const std::vector<std::pair<const char*, const char*>> kExitStatus{
    {"0", "done"},
    {"1", "at least one case failed; the others were completed"},
    {"2", "the command line, a configuration or a case list is wrong; nothing was done"},
    {"130", "interrupted (128 + n: stopped by signal n)"}};

const std::vector<std::pair<const char*, const char*>> kEnvironment{
    {"COOPSEG_THREADS", "processors to use where --threads is not given"},
    {"SLURM_CPUS_PER_TASK", "the same, where COOPSEG_THREADS is not set either"},
    {"NO_COLOR", "if set, messages have no colours"},
    {"TERM", "if dumb or not set, no progress bar and no colours"}};

}  // namespace

std::string Command::help_text() const {
  std::ostringstream out;
  out << about_.program << ": " << about_.purpose << "\n\nUsage:\n";
  for (const auto& line : about_.synopsis) out << "  " << about_.program << " " << line << "\n";
  if (!about_.examples.empty()) out << "\nExamples:\n";
  for (const auto& example : about_.examples) {
    out << "  " << example.command << "\n      ";
    wrap(out, example.purpose, 6, 6);
  }
  for (const auto& group : groups_of(*app_)) {
    out << "\n" << group << ":\n";
    for (const CLI::Option* o : app_->get_options([&](const CLI::Option* x) { return x->get_group() == group; })) {
      const std::string head = "  " + usage_of(*o);
      out << head;
      if (head.size() + 2 > kHelpColumn) {
        out << "\n" << std::string(kHelpColumn, ' ');
      } else {
        out << std::string(kHelpColumn - head.size(), ' ');
      }
      std::string text = o->get_description();
      if (const auto words = details_->words.find(o); words != details_->words.end()) {
        text += ": " + joined(words->second, ", ");
      }
      if (const std::string value = default_of(*o); !value.empty()) text += " [" + value + "]";
      wrap(out, text, kHelpColumn, kHelpColumn);
    }
  }
  out << "\nExit status:\n  ";
  std::vector<std::string> statuses;
  for (const auto& [number, meaning] : kExitStatus) statuses.push_back(std::string(number) + " " + meaning);
  wrap(out, joined(statuses, "; ") + ".", 2, 2);
  return out.str();
}

std::string Command::version_text() const {
  std::string text = about_.program + " (CoopSeg) " + version() + "\n";
  const CLI::Option* level = app_->get_option("--log-level");
  if (level->count() == 0 || level->results().back() != "debug") return text;
  text += "revision " + git_revision() + "\ncompiler " + std::string(__VERSION__) + "\n";
  for (const auto& [name, library_version] : details_->libraries.items()) {
    text += name + " " + library_version.get<std::string>() + "\n";
  }
  return text;
}

std::string Command::man_page() const {
  std::ostringstream out;
  std::string upper = about_.program;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return std::toupper(c); });
  out << ".TH " << upper << " 1 \"" COOPSEG_DATE "\" \"CoopSeg " << version() << "\" \"CoopSeg\"\n";
  out << ".SH NAME\n" << roff(about_.program) << " \\- " << roff(about_.purpose) << "\n.SH SYNOPSIS\n";
  for (std::size_t i = 0; i < about_.synopsis.size(); ++i) {
    out << (i ? ".br\n" : "") << ".B " << roff(about_.program) << "\n" << roff(about_.synopsis[i]) << "\n";
  }
  out << ".\\\" prose\n";  // the build puts the page's own text here, from man/
  out << ".SH OPTIONS\n";
  for (const auto& group : groups_of(*app_)) {
    out << ".SS " << roff(group) << "\n";
    for (const CLI::Option* o : app_->get_options([&](const CLI::Option* x) { return x->get_group() == group; })) {
      out << ".TP\n.B " << roff(usage_of(*o)) << "\n" << roff(o->get_description());
      if (const auto words = details_->words.find(o); words != details_->words.end()) {
        out << ": " << roff(joined(words->second, ", "));
      }
      if (const std::string value = default_of(*o); !value.empty()) out << " (default: " << roff(value) << ")";
      out << "\n";
    }
  }
  out << ".SH EXIT STATUS\n";
  for (const auto& [number, meaning] : kExitStatus) out << ".TP\n.B " << number << "\n" << roff(meaning) << "\n";
  out << ".SH ENVIRONMENT\n";
  for (const auto& [name, meaning] : kEnvironment) out << ".TP\n.B " << name << "\n" << roff(meaning) << "\n";
  for (const auto& [names, meaning] : details_->variables)
    out << ".TP\n.B " << roff(names) << "\n" << roff(meaning) << "\n";
  out << ".SH EXAMPLES\n";
  for (const auto& example : about_.examples) {
    out << ".TP\n.B " << roff(example.command) << "\n" << roff(example.purpose) << "\n";
  }
  return out.str();
}

std::string Command::bash_completion() const {
  std::string function = "_" + about_.program;
  std::replace(function.begin(), function.end(), '-', '_');
  std::ostringstream out;
  std::vector<std::string> options;
  std::ostringstream cases;
  for (const CLI::Option* o : app_->get_options()) {
    if (o->get_positional() || o->get_group().empty()) continue;
    std::vector<std::string> names;
    for (const auto& name : o->get_lnames()) names.push_back("--" + name);
    options.insert(options.end(), names.begin(), names.end());
    if (const auto words = details_->words.find(o); words != details_->words.end()) {
      cases << "    " << joined(names, "|") << ") COMPREPLY=($(compgen -W \"" << joined(words->second, " ")
            << "\" -- \"$word\")); return ;;\n";
    }
  }
  out << "# Bash completion of " << about_.program << ", made by " << about_.program << " --help-as bash\n"
      << function << "() {\n  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
      << "  case $before in\n"
      << cases.str() << "  esac\n  if [[ $word == -* ]]; then\n    COMPREPLY=($(compgen -W \""
      << joined(options, " ") << "\" -- \"$word\"))\n  fi\n}\ncomplete -o default -F " << function << " "
      << about_.program << "\n";
  return out.str();
}

std::string Command::json_description() const {
  Json options = Json::array();
  for (const CLI::Option* o : app_->get_options()) {
    if (o->get_group().empty()) continue;
    Json names = Json::array();
    for (const auto& name : o->get_snames()) names.push_back("-" + name);
    for (const auto& name : o->get_lnames()) names.push_back("--" + name);
    Json one = {{"names", names}, {"group", o->get_group()}, {"help", o->get_description()}};
    if (o->get_positional()) one["argument"] = o->get_name();
    one["type"] = o->get_items_expected_max() == 0 ? "flag" : type_of(*o);
    if (const auto words = details_->words.find(o); words != details_->words.end()) one["words"] = words->second;
    if (const std::string value = default_of(*o); !value.empty()) one["default"] = value;
    one["required"] = o->get_required();
    const auto effect = details_->effects.find(o);
    one["changes_results"] = effect != details_->effects.end() && effect->second != Effect::execution;
    options.push_back(std::move(one));
  }
  Json examples = Json::array();
  for (const auto& example : about_.examples) {
    examples.push_back({{"command", example.command}, {"purpose", example.purpose}});
  }
  return to_text({{"schema", "coopseg.options/1"},
                  {"program", about_.program},
                  {"version", version()},
                  {"purpose", about_.purpose},
                  {"synopsis", about_.synopsis},
                  {"options", options},
                  {"examples", examples}});
}

std::string Command::help_as(const std::string& form) const {
  if (form == "man") return man_page();
  if (form == "bash") return bash_completion();
  if (form == "json") return json_description();
  return help_text();
}

}  // namespace coopseg::core
