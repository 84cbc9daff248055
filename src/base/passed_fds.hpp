// SPDX-License-Identifier: GPL-2.0-or-later
// Open files that go along with a packet of a Unix socket (SCM_RIGHTS). For the protocols that pass documents.
#pragma once

#include <sys/socket.h>

#include <cstring>
#include <span>
#include <vector>

#include "src/base/unique_fd.hpp"

namespace base {

// Room for more than any protocol here allows, so that too many can be seen and closed.
inline constexpr std::size_t most_passed_fds = 4;
struct alignas(cmsghdr) FdSpace {
  char bytes[CMSG_SPACE(most_passed_fds * sizeof(int))] = {};
};

// At most most_passed_fds. `space` outlives the sending.
inline void attach_fds(msghdr& message, FdSpace& space, std::span<const int> fds) {
  if (fds.empty()) return;
  message.msg_control = space.bytes;
  message.msg_controllen = CMSG_SPACE(fds.size_bytes());
  cmsghdr* control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(fds.size_bytes());
  std::memcpy(CMSG_DATA(control), fds.data(), fds.size_bytes());
}

// Takes every fd that came along, so that none leaks whatever else is wrong with the packet.
inline std::vector<UniqueFd> take_fds(msghdr& message) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr;
       control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof fd);
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace base
