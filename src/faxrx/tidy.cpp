// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/tidy.hpp"

#include <sysexits.h>

#include <chrono>

#include "src/base/call_id.hpp"
#include "src/base/child.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"
#include "src/faxrx/call_folder.hpp"

namespace faxrx {
namespace fs = std::filesystem;

unsigned remove_older(const fs::path& folder, const char* ending, unsigned days) {
  const auto limit = fs::file_time_type::clock::now() - std::chrono::hours(24) * days;
  unsigned removed = 0;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const fs::path& file = entry.path();
    if (file.extension() != ending || !base::CallId::parse(file.stem().string())) continue;
    const auto written = entry.last_write_time(error);
    if (!error && written < limit && fs::remove(file, error)) ++removed;
    if (error) base::log::warning("cannot remove {}: {}", file.string(), error.message());
  }
  return removed;
}

int run_tidy(const Settings& settings) {
  base::log::set_speaker("tidy");
  base::name_process("faxrx tidy");
  base::sandbox::close_other_fds({});
  const Spool spool(settings.spool);
  base::sandbox::restrict_files(
      {{spool.trace, base::sandbox::FileRight::write}, {spool.recordings, base::sandbox::FileRight::write}});
  base::sandbox::allow_only({base::sandbox::plain_computing, base::sandbox::working_with_files});
  const unsigned traces = remove_older(spool.trace, ".jsonl", settings.traces_keep_days);
  const unsigned recordings = remove_older(spool.recordings, ".wav", settings.recordings_keep_days);
  if (traces + recordings > 0)
    base::log::info("removed {} traces and {} recordings that were kept long enough", traces, recordings);
  return EX_OK;
}

}  // namespace faxrx
