// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/archive_keeper.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>

#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"

namespace faxmail {
namespace {

using namespace std::chrono_literals;

constexpr auto daily = 24h;
constexpr std::chrono::seconds soon = 2s;
constexpr std::chrono::seconds between_clean_ups = 60s;
constexpr double limit_s = 3600;

void say(const Removed& removed) {
  if (removed.files + removed.changed > 0)
    base::log::info("archive: {} files were kept long enough and are removed; changed since, and kept: {}",
                    removed.files, removed.changed);
}

}  // namespace

void give_up_all_but_the_archive(const std::filesystem::path& archive, int output) {
  base::sandbox::close_other_fds({output});
  base::sandbox::limit_resources({{RLIMIT_NOFILE, 64}, {RLIMIT_NPROC, 0}, {RLIMIT_CORE, 0}});
  base::sandbox::restrict_files({{archive, base::sandbox::FileRight::write}});
  base::sandbox::allow_only({base::sandbox::plain_computing, base::sandbox::working_with_files});
}

ArchiveKeeper::ArchiveKeeper(base::EventLoop& loop, const Spool& spool, const Settings& settings, Busy busy)
    : spool_(spool),
      settings_(settings),
      busy_(std::move(busy)),
      workers_(loop),
      timer_(loop, CLOCK_BOOTTIME, [this] { clean(); }) {}

void ArchiveKeeper::clean_soon() {
  if (soon_) return;
  soon_ = true;
  const auto since = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - last_);
  timer_.set(std::max(soon, between_clean_ups - since));
}

void ArchiveKeeper::clean() {
  timer_.set(working() ? std::chrono::seconds(between_clean_ups) : std::chrono::seconds(daily));
  if (working()) return;
  // A start's clean-up keeps nobody waiting: what is delivered soon after it goes at once.
  if (soon_) last_ = Clock::now();
  soon_ = false;
  const std::filesystem::path archive = spool_.archive();
  try {
    const Retention retention{settings_.tiff_days, settings_.pdf_days, busy_(), std::time(nullptr)};
    workers_.start(
        [archive, retention](int output) {
          give_up_all_but_the_archive(archive, output);
          say(clean_archive(archive, retention));
          return 0;
        },
        limit_s,
        [](const WorkerEnd& end) {
          if (!end.good()) base::log::warning("the archive's clean-up {}: {}", end.in_words(), end.output);
        });
  } catch (const std::exception& error) {
    base::log::warning("the archive cannot be cleaned up now: {}", error.what());
  }
}

}  // namespace faxmail
