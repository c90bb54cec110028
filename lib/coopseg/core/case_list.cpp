#include "coopseg/core/case_list.h"

#include <algorithm>
#include <cctype>
#include <climits>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>

#include "coopseg/core/error.h"
#include "coopseg/core/file.h"

namespace coopseg::core {

namespace {

void check_id(const std::string& id, const std::string& where) {
  const bool unsafe = id.empty() || id == "." || id == ".." ||
                      std::any_of(id.begin(), id.end(), [](unsigned char c) { return c == '/' || c < 32 || c == 127; });
  if (unsafe) throw DataError(where, "id \"" + id + "\" cannot be part of a file name");
}

void check_text(const Json& fields, const char* field, const std::string& where) {
  const auto found = fields.find(field);
  if (found == fields.end()) return;
  if (!found->is_string() || found->get_ref<const std::string&>().empty()) throw_wrong_type(where, field, *found);
}

constexpr double kFirstInexact = 9007199254740992.0;  // 2^53

// Data frames write a column of whole numbers that has gaps as 1.0, 2.0; beyond 2^53 doubles are whole by chance.
Json whole_if_it_is(const Json& value) {
  if (!value.is_number_float()) return value;
  const double number = value.get<double>();
  const bool is_whole = std::abs(number) <= kFirstInexact && number == std::floor(number);
  return is_whole ? Json(static_cast<std::int64_t>(number)) : value;
}

// These may be given as numbers.
constexpr const char* kTextFields[] = {"id", "frame", "dataset", "split", "channel", "artefact"};
constexpr const char* kWholeFields[] = {"frame_index", "severity", "repeat", "slice", "subject", "site"};

// The fields in the types that they have here. Null is what tables write for an empty cell: there is none.
Json with_own_types(const Json& fields, const std::string& where) {
  Json typed = Json::object();
  for (const auto& [name, value] : fields.items()) {
    if (!value.is_null()) typed[name] = value;
  }
  for (const char* field : kTextFields) {
    const auto found = typed.find(field);
    if (found == typed.end() || !found->is_number()) continue;
    // Read as a double, a longer number is another one.
    if (found->is_number_float() && std::abs(found->get<double>()) >= kFirstInexact)
      throw DataError(where,
                      std::string("\"") + field + "\" is a number of more digits than are kept: write it in quotes");
    *found = to_line(whole_if_it_is(*found));
  }
  for (const char* field : kWholeFields) {
    const auto found = typed.find(field);
    if (found != typed.end()) *found = whole_if_it_is(*found);
  }
  return typed;
}

// Without "./" and doubled slashes. "link/.." stays: it need not be the folder that "link" stands in.
fs::path tidy(const fs::path& p) {
  const bool climbs = std::any_of(p.begin(), p.end(), [](const fs::path& part) { return part == ".."; });
  return climbs ? p : p.lexically_normal();
}

// Path `p`, seen from the current folder, as seen from `folder`. The file's own name is kept: it may be a link.
fs::path relative_to(const fs::path& p, const fs::path& folder) {
  if (p.is_absolute() || folder.empty() || folder == ".") return tidy(p);
  const fs::path parent = p.parent_path().empty() ? fs::path(".") : p.parent_path();
  std::error_code failed;
  // Both made absolute first: fs::relative leaves a path relative while its folder does not exist.
  const fs::path way = fs::relative(fs::absolute(parent), fs::absolute(folder), failed);
  if (failed || way.empty()) return tidy(fs::absolute(p));
  return way / p.filename();
}

// A value as text: numbers are given so, too.
std::string text_of(const Json& value, const std::string& fallback = {}) {
  if (value.is_null()) return fallback;
  return value.is_string() ? value.get<std::string>() : to_line(value);
}

// The fields that tell images of one id apart, in the order in which names of cases and of their files say them.
// Whoever makes several images of one writes such fields; another is a line here.
struct NamingField {
  const char* name;
  const char* in_names;  // what stands before the value
  const char* in_files;
  bool is_number;  // a whole one; else a word
};
constexpr NamingField kNamingFields[] = {{"frame", "", "", false},
                                         {"channel", "", "", false},
                                         {"artefact", "", "", false},
                                         {"severity", "severity ", "s", true},
                                         {"repeat", "repeat ", "r", true}};

// All of them are parts of file names.
void check_naming_field(const Json& fields, const NamingField& field, const std::string& where) {
  const std::string value = fields.contains(field.name) ? text_of(fields[field.name]) : std::string();
  if (!field.is_number) {
    if (value.find('/') == std::string::npos) return;
    throw DataError(where, field.name + (" \"" + value) + "\" holds a '/'");
  }
  if (std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) return;
  throw DataError(where,
                  std::string("\"") + field.name + "\" is " + to_line(fields[field.name]) + ", expected 0, 1, 2 ...");
}

// {"FLAIR":{"file":"p1.nii.gz","frame_index":0},"T1w":"p1_t1.nii.gz"}, its paths as they stand there.
std::vector<Channel> channels_from_json(const Json& object, const std::string& where) {
  if (object.is_null()) return {};
  if (!object.is_object() || object.empty())
    throw DataError(where, "\"channels\" is not an object of channels such as {\"T1w\":\"t1.nii.gz\"}");
  std::vector<Channel> channels;
  for (const auto& [name, value] : object.items()) {
    if (value.is_null()) continue;
    const std::string place = "channel \"" + name + "\"";
    const bool fits_a_name = !name.empty() && std::none_of(name.begin(), name.end(), [](unsigned char letter) {
      return letter == '/' || letter < 32 || letter == 127;
    });
    if (!fits_a_name) throw DataError(where, place + " cannot be part of a file name");
    const Json file = value.is_object() ? value.value("file", Json()) : value;
    const Json frame = value.is_object() ? whole_if_it_is(value.value("frame_index", Json())) : Json();
    const bool has_file = file.is_string() && !file.get_ref<const std::string&>().empty();
    const bool fits_a_frame =
        frame.is_null() || (frame.is_number_integer() && frame >= 0 && frame <= std::int64_t{INT_MAX});
    if (!has_file || !fits_a_frame) {
      throw DataError(where, place + " is " + to_line(value).substr(0, 80) +
                                 ", expected a path, or {\"file\":PATH,\"frame_index\":N}");
    }
    channels.push_back({name, file.get<std::string>(), {}});
    if (!frame.is_null()) channels.back().frame_index = frame.get<long>();
  }
  return channels;
}

Json channels_to_json(const std::vector<Channel>& channels) {
  Json object = Json::object();
  for (const Channel& channel : channels) {
    object[channel.name] = channel.file.string();
    if (channel.frame_index)
      object[channel.name] = {{"file", channel.file.string()}, {"frame_index", *channel.frame_index}};
  }
  return object;
}

// [0,4,9] in ascending order.
std::vector<std::size_t> slices_from_json(Json list, const std::string& where) {
  if (list.is_array()) std::transform(list.begin(), list.end(), list.begin(), whole_if_it_is);
  const auto is_slice = [](const Json& entry) {
    return entry.is_number_integer() && entry >= 0 && entry <= std::int64_t{INT_MAX};
  };
  if (!list.is_array() || list.empty() || !std::all_of(list.begin(), list.end(), is_slice)) {
    throw DataError(where, "\"labelled_slices\" is " + to_line(list).substr(0, 80) +
                               ", expected the drawn slices, counted from 0, as in [0,4,9]");
  }
  auto slices = list.get<std::vector<std::size_t>>();
  std::sort(slices.begin(), slices.end());
  const auto twice = std::adjacent_find(slices.begin(), slices.end());
  if (twice != slices.end())
    throw DataError(where, "\"labelled_slices\" names slice " + std::to_string(*twice) + " twice");
  return slices;
}

constexpr int kLargestLabel = 65535;

bool is_background(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name == "background";
}

}  // namespace

LabelNames label_names_from_json(const Json& object, const std::string& name) {
  if (!object.is_object()) throw DataError(name, "label names are not an object such as {\"LV\":1}");
  LabelNames names;
  std::set<int> values;
  for (const auto& [key, given] : object.items()) {
    const Json value = whole_if_it_is(given);
    if (value.is_null() || (value == 0 && is_background(key))) continue;
    if (is_background(key)) {
      throw DataError(
          name, "label \"" + key + "\" has value " + to_line(given).substr(0, 40) + ", and what is no class has 0",
          "give the class another name, or the background 0");
    }
    if (!value.is_number_integer() || value < 1 || value > kLargestLabel) {
      throw DataError(name, "label \"" + key + "\" has value " + to_line(given).substr(0, 40) +
                                ", expected 1 to 65535, or \"background\" with 0");
    }
    if (!values.insert(value.get<int>()).second) {
      throw DataError(name, "two labels have the value " + to_line(value));
    }
    names.emplace_back(key, value.get<int>());
  }
  std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return names;
}

Json label_names_to_json(const LabelNames& names) {
  Json object = Json::object();
  for (const auto& [name, value] : names) object[name] = value;
  return object;
}

std::optional<int> ignored_value(const LabelNames& names) {
  for (const auto& [name, value] : names) {
    if (name == kIgnoreName) return value;
  }
  return std::nullopt;
}

LabelNames without_ignored(LabelNames names) {
  names.erase(std::remove_if(names.begin(), names.end(), [](const auto& entry) { return entry.first == kIgnoreName; }),
              names.end());
  return names;
}

Case::Case(const Json& fields, const fs::path& folder, const std::string& where)
    : Case(std::make_shared<const fs::path>(folder), fields, where) {}

Case::Case(std::shared_ptr<const fs::path> folder, const Json& given, const std::string& where)
    : folder_(std::move(folder)) {
  if (!given.is_object()) throw DataError(where, "is not a JSON object");
  const Json fields = with_own_types(given, where);
  for (const char* field : {"id", "image"}) {
    if (!fields.contains(field)) throw DataError(where, std::string("has no \"") + field + "\"");
  }
  for (const char* field : {"id", "frame"}) check_text(fields, field, where);
  for (const char* field : kPathFields) check_text(fields, field, where);
  channels_from_json(fields.value("channels", Json()), where);
  for (const char* field : {"labels", "prediction_labels"}) {
    if (fields.contains(field)) label_names_from_json(fields[field], where);
  }
  if (fields.contains("labelled_slices")) slices_from_json(fields["labelled_slices"], where);
  check_id(fields["id"].get_ref<const std::string&>(), where);
  for (const NamingField& field : kNamingFields) check_naming_field(fields, field, where);
  store(fields);
}

Case::Case(const std::string& id, const fs::path& image) {
  check_id(id, image.string());
  store({{"id", id}});
  set_path("image", image);
}

void Case::store(const Json& fields) {
  std::vector<std::string> parts;
  std::size_t size = 0;
  for (const auto& [name, value] : fields.items()) {
    size += parts.emplace_back(name).size();
    size += parts.emplace_back(to_line(value)).size();
  }
  auto made = std::make_shared<Fields>();
  made->text.reserve(size);
  made->members.reserve(parts.size() / 2);
  const auto place = [&made] { return static_cast<std::uint32_t>(made->text.size()); };
  for (std::size_t i = 0; i < parts.size(); i += 2) {
    const std::uint32_t name = place();
    made->text += parts[i];
    const std::uint32_t value = place();
    made->text += parts[i + 1];
    made->members.push_back({name, value, place()});
  }
  fields_ = std::move(made);
}

std::string_view Case::find(const char* field) const {
  const std::string_view wanted(field), text(fields_->text);
  for (const Member& member : fields_->members) {
    if (text.substr(member.name, member.value - member.name) == wanted)
      return text.substr(member.value, member.end - member.value);
  }
  return {};
}

Json Case::fields() const {
  const std::string_view text(fields_->text);
  Json object = Json::object();
  for (const Member& member : fields_->members) {
    object[std::string(text.substr(member.name, member.value - member.name))] =
        Json::parse(text.substr(member.value, member.end - member.value));
  }
  return object;
}

Json Case::field(const char* field) const {
  const std::string_view found = find(field);
  return found.empty() ? Json() : Json::parse(found);
}

void Case::set(const char* field, const Json& value) {
  Json changed = fields();
  changed[field] = value;
  store(changed);
}

void Case::erase(const char* field) {
  Json changed = fields();
  changed.erase(field);
  store(changed);
  changed_paths_.erase(std::remove_if(changed_paths_.begin(), changed_paths_.end(),
                                      [field](const auto& path) { return path.first == field; }),
                       changed_paths_.end());
}

std::string Case::text(const char* field, const std::string& fallback) const {
  return text_of(this->field(field), fallback);
}

std::optional<long> Case::integer(const char* field) const {
  const Json found = this->field(field);
  if (found.is_null()) return std::nullopt;
  const bool too_large = found.is_number_unsigned() && found.get<std::uint64_t>() > LONG_MAX;
  if (!found.is_number_integer() || too_large) throw_wrong_type(name(), field, found);
  return found.get<long>();
}

fs::path Case::image() const { return *path("image"); }

std::optional<fs::path> Case::path(const char* field) const {
  for (const auto& [changed, path] : changed_paths_) {
    if (changed == field) return path;
  }
  const Json found = this->field(field);
  if (!found.is_string()) return std::nullopt;
  return tidy((folder_ ? *folder_ : fs::path()) / found.get<std::string>());
}

void Case::set_path(const char* field, const fs::path& path) {
  set(field, path.string());  // holds the member's place; case_to_line writes the path for its list's folder
  for (auto& [changed, to] : changed_paths_) {
    if (changed != field) continue;
    to = path.string();
    return;
  }
  changed_paths_.emplace_back(field, path.string());
}

std::vector<Channel> Case::channels() const {
  std::vector<Channel> channels = channels_from_json(field("channels"), name());
  if (own_channels_) return channels;
  for (Channel& channel : channels) channel.file = tidy((folder_ ? *folder_ : fs::path()) / channel.file);
  return channels;
}

void Case::set_channels(const std::vector<Channel>& channels) {
  set("channels", channels_to_json(channels));
  own_channels_ = true;
}

LabelNames Case::names(const char* field) const {
  const Json found = this->field(field);
  return found.is_null() ? LabelNames{} : label_names_from_json(found, name());
}

std::optional<std::vector<std::size_t>> Case::labelled_slices() const {
  const Json found = this->field("labelled_slices");
  return found.is_null() ? std::nullopt : std::optional(slices_from_json(found, name()));
}

void Case::set_labels(const char* field, const LabelNames& names) { set(field, label_names_to_json(names)); }

// "patient007 ED motion severity 3 repeat 2"
std::string Case::name() const {
  std::string name = id();
  for (const NamingField& field : kNamingFields) {
    if (const std::string value = text(field.name); !value.empty()) name += " " + (field.in_names + value);
  }
  return name;
}

fs::path Case::output_path(const std::string& kind) const {
  std::string file;
  for (const NamingField& field : kNamingFields) {
    if (const std::string value = text(field.name); !value.empty()) file += field.in_files + value + "_";
  }
  return fs::path(id()) / (file + kind + ".nii.gz");
}

std::vector<Case> parse_cases(const std::string& text, const fs::path& folder, const std::string& where) {
  std::vector<Case> cases;
  cases.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  std::set<std::string> names;
  const auto shared_folder = std::make_shared<const fs::path>(folder);
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line(text.data() + begin, end - begin);
    begin = end + 1;
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string place = where + ": line " + std::to_string(number);
    const Case& c =
        cases.emplace_back(as_usage_error([&] { return Case(shared_folder, parse_json(line, place), place); },
                                          "a case list has one JSON object a line, with \"id\" and \"image\""));
    // Two cases of one name would write to one file; the dataset and the image's path keep apart what is apart.
    if (!names.insert(c.name() + "\n" + c.text("dataset") + "\n" + c.text("image")).second) {
      throw UsageError(place, "case " + c.name() + " stands in the list twice");
    }
  }
  if (cases.empty()) throw UsageError(where, "holds no case");
  return cases;
}

void refuse_shared_outputs(const std::vector<Case>& cases, const std::string& where) {
  std::map<std::string, std::size_t> owner;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto [place, is_new] = owner.emplace(cases[i].output_path("img").string(), i);
    if (is_new) continue;
    throw UsageError(where,
                     "the outputs of two cases named " + cases[i].name() + " (" + cases[place->second].text("image") +
                         ", " + cases[i].text("image") + ") would go to one file",
                     "work on one data set at a time, or give them other ids");
  }
}

std::vector<Case> read_cases(const std::string& source) {
  if (source == "-") return parse_cases(read_standard_input(), {}, "standard input");
  std::error_code ignored;
  if (fs::is_fifo(source, ignored)) return parse_cases(read_pipe(source), {}, source);
  return as_usage_error(
      [&] { return parse_cases(read_file(source, std::uint64_t{1} << 31), fs::path(source).parent_path(), source); },
      "--cases takes a case list, as cs-list writes it");
}

std::string case_to_line(const Case& c, const fs::path& folder) {
  Json out = c.fields();
  for (const char* field : kPathFields) {
    if (const auto p = c.path(field)) out[field] = relative_to(*p, folder).string();
  }
  for (const auto& [field, p] : c.changed_paths_) {
    if (out.contains(field)) out[field] = relative_to(p, folder).string();
  }
  if (std::vector<Channel> channels = c.channels(); !channels.empty()) {
    for (Channel& channel : channels) channel.file = relative_to(channel.file, folder);
    out["channels"] = channels_to_json(channels);
  }
  return to_line(out);
}

}  // namespace coopseg::core
