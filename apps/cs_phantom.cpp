// cs-phantom: synthetic short-axis cardiac MR, with labels.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "coopseg/core/batch.h"
#include "coopseg/core/command.h"
#include "coopseg/phantom/case_maker.h"

namespace {

using namespace coopseg;
namespace fs = std::filesystem;

constexpr std::size_t kPreviewSubjects = 6;

struct Settings {
  fs::path image, labels, preview;
  std::size_t subjects = 20, first = 1, sites = 2;
  std::string prefix = "phantom", site, subject, frames = "ED,ES", size;
  double spacing_mm = 0, slice_spacing_mm = 0;
  std::size_t slices = 0;
};

const core::About kAbout{"cs-phantom",
                         "makes synthetic short-axis cardiac MR images with labels (LV, MYO, RV)",
                         {"[options] --out DIR", "[options] IMAGE LABELS"},
                         {{"cs-phantom --out hearts --subjects 4 --size 96 --spacing 2.7 --preview hearts.png",
                           "a small data set of four subjects from two scanners, and a picture of it"},
                          {"cs-phantom --out unseen --subjects 10 --first 101 --site C",
                           "ten other subjects from a third scanner, to test on"},
                          {"cs-phantom ES_img.nii.gz ES_seg.nii.gz --subject anna --frames ES",
                           "one image and its label map"}}};

void declare(core::Command& command, Settings& s) {
  command.positional("IMAGE", s.image, "image to write (instead of --out)");
  command.positional("LABELS", s.labels, "label map to write: 1 LV with its papillary muscles, 2 MYO, 3 RV");

  command.option("Subjects", "--subjects", s.subjects, "how many subjects", core::Effect::execution)
      .within(1, 100000).type_name("N");
  command.option("Subjects", "--first", s.first, "number of the first subject", core::Effect::execution)
      .within(1, 1000000).type_name("N");
  command.option("Subjects", "--prefix", s.prefix, "what the subjects' ids begin with; other ids are other subjects",
                 core::Effect::execution).type_name("TEXT");
  command.option("Subjects", "--subject", s.subject, "with IMAGE LABELS: the subject's id; empty: phantom001")
      .type_name("ID");
  command.option("Subjects", "--frames", s.frames,
                 "ED, ES or ED,ES; with IMAGE LABELS one of them (ED if not given)", core::Effect::execution)
      .type_name("LIST");
  command.add_shard("Subjects", "make part I of N of the images");

  command.option("Scanners", "--sites", s.sites, "how many sites (A, B, ...) the subjects are shared out to, in turns")
      .within(1, 26).type_name("N");
  command.option("Scanners", "--site", s.site, "only these sites: B, or A,C (instead of --sites)").type_name("LIST");
  command.option("Scanners", "--size", s.size, "voxels in plane, as 96x96 or 96; empty: as the site does it")
      .type_name("SIZE");
  command.option("Scanners", "--spacing", s.spacing_mm,
                 "voxel size in plane in mm, 0.3 ... 10, without --size in the same field of view; 0: as the site does "
                 "it")
      .type_name("MM");
  command.option("Scanners", "--slices", s.slices,
                 "slices, at most 64; without --slice-spacing they are spread over the whole heart; 0: as needed")
      .within(0, 64).type_name("N");
  command.option("Scanners", "--slice-spacing", s.slice_spacing_mm,
                 "distance of slices in mm, 0.5 ... 40; 0: as the site does it").type_name("MM");

  command.add_seed();
  command.option("Outputs", "--preview", s.preview,
                 fmt::format("draw the first subjects, at most {}, as a PNG picture", kPreviewSubjects),
                 core::Effect::execution);
  command.add_outputs(true);
}

void check_range(const char* option, double value, double low, double high) {
  if (value != 0 && !(value >= low && value <= high)) {
    throw core::UsageError(option, fmt::format("{} was given, expected {} ... {} mm", value, low, high));
  }
}

// An id must be part of file names; the list's own rule decides.
void check_id(const char* option, const std::string& id) {
  try {
    core::Case(id, "image");
  } catch (const core::DataError& e) {
    throw core::UsageError(option, e.problem());
  }
}

phantom::StackOptions stack_options(const Settings& s) {
  phantom::StackOptions options;
  check_range("--spacing", s.spacing_mm, 0.3, 10);
  check_range("--slice-spacing", s.slice_spacing_mm, 0.5, 40);
  if (!s.size.empty()) options.size = phantom::parse_size(s.size);
  if (s.spacing_mm > 0) options.spacing_mm = s.spacing_mm;
  if (s.slices > 0) options.slices = s.slices;
  if (s.slice_spacing_mm > 0) options.slice_spacing_mm = s.slice_spacing_mm;
  return options;
}

std::vector<std::string> sites_of(const core::Command& command, const Settings& s) {
  if (!command.given("--site")) return phantom::first_sites(s.sites);
  if (command.given("--sites")) {
    throw core::UsageError("--site", "cannot stand beside --sites", "name the sites, or say how many");
  }
  return phantom::parse_sites(s.site);
}

phantom::CaseMaker maker_of(const core::Command& command, const phantom::StackOptions& stack) {
  return {stack, command.seed(), command.output_rules(), command.provenance()};
}

void write_preview(const Settings& s, const phantom::StackOptions& stack, const core::Command& command,
                   std::vector<phantom::Subject> subjects) {
  if (s.preview.empty()) return;
  if (subjects.size() > kPreviewSubjects) subjects.resize(kPreviewSubjects);
  image::write_png(s.preview, phantom::preview(subjects, stack, command.seed()), command.overwrite());
}

bool make_one(const Settings& s, const core::Command& command) {
  for (const char* option : {"--out", "--cases-out", "--subjects", "--first", "--prefix", "--sites", "--shard"}) {
    if (command.given(option)) throw core::UsageError(option, "is for data sets; IMAGE LABELS make one image");
  }
  if (s.labels.empty()) throw core::UsageError("LABELS", "is missing beside IMAGE", "name the label map's file, too");
  core::refuse_same_file(s.image, s.labels);
  const phantom::StackOptions stack = stack_options(s);
  const std::vector<std::string> sites = sites_of(command, s);
  const auto frames = phantom::parse_frames(command.given("--frames") ? s.frames : "ED");
  if (frames.size() != 1) throw core::UsageError("--frames", "IMAGE LABELS hold one frame", "give ED or ES");
  if (sites.size() != 1 && command.given("--site")) {
    throw core::UsageError("--site", "IMAGE LABELS come from one site", "give one letter");
  }
  const phantom::Subject subject{s.subject.empty() ? "phantom001" : s.subject, sites.front()};
  check_id("--subject", subject.id);
  if (!s.preview.empty()) core::refuse_existing(s.preview, command.overwrite());
  maker_of(command, stack).make(subject, frames.front(), s.image, s.labels);
  write_preview(s, stack, command, {subject});
  return true;
}

// This shard's part of them.
bool make_cases(const core::Command& command, const phantom::StackOptions& stack,
                const std::vector<core::Case>& cases) {
  const phantom::CaseMaker maker = maker_of(command, stack);
  const auto [first, last] = command.shard().range(cases.size());
  const std::vector<core::Case> part(cases.begin() + static_cast<std::ptrdiff_t>(first),
                                     cases.begin() + static_cast<std::ptrdiff_t>(last));
  std::vector<core::Case> written;
  const bool all_well = core::for_each_case(
      "making phantoms", part, command.threads(),
      [&](const core::Case& c) {
        const auto phase = c.frame() == "ED" ? phantom::Phase::end_diastole : phantom::Phase::end_systole;
        maker.make({c.id(), c.text("site")}, phase, c.image(), *c.label());
        return c;
      },
      [&](std::size_t, core::Case c) { written.push_back(std::move(c)); });
  return command.write_results(written, all_well);
}

bool make_data_set(const Settings& s, core::Command& command) {
  if (!command.has_out() && s.preview.empty()) {
    throw core::UsageError("--out", "is missing", "name a folder, or IMAGE and LABELS for a single image");
  }
  if (command.given("--subject")) {
    throw core::UsageError("--subject", "is for IMAGE LABELS", "--prefix and --first choose a data set's subjects");
  }
  const phantom::StackOptions stack = stack_options(s);
  const std::vector<std::string> sites = sites_of(command, s);
  const auto frames = phantom::parse_frames(s.frames);
  const auto subjects = phantom::make_cohort(s.prefix, s.first, s.subjects, sites);
  check_id("--prefix", subjects.front().id);
  if (!s.preview.empty()) core::refuse_existing(s.preview, command.overwrite());
  bool all_well = true;
  if (command.has_out()) {
    std::vector<core::Case> cases;
    for (const auto& subject : subjects) {
      for (const auto phase : frames) cases.push_back(phantom::planned_case(subject, phase, command.out()));
    }
    all_well = make_cases(command, stack, cases);
  }
  write_preview(s, stack, command, subjects);
  return all_well;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  core::Command command(kAbout);
  declare(command, settings);
  return command.run(argc, argv, [&] {
    return settings.image.empty() ? make_data_set(settings, command) : make_one(settings, command);
  });
}
