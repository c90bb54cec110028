#include "coopseg/core/channels.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "coopseg/core/error.h"

namespace coopseg::core {

namespace {

Case of_channel(const Case& c, const Channel& channel) {
  Case chosen = c;
  chosen.set_path("image", channel.file);
  if (channel.frame_index) chosen.set("frame_index", *channel.frame_index);
  chosen.set("channel", channel.name);
  chosen.erase("channels");
  return chosen;
}

std::vector<std::string> names_of(const std::vector<Channel>& channels) {
  std::vector<std::string> names;
  for (const Channel& channel : channels) names.push_back(channel.name);
  return names;
}

}  // namespace

std::vector<Case> with_channel(std::vector<Case> cases, const std::string& name, const std::string& where) {
  bool any = false;
  for (Case& c : cases) {
    const std::vector<Channel> channels = c.channels();
    if (channels.empty()) {
      const std::string own = c.text("channel");
      if (!name.empty() && !own.empty() && own != name)
        throw UsageError("--channel", fmt::format("is '{}', and {} of {} is another", name, c.name(), where));
      any = any || own == name;
      continue;
    }
    any = true;
    if (name.empty() && channels.size() > 1) {
      throw UsageError(where, fmt::format("{} has several channels: {}", c.name(), fmt::join(names_of(channels), ", ")),
                       "say which one with --channel NAME");
    }
    const auto found = std::find_if(channels.begin(), channels.end(),
                                    [&](const Channel& channel) { return name.empty() || channel.name == name; });
    if (found == channels.end()) {
      throw UsageError("--channel", fmt::format("{} of {} has no channel '{}'; it has {}", c.name(), where, name,
                                                fmt::join(names_of(channels), ", ")));
    }
    c = of_channel(c, *found);
  }
  if (!name.empty() && !any)
    throw UsageError("--channel", fmt::format("is '{}', and no case of {} has channels", name, where), "leave it out");
  return cases;
}

std::vector<Case> with_each_channel(const std::vector<Case>& cases) {
  std::vector<Case> all;
  all.reserve(cases.size());
  for (const Case& c : cases) {
    const std::vector<Channel> channels = c.channels();
    if (channels.empty()) all.push_back(c);
    for (const Channel& channel : channels) all.push_back(of_channel(c, channel));
  }
  return all;
}

}  // namespace coopseg::core
