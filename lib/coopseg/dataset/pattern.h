// Patterns of file paths with named places: "imagesTr/{id}_{frame}_0000.nii.gz".
//
//   Pattern pattern("{site}/**/{id}_{frame}.nii.gz");
//   auto places = pattern.match("leeds/2019/p7_ED.nii.gz");   // {"frame": "ED", "id": "p7", "site": "leeds"}
//   Pattern label = Pattern("labels/{id}_{frame}*.nii.gz").bound(*places);
//
// * and ? match within one folder's name, ** over any number of folders. {name} matches one or more characters within
// a folder's name, as many as possible; a name that stands twice must be the same text in both places. As in a shell,
// none of them matches the dot with which a hidden name begins ("._p7_ED.nii.gz", as macOS leaves them).
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace coopseg::dataset {

class Pattern {
 public:
  // Throws core::UsageError for an absolute path, "..", a brace that is not closed or a place with another name than
  // lower-case letters and underscores. `option` is the command line's name for it.
  Pattern(const std::string& text, std::string option);

  // The named places of a path relative to the pattern's folder, with '/' between names; nothing if it does not match.
  std::optional<std::map<std::string, std::string>> match(const std::string& path) const;

  // The same pattern with its named places filled in. Throws core::UsageError for a place without a value.
  Pattern bound(const std::map<std::string, std::string>& places) const;

  const std::string& text() const { return text_; }
  const std::vector<std::string>& places() const { return places_; }
  // The one path that matches, if there are no wildcards and no places left.
  std::optional<std::string> only_path() const;
  // How many folders deep a match lies; nothing if there is no limit.
  std::optional<std::size_t> depth() const;

  // Files below `folder` that could match (see files_below()), as relative paths in natural order. Throws
  // core::IoError.
  std::vector<std::string> candidates(const std::filesystem::path& folder) const;

 private:
  struct Token {
    enum Kind { literal, star, any_folders, any_text, one, place } kind;
    std::string text;
  };
  Pattern() = default;
  void compile();
  std::string text_, option_;
  std::vector<Token> tokens_;
  std::vector<std::string> places_;
  bool names_hidden_ = false;  // a name begins with a dot that is written out
  std::regex regex_;
};

}  // namespace coopseg::dataset
