// SPDX-License-Identifier: GPL-2.0-or-later
// Postfix for the stories of real mail servers: its configuration, and auth_server.py in the place of Dovecot.
#pragma once

#include "tests/mail/real_server.hpp"

namespace mail_tests {

class Postfix : public RealServer {
 public:
  using RealServer::RealServer;
  void put_off(const std::vector<std::string>& mailboxes) override;
  [[nodiscard]] std::string log() const override;
  [[nodiscard]] std::vector<std::string> marks_of_a_safe_session() const override;

 private:
  void write_configuration() override;
  [[nodiscard]] std::vector<std::string> program() const override;
  void make_queue() const;
  void start_auth_server();

  scenario::Process auth_server_;
};

}  // namespace mail_tests
