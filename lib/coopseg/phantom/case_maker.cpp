#include "coopseg/phantom/case_maker.h"

#include "coopseg/image/nifti.h"

namespace coopseg::phantom {

core::Case planned_case(const Subject& subject, Phase phase, const core::fs::path& out) {
  core::Case c(subject.id, "image");
  c.set("frame", name_of(phase));
  c.set_path("image", out / c.output_path("img"));
  c.set_path("label", out / c.output_path("seg"));
  c.set_labels("labels", {{"LV", 1}, {"MYO", 2}, {"RV", 3}});
  c.set("dataset", "phantom");
  c.set("site", subject.site);
  return c;
}

CaseMaker::CaseMaker(const StackOptions& options, std::uint64_t seed, const core::OutputRules& rules,
                     const core::Provenance& provenance)
    : options_(options), seed_(seed), rules_(rules), origin_{provenance, {}} {}

void CaseMaker::make(const Subject& subject, Phase phase, const core::fs::path& image_file,
                     const core::fs::path& label_file) const {
  if (rules_.keep(origin_, {image_file, label_file})) return;
  rules_.check({image_file, label_file}, {});
  const auto anatomy = Anatomy::draw(seed_, subject.id);
  const auto scanner = Scanner::of_site(subject.site);
  const auto stack = plan_stack(anatomy, scanner, options_, seed_);
  const auto made = render(anatomy, phase, scanner, stack, seed_);
  const core::Json extra{{"anatomy", describe(anatomy, phase)}, {"scanner", describe(scanner, stack)}};
  const auto write_image = [&](core::Overwrite overwrite) { image::write_image(image_file, made.image, {overwrite}); };
  const auto write_labels = [&](core::Overwrite overwrite) {
    image::write_labels(label_file, made.labels, {overwrite});
  };
  rules_.write(origin_, image_file, write_image, extra);
  rules_.write(origin_, label_file, write_labels, extra);
}

}  // namespace coopseg::phantom
