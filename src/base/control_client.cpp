// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/control_client.hpp"

#include <sys/time.h>

#include <array>
#include <cerrno>

#include "src/base/unix_address.hpp"

namespace base {
namespace {

constexpr int answer_limit_s = 5;
constexpr std::size_t longest_answer = std::size_t{1} << 20U;

[[noreturn]] void cannot_use(const std::string& path, int error) {
  if (error == EACCES)
    throw Failure(
        "this user may not use {}: root may, the user of the service, and members of the socket's group",
        path);
  throw Failure("the control socket {} cannot be used: {}", path, std::generic_category().message(error));
}

}  // namespace

std::optional<ControlClient> ControlClient::connect(const std::filesystem::path& path, std::string program) {
  const sockaddr_un address = unix_address(path);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{answer_limit_s, 0};
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
    throw system_failure("cannot make a socket");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
    cannot_use(path.string(), errno);
  }
  return ControlClient(std::move(socket), path.string(), std::move(program));
}

std::string ControlClient::ask(const std::string& request) {
  const std::string line = request + "\n";
  // One that was sent away hears why all the same.
  ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL);
  std::string text;
  std::array<char, 65536> bytes;
  while (text.size() < longest_answer) {
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN)
      throw Failure("{}: {} did not answer within {} s", path_, program_, answer_limit_s);
    if (got <= 0) throw Failure("{}: {} hung up without an answer", path_, program_);
    text.append(bytes.data(), static_cast<std::size_t>(got));
    if (const std::size_t end = text.find('\n'); end != std::string::npos) return text.substr(0, end);
  }
  throw Failure("{}: what answers there is no {}", path_, program_);
}

}  // namespace base
