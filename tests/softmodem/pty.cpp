// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/softmodem/pty.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>

#include <array>
#include <cstdlib>

#include "src/base/errors.hpp"

namespace softmodem {
namespace {

base::UniqueFd new_master() {
  base::UniqueFd fd(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd || ::grantpt(fd.get()) != 0 || ::unlockpt(fd.get()) != 0)
    throw base::system_failure("cannot make a pseudo-terminal");
  return fd;
}

std::string slave_of(int master) {
  std::array<char, 64> name{};
  if (::ptsname_r(master, name.data(), name.size()) != 0)
    throw base::system_failure("cannot get the pseudo-terminal's name");
  return name.data();
}

}  // namespace

Pty::Pty() : master_(new_master()), slave_(slave_of(master_.get())) {
  const base::UniqueFd slave(::open(slave_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios mode{};
  if (!slave || ::tcgetattr(slave.get(), &mode) != 0) throw base::system_failure("cannot open " + slave_);
  ::cfmakeraw(&mode);
  if (::tcsetattr(slave.get(), TCSANOW, &mode) != 0 || ::fchmod(slave.get(), 0666) != 0)
    throw base::system_failure("cannot set up " + slave_);
}

bool Pty::terminal_ready() const noexcept {
  pollfd master{master_.get(), POLLIN, 0};
  if (::poll(&master, 1, 0) < 0 || (master.revents & POLLHUP) != 0) return false;
  termios mode{};
  return ::tcgetattr(master_.get(), &mode) == 0 && ::cfgetospeed(&mode) != B0;
}

std::string_view Pty::read(std::span<char> room) const noexcept {
  const ssize_t got = ::read(master_.get(), room.data(), room.size());
  return {room.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

void Pty::write(std::string_view bytes) const noexcept {
  while (!bytes.empty()) {
    const ssize_t done = ::write(master_.get(), bytes.data(), bytes.size());
    if (done <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

}  // namespace softmodem
