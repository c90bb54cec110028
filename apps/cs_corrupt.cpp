// cs-corrupt: gives images the artefacts of MR scanners, to test how robust a segmentation is.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "coopseg/artefact/preview.h"
#include "coopseg/artefact/range_text.h"
#include "coopseg/artefact/recipe_cases.h"
#include "coopseg/artefact/test_set.h"
#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/core/numbers.h"
#include "coopseg/image/libraries.h"

namespace {

using namespace coopseg;
using artefact::Plan;
using core::Case;
using core::UsageError;
using core::fs::path;

const core::About kAbout = {
    "cs-corrupt",
    "gives images bias fields, ghosts, motion and spikes, to test how robust a segmentation is",
    {"[options] TYPE INPUT OUTPUT", "[options] TYPE --cases LIST --out DIR",
     "[options] --chain TYPE,TYPE... INPUT OUTPUT", "[options] --params FILE INPUT OUTPUT",
     "--recipe FILE --cases LIST --out DIR", "--recipe FILE --verify [--out DIR]"},
    {{"cs-corrupt spike in.nii.gz out.nii.gz", "adds a random spike as the paper did; out.json says which"},
     {"cs-corrupt all --cases test.jsonl --out bad --repeats 3",
      "makes the paper's four test sets: RandBias, RandGhosting, RandMotion, RandSpike"},
     {"cs-corrupt motion --dialect physical --severity 1-5 --cases test.jsonl --out graded",
      "makes five levels of damage, movements in mm and degrees"},
     {"cs-corrupt all --severity 1-5 in.nii.gz --preview damage.png", "draws what the levels look like"},
     {"cs-corrupt --params out.json in.nii.gz again.nii.gz", "does to an image what its sidecar says, to the byte"},
     {"cs-corrupt --recipe bad/recipe.jsonl --verify", "tells whether the test set in bad is the one of its recipe"}}};

// In the order of the command line; which of them is what depends on the options.
struct Words {
  path first, second, third;
};

struct Options {
  Words words;
  std::string chain, dialect = "paper", severity;
  path params, recipe, preview;
  bool verify = false, no_crop = false, no_rescale = false;
  int repeats = 1, compression = artefact::kDefaultCompression, crop = static_cast<int>(image::kPaperCrop);
  std::map<std::string, std::string> ranges;  // texts, by option
};

// The options, understood.
struct Work {
  Plan plan;
  artefact::SetLayout layout = artefact::SetLayout::cases;
  int compression = artefact::kDefaultCompression;
  path input, output;
  std::optional<artefact::Recipe> recipe;
  std::string made_for;                      // SHA-256 of the image that --params tells of, if it does
  std::vector<core::InputFile> more_inputs;
};

// "--num-ghosts" of the field num_ghosts.
std::string option_of(std::string field) {
  std::replace(field.begin(), field.end(), '_', '-');
  return "--" + field;
}

void refuse_beside(const core::Command& command, const char* decider, const std::string& why,
                   const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (command.given(name))
      throw UsageError(name, std::string("contradicts ") + decider + ", " + why, "leave one out");
}

void refuse_ranges(const core::Command& command, const char* decider, const std::string& why) {
  for (const auto& field : artefact::range_fields()) refuse_beside(command, decider, why, {option_of(field.name)});
}

void set_ranges(const core::Command& command, const Options& options, Plan& plan) {
  std::set<std::string> types;
  for (const auto& chain : plan.chains) types.insert(chain.begin(), chain.end());
  for (const std::string& type : types)
    plan.ranges[type] = artefact::default_ranges(artefact::artefact_of_type(type), plan.dialect);
  for (const auto& field : artefact::range_fields()) {
    const std::string option = option_of(field.name);
    if (!command.given(option)) continue;
    std::vector<std::string> taking;
    for (const std::string& type : field.types)
      if (types.count(type)) taking.push_back(type);
    if (taking.empty())
      throw UsageError(option, "means nothing to " + artefact::chain_name({types.begin(), types.end()}));
    if (taking.size() > 1)
      throw UsageError(option, "would be that of ghosting and of spike, which differ", "make one set at a time");
    set_range(plan.ranges[taking.front()], field.name, options.ranges.at(option), option);
  }
}

// Named by its option where the library names a field.
template <class Check>
void name_options(const core::Command& command, const Check& check) {
  try {
    check();
  } catch (const UsageError& e) {
    const std::string option = option_of(e.subject());
    if (!e.subject().empty() && command.knows(option)) throw UsageError(option, e.problem(), e.remedy());
    throw;
  }
}

void set_around(const core::Command& command, const Options& options, Work& work) {
  if (options.no_crop && command.given("--crop")) throw UsageError("--crop", "contradicts --no-crop", "leave one out");
  if (options.no_crop) work.plan.around.crop = 0;
  if (command.given("--crop")) work.plan.around.crop = static_cast<std::size_t>(options.crop);
  if (options.no_rescale) work.plan.around.rescale = false;
  if (command.given("--compression")) work.compression = options.compression;
}

void take_params(const core::Command& command, const Options& options, Work& work) {
  const std::string why = "which holds all parameters";
  refuse_beside(command, "--params", why, {"--chain", "--recipe", "--dialect", "--severity", "--seed", "--repeats"});
  refuse_ranges(command, "--params", why);
  artefact::Record record;
  try {
    record = artefact::read_record(options.params);
  } catch (const core::Error& e) {
    throw UsageError(e.subject(), e.problem(), e.remedy());
  }
  work.plan.given = record.artefacts;
  work.plan.dialect = record.artefacts.front().dialect;
  work.plan.around = record.around;
  work.compression = record.compression;
  work.made_for = record.input_sha256;
  work.more_inputs.push_back(core::input_file(options.params));
  for (const auto& a : record.artefacts) work.plan.chains.resize(1), work.plan.chains[0].push_back(type_of(a));
}

void take_types(const core::Command& command, const Options& options, const std::string& type, Work& work) {
  Plan& plan = work.plan;
  plan.seed = command.seed();
  plan.repeats = options.repeats;
  plan.dialect = artefact::parse_dialect(options.dialect);
  if (type == "all") {
    work.layout = artefact::SetLayout::folders;
    for (const std::string& one : artefact::artefact_types()) plan.chains.push_back({one});
  } else {
    plan.chains.push_back(type.empty() ? core::split_list(options.chain) : std::vector{type});
  }
  for (const auto& chain : plan.chains)
    for (const std::string& one : chain) artefact::artefact_of_type(one);
  if (command.given("--severity")) {
    refuse_ranges(command, "--severity", "which sets the ranges");
    plan.severities = artefact::parse_severities(options.severity, "--severity");
  } else {
    set_ranges(command, options, plan);
  }
}

Work understand(const core::Command& command, const Options& options) {
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

artefact::SetOptions set_options(const core::Command& command, const Work& work) {
  return {work.plan, work.layout, work.compression, command.out(), command.overwrite(), command.skip_existing(),
          command.provenance(), work.more_inputs};
}

void write_preview(const core::Command& command, const Options& options, const Work& work, const Case& c) {
  if (options.preview.empty() || command.shard().index > 0) return;  // the first shard draws for all
  const image::Image image = artefact::read_case_image(c);
  image::write_png(options.preview, artefact::preview(image, work.plan, c.id(), c.frame()), command.overwrite());
}

bool make_file(const core::Command& command, const Options& options, const Work& work) {
  for (const char* name : {"--out", "--cases-out"})
    if (command.given(name)) throw UsageError(name, "means nothing without --cases", "name OUTPUT, or a list");
  if (work.input.empty()) throw UsageError("INPUT", "is missing", "name an image, or a list with --cases");
  // What is drawn depends on the image's bytes: files of many patients may have one name.
  const Case c(core::sha256_of_file(work.input), work.input);
  if (work.output.empty()) {
    if (options.preview.empty()) throw UsageError("OUTPUT", "is missing", "name it, or --preview for a picture alone");
    write_preview(command, options, work, c);
    return true;
  }
  if (const std::size_t count = variants(work.plan).size(); count != 1)
    throw UsageError(work.output.string(), fmt::format("is one file, {} images are to be made", count),
                     "give --cases LIST --out DIR");
  core::refuse_same_file(work.input, work.output);
  if (!command.skip_existing()) core::refuse_existing(work.output, command.overwrite());
  const auto made = artefact::SetMaker(set_options(command, work)).make_file(c, work.output);
  if (!work.made_for.empty() && work.made_for != made.line.input_sha256)
    core::warning("{}: is not the image that {} tells of", work.input.string(), options.params.string());
  write_preview(command, options, work, c);
  return true;
}

// The cases that belong to the recipe. False if an image of the recipe is not in the (whole) list.
bool keep_cases_of_recipe(const core::Command& command, const artefact::Recipe& recipe, std::vector<Case>& cases) {
  auto [found, missing] = artefact::cases_of_recipe(recipe, cases);
  if (found.size() < cases.size())
    core::info("{} of {} images of the list belong to the recipe", found.size(), cases.size());
  cases = std::move(found);
  if (command.shard().count > 1) return true;
  for (const artefact::RecipeLine* line : missing)
    core::error("{} {}: this image of the recipe is not in the list (SHA-256 {})", line->id, line->frame,
                line->input_sha256);
  return missing.empty();
}

void compare(const artefact::RecipeLine& made, const std::map<std::string, artefact::RecipeLine>& expected,
             const path& out) {
  const auto line = expected.find(made.file);
  if (line == expected.end()) return;  // the recipe is of a part of the set
  if (line->second.voxels_sha256 != made.voxels_sha256)
    throw core::DataError((out / made.file).string(), "differs from the recipe's image",
                          "use the version of cs-corrupt that the recipe names");
}

bool make_set(const core::Command& command, const Options& options, const Work& work, std::vector<Case> cases) {
  if (!work.input.empty()) throw UsageError(work.input.string(), "is named beside --cases", "name one of the two");
  if (!command.has_out()) throw UsageError("--out", "is missing", "name the folder for the outputs");
  const bool complete = !work.recipe || keep_cases_of_recipe(command, *work.recipe, cases);
  std::map<std::string, artefact::RecipeLine> expected;
  if (work.recipe)
    for (const auto& line : work.recipe->lines) expected.emplace(line.file, line);

  const path list = command.list_path("recipe");
  std::error_code ignored;
  const bool is_own_recipe = work.recipe && core::fs::equivalent(list, options.recipe, ignored);
  // Known before the work, not after it; the recipe that is followed may lie there already.
  if (!command.skip_existing() && !is_own_recipe) core::refuse_existing(list, command.overwrite());

  const artefact::SetMaker maker(set_options(command, work));
  std::vector<Case> written;
  std::string lines;
  if (command.shard().index == 0)
    lines = artefact::recipe_head({work.plan, work.layout, work.compression, {}}, command.provenance().libraries);
  const bool all_well = core::for_each_case(
      "corrupting", cases, command.threads(),
      [&](const Case& c) {
        auto made = maker.make(c);
        for (const auto& one : made) compare(one.line, expected, command.out());
        return made;
      },
      [&](std::size_t, std::vector<artefact::Made> made) {
        for (auto& one : made) {
          written.push_back(std::move(one.result));
          lines += recipe_text(one.line);
        }
      });
  // A run in which every case failed must not replace earlier lists by empty ones.
  if (all_well || !written.empty()) {
    if (!is_own_recipe) command.write_list("recipe", lines);
    command.write_cases(written);
  }
  if (!cases.empty()) write_preview(command, options, work, cases.front());
  return all_well && complete;
}

bool verify(const core::Command& command, const Options& options, const Work& work) {
  const path folder = command.has_out() ? command.out() : options.recipe.parent_path();
  std::vector<Case> files;
  for (std::size_t i = 0; i < work.recipe->lines.size(); ++i) {
    const auto& line = work.recipe->lines[i];
    files.emplace_back(line.id, folder / line.file);
    files.back().set("line", i);
  }
  std::size_t packed_otherwise = 0, equal = 0;
  const bool all_well = core::for_each_case(
      "verifying", files, command.threads(),
      [&](const Case& c) {
        bool otherwise = false;
        const auto& line = work.recipe->lines[static_cast<std::size_t>(*c.integer("line"))];
        const std::string problem = difference(line, folder, otherwise);
        if (!problem.empty()) throw core::DataError(c.image().string(), problem);
        return otherwise;
      },
      [&](std::size_t, bool otherwise) { ++equal, packed_otherwise += otherwise; });
  core::info("{} of {} images are the recipe's{}", equal, files.size(),
             packed_otherwise ? fmt::format(", {} of them packed otherwise", packed_otherwise) : "");
  return all_well;
}

bool run(const core::Command& command, const Options& options) {
  std::vector<Case> cases;
  if (command.has_cases()) cases = command.cases();
  const Work work = understand(command, options);
  if (options.verify) {
    refuse_beside(command, "--verify", "which writes nothing", {"--cases", "--cases-out", "--preview", "--force"});
    return verify(command, options, work);
  }
  if (!options.preview.empty() && command.shard().index == 0)
    core::refuse_existing(options.preview, command.overwrite());
  if (work.recipe && !command.has_cases())
    throw UsageError("--cases", "is missing", "name the list of the images that the recipe was made from");
  return command.has_cases() ? make_set(command, options, work, cases) : make_file(command, options, work);
}

void declare_ranges(core::Command& command, Options& o) {
  const std::string group = "What is drawn (in brackets: the paper's; physical: as severity 3)";
  command.option(group, "--severity", o.severity, "one or more of five levels of damage: 3, 1,3,5 or 1-5")
      .type_name("LEVELS");
  for (const auto& field : artefact::range_fields()) {
    const std::string option = option_of(field.name);
    command.option(group, option, o.ranges[option], field.help).type_name(field.type_name);
  }
}

void declare(core::Command& command, Options& o) {
  command.positional("TYPE", o.words.first, "bias, ghosting, motion, spike; all: each of them; left out with --chain, "
                                            "--params and --recipe");
  command.positional("INPUT", o.words.second, "image to corrupt (.nii, .nii.gz)");
  command.positional("OUTPUT", o.words.third, "file to write (.nii, .nii.gz)");
  const char* what = "What is done";
  command.option(what, "--chain", o.chain, "these one after another: motion,spike").type_name("TYPES");
  command.option(what, "--params", o.params, "these parameters: a sidecar, or a file with artefact and parameters");
  command.choice(what, "--dialect", o.dialect, {"paper", "legacy", "physical"},
                 "what parameters mean (see the manual)");
  command.option(what, "--crop", o.crop, "work on so many pixels in the middle of rows and columns, 0 outside")
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

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  Options options;
  declare(command, options);
  for (const auto& [name, version] : image::library_versions()) command.uses_library(name, version);
  return command.run(argc, argv, [&] { return run(command, options); });
}
