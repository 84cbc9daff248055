// SPDX-License-Identifier: GPL-2.0-or-later
// Where the control socket is, as the system wants it; for its server (control_server.cpp) and its client
// (control_client.cpp).
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>

#include "src/base/errors.hpp"

namespace base {

inline sockaddr_un control_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.empty() || text.size() >= sizeof address.sun_path)
    throw Failure("\"{}\" can be no socket: its path has 1 to {} bytes", text, sizeof address.sun_path - 1);
  text.copy(address.sun_path, text.size());
  return address;
}

}  // namespace base
