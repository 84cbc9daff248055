// SPDX-License-Identifier: GPL-2.0-or-later
// Debian's Postfix or OpenSMTPD, run as with-server has prepared it: in a root of its own, on a free loopback port, for
// one login over TLS, with mailboxes of example.org that are maildirs. For the stories alone, as root.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/scenario/process.hpp"

namespace mail_tests {

inline const std::vector<std::string> mailbox_names = {"reader", "second", "operator"};

struct Login {
  std::string name, password;
};

struct ServerWishes {
  Login login;
  std::uint64_t largest_mail_bytes = 10'000'000;
};

// What stands in a mailbox.
struct Arrived {
  std::filesystem::path file;
  std::string added;  // the server's own header lines, which stand above the message
  std::string message;
};

class RealServer {
 public:
  // `folder` is there and empty.
  RealServer(const std::filesystem::path& folder, ServerWishes wishes);
  virtual ~RealServer() = default;
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  void start();  // listens when this returns
  void kill();   // as a power cut
  // Those of these mailboxes who are put off (4xx) from now on, and nobody else.
  virtual void put_off(const std::vector<std::string>& mailboxes) = 0;
  // "reader": in the order of their coming.
  [[nodiscard]] std::vector<Arrived> mailbox(const std::string& name) const;
  [[nodiscard]] unsigned port() const noexcept { return port_; }
  [[nodiscard]] virtual std::string log() const = 0;
  // How it says that the session had TLS and a login, in its Received header.
  [[nodiscard]] virtual std::vector<std::string> marks_of_a_safe_session() const = 0;

 protected:
  static constexpr unsigned first_user = 64'100;  // known in its root alone, and one for mail
  static constexpr unsigned mail_user = 64'199;

  [[nodiscard]] std::filesystem::path etc() const { return folder_ / "etc"; }
  [[nodiscard]] std::filesystem::path var() const { return folder_ / "var"; }
  [[nodiscard]] const ServerWishes& wishes() const noexcept { return wishes_; }
  // /etc/passwd and group: root, nobody, mailboxes, and these with numbers from first_user on.
  void write_users(const std::vector<std::string>& names) const;
  void make_folder(const std::filesystem::path& path, unsigned user, unsigned group, unsigned mode) const;
  [[nodiscard]] std::vector<std::string> command_inside(const std::vector<std::string>& words,
                                                        unsigned group = 0) const;
  virtual void write_configuration() = 0;
  [[nodiscard]] virtual std::vector<std::string> program() const = 0;

 private:
  std::filesystem::path folder_;
  ServerWishes wishes_;
  unsigned port_;
  bool configured_ = false;

 protected:
  scenario::Process process_;
};

// The one that the environment (SERVER, by with-server) names.
std::unique_ptr<RealServer> start_server(const std::filesystem::path& folder, const ServerWishes& wishes);

}  // namespace mail_tests
