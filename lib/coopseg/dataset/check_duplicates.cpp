#include "coopseg/dataset/check_duplicates.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

namespace coopseg::dataset {

using core::Case;

namespace {

// A "duplicate" of the list's own making: outputs are named after id, frame and repeat.
void find_duplicate_names(std::vector<CaseVerdict>& verdicts) {
  std::map<std::string, std::vector<CaseVerdict*>> by_name;
  for (CaseVerdict& verdict : verdicts) by_name[verdict.checked.name()].push_back(&verdict);
  for (auto& [name, group] : by_name) {
    if (group.size() < 2) continue;
    for (CaseVerdict* verdict : group) {
      const CaseVerdict* other = group[0] == verdict ? group[1] : group[0];
      const bool same = other->checked.text("dataset") == verdict->checked.text("dataset");
      verdict->findings.push_back(
          {same ? Level::error : Level::warning, "duplicate-id", verdict->checked.image().string(),
           fmt::format("{} is {}, too: their outputs would have one name", other->checked.image().string(), name)});
    }
  }
}

bool same_dataset(const Case& a, const Case& b) {
  const std::string x = a.text("dataset"), y = b.text("dataset");
  return x.empty() || y.empty() || x == y;
}

void find_duplicate_files(std::vector<CaseVerdict>& verdicts) {
  for (const std::size_t i : {0, 1}) {
    const char* field = kFields[i];
    const bool is_image = i == 0;
    std::map<std::string, std::vector<CaseVerdict*>> by_content;
    for (CaseVerdict& verdict : verdicts) {
      const auto& file = verdict.files[i];
      if (!file || file->sha256.empty()) continue;
      // Frames of one 4D file are different images.
      by_content[file->sha256 + " " + verdict.checked.text("frame_index")].push_back(&verdict);
    }
    for (auto& [content, group] : by_content) {
      for (CaseVerdict* verdict : group) {
        if (group.size() < 2) continue;
        const CaseVerdict* other = group[0] == verdict ? group[1] : group[0];
        // Repeats of one case (corrupted versions) rightly share their label.
        if (!is_image && other->checked.id() == verdict->checked.id() &&
            other->checked.frame() == verdict->checked.frame()) {
          continue;
        }
        const std::string more = group.size() > 2 ? fmt::format(" and {} more", group.size() - 2) : "";
        verdict->findings.push_back(
            {is_image ? Level::error : Level::warning, is_image ? "duplicate-image" : "duplicate-label",
             verdict->checked.path(field)->string(),
             fmt::format("is the same {} as that of {}{}", field, other->checked.name(), more)});
      }
    }
  }
}

// A file in two roles: a pattern that was too wide, or a label map in the folder of images.
void find_labels_as_images(std::vector<CaseVerdict>& verdicts) {
  std::map<std::string, std::vector<CaseVerdict*>> by_label;
  for (CaseVerdict& verdict : verdicts) {
    const auto& label = verdict.files[1];
    if (label && !label->sha256.empty()) by_label[label->sha256].push_back(&verdict);
  }
  for (CaseVerdict& verdict : verdicts) {
    const auto found = by_label.find(verdict.files[0]->sha256);
    if (found == by_label.end()) continue;
    for (CaseVerdict* owner : found->second) {
      if (owner == &verdict) continue;  // its own: told of when it was judged
      verdict.findings.push_back({Level::error, "label-is-image", verdict.checked.image().string(),
                                  fmt::format("is the image here and the label of {}", owner->checked.name())});
      owner->findings.push_back({Level::error, "label-is-image", owner->checked.label()->string(),
                                 fmt::format("is the label here and the image of {}", verdict.checked.name())});
    }
  }
}

// "Patient07" and "patient7" become equal.
std::string folded_id(const std::string& id) {
  std::string folded;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const bool leading_zero = id[i] == '0' && (i == 0 || !std::isdigit(static_cast<unsigned char>(id[i - 1]))) &&
                              i + 1 < id.size() && std::isdigit(static_cast<unsigned char>(id[i + 1]));
    if (leading_zero) {
      while (id[i] == '0' && i + 1 < id.size() && std::isdigit(static_cast<unsigned char>(id[i + 1]))) ++i;
    }
    folded += static_cast<char>(std::tolower(static_cast<unsigned char>(id[i])));
  }
  return folded;
}

void find_similar_ids(std::vector<CaseVerdict>& verdicts) {
  std::map<std::string, std::set<std::string>> spellings;
  const auto key = [](const Case& c) { return c.text("dataset") + "/" + folded_id(c.id()); };
  for (const CaseVerdict& verdict : verdicts) spellings[key(verdict.checked)].insert(verdict.checked.id());
  for (CaseVerdict& verdict : verdicts) {
    for (const std::string& other : spellings[key(verdict.checked)]) {
      if (other == verdict.checked.id()) continue;
      verdict.findings.push_back({Level::warning, "similar-id", verdict.checked.image().string(),
                                  fmt::format("the list also has the id '{}': one subject or two?", other)});
    }
  }
}

}  // namespace

void find_duplicates(std::vector<CaseVerdict>& verdicts) {
  find_duplicate_names(verdicts);
  find_duplicate_files(verdicts);
  find_labels_as_images(verdicts);
  find_similar_ids(verdicts);
}

void compare_with(const OtherList& list, const std::function<std::string(const core::fs::path&)>& sha256_of,
                  std::vector<CaseVerdict>& verdicts) {
  std::map<std::string, std::vector<const Case*>> by_id, by_subject;
  std::map<std::string, const Case*> by_content;
  for (const Case& c : list.cases) {
    by_id[c.id()].push_back(&c);
    if (const std::string subject = c.text("subject"); !subject.empty()) by_subject[subject].push_back(&c);
    const std::string sha256 = sha256_of(c.image());
    if (!sha256.empty()) by_content.emplace(sha256, &c);
  }
  for (CaseVerdict& verdict : verdicts) {
    const auto add = [&](const std::string& message) {
      verdict.findings.push_back({Level::error, "in-other-list", verdict.checked.image().string(), message});
    };
    // Several volumes of one person have ids of their own, and one `subject`.
    const auto is_there = [&](const auto& cases_by, const std::string& name) {
      const auto same = cases_by.find(name);
      return same != cases_by.end() && std::any_of(same->second.begin(), same->second.end(), [&](const Case* c) {
               return same_dataset(*c, verdict.checked);
             });
    };
    const std::string id = verdict.checked.id(), subject = verdict.checked.text("subject");
    if (is_there(by_id, id)) {
      add(fmt::format("the subject {} stands in {}, too", id, list.name));
      continue;
    }
    if (!subject.empty() && is_there(by_subject, subject)) {
      add(fmt::format("the subject {} ({}) stands in {}, too", subject, id, list.name));
      continue;
    }
    const std::string& sha256 = verdict.files[0]->sha256;
    const auto same_bytes = by_content.find(sha256);
    if (!sha256.empty() && same_bytes != by_content.end()) {
      add(fmt::format("holds the same bytes as {} of {}", same_bytes->second->name(), list.name));
    }
  }
}

}  // namespace coopseg::dataset
