// How programs write what they make of a case: kept where it is there already, refused where it would replace
// something, then the file and its sidecar.
//
//   const core::OutputRules rules = command.output_rules();
//   const core::Origin origin{command.provenance(), {core::input_file(image)}};
//   if (rules.keep(origin, {file})) return;
//   rules.check({file}, {image});
//   ...
//   rules.write(origin, file, [&](core::Overwrite overwrite) { image::write_labels(file, labels, {overwrite}); });
//
// Thread-safe, as long as no two threads write one file.
#pragma once

#include <functional>
#include <vector>

#include "coopseg/core/provenance.h"

namespace coopseg::core {

// What outputs are made from: what their sidecars tell.
struct Origin {
  Provenance provenance;
  std::vector<InputFile> inputs;
};

class OutputRules {
 public:
  OutputRules() = default;  // nothing that exists is replaced
  OutputRules(Overwrite overwrite, bool skip_existing) : overwrite_(overwrite), skip_existing_(skip_existing) {}

  Overwrite overwrite() const { return overwrite_; }

  // --skip-existing was given and all of `files` are up to date, as is_up_to_date() has it.
  bool keep(const Origin& origin, const std::vector<fs::path>& files) const;

  // Throws UsageError if one of `files` is one of `sources`, also through links, or if it or its sidecar exists and may
  // not be replaced. Called before the work: nobody should wait for what cannot be written.
  void check(const std::vector<fs::path>& files, const std::vector<fs::path>& sources) const;

  // Has `write_content` write the file, then writes the sidecar, `extra` members at its end.
  void write(const Origin& origin, const fs::path& file, const std::function<void(Overwrite)>& write_content,
             const Json& extra = Json::object()) const;

 private:
  Overwrite overwrite_ = Overwrite::no;
  bool skip_existing_ = false;
};

}  // namespace coopseg::core
