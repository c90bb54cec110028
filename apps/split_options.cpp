#include "split_options.h"

namespace coopseg::apps {

void declare(core::Command& command, SplitOptions& options) {
  command
      .option(
          "Division", "--policy", options.policy,
          "a published division by name, as acdc-few-shot-10, acdc-one-shot, acdc-standard; exact subjects, found by "
          "the number their ids end in. Some folds have subjects in training and validation at once, as the "
          "published ones had: they are kept for comparability, and a warning names them")
      .type_name("NAME");
  command.option("Division", "--fold", options.fold, "fold of the policy").type_name("F");
  command.option("Division", "--policies", options.policy_file,
                 "file of named divisions, instead of the installed ones");
  command.flag("Division", "--list-policies", options.list_policies, "print the names of the policies and exit",
               core::Effect::execution);
  command.flag("Division", "--allow-missing", options.allow_missing,
               "go on if the list lacks subjects that the policy names");
  const auto size = [&](const char* names, std::string& variable, const char* help) {
    command.option("Division", names, variable, help).type_name("N");
  };
  size("--train", options.train, "subjects that train: a number (12), a fraction of all (0.7 or 70%), or 'rest'");
  size("--validate,--val", options.validate, "subjects that validate");
  size("--test", options.test, "subjects that are tested; beside --labelled of those that have labels");
  size("--unlabelled", options.unlabelled,
       "subjects for semi-supervised training; beside --train their lines keep the label's path, beside --labelled "
       "they are the rest and lose it");
  command
      .option("Division", "--labelled", options.labelled,
              "cases that keep their labels, exactly N, of subjects drawn whole; the labels of all others are taken "
              "out of their lines, so that nobody can read them")
      .within(1, 1000000000)
      .type_name("N")
      .default_text("");
  command
      .option("Division", "--parts", options.parts,
              "K lists, --out being the start of their names (NAME.0.jsonl ...): subjects in the list's order, in turn")
      .within(1, 100000)
      .type_name("K")
      .default_text("");
  command
      .option("Division", "--group", options.group,
              "field that says which cases are of one subject and stay together; by default subject where every case "
              "has it, else id")
      .type_name("FIELD");
  command
      .option("Division", "--stratify", options.stratify,
              "every part gets its share of each value of this field (site, group ...)")
      .type_name("FIELD");
  command
      .option(
          "Division", "--by", options.by,
          "one part for each value of this field (split, site, artefact ...), named after the value, with the cases "
          "that have it")
      .type_name("FIELD");
  command.add_seed();
  command.add_cases(core::Reads::no_image);
  command
      .option("Outputs", "-o,--out", options.out,
              "folder for one list per part: train.jsonl, validate.jsonl ...; without it one list with the field "
              "'split' goes to standard output",
              core::Effect::execution)
      .type_name("DIR");
  command.add_outputs(false);
}

void check(const core::Command& command, const SplitOptions& options) {
  const bool labelled = command.given("--labelled"), in_turn = command.given("--parts");
  const bool sizes = !options.train.empty() || !options.validate.empty() ||
                     ((!options.test.empty() || !options.unlabelled.empty()) && !labelled);
  const int ways = int{!options.policy.empty()} + int{!options.by.empty()} + int{sizes} + int{labelled} + int{in_turn};
  if (ways != 1) {
    throw core::UsageError("", ways == 0 ? "nothing says how to divide" : "more than one way to divide is given",
                           "give --policy NAME, or --by FIELD, or sizes with --train, --validate and --test, or "
                           "--labelled N, with --test or without, or --parts K");
  }
  if (labelled && !options.unlabelled.empty() && options.unlabelled != "rest") {
    throw core::UsageError("--unlabelled", "is 'rest' beside --labelled: all that is left", "write --unlabelled rest");
  }
  const auto belongs = [&](const char* option, bool fits, const char* to) {
    if (command.given(option) && !fits) throw core::UsageError(option, std::string("belongs to ") + to);
  };
  belongs("--fold", !options.policy.empty(), "--policy");
  belongs("--policies", !options.policy.empty(), "--policy");
  belongs("--allow-missing", !options.policy.empty(), "--policy");
  belongs("--stratify", sizes, "--train, --validate and --test");
  belongs("--seed", sizes || labelled, "--train, --validate, --test and --labelled; no other division is drawn");
}

}  // namespace coopseg::apps
