// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/channel_users.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>

#include "hw/dahdi/sysfs.hpp"

namespace hw {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view devices = "/dev/dahdi/";
// Opened so, and told its number by DAHDI_SPECIFY: which channel it is cannot be seen from outside.
constexpr std::string_view unnumbered = "channel";

struct Process {
  ChannelUser user;
  std::set<std::string> files;  // what it has open below /dev/dahdi/: "channel", "chan/001/005", "5"
};

struct Processes {
  std::vector<Process> with_cards;
  std::vector<ChannelUser> closed_to_us;  // whose files we may not see
};

// False: we may not look.
bool look_into(const fs::path& process, std::set<std::string>& files) {
  std::error_code error;
  const fs::directory_iterator allowed(process / "fd", error);
  if (error) return error == std::errc::no_such_file_or_directory;  // it has just ended
  for (const fs::path& fd : sysfs::entries_of(process / "fd")) {
    const std::string target = fs::read_symlink(fd, error).string();
    if (!error && target.starts_with(devices)) files.insert(target.substr(devices.size()));
  }
  return true;
}

Processes all_processes(const fs::path& root) {
  Processes found;
  for (const fs::path& folder : sysfs::entries_of(root / "proc")) {
    const std::optional<unsigned> pid = sysfs::number_in(folder.filename().string());
    if (!pid || static_cast<pid_t>(*pid) == ::getpid()) continue;
    Process process;
    const bool seen = look_into(folder, process.files);
    if (seen && process.files.empty()) continue;
    process.user = {sysfs::line_of(folder / "comm"), static_cast<pid_t>(*pid)};
    if (seen)
      found.with_cards.push_back(std::move(process));
    else
      found.closed_to_us.push_back(process.user);
  }
  std::sort(found.with_cards.begin(), found.with_cards.end(),
            [](const Process& a, const Process& b) { return a.user.pid < b.user.pid; });
  return found;
}

// A line process of ours says in its name which channel it serves.
bool serves(const ChannelUser& user, const DahdiChannel& channel) {
  return user.program == fmt::format("faxrx line {}", channel.number);
}

bool has_open(const Process& process, const DahdiChannel& channel) {
  return process.files.contains(fmt::format("{}", channel.number)) ||
         process.files.contains(fmt::format("chan/{:03}/{:03}", channel.span, channel.port)) ||
         (process.files.contains(std::string(unnumbered)) && serves(process.user, channel));
}

// Whoever else has some channel open of which we do not know which.
std::vector<ChannelUser> suspects(const Processes& processes) {
  std::vector<ChannelUser> users;
  for (const Process& process : processes.with_cards)
    if (process.files.contains(std::string(unnumbered)) && !process.user.is_ours())
      users.push_back(process.user);
  return users;
}

// Of several that have it, as after a fork, the oldest.
std::vector<ChannelUser> users_of(const DahdiChannel& channel, const Processes& processes) {
  for (const Process& process : processes.with_cards)
    if (has_open(process, channel)) return {process.user};
  for (const ChannelUser& user : processes.closed_to_us)
    if (serves(user, channel)) return {user};
  // It may as well be one whose files we cannot see.
  if (!processes.closed_to_us.empty()) return {};
  return suspects(processes);
}

}  // namespace

void find_channel_users(std::vector<DahdiChannel>& channels, const fs::path& root) {
  const auto is_open = [](const DahdiChannel& channel) { return channel.open; };
  if (std::none_of(channels.begin(), channels.end(), is_open)) return;
  const Processes processes = all_processes(root);
  for (DahdiChannel& channel : channels)
    if (channel.open) channel.users = users_of(channel, processes);
}

}  // namespace hw
