// One program's command line: the one source of its parser, --help, man page, shell completion and JSON description.
//
//   int main(int argc, char** argv) {
//     Command command({"cs-dice", "measures the overlap of label maps with references", ...});
//     double tolerance_mm = 1;
//     command.option("Metrics", "--tolerance", tolerance_mm, "surface Dice tolerance in mm");
//     return command.run(argc, argv, [&] { ...; return failed_cases == 0; });
//   }
//
// Exit status, the same for every program: 0 done; 1 at least one case failed; 2 the command line, a configuration or
// a list is wrong and nothing was done; 128 + n stopped by signal n (130: interrupted).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coopseg/core/case_list.h"
#include "coopseg/core/error.h"
#include "coopseg/core/file.h"
#include "coopseg/core/log.h"
#include "coopseg/core/output.h"
#include "coopseg/core/ranks.h"
#include "coopseg/core/words.h"

// The parser stays behind core/: reading it takes longer than compiling a program.
namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace coopseg::core {

struct Example {
  std::string command;  // runs as it stands, given the files it names
  std::string purpose;
};

struct About {
  std::string program;                 // "cs-dice"
  std::string purpose;                 // one line, lower case, no full stop
  std::vector<std::string> synopsis;   // behind the program's name: "[options] PREDICTION REFERENCE"
  std::vector<Example> examples;       // two or more
};

// What an option does to the results; decides whether it stands in sidecars and in --config dumps.
enum class Effect {
  result,     // changes what is computed
  addition,   // likewise, of options newer than outputs that were made without: sidecars tell of it where it is given
  execution,  // changes only how: threads, shards, logging, where outputs go
};

// What a program does with images of several channels (channels.h).
enum class Reads {
  one_channel,    // of each case: that of --channel, which must be given where a case has several
  each_channel,   // as cases of their own, unless --channel names one
  no_image,       // so that it need not know
};

// An option that a command has been given, to say more of it:
//   command.option("Batches", "--batch-size", size, "slices in a batch").type_name("N").within(1, 4096);
class Option {
 public:
  explicit Option(CLI::Option* parsed) : parsed_(parsed) {}
  Option type_name(const std::string& name) const;     // "MM": what --help shows for the value
  Option default_text(const std::string& text) const;  // what --help shows as the default
  Option within(int first, int last) const;            // whole numbers, both ends allowed
  Option takes(int values) const;
  Option delimiter(char between) const;  // of values in one word
  Option repeated() const;               // each time it is given adds to the values

 private:
  friend class Command;
  CLI::Option* parsed_;
};

class Command {
 public:
  explicit Command(About about);
  ~Command();

  // An option with a value, `names` as in CLI11 ("-o,--out"). The variable's value is the default that --help shows.
  // command_options.cpp lists the types that T can be.
  template <class T>
  Option option(const std::string& group, const std::string& names, T& variable, const std::string& help,
                Effect effect = Effect::result);
  // A switch: false unless given.
  Option flag(const std::string& group, const std::string& names, bool& variable, const std::string& help,
              Effect effect = Effect::result);
  // A switch that may have a value: `variable` is empty unless given, "true" for "--strict", "a,b" for "--strict=a,b".
  Option flag(const std::string& group, const std::string& names, std::string& variable, const std::string& value_name,
              const std::string& help, Effect effect = Effect::result);
  // One of several words.
  Option choice(const std::string& group, const std::string& names, std::string& variable,
                const std::vector<std::string>& words, const std::string& help, Effect effect = Effect::result);
  template <class Value>
  Option choice(const std::string& group, const std::string& names, Value& variable, const Words<Value>& words,
                const std::string& help, Effect effect = Effect::result) {
    return word(group, names, words.of(variable), words.all(), help, effect,
                [&variable, words](const std::string& given) { variable = *words.find(given); });
  }
  // Left as it is unless given.
  template <class Value>
  Option choice(const std::string& group, const std::string& names, std::optional<Value>& variable,
                const Words<Value>& words, const std::string& help, Effect effect = Effect::result) {
    return word(group, names, "", words.all(), help, effect,
                [&variable, words](const std::string& given) { variable = words.find(given); });
  }
  // A positional argument.
  template <class T>
  Option positional(const std::string& name, T& variable, const std::string& help);

  // Conventions that a program takes part in. The common ones (--help, --version, --threads, --log-level, --config,
  // --help-as) are always there.
  void add_seed();                  // --seed
  void add_cases(Reads reads = Reads::one_channel);  // --cases, --shard, and --channel unless no images are read
  void add_channel();               // --channel alone, for programs whose lists have options of their own
  void add_shard(const std::string& group, const std::string& of_what);  // --shard, for programs without a list
  void add_outputs(bool images);    // --force; with images: --out, --cases-out, --skip-existing
  void writes_nothing_with(const std::string& flag);  // given this, existing outputs are only read
  void add_json();                  // --json
  void catch_usr1();                // SIGUSR1 stops, too (trainings)
  void reads_variables(const std::string& names, const std::string& meaning);  // of the environment, for the man page
  void uses_library(const std::string& name, const std::string& version);  // for sidecars and --version

  // Parses, checks, runs `body` with errors and signals mapped to the exit status. `body` returns true if every case
  // succeeded. Problems of the command line that the parser cannot see are thrown as UsageError before work starts.
  int run(int argc, char** argv, const std::function<bool()>& body);

  // Values of the conventions, valid inside run().
  int threads() const { return threads_; }
  int threads_of(const Ranks& ranks) const;  // of each process, where several work together
  std::uint64_t seed() const { return seed_; }
  bool json() const { return json_; }
  bool has_cases() const { return !cases_.empty(); }
  const std::string& cases_source() const { return cases_; }
  std::vector<Case> cases() const;                  // the list, this shard's part of it
  std::vector<Case> cases_from(const std::string& source) const;  // another whole list, its channels chosen alike
  const Shard& shard() const { return shard_; }
  Overwrite overwrite() const {
    return force_ ? Overwrite::yes : skip_existing_ ? Overwrite::same : Overwrite::no;
  }
  bool skip_existing() const { return skip_existing_; }
  bool has_out() const { return !out_.empty(); }
  const fs::path& out() const { return out_; }
  // Where a list of this run stands: DIR/cases.jsonl, with shards cases.0-of-8.jsonl.
  fs::path list_path(const std::string& stem = "cases") const;
  OutputRules output_rules() const { return {overwrite(), skip_existing_}; }
  // Writes the list of the outputs of a run over cases: DIR/cases.jsonl (with shards cases.0-of-8.jsonl) and, with
  // --cases-out -, standard output (else the file it names). Before it other lists, each by its stem and lines, under
  // the same rules: {"recipe", "..."} is DIR/recipe.jsonl. A run in which every case failed leaves earlier lists as
  // they are: they must not become empty ones. Returns `all_well`, which is false if a case failed.
  bool write_results(const std::vector<Case>& results, bool all_well,
                     const std::vector<std::pair<std::string, std::string>>& more_lists = {}) const;

  // Settings are the values of all options that change results.
  Provenance provenance() const;

  bool knows(const std::string& option) const;  // there is such an option
  bool given(const std::string& option) const;  // "--spacing" stood on the command line or in the configuration
  bool configured(const std::string& option) const;  // it stood in the configuration, if not there alone

 private:
  struct Details;
  struct Answer;
  void remember(CLI::Option* option, Effect effect, bool is_path);
  Option word(const std::string& group, const std::string& names, const std::string& initial,
              const std::vector<std::string>& words, const std::string& help, Effect effect,
              const std::function<void(const std::string&)>& set);
  void restrict(CLI::Option* option, const std::vector<std::string>& words);
  void parse(int argc, char** argv);
  void check_name(const std::string& name) const;
  void check_conventions();
  Overwrite list_overwrite() const;
  void write_cases(const std::vector<Case>& cases) const;
  void write_list(const std::string& stem, const std::string& lines) const;
  std::string help_text() const;
  std::string version_text() const;
  std::string help_as(const std::string& form) const;
  std::string man_page() const;
  std::string bash_completion() const;
  std::string json_description() const;

  About about_;
  std::unique_ptr<CLI::App> app_;
  std::unique_ptr<Details> details_;
  int threads_option_ = 0, threads_ = 1;
  std::uint64_t seed_ = 0;
  bool json_ = false, force_ = false, skip_existing_ = false, with_usr1_ = false, outputs_are_images_ = false;
  bool shards_divide_list_ = false;
  Reads reads_ = Reads::one_channel;
  std::string cases_, channel_, shard_text_, cases_out_, log_level_ = "info", help_as_, reading_flag_;
  Shard shard_;
  fs::path out_;
};

}  // namespace coopseg::core
