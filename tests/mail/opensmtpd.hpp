// SPDX-License-Identifier: GPL-2.0-or-later
// OpenSMTPD for the stories of real mail servers: its configuration, and its smtpctl.
#pragma once

#include "tests/mail/real_server.hpp"

namespace mail_tests {

class OpenSmtpd : public RealServer {
 public:
  using RealServer::RealServer;
  void put_off(const std::vector<std::string>& mailboxes) override;
  [[nodiscard]] std::string log() const override;
  [[nodiscard]] std::vector<std::string> marks_of_a_safe_session() const override;

 private:
  void write_configuration() override;
  [[nodiscard]] std::vector<std::string> program() const override;
  void write_table(const std::string& name, const std::vector<std::string>& lines) const;
  [[nodiscard]] std::string password_as_it_stores_it() const;
  // By smtpctl, which talks to it over its socket.
  void control(const std::vector<std::string>& words) const;
};

}  // namespace mail_tests
