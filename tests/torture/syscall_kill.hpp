// SPDX-License-Identifier: GPL-2.0-or-later
// Stops a process at an exact place: as it enters its n-th system call from now on. So each step of storing a page
// is hit as often as any other, however short it is. One thread at a time per process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>

namespace torture {

enum class Traced { not_allowed, too_late, stopped };

// While the process stands still, `there` does what it wants to others, and says whether this one is to be killed
// there. It must not kill it itself: a process that dies while it is traced is dead to its tracer first, and
// sd-event's pidfd then never tells its parent.
// too_late: it ended before, or the time was over. not_allowed: this system lets nobody trace it.
Traced at_system_call(pid_t process, unsigned number, std::chrono::milliseconds limit,
                      const std::function<bool()>& there);

}  // namespace torture
