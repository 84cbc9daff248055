// SPDX-License-Identifier: GPL-2.0-or-later
// One line's two processes as the supervisor sees them: started together with a new ring, gone together. Owned by
// the line's keeper (line_keeper.hpp), who watches them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>

#include "src/base/ring.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxrx/line.hpp"
#include "src/faxrx/line_status.hpp"
#include "src/faxrx/settings.hpp"

namespace faxrx {

// What a pair is started with. It keeps that until it ends, whatever the configuration says meanwhile.
struct PairSettings {
  std::shared_ptr<const Settings> all;
  const ServedLine* line;  // one of all->lines
};

// Whether a pair started with the one would do the same with the other.
[[nodiscard]] bool same_for_the_line(const PairSettings& one, const PairSettings& other);

class LinePair {
 public:
  // `spool_lock`: kept open by the page process too, so that nobody takes over the spool while it still
  // writes there.
  explicit LinePair(const base::UniqueFd& spool_lock) noexcept : spool_lock_(&spool_lock) {}

  // Forks both; `span`: LineLinks::span. Throws std::system_error; the page process may run then, and ends by itself.
  void start(PairSettings settings, base::UniqueFd span);
  void say(ControlWord word) noexcept;
  // Whether the line's loop made a turn since the last time this was asked. True while it is not open.
  [[nodiscard]] bool moved() noexcept;
  [[nodiscard]] bool is_running() const noexcept { return line_pid > 0 || page_pid > 0; }
  [[nodiscard]] std::chrono::steady_clock::duration lived() const noexcept;
  [[nodiscard]] int control_fd() const noexcept { return control_.get(); }
  // What the line shows of itself; not to be trusted.
  [[nodiscard]] std::optional<LineStatus> status() const noexcept;
  [[nodiscard]] const PairSettings& settings() const noexcept { return settings_; }

  // Kept by the keeper: −1 = gone.
  pid_t line_pid = -1, page_pid = -1;
  bool opened = false;  // the line said so, this time

 private:
  PairSettings settings_{};
  const base::UniqueFd* spool_lock_;
  std::unique_ptr<base::RingMemory> ring_;
  base::UniqueFd control_;
  std::uint64_t loops_seen_ = 0;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace faxrx
