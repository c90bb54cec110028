// cs-corrupt: gives images the artefacts of MR scanners, to test how robust a segmentation is.
#include "coopseg/artefact/preview.h"
#include "coopseg/artefact/recipe_cases.h"
#include "coopseg/artefact/recipe_check.h"
#include "coopseg/artefact/set_maker.h"
#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/image/image_files.h"
#include "coopseg/image/libraries.h"
#include "corrupt_options.h"

namespace {

using namespace coopseg;
using apps::CorruptOptions;
using apps::Work;
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

artefact::SetOptions set_options(const core::Command& command, const Work& work) {
  return {work.plan, work.layout, work.compression, command.out(), command.output_rules(), command.provenance(),
          work.more_inputs};
}

void write_preview(const core::Command& command, const CorruptOptions& options, const Work& work, const Case& c) {
  if (options.preview.empty() || command.shard().index > 0) return;  // the first shard draws for all
  const image::Image image = artefact::read_stack(c);
  image::write_png(options.preview, artefact::preview(image, work.plan, c.id(), c.frame()), command.overwrite());
}

// What is said once of all images, however many they are.
class Fits {
 public:
  Fits(const core::Command& command, const Work& work)
      : crop_(work.plan.around.crop),
        crop_is_recorded_(work.crop_is_recorded),
        cases_(command.given("--skip-existing") ? "cases made now" : "cases") {}

  void add(const artefact::CropFit& fit, const std::string& name) {
    ++images_;
    if (fit.labels) cut_offs_.add(name, *fit.labels);
    if (fit.padded && padded_++ == 0) first_padded_ = name;
  }

  void warn() const {
    cut_offs_.warn(fmt::format("the middle {0} x {0} pixels, which alone are kept", crop_),
                   crop_is_recorded_ ? "their recipe or record asks for it" : "give a larger --crop, or --no-crop",
                   cases_);
    if (padded_ > 0 && !crop_is_recorded_)
      core::warning("{} of {} images are smaller than the crop of {} and padded with 0, which thins the damage (first: "
                    "{}); give --no-crop, or a smaller --crop", padded_, images_, crop_, first_padded_);
  }

 private:
  std::size_t crop_, images_ = 0, padded_ = 0;
  bool crop_is_recorded_;
  std::string cases_;
  dataset::CutOffs cut_offs_;
  std::string first_padded_;
};

bool make_file(const core::Command& command, const CorruptOptions& options, const Work& work) {
  for (const char* name : {"--out", "--cases-out"})
    if (command.given(name)) throw UsageError(name, "means nothing without --cases", "name OUTPUT, or a list");
  if (work.input.empty()) throw UsageError("INPUT", "is missing", "name an image, or a list with --cases");
  // What is drawn depends on the image's bytes: files of many patients may have one name.
  const Case c(image::sha256_of_image(work.input), work.input);
  if (work.output.empty()) {
    if (options.preview.empty()) throw UsageError("OUTPUT", "is missing", "name it, or --preview for a picture alone");
    write_preview(command, options, work, c);
    return true;
  }
  if (const std::size_t count = variants(work.plan).size(); count != 1)
    throw UsageError(work.output.string(), fmt::format("is one file, {} images are to be made", count),
                     "give --cases LIST --out DIR");
  command.output_rules().check({work.output}, {work.input});
  const auto made = artefact::SetMaker(set_options(command, work)).make_file(c, work.output);
  if (!work.made_for.empty() && work.made_for != made.line.input_sha256)
    core::warning("{}: is not the image that {} tells of", work.input.string(), options.params.string());
  Fits fits(command, work);
  fits.add(made.fit, work.input.string());
  fits.warn();
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

bool make_set(const core::Command& command, const CorruptOptions& options, const Work& work, std::vector<Case> cases) {
  if (!work.input.empty()) throw UsageError(work.input.string(), "is named beside --cases", "name one of the two");
  if (!command.has_out()) throw UsageError("--out", "is missing", "name the folder for the outputs");
  const bool complete = !work.recipe || keep_cases_of_recipe(command, *work.recipe, cases);
  const artefact::RecipeCheck expected = work.recipe ? artefact::RecipeCheck(*work.recipe) : artefact::RecipeCheck();

  const path list = command.list_path("recipe");
  std::error_code ignored;
  const bool is_own_recipe = work.recipe && core::fs::equivalent(list, options.recipe, ignored);
  // Known before the work, not after it; the recipe that is followed may lie there already.
  if (!is_own_recipe) core::refuse_existing(list, command.overwrite());

  const artefact::SetMaker maker(set_options(command, work));
  Fits fits(command, work);
  std::vector<Case> written;
  std::string lines;
  if (command.shard().index == 0)
    lines = artefact::recipe_head({work.plan, work.layout, work.compression, {}}, command.provenance().libraries);
  const bool all_well = core::for_each_case(
      "corrupting", cases, command.threads(),
      [&](const Case& c) {
        auto made = maker.make(c);
        for (const auto& one : made) expected.check(one.line, command.out());
        return made;
      },
      [&](std::size_t index, std::vector<artefact::Made> made) {
        fits.add(made.front().fit, cases[index].name());
        for (auto& one : made) {
          written.push_back(std::move(one.result));
          lines += recipe_text(one.line);
        }
      });
  fits.warn();
  std::vector<std::pair<std::string, std::string>> more_lists;
  if (!is_own_recipe) more_lists.emplace_back("recipe", lines);
  command.write_results(written, all_well, more_lists);
  if (!cases.empty()) write_preview(command, options, work, cases.front());
  return all_well && complete;
}

bool verify(const core::Command& command, const CorruptOptions& options, const Work& work) {
  const path folder = command.has_out() ? command.out() : options.recipe.parent_path();
  const artefact::Verified found = artefact::verify_set(*work.recipe, folder, command.threads());
  core::info("{} of {} images are the recipe's{}", found.equal, work.recipe->lines.size(),
             found.packed_otherwise ? fmt::format(", {} of them packed otherwise", found.packed_otherwise) : "");
  return found.all_well;
}

bool run(const core::Command& command, const CorruptOptions& options) {
  std::vector<Case> cases;
  if (command.has_cases()) cases = command.cases();
  const Work work = apps::understand(command, options);
  if (options.verify) {
    apps::refuse_beside(command, "--verify", "which writes nothing",
                        {"--cases", "--cases-out", "--preview", "--force"});
    return verify(command, options, work);
  }
  if (!options.preview.empty() && command.shard().index == 0)
    core::refuse_existing(options.preview, command.overwrite());
  if (work.recipe && !command.has_cases())
    throw UsageError("--cases", "is missing", "name the list of the images that the recipe was made from");
  return command.has_cases() ? make_set(command, options, work, cases) : make_file(command, options, work);
}

}  // namespace

int main(int argc, char** argv) {
  core::Command command(kAbout);
  CorruptOptions options;
  apps::declare_options(command, options);
  for (const auto& [name, version] : image::library_versions()) command.uses_library(name, version);
  return command.run(argc, argv, [&] { return run(command, options); });
}
