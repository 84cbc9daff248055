// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/handoff_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cstring>

#include "src/base/errors.hpp"

namespace faxmail {
namespace {

constexpr int backlog = 16;

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path)
    throw base::Failure("the socket's path {} is too long: {} bytes are possible", path.string(),
                        sizeof address.sun_path - 1);
  std::memcpy(address.sun_path, path.c_str(), path.string().size());
  return address;
}

}  // namespace

HandoffSocket::HandoffSocket(const std::filesystem::path& path) {
  if (!take_from_systemd()) make(path);
}

HandoffSocket::~HandoffSocket() {
  if (!made_.empty()) ::unlink(made_.c_str());
}

bool HandoffSocket::take_from_systemd() {
  const int count = sd_listen_fds(1);
  if (count <= 0) return false;
  if (count > 1)
    throw base::Failure("systemd passed {} sockets; one ListenSequentialPacket= is right", count);
  if (sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_SEQPACKET, 1, nullptr, 0) <= 0)
    throw base::Failure(
        "systemd passed a socket that is no listening Unix SOCK_SEQPACKET one (ListenSequentialPacket=)");
  fd_.reset(SD_LISTEN_FDS_START);
  // A giver that is gone again before accept() must not be waited for.
  ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
  return true;
}

void HandoffSocket::make(const std::filesystem::path& path) {
  const sockaddr_un address = address_of(path);
  ::mkdir(path.parent_path().c_str(), 0755);  // usually there: systemd's RuntimeDirectory=
  fd_.reset(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd_) throw base::system_failure("cannot make a socket");
  struct stat status {};
  // What an earlier process left; that none is at work with it now is known by the spool's lock.
  if (::lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) ::unlink(path.c_str());
  const mode_t before = ::umask(0117);  // 0660 from its first moment
  const int bound = ::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  if (bound != 0) throw base::system_failure("cannot make the socket " + path.string(), error);
  made_ = path;
  if (::listen(fd_.get(), backlog) != 0) throw base::system_failure("cannot listen on " + path.string());
}

}  // namespace faxmail
