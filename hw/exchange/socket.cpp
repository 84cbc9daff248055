// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/exchange/socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cstring>

#include "src/base/errors.hpp"

namespace hw::exchange {
namespace {

// So many callers can knock while the line is busy with a block; each is told busy at the next one.
constexpr int callers_waiting = 16;

sockaddr_un address_of(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = socket.native();
  if (name.size() >= sizeof address.sun_path)
    throw base::Failure(
        "the socket {} has too long a name; {} characters is the most, choose a shorter folder", name,
        sizeof address.sun_path - 1);
  std::memcpy(address.sun_path, name.data(), name.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

base::UniqueFd new_socket(int flags) {
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0));
  if (!fd) throw base::system_failure("cannot make a socket for the software exchange");
  return fd;
}

void make_folder_of(const std::filesystem::path& socket) {
  const std::filesystem::path folder = socket.parent_path().empty() ? "." : socket.parent_path();
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error || !std::filesystem::is_directory(folder))
    throw base::Failure(
        "the exchange's folder {} cannot be made ({}); only its last part is made, so make what is above",
        folder.string(), error ? error.message() : "something else has that name");
}

// Only a process that still listens lets us in; the kernel refuses at the file of one that has ended.
void remove_what_a_dead_line_left(const std::filesystem::path& socket, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(socket.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode))
    throw base::Failure("{} is there already and is no socket; choose another folder for the exchange",
                        socket.string());
  const base::UniqueFd knock = new_socket(SOCK_NONBLOCK);
  if (::connect(knock.get(), generic(address), sizeof address) == 0 || errno == EAGAIN)
    throw base::Failure("the exchange line {} is in use by another process", socket.string());
  if (errno == ENOENT) return;
  if (errno != ECONNREFUSED)
    throw base::system_failure("cannot see whether somebody serves " + socket.string());
  if (::unlink(socket.c_str()) != 0)
    throw base::system_failure("cannot remove the old socket " + socket.string());
}

}  // namespace

base::UniqueFd listen_at(const std::filesystem::path& socket) {
  const sockaddr_un address = address_of(socket);
  make_folder_of(socket);
  remove_what_a_dead_line_left(socket, address);
  base::UniqueFd listener = new_socket(SOCK_NONBLOCK);
  if (::bind(listener.get(), generic(address), sizeof address) != 0)
    throw base::system_failure("cannot make the socket " + socket.string());
  if (::listen(listener.get(), callers_waiting) != 0)
    throw base::system_failure("cannot listen at " + socket.string());
  return listener;
}

base::UniqueFd connect_to(const std::filesystem::path& socket, int patience_s) {
  const sockaddr_un address = address_of(socket);
  base::UniqueFd fd = new_socket(0);
  const timeval patience{patience_s, 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(fd.get(), generic(address), sizeof address) != 0) fd.reset();
  return fd;
}

}  // namespace hw::exchange
