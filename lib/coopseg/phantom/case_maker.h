// Makes phantoms as files: an image and its label map, each with a sidecar that tells of anatomy and scanner.
//
//   const CaseMaker maker(options, command.seed(), command.output_rules(), command.provenance());
//   maker.make({"phantom001", "A"}, Phase::end_diastole, "ED_img.nii.gz", "ED_seg.nii.gz");
#pragma once

#include "coopseg/core/case_list.h"
#include "coopseg/core/output.h"
#include "coopseg/phantom/cohort.h"

namespace coopseg::phantom {

// What a list says of one image and its label map below the folder `out`; the files need not exist yet.
core::Case planned_case(const Subject& subject, Phase phase, const core::fs::path& out);

class CaseMaker {
 public:
  CaseMaker(const StackOptions& options, std::uint64_t seed, const core::OutputRules& rules,
            const core::Provenance& provenance);

  // Throws core::Error. Thread-safe.
  void make(const Subject& subject, Phase phase, const core::fs::path& image_file,
            const core::fs::path& label_file) const;

 private:
  StackOptions options_;
  std::uint64_t seed_;
  core::OutputRules rules_;
  core::Origin origin_;
};

}  // namespace coopseg::phantom
