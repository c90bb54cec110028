// Option files (--config), read by a program with an option of every kind.
#include "coopseg/core/command.h"
#include "fuzz.h"

using namespace coopseg;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Scratch scratch;
  const std::string config = scratch.save("config.json", fuzz::text_of(data, size)).string();
  core::Command command({"cs-fuzz", "reads a configuration", {"[options]"}, {}});
  double number = 1;
  std::size_t count = 1;
  int whole = 1;
  bool flag = false;
  std::string text, word = "one";
  std::vector<double> list;
  core::fs::path path;
  command.option("Options", "--number", number, "a number");
  command.option("Options", "--count", count, "a count");
  command.option("Options", "--whole", whole, "a whole number");
  command.flag("Options", "--flag", flag, "a switch");
  command.option("Options", "--text", text, "a text");
  command.choice("Options", "--word", word, {"one", "two"}, "a word");
  command.option("Options", "--list", list, "numbers");
  command.option("Options", "--path", path, "a file");
  command.add_seed();
  command.add_outputs(/*images=*/false);
  command.add_json();
  const char* arguments[] = {"cs-fuzz", "--log-level", "error", "--config", config.c_str()};
  const int status = command.run(5, const_cast<char**>(arguments), [&] {
    // What the settings say must be readable as they are written.
    core::parse_json(core::to_line(command.provenance().settings), "settings");
    return true;
  });
  fuzz::require(status == 0 || status == 2, "a configuration is taken or refused as wrong usage");
  return 0;
}
