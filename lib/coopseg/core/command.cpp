#include "coopseg/core/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <map>
#include <optional>

#include "coopseg/core/channels.h"
#include "coopseg/core/command_details.h"
#include "coopseg/core/exit_status.h"
#include "coopseg/core/interrupt.h"
#include "coopseg/core/late_library.h"
#include "coopseg/core/threads.h"

namespace coopseg::core {

namespace {

const std::vector<std::string> kLogLevels{"debug", "info", "warning", "error"};

LogLevel to_level(const std::string& word) {
  const auto place = std::find(kLogLevels.begin(), kLogLevels.end(), word);
  return static_cast<LogLevel>(place - kLogLevels.begin());
}

// --config FILE: a JSON object of option names without dashes in front: {"batch-size":20,"crop":192}.
class JsonConfig : public CLI::Config {
 public:
  // `meet(name)` throws for a name that no option has, and tells whether that takes one value, in which words can be
  // joined by commas: {"metrics":["dice","hd95"]} as --metrics dice,hd95.
  explicit JsonConfig(std::function<bool(const std::string&)> meet) : meet_(std::move(meet)) {}

  std::string to_config(const CLI::App*, bool, bool, std::string) const override { return {}; }

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    const std::string text((std::istreambuf_iterator<char>(input)), std::istreambuf_iterator<char>());
    const Json config = parse_json(text, "--config");
    if (!config.is_object()) throw UsageError("--config", "the file does not hold a JSON object of options");
    std::vector<CLI::ConfigItem> read;
    for (const auto& [key, value] : config.items()) {
      if (key == "schema" || key == "comment") continue;
      CLI::ConfigItem item;
      item.name = key;
      std::replace(item.name.begin(), item.name.end(), '_', '-');
      const bool takes_one = meet_(item.name);
      if (value.is_array() && takes_one) {
        if (value.empty()) throw UsageError("--config", "\"" + key + "\" is an empty list", "leave it out");
        std::string words;
        for (const auto& one : value) words += (words.empty() ? "" : ",") + as_text(one);
        item.inputs.push_back(words);
      } else if (value.is_array()) {
        for (const auto& one : value) item.inputs.push_back(as_text(one));
      } else {
        item.inputs.push_back(as_text(value));
      }
      read.push_back(std::move(item));
    }
    return read;
  }

 private:
  static std::string as_text(const Json& value) {
    return value.is_string() ? value.get<std::string>() : to_line(value);
  }
  std::function<bool(const std::string&)> meet_;
};

// A number where the text is one: settings read better, and "1.50" equals "1.5".
Json typed(const std::string& text) {
  const Json value = Json::parse(text, nullptr, false);
  return value.is_number() ? value : Json(text);
}

std::size_t lines_in(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return 0;
  const std::string text = read_file(file);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Throws IoError if nothing can be written into `folder`, which may still have to be made.
void require_writable(fs::path folder) {
  std::error_code ignored;
  while (!folder.empty() && !fs::exists(folder, ignored)) folder = folder.parent_path();
  if (folder.empty()) folder = ".";
  if (!fs::is_directory(folder, ignored)) throw IoError(folder.string(), "is not a folder");
  if (::access(folder.c_str(), W_OK) != 0) throw_io_error(folder.string(), "cannot be written", errno);
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

// CLI11 tells one of the names only, and not that the other is it, too.
void refuse_repetition(const CLI::App& app) {
  for (const CLI::Option* o : app.get_options()) {
    const bool once = o->get_multi_option_policy() == CLI::MultiOptionPolicy::Throw && o->get_items_expected_max() == 1;
    if (!once || o->count() < 2 || o->get_positional()) continue;
    std::string names;
    for (const auto& name : o->get_lnames()) names += (names.empty() ? "--" : " and --") + name;
    throw UsageError(
        names, fmt::format("{} given {} times", o->get_lnames().size() > 1 ? "are one option," : "is", o->count()),
        "give it once");
  }
}

}  // namespace

Command::Command(About about)
    : about_(std::move(about)), app_(std::make_unique<CLI::App>()), details_(std::make_unique<Details>()) {
  app_->name(about_.program);
  app_->description(about_.purpose);
  app_->allow_extras();  // reported by us, with "did you mean"
  app_->set_help_flag("-h,--help", "print this help and exit")->group(kCommonGroup);
  remember(app_->get_option("--help"), Effect::execution, false);
  remember(app_->set_version_flag("--version", std::string(), "print the version and exit")->group(kCommonGroup),
           Effect::execution, false);
  option(kCommonGroup, "--threads", threads_option_,
         "processors to use at most; 0: COOPSEG_THREADS, SLURM_CPUS_PER_TASK, or all", Effect::execution)
      .within(0, 4096)
      .type_name("N");
  choice(kCommonGroup, "--log-level", log_level_, kLogLevels, "least important messages to print", Effect::execution);
  app_->set_config("--config", "", "read options from a JSON file; the command line wins")
      ->group(kCommonGroup)
      ->type_name("FILE");
  remember(app_->get_option("--config"), Effect::execution, true);
  app_->config_formatter(std::make_shared<JsonConfig>([this](const std::string& name) {
    check_name("--" + name);
    details_->configured.insert("--" + name);
    const CLI::Option* const found = app_->get_option("--" + name);
    const bool is_repeated = found->get_multi_option_policy() != CLI::MultiOptionPolicy::Throw;
    return details_->with_value.count(found) > 0 || (found->get_items_expected_max() == 1 && !is_repeated);
  }));
  app_->allow_config_extras(CLI::config_extras_mode::error);
  choice(kCommonGroup, "--help-as", help_as_, {"text", "man", "bash", "json"},
         "print the description of all options in this form and exit", Effect::execution);
}

Command::~Command() = default;

void Command::add_seed() {
  option("Random numbers", "--seed", seed_, "seed of all random numbers; equal seeds give equal results")
      .type_name("S");
}

void Command::add_cases(Reads reads) {
  reads_ = reads;
  option("Cases", "--cases", cases_, "case list (JSON Lines) to work on; - is standard input", Effect::execution)
      .type_name("FILE");
  if (reads != Reads::no_image) add_channel();
  add_shard("Cases", "work on part I of N of the list");
  shards_divide_list_ = true;
}

void Command::add_channel() {
  const char* which = reads_ == Reads::each_channel ? "; without it all of them, one after another"
                                                    : "; must be given where a case has several";
  option("Cases", "--channel", channel_, std::string("of images of several channels (field channels) this one") + which,
         Effect::execution)  // what is read of which file stands in sidecars anyway
      .type_name("NAME");
}

void Command::add_shard(const std::string& group, const std::string& of_what) {
  option(group, "--shard", shard_text_,
         of_what +
             " (I from 0); slurm: the task of a whole job array 0-N of several; slurm:N: the task of N, "
             "whichever of them are submitted",
         Effect::execution)
      .type_name("I/N|slurm[:N]");
}

void Command::add_outputs(bool images) {
  outputs_are_images_ = images;
  if (images) {
    option("Outputs", "-o,--out", out_, "folder for the outputs and their list, cases.jsonl", Effect::execution)
        .type_name("DIR");
    option("Outputs", "--cases-out", cases_out_, "write the list of outputs here, too; - is standard output",
           Effect::execution)
        .type_name("FILE");
    flag("Outputs", "--skip-existing", skip_existing_,
         "keep outputs whose sidecar matches these inputs and settings; go on with the others", Effect::execution);
  }
  flag("Outputs", "--force", force_, "replace existing outputs", Effect::execution);
}

void Command::writes_nothing_with(const std::string& reading_flag) { reading_flag_ = reading_flag; }

void Command::add_json() { flag("Outputs", "--json", json_, "print results as JSON", Effect::execution); }

void Command::catch_usr1() { with_usr1_ = true; }

void Command::reads_variables(const std::string& names, const std::string& meaning) {
  details_->variables.emplace_back(names, meaning);
}

int Command::threads_of(const Ranks& ranks) const { return choose_threads(threads_option_, ranks); }

void Command::uses_library(const std::string& name, const std::string& library_version) {
  details_->libraries[name] = library_version;
}

bool Command::knows(const std::string& name) const { return app_->get_option_no_throw(name) != nullptr; }

bool Command::given(const std::string& name) const {
  const CLI::Option* found = app_->get_option(name);
  if (found->count() == 0 || found->get_items_expected_max() > 0) return found->count() > 0;
  // {"n4": false} in a configuration is a switch that is not given.
  return details_->with_value.count(found) ? found->results().back() != "false" : found->as<bool>();
}

bool Command::configured(const std::string& name) const { return details_->configured.count(name) > 0; }

void Command::parse(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    throw Answer{help_text()};
  } catch (const CLI::CallForVersion&) {
    throw Answer{version_text()};
  } catch (const CLI::ConfigError& e) {
    throw UsageError("--config", e.what());
  } catch (const CLI::ParseError& e) {
    refuse_repetition(*app_);
    throw UsageError({}, e.what());
  } catch (const DataError& e) {  // from the configuration
    throw UsageError(e.subject(), e.problem());
  }
  if (!help_as_.empty()) throw Answer{help_as(help_as_)};
  if (const auto extras = app_->remaining(); !extras.empty()) {
    const std::string& word = extras.front();
    if (word.size() < 2 || word[0] != '-') throw UsageError({}, "\"" + word + "\" was not expected");
    check_name(word.substr(0, word.find('=')));
    throw UsageError(word, "was not expected");
  }
}

void Command::check_name(const std::string& name) const {
  std::string nearest;
  std::size_t least = 4;
  for (const CLI::Option* o : app_->get_options()) {
    if (o->check_name(name)) return;
    for (const auto& long_name : o->get_lnames()) {
      const std::size_t distance = edit_distance("--" + long_name, name);
      if (distance < least) {
        least = distance;
        nearest = "--" + long_name;
      }
    }
  }
  throw UsageError(name, "no such option", nearest.empty() ? "--help lists them" : "did you mean " + nearest + "?");
}

fs::path Command::list_path(const std::string& stem) const { return out_ / shard_.list_name(stem); }

void Command::check_conventions() {
  if (!shard_text_.empty()) {
    if (shards_divide_list_ && cases_.empty())
      throw UsageError("--shard", "divides a case list; none is given", "name it with --cases");
    shard_ = Shard::parse(shard_text_);
  }
  if (!channel_.empty() && shards_divide_list_ && cases_.empty())
    throw UsageError("--channel", "is of the cases of a list; none is given", "name it with --cases");
  const bool writes_out = outputs_are_images_ && !out_.empty() && (reading_flag_.empty() || !given(reading_flag_));
  if (writes_out && shard_text_ == "slurm") refuse_parts_of_another(out_, shard_.count);
  if (writes_out && !skip_existing_) refuse_existing(list_path(), overwrite());
  if (writes_out) require_writable(out_);
  if (!cases_out_.empty() && cases_out_ != "-") {
    // A list that cannot be written is better known before the work than after it.
    if (!skip_existing_) refuse_existing(cases_out_, overwrite());
    require_writable(fs::path(cases_out_).parent_path());
  }
  threads_ = choose_threads(threads_option_);
}

int Command::run(int argc, char** argv, const std::function<bool()>& body) {
  start_log(about_.program, LogLevel::info);
  int status = kDone;
  try {
    parse(argc, argv);
    start_log(about_.program, to_level(log_level_));
    check_conventions();
    catch_stop_signals(with_usr1_);
    const ThreadLimit limit(threads_);
    if (!body()) status = kCaseFailed;
    throw_if_stopped();
    flush_output();
  } catch (const Answer& answer) {
    try {
      print(answer.text);
      flush_output();
    } catch (const ClosedPipe&) {
      return kSignal + SIGPIPE;
    } catch (const Error& e) {
      error("{}", e.what());
      return kCaseFailed;
    }
  } catch (const UsageError& e) {
    error("{}", e.what());
    status = kUsage;
  } catch (const Interrupted& stop) {
    warning("stopped by signal {}", stop.signal);
    status = kSignal + stop.signal;
  } catch (const Ended& ended) {
    status = ended.status;
  } catch (const ClosedPipe&) {
    status = kSignal + SIGPIPE;
  } catch (const std::bad_alloc&) {
    error("not enough memory");
    status = kCaseFailed;
  } catch (const std::exception& e) {
    error("{}", e.what());
    status = kCaseFailed;
  }
  leave(status);
  return status;
}

std::vector<Case> Command::cases_from(const std::string& source) const {
  std::vector<Case> all = read_cases(source);
  if (reads_ == Reads::no_image) return all;
  if (reads_ == Reads::each_channel && channel_.empty()) return with_each_channel(all);
  return with_channel(std::move(all), channel_, source == "-" ? "standard input" : source);
}

std::vector<Case> Command::cases() const {
  std::vector<Case> all = cases_from(cases_);
  // Over the whole list: shards must not share a file either.
  if (outputs_are_images_) refuse_shared_outputs(all, cases_ == "-" ? "standard input" : cases_);
  const auto [first, last] = shard_.range(all.size());
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(last), all.end());
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(first));
  return all;
}

bool Command::write_results(const std::vector<Case>& results, bool all_well,
                            const std::vector<std::pair<std::string, std::string>>& more_lists) const {
  if (!all_well && results.empty()) return all_well;
  for (const auto& [stem, lines] : more_lists) write_list(stem, lines);
  write_cases(results);
  return all_well;
}

void Command::write_cases(const std::vector<Case>& cases) const {
  const auto text_for = [&cases](const fs::path& folder) {
    std::string text;
    for (const auto& c : cases) text += case_to_line(c, folder) + "\n";
    return text;
  };
  if (!out_.empty()) write_list("cases", text_for(out_));
  if (cases_out_ == "-") {
    print(text_for({}));
  } else if (!cases_out_.empty()) {
    write_file(cases_out_, text_for(fs::path(cases_out_).parent_path()), list_overwrite());
  }
}

// A list is made of its outputs' lines: with --skip-existing it is brought up to date.
Overwrite Command::list_overwrite() const { return skip_existing_ ? Overwrite::yes : overwrite(); }

void Command::write_list(const std::string& stem, const std::string& lines) const {
  const fs::path file = list_path(stem);
  if (skip_existing_ && lines_in(file) > static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'))) {
    warning("{}: kept, as it lists more than was completed now", file.string());
  } else {
    write_file(file, lines, list_overwrite());
  }
}

Provenance Command::provenance() const {
  Provenance provenance;
  provenance.program = about_.program;
  provenance.command.push_back(about_.program);
  provenance.libraries = details_->libraries;
  std::vector<std::string> positionals;
  for (const CLI::Option* o : app_->get_options()) {
    const auto effect = details_->effects.find(o);
    if (effect == details_->effects.end() || effect->second == Effect::execution) continue;
    if (effect->second == Effect::addition && o->count() == 0) continue;
    std::vector<std::string> values = o->count() > 0 ? o->reduced_results() : std::vector<std::string>{};
    if (details_->paths.count(o)) {
      for (auto& value : values) value = fs::path(value).filename().string();
    }
    if (o->get_positional()) {
      positionals.insert(positionals.end(), values.begin(), values.end());
      continue;
    }
    const std::string name = o->get_lnames().front();
    if (o->get_items_expected_max() == 0) {
      const bool on = given("--" + name), has_value = on && details_->with_value.count(o) && values.back() != "true";
      provenance.settings[name] = has_value ? Json(values.back()) : Json(on);
      if (on) provenance.command.push_back("--" + name + (has_value ? "=" + values.back() : ""));
      continue;
    }
    // As it can be given again: an option that takes few values at a time is repeated for the others.
    const auto at_a_time = static_cast<std::size_t>(o->get_items_expected_max());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i % at_a_time == 0) provenance.command.push_back("--" + name);
      provenance.command.push_back(values[i]);
    }
    if (values.size() == 1) {
      provenance.settings[name] = typed(values.front());
    } else if (values.empty()) {
      const std::string text = o->get_default_str();
      provenance.settings[name] = Json::accept(text) ? Json::parse(text) : Json(text);
    } else {
      provenance.settings[name] = Json::array();
      for (const auto& value : values) provenance.settings[name].push_back(typed(value));
    }
  }
  provenance.command.insert(provenance.command.begin() + 1, positionals.begin(), positionals.end());
  return provenance;
}

}  // namespace coopseg::core
