#include "corrupt_options.h"

#include "coopseg/artefact/range_text.h"
#include "coopseg/artefact/record.h"
#include "coopseg/core/text.h"

namespace coopseg::apps {

using artefact::Plan;
using core::UsageError;
using core::fs::path;

namespace {

void declare_ranges(core::Command& command, CorruptOptions& o) {
  const std::string group = "What is drawn (in brackets: the paper's; physical: as severity 3)";
  command.option(group, "--severity", o.severity, "one or more of five levels of damage: 3, 1,3,5 or 1-5")
      .type_name("LEVELS");
  for (const auto& field : artefact::range_fields()) {
    command.option(group, artefact::option_of(field.name), o.ranges[field.name], field.help)
        .type_name(field.type_name);
  }
}

void refuse_ranges(const core::Command& command, const char* decider, const std::string& why) {
  for (const auto& field : artefact::range_fields())
    refuse_beside(command, decider, why, {artefact::option_of(field.name)});
}

// Named by its option where the library names a field.
template <class Check>
void name_options(const core::Command& command, const Check& check) {
  try {
    check();
  } catch (const UsageError& e) {
    const std::string option = artefact::option_of(e.subject());
    if (!e.subject().empty() && command.knows(option)) throw UsageError(option, e.problem(), e.remedy());
    throw;
  }
}

void set_around(const core::Command& command, const CorruptOptions& options, Work& work) {
  if (options.no_crop && command.given("--crop")) throw UsageError("--crop", "contradicts --no-crop", "leave one out");
  if (options.no_crop) work.plan.around.crop = 0;
  if (command.given("--crop")) {
    work.plan.around.crop = static_cast<std::size_t>(options.crop);
    work.plan.around.pad = true;
  }
  // A file of parameters that knows no crop asks for no padding either.
  work.crop_is_recorded = command.given("--params") && !command.given("--crop");
  if (options.no_rescale) work.plan.around.rescale = false;
  if (command.given("--compression")) work.compression = options.compression;
}

void take_params(const core::Command& command, const CorruptOptions& options, Work& work) {
  const std::string why = "which holds all parameters";
  refuse_beside(command, "--params", why, {"--chain", "--recipe", "--dialect", "--severity", "--seed", "--repeats"});
  refuse_ranges(command, "--params", why);
  const artefact::Record record = core::as_usage_error([&] { return artefact::read_record(options.params); });
  work.plan.given = record.artefacts;
  work.plan.dialect = record.artefacts.front().dialect;
  work.plan.around = record.around;
  work.compression = record.compression;
  work.made_for = record.input_sha256;
  work.more_inputs.push_back(core::input_file(options.params));
  for (const auto& a : record.artefacts) work.plan.chains.resize(1), work.plan.chains[0].push_back(type_of(a));
}

void take_types(const core::Command& command, const CorruptOptions& options, const std::string& type, Work& work) {
  Plan& plan = work.plan;
  plan.seed = command.seed();
  plan.repeats = options.repeats;
  plan.dialect = artefact::parse_dialect(options.dialect);
  plan.around.pad = false;
  if (type == "all") {
    work.layout = artefact::SetLayout::folders;
    for (const std::string& one : artefact::artefact_types()) plan.chains.push_back({one});
  } else {
    plan.chains.push_back(type.empty() ? core::split(options.chain) : std::vector{type});
  }
  for (const auto& chain : plan.chains)
    for (const std::string& one : chain) artefact::artefact_of_type(one);
  if (command.given("--severity")) {
    refuse_ranges(command, "--severity", "which sets the ranges");
    plan.severities = artefact::parse_severities(options.severity, "--severity");
  } else {
    std::map<std::string, std::string> given;
    for (const auto& [field, text] : options.ranges)
      if (command.given(artefact::option_of(field))) given.emplace(field, text);
    artefact::set_ranges(plan, given);
  }
}

}  // namespace

void declare_options(core::Command& command, CorruptOptions& o) {
  command.positional("TYPE", o.words.first, "bias, ghosting, motion, spike; all: each of them; left out with --chain, "
                                            "--params and --recipe");
  command.positional("INPUT", o.words.second, "image to corrupt (NIfTI, NRRD, MetaImage)");
  command.positional("OUTPUT", o.words.third, "file to write (.nii, .nii.gz)");
  const char* what = "What is done";
  command.option(what, "--chain", o.chain, "these one after another: motion,spike").type_name("TYPES");
  command.option(what, "--params", o.params, "these parameters: a sidecar, or a file with artefact and parameters");
  command.choice(what, "--dialect", o.dialect, {"paper", "legacy", "physical"},
                 "what parameters mean (see the manual)");
  command.option(what, "--crop", o.crop,
                 "work on so many pixels in the middle of rows and columns, 0 outside; slices that have fewer are "
                 "padded with 0 if it is given, and keep their own size else")
      .within(1, static_cast<int>(artefact::kLargestCrop)).type_name("N");
  command.flag(what, "--no-crop", o.no_crop, "work on whole slices");
  command.flag(what, "--no-rescale", o.no_rescale, "do not scale each slice to [0, 1] before and after");
  declare_ranges(command, o);
  command.add_seed();
  command.option("Random numbers", "--repeats", o.repeats, "images to make of each image of a list")
      .within(1, 100000).type_name("N");
  command.add_cases();
  command.option("Whole sets", "--recipe", o.recipe, "make the set of this recipe from the same images, and compare");
  command.flag("Whole sets", "--verify", o.verify, "only compare: the set in --out, else beside the recipe",
               core::Effect::execution);
  command.writes_nothing_with("--verify");
  command.add_outputs(true);
  command.option("Outputs", "--compression", o.compression, "of .nii.gz, from 1 (fast) to 12 (small)")
      .within(1, 12).type_name("N");
  command.option("Outputs", "--preview", o.preview,
                 "draw the middle slice of the (first) image, before and after, as PNG",
                 core::Effect::execution);
}

void refuse_beside(const core::Command& command, const char* decider, const std::string& why,
                   const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (command.given(name))
      throw UsageError(name, std::string("contradicts ") + decider + ", " + why, "leave one out");
}

Work understand(const core::Command& command, const CorruptOptions& options) {
  Work work;
  std::vector<path> words;
  for (const path& word : {options.words.first, options.words.second, options.words.third})
    if (!word.empty()) words.push_back(word);
  if (command.given("--recipe")) {
    const std::string why = "which says how the set was made";
    refuse_beside(command, "--recipe", why, {"--chain", "--params", "--dialect", "--severity", "--seed", "--repeats",
                                             "--crop", "--no-crop", "--no-rescale", "--compression"});
    refuse_ranges(command, "--recipe", why);
    if (!words.empty()) throw UsageError(words[0].string(), "is named beside --recipe", "give --cases and --out");
    work.recipe = artefact::read_recipe(options.recipe);
    work.plan = work.recipe->plan;
    work.layout = work.recipe->layout;
    work.compression = work.recipe->compression;
    work.crop_is_recorded = true;
    return work;
  }
  if (options.verify) throw UsageError("--verify", "compares a test set with its recipe", "name it with --recipe");
  std::string type;
  if (command.given("--params")) {
    take_params(command, options, work);
  } else {
    if (!command.given("--chain")) {
      if (words.empty())
        throw UsageError("TYPE", "is missing", "bias, ghosting, motion, spike or all; --help shows examples");
      type = words.front().string();
      words.erase(words.begin());
    }
    take_types(command, options, type, work);
  }
  set_around(command, options, work);
  name_options(command, [&] { check_plan(work.plan); });
  if (words.size() > 2) throw UsageError(words[2].string(), "was not expected", "--chain and --params stand for TYPE");
  if (!words.empty()) work.input = words[0];
  if (words.size() > 1) work.output = words[1];
  return work;
}

}  // namespace coopseg::apps
