// SPDX-License-Identifier: GPL-2.0-or-later
// Child processes by plain fork. Programs that call this have one thread.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace base {

// Forks; the child runs `work` and ends with what it returns, never coming back here. An exception in it is
// logged and ends the child with 70 (EX_SOFTWARE). Signals and the signal mask are back at their defaults in
// it. Throws std::system_error when there can be no child.
pid_t fork_child(const std::function<int()>& work);

// The name under which ps -o comm and top show this process; cut to 15 bytes.
void name_process(const std::string& name) noexcept;

// waitpid's status in words: "ended by itself", "failed with code 70", "was killed by SIGKILL".
std::string how_it_ended(int wait_status);

}  // namespace base
