// SPDX-License-Identifier: GPL-2.0-or-later
// A pseudo-terminal that fax software takes for a modem's serial port: we hold the master, the software opens
// the slave. Owned by the soft modem's main loop, one thread.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "src/base/unique_fd.hpp"

namespace softmodem {

class Pty {
 public:
  // A new pair, raw and without echo, its slave open to anybody. Throws std::system_error.
  Pty();

  [[nodiscard]] int fd() const noexcept { return master_.get(); }
  // "/dev/pts/5"
  [[nodiscard]] const std::string& slave() const noexcept { return slave_; }
  // Whether a program has it open and holds Data Terminal Ready. A pseudo-terminal has no such wire; the
  // other way to drop it, speed 0, can be seen (termios(3), B0).
  [[nodiscard]] bool terminal_ready() const noexcept;
  // What the program has written; empty when there is nothing now.
  std::string_view read(std::span<char> room) const noexcept;
  // What nobody reads in time is lost, as on a serial port.
  void write(std::string_view bytes) const noexcept;

 private:
  base::UniqueFd master_;
  std::string slave_;
};

}  // namespace softmodem
