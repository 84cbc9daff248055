// SPDX-License-Identifier: GPL-2.0-or-later
// One line's two processes as the supervisor sees them: started together with a new ring, gone together.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>

#include "src/base/ring.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxrx/line.hpp"
#include "src/faxrx/settings.hpp"

namespace faxrx {

class LinePair {
 public:
  // `spool_lock`: kept open by the page process too, so that nobody takes over the spool while it still
  // writes there.
  LinePair(const ServedLine& served, const Settings& settings, const base::UniqueFd& spool_lock) noexcept
      : served_(&served), settings_(&settings), spool_lock_(&spool_lock) {}

  void start();  // forks both; throws std::system_error
  void say(ControlWord word) noexcept;
  // Whether the line's loop made a turn since the last time this was asked. True while it is not running.
  [[nodiscard]] bool moved() noexcept;
  [[nodiscard]] bool is_running() const noexcept { return line_pid > 0 || page_pid > 0; }
  [[nodiscard]] std::chrono::steady_clock::duration lived() const noexcept;
  [[nodiscard]] const std::string& name() const noexcept { return served_->name.text; }
  [[nodiscard]] int control_fd() const noexcept { return control_.get(); }

  // Kept by the supervisor: −1 = gone.
  pid_t line_pid = -1, page_pid = -1;
  bool opened = false;       // the line said so, this time
  bool finished = false;     // it will not be started again
  unsigned short_lives = 0;  // in a row

 private:
  const ServedLine* served_;
  const Settings* settings_;
  const base::UniqueFd* spool_lock_;
  std::unique_ptr<base::RingMemory> ring_;
  base::UniqueFd control_;
  std::uint64_t loops_seen_ = 0;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace faxrx
