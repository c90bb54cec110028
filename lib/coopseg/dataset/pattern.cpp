#include "coopseg/dataset/pattern.h"

#include <fmt/core.h>

#include <algorithm>

#include "coopseg/core/error.h"
#include "coopseg/dataset/layout_files.h"

namespace coopseg::dataset {

namespace fs = std::filesystem;

Pattern::Pattern(const std::string& text, std::string option) : text_(text), option_(std::move(option)) {
  const auto refuse = [&](const std::string& problem, const std::string& remedy) {
    throw core::UsageError(option_, fmt::format("'{}' {}", text, problem), remedy);
  };
  if (text.empty()) refuse("is empty", "give a pattern such as '{id}/{frame}_img.nii.gz'");
  if (text.front() == '/') refuse("is an absolute path", "give it relative to the data set's folder");
  for (const fs::path& part : fs::path(text)) {
    if (part == "..") refuse("leaves the data set's folder", "list a folder further up");
  }
  const auto literal = [&](char c) {
    if (tokens_.empty() || tokens_.back().kind != Token::literal) tokens_.push_back({Token::literal, {}});
    tokens_.back().text += c;
  };
  for (std::size_t i = text.compare(0, 2, "./") == 0 ? 2 : 0; i < text.size(); ++i) {
    if (text.compare(i, 3, "**/") == 0) {
      tokens_.push_back({Token::any_folders, {}});
      i += 2;
    } else if (text.compare(i, 2, "**") == 0) {
      tokens_.push_back({Token::any_text, {}});
      i += 1;
    } else if (text[i] == '*') {
      tokens_.push_back({Token::star, {}});
    } else if (text[i] == '?') {
      tokens_.push_back({Token::one, {}});
    } else if (text[i] == '{') {
      const auto end = text.find('}', i);
      if (end == std::string::npos) refuse("holds a brace that is not closed", {});
      const std::string name = text.substr(i + 1, end - i - 1);
      if (name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") != std::string::npos) {
        refuse(fmt::format("holds the place {{{}}}", name), "name it in lower-case letters, as in {id}");
      }
      tokens_.push_back({Token::place, name});
      i = end;
    } else {
      literal(text[i]);
    }
  }
  compile();
}

void Pattern::compile() {
  const std::string not_hidden = "(?!\\.)", within_folders = "(?:(?!/\\.).)*";
  std::string expression;
  places_.clear();
  names_hidden_ = false;
  bool begins_name = true;
  for (const Token& token : tokens_) {
    if (token.kind == Token::any_folders) {
      // Behind other text it may end within a name or at the start of one.
      expression +=
          begins_name ? "(?:" + not_hidden + within_folders + "/)?" : "(?:" + within_folders + "/" + not_hidden + ")?";
      continue;
    }
    if (token.kind != Token::literal && begins_name) expression += not_hidden;
    switch (token.kind) {
      case Token::literal:
        for (const char c : token.text) {
          if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) expression += '\\';
          expression += c;
          names_hidden_ = names_hidden_ || (begins_name && c == '.');
          begins_name = c == '/';
        }
        continue;
      case Token::star: expression += "[^/]*"; break;
      case Token::one: expression += "[^/]"; break;
      case Token::any_folders: break;
      case Token::any_text: expression += within_folders; break;
      case Token::place: {
        const auto seen = std::find(places_.begin(), places_.end(), token.text);
        if (seen == places_.end()) {
          places_.push_back(token.text);
          expression += "([^/]+)";
        } else {
          // A group of its own: a digit that follows must not be read as part of the reference.
          expression += fmt::format("(?:\\{})", seen - places_.begin() + 1);
        }
      }
    }
    begins_name = false;
  }
  regex_ = std::regex(expression, std::regex::ECMAScript | std::regex::optimize);
}

std::optional<std::map<std::string, std::string>> Pattern::match(const std::string& path) const {
  std::smatch found;
  if (!std::regex_match(path, found, regex_)) return std::nullopt;
  std::map<std::string, std::string> values;
  for (std::size_t i = 0; i < places_.size(); ++i) values[places_[i]] = found[i + 1];
  return values;
}

Pattern Pattern::bound(const std::map<std::string, std::string>& values) const {
  Pattern result;
  result.text_ = text_;
  result.option_ = option_;
  for (Token token : tokens_) {
    if (token.kind == Token::place) {
      const auto value = values.find(token.text);
      if (value == values.end()) {
        throw core::UsageError(option_,
                               fmt::format("'{}' holds {{{}}}, which the image's pattern does not", text_, token.text));
      }
      token = {Token::literal, value->second};
    }
    result.tokens_.push_back(std::move(token));
  }
  result.compile();
  return result;
}

std::optional<std::string> Pattern::only_path() const {
  std::string path;
  for (const Token& token : tokens_) {
    if (token.kind != Token::literal) return std::nullopt;
    path += token.text;
  }
  return path;
}

std::optional<std::size_t> Pattern::depth() const {
  std::size_t depth = 0;
  for (const Token& token : tokens_) {
    if (token.kind == Token::any_folders || token.kind == Token::any_text) return std::nullopt;
    depth += static_cast<std::size_t>(std::count(token.text.begin(), token.text.end(), '/'));
  }
  return depth;
}

std::vector<std::string> Pattern::candidates(const fs::path& folder) const {
  return files_below(folder, depth(), names_hidden_);
}

}  // namespace coopseg::dataset
