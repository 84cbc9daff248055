// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the spool process running: starts it, starts it again when it dies, and anew when dahdi-faxmail's socket is
// another one, or the room that calls need. Owned by the supervisor; one thread.
#pragma once

#include <sys/types.h>

#include <memory>

#include "src/base/event_loop.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxrx/settings.hpp"

namespace faxrx {

class SpoolKeeper {
 public:
  explicit SpoolKeeper(base::EventLoop& loop);
  SpoolKeeper(const SpoolKeeper&) = delete;
  SpoolKeeper& operator=(const SpoolKeeper&) = delete;

  // Starts it at the first time. Throws std::system_error when there can be no process.
  void follow(std::shared_ptr<const Settings> settings);
  void end();  // after a last round
  [[nodiscard]] bool is_over() const noexcept { return ending_ && pid_ < 0; }

 private:
  void start();
  void ended(int status);

  base::EventLoop& loop_;
  std::shared_ptr<const Settings> settings_;
  base::UniqueFd control_;  // closing it asks for a last round and the end
  pid_t pid_ = -1;
  base::EventLoop::Source end_;
  base::Timer pause_;
  bool ending_ = false;
};

}  // namespace faxrx
