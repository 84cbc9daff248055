// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/disk_watch.hpp"

#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <set>

#include "src/base/log.hpp"

namespace faxmail {
namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 60s;
constexpr std::uint64_t usual_mb = 500;

std::uint64_t megabytes(std::uint64_t blocks, const struct statvfs& system) {
  return (blocks * system.f_frsize) >> 20U;
}

}  // namespace

std::vector<std::string> nearly_full(const std::vector<std::filesystem::path>& folders,
                                     std::optional<unsigned> least_free_mb) {
  std::vector<std::string> sentences;
  std::set<dev_t> seen;
  for (const std::filesystem::path& folder : folders) {
    struct stat status {};
    struct statvfs room {};
    if (::stat(folder.c_str(), &status) != 0 || ::statvfs(folder.c_str(), &room) != 0) continue;
    const std::uint64_t free_mb = megabytes(room.f_bavail, room);
    const std::uint64_t least_mb =
        least_free_mb.value_or(std::min<std::uint64_t>(usual_mb, megabytes(room.f_blocks, room) / 10));
    if (seen.insert(status.st_dev).second && free_mb < least_mb)
      sentences.push_back(
          fmt::format("{} MB are free in {}, and {} should be", free_mb, folder.string(), least_mb));
  }
  return sentences;
}

DiskWatch::DiskWatch(base::EventLoop& loop, const Spool& spool, const Settings& settings, OperatorMail& mail)
    : spool_(spool), settings_(settings), mail_(mail), timer_(loop, CLOCK_BOOTTIME, [this] { look(); }) {}

void DiskWatch::look() {
  timer_.set(between_looks);
  const auto full = nearly_full({spool_.folder(), spool_.archive()}, settings_.warn_free_mb);
  try {
    mail_.condition(causes::disk_of_mail, !full.empty(), fmt::format("{}", fmt::join(full, "; ")));
  } catch (const std::exception& error) {
    base::log::error("{}, and the operator cannot be told: {}", fmt::join(full, "; "), error.what());
  }
}

}  // namespace faxmail
