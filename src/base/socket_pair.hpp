// SPDX-License-Identifier: GPL-2.0-or-later
// Two ends of one SOCK_SEQPACKET connection, for a process and the child it is about to fork. Not RT safe.
#pragma once

#include <sys/socket.h>

#include <array>

#include "src/base/errors.hpp"
#include "src/base/unique_fd.hpp"

namespace base {

using SocketPair = std::array<UniqueFd, 2>;

inline SocketPair socket_pair() {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) != 0)
    throw system_failure("cannot connect two processes");
  return {UniqueFd(fds[0]), UniqueFd(fds[1])};
}

}  // namespace base
