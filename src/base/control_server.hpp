// SPDX-License-Identifier: GPL-2.0-or-later
// A control socket, dahdi-faxrx-control(5) and dahdi-faxmail-control(5): a Unix stream socket where the operator's
// programs ask a service how it is, and tell it what to do. This is the server's side: who may speak, one line in, one
// line out, and the limits; what the lines say is the service's own matter. Owned by the service, served in its
// event loop, and never waits: a client that does not read its answers, or is slow, is let go.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <string>
#include <string_view>

#include "src/base/event_loop.hpp"
#include "src/base/unique_fd.hpp"

namespace base {

struct ControlLimits {
  std::size_t longest_request = 4096;  // bytes, with its end of line
  unsigned most_requests = 100;        // a connection
  std::size_t most_clients = 16;
  std::chrono::milliseconds longest_connection{10'000};
};

struct ControlPeer {
  uid_t uid = 0;
  pid_t pid = 0;
};

class ControlServer {
 public:
  // A line without its end in, a line without its end out.
  using Answer = std::function<std::string(std::string_view request, const ControlPeer& peer)>;

  // Makes the socket (mode 0660), and the folder it is in when only that is missing. Throws Failure or
  // std::system_error.
  ControlServer(EventLoop& loop, std::filesystem::path path, Answer answer, ControlLimits limits = {});
  ~ControlServer();  // removes the socket
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

 private:
  struct Client {
    Client(ControlServer& server, UniqueFd connection, const ControlPeer& who);

    UniqueFd socket;
    ControlPeer peer;
    std::string unanswered;  // what came of a line that is not complete
    unsigned requests = 0;
    EventLoop::Source input;
    Timer time;
  };
  void make_socket();
  void listen();
  void client_came();
  [[nodiscard]] bool may_speak(int socket, ControlPeer& peer) const;
  [[nodiscard]] bool is_in_the_group(int socket, gid_t group) const;
  bool client_spoke(Client& client);  // false: it is gone
  bool answer_lines(Client& client);
  void drop(const Client& client);

  EventLoop& loop_;
  std::filesystem::path path_;
  Answer answer_;
  ControlLimits limits_;
  UniqueFd socket_;
  gid_t group_ = 0;
  EventLoop::Source listening_;
  Timer listen_again_;
  std::list<Client> clients_;
};

}  // namespace base
