// SPDX-License-Identifier: GPL-2.0-or-later
// Where a Unix socket is, as the system wants it; for those who listen there and those who connect.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>

#include "src/base/errors.hpp"

namespace base {

// Throws Failure for a path that can be no socket.
inline sockaddr_un unix_address(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.empty() || text.size() >= sizeof address.sun_path)
    throw Failure("\"{}\" can be no socket: its path has 1 to {} bytes", text, sizeof address.sun_path - 1);
  text.copy(address.sun_path, text.size());
  return address;
}

}  // namespace base
