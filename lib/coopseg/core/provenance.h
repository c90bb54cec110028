// Sidecars: beside every image written stands a JSON file of the same base name that says how it came about.
//
//   ED_seg.nii.gz  ->  ED_seg.json
//   {"schema":"coopseg.sidecar/1","program":"cs-predict","version":"0.1.0","command":[...],"settings":{...},
//    "libraries":{...},"inputs":[{"name":"ED_img.nii.gz","sha256":"..."}],"output":{"name":...,"sha256":...}}
//
// History is a tree of hashes: an input's SHA-256 is found as the output of another sidecar. No clock, host, absolute
// path, thread count or shard stands in it: equal runs give equal bytes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "coopseg/core/file.h"
#include "coopseg/core/json.h"

namespace coopseg::core {

// What is the same for all outputs of a run; Command::provenance() fills it.
struct Provenance {
  std::string program;
  std::vector<std::string> command;  // arguments that change results; paths shortened to their file names
  Json settings = Json::object();    // resolved settings
  Json libraries = Json::object();   // name -> version
};

struct InputFile {
  std::string name;  // file name without folder
  std::string sha256;
};
InputFile input_file(const fs::path& file);  // hashes it

fs::path sidecar_path(const fs::path& output);  // "a/ED_img.nii.gz" -> "a/ED_img.json"

// The sidecar of `output`, which has been written already. `extra` members are added at the end.
Json make_sidecar(const Provenance& provenance, const std::vector<InputFile>& inputs, const fs::path& output,
                  const Json& extra = Json::object());
void write_sidecar(const Provenance& provenance, const std::vector<InputFile>& inputs, const fs::path& output,
                   Overwrite overwrite, const Json& extra = Json::object());

// --skip-existing: true if `output` exists and its sidecar tells of the same program, version, settings and inputs
// and of exactly these bytes. An output without a matching sidecar is not believed.
bool is_up_to_date(const Provenance& provenance, const std::vector<InputFile>& inputs, const fs::path& output);

// SHA-256 of the file that `output` was made from (the first input its sidecar names); empty if there is no sidecar
// that tells of exactly these bytes.
std::string made_from(const fs::path& output, const std::string& output_sha256);

// The setting in which a program that passes a label map on, converted or resampled, names the one that made it.
inline constexpr char kLabelsMadeBy[] = "labels_made_by";

// Whether `program` made `output`, or the label map that it was made from (kLabelsMadeBy), as a sidecar says that tells
// of exactly these bytes; they are hashed only where it names the program. Throws IoError if `output` cannot be read
// then.
bool comes_from(const fs::path& output, const std::string& program);

std::string version();           // "0.1.0"
std::string git_revision();      // of the sources, or "unknown"

}  // namespace coopseg::core
