// SPDX-License-Identifier: GPL-2.0-or-later
// The client's side of a control socket (control_server.hpp): one connection, a line out, a line in. For commands
// beside a service, which may wait; every failure is a sentence that names the socket.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "src/base/unique_fd.hpp"

namespace base {

class ControlClient {
 public:
  // nullopt: nobody serves that socket. `program` is who should. Throws Failure when it cannot be used.
  static std::optional<ControlClient> connect(const std::filesystem::path& path, std::string program);

  // The answer without its end of line. Throws Failure when there is none, or none in time.
  std::string ask(const std::string& request);

 private:
  ControlClient(UniqueFd socket, std::string path, std::string program)
      : socket_(std::move(socket)), path_(std::move(path)), program_(std::move(program)) {}

  UniqueFd socket_;
  std::string path_, program_;
};

}  // namespace base
