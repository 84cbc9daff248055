// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/control_server.hpp"

#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "src/base/log.hpp"
#include "src/base/unix_address.hpp"

namespace base {
namespace {

using namespace std::chrono_literals;

constexpr int backlog = 16;
constexpr int reads_at_the_end = 64;  // more than a socket's buffer holds
constexpr auto pause_without_descriptors = 1s;

// Constant texts: what is said before a request was understood.
constexpr std::string_view not_allowed =
    R"({"error":"only root, the user of the service and members of the socket's group may speak here"})";
constexpr std::string_view too_many = R"({"error":"too many programs are connected; try again"})";
constexpr std::string_view too_long = R"({"error":"the request is too long"})";
constexpr std::string_view too_often = R"({"error":"too many requests on one connection; connect again"})";

// At once or not at all: a client that does not read is nobody to wait for.
bool say(int socket, std::string_view answer) {
  const std::string line = std::string(answer) + "\n";
  const ssize_t sent = ::send(socket, line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(line.size());
}

// Such that it hears the answer: closing a socket with something unread in it gives the other end an error before
// what was sent to it.
void part_with(int socket, std::string_view answer) {
  say(socket, answer);
  ::shutdown(socket, SHUT_RDWR);
  std::array<char, 4096> unread;
  for (int i = 0; i < reads_at_the_end; ++i)
    if (::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT) <= 0) return;
}

bool somebody_serves(const sockaddr_un& address) {
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // EAGAIN: somebody listens, and has no time just now.
  return probe && (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
                   errno == EAGAIN);
}

}  // namespace

ControlServer::ControlServer(EventLoop& loop, std::filesystem::path path, Answer answer, ControlLimits limits)
    : loop_(loop),
      path_(std::move(path)),
      answer_(std::move(answer)),
      limits_(limits),
      listen_again_(loop, CLOCK_MONOTONIC, [this] { listen(); }) {
  make_socket();
  listen();
}

ControlServer::~ControlServer() {
  ::unlink(path_.c_str());
}

void ControlServer::make_socket() {
  const sockaddr_un address = unix_address(path_);
  if (somebody_serves(address))
    throw Failure("another program serves the control socket {}; give this one its own", path_.string());
  ::mkdir(path_.parent_path().c_str(), 0750);  // usually there: systemd's RuntimeDirectory=
  UniqueFd made(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  struct stat status {};
  if (::lstat(path_.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) ::unlink(path_.c_str());
  const mode_t before = ::umask(0117);  // 0660 from its first moment
  const int bound =
      made ? ::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) : -1;
  const int error = errno;
  ::umask(before);
  if (bound != 0) throw system_failure("cannot make the control socket " + path_.string(), error);
  if (::listen(made.get(), backlog) != 0 || ::stat(path_.c_str(), &status) != 0)
    throw system_failure("cannot listen on the control socket " + path_.string());
  group_ = status.st_gid;
  socket_ = std::move(made);
}

void ControlServer::listen() {
  listening_ = loop_.on_readable(socket_.get(), [this] {
    client_came();
    return true;
  });
}

ControlServer::Client::Client(ControlServer& server, UniqueFd connection, const ControlPeer& who)
    : socket(std::move(connection)),
      peer(who),
      input(server.loop_.on_readable(socket.get(), [this, &server] { return server.client_spoke(*this); })),
      time(server.loop_, CLOCK_MONOTONIC, [this, &server] { server.drop(*this); }) {
  time.set(server.limits_.longest_connection);
}

void ControlServer::client_came() {
  UniqueFd socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) {
    if (errno != EMFILE && errno != ENFILE && errno != ENOMEM) return;  // it went away again
    listening_.drop();  // the door stays readable, and would be looked at without end
    return listen_again_.set(pause_without_descriptors);
  }
  ControlPeer peer;
  if (!may_speak(socket.get(), peer)) return part_with(socket.get(), not_allowed);
  if (clients_.size() >= limits_.most_clients) return part_with(socket.get(), too_many);
  try {
    clients_.emplace_back(*this, std::move(socket), peer);
  } catch (const std::system_error& error) {
    log::warning("nobody can be served on the control socket now: {}", error.what());
  }
}

// The socket's mode says the same; this holds wherever somebody puts it, and whatever he makes of its mode.
bool ControlServer::may_speak(int socket, ControlPeer& peer) const {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
  peer = {who.uid, who.pid};
  return who.uid == 0 || who.uid == ::geteuid() || who.gid == group_ || is_in_the_group(socket, group_);
}

bool ControlServer::is_in_the_group(int socket, gid_t group) const {
  std::vector<gid_t> groups(64);
  auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) != 0) {
    if (errno != ERANGE) return false;
    groups.resize(bytes / sizeof(gid_t));  // at most NGROUPS_MAX, 65536
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) != 0) return false;
  }
  groups.resize(bytes / sizeof(gid_t));
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

bool ControlServer::client_spoke(Client& client) {
  std::array<char, 4096> bytes;
  const ssize_t got = ::recv(client.socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got > 0) {
    client.unanswered.append(bytes.data(), static_cast<std::size_t>(got));
    if (answer_lines(client)) return true;
  }
  drop(client);
  return false;
}

// False: enough of this client.
bool ControlServer::answer_lines(Client& client) {
  const int socket = client.socket.get();
  std::string& text = client.unanswered;
  for (std::size_t end = text.find('\n'); end < limits_.longest_request; end = text.find('\n')) {
    if (++client.requests > limits_.most_requests) return part_with(socket, too_often), false;
    const std::string request = text.substr(0, end);
    text.erase(0, end + 1);
    if (!say(socket, answer_(request, client.peer))) return false;
  }
  if (text.size() < limits_.longest_request) return true;
  part_with(socket, too_long);
  return false;
}

void ControlServer::drop(const Client& client) {
  clients_.remove_if([&client](const Client& one) { return &one == &client; });
}

}  // namespace base
