// SPDX-License-Identifier: GPL-2.0-or-later
// The Unix sockets of the exchange: made at a line's open, connected to by callers. Not RT safe.
#pragma once

#include <filesystem>

#include "src/base/unique_fd.hpp"

namespace hw::exchange {

// Makes the socket file and listens, without blocking ever. A folder that is missing is made, one level deep;
// the file of a line that is no more is replaced. Throws base::Failure: in use, no socket, no such folder,
// name too long.
base::UniqueFd listen_at(const std::filesystem::path& socket);

// Connects as a caller; nobody there: an empty one. Every wait on it ends after `patience_s`.
// Throws base::Failure when the name is too long, std::system_error when the system has no sockets.
base::UniqueFd connect_to(const std::filesystem::path& socket, int patience_s);

}  // namespace hw::exchange
