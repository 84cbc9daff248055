// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of the tests of mailing: servers that misbehave (hostile_server.py), certificates, and deliveries in processes
// of their own under a deadline, as the service makes them. For tests alone.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "src/faxmail/delivery.hpp"

namespace mail_tests {

// ca.pem, good.pem, other.pem, expired.pem and self.pem in a folder, made at the first call of this process.
const std::filesystem::path& certificates();

// One port for each script; killed with its object.
class HostileServer {
 public:
  // `certificate`: of certificates(), "good" for good.pem.
  explicit HostileServer(std::vector<std::string> scripts, const std::string& certificate = "good");
  ~HostileServer();
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;

  // Settings for a delivery to that script's port.
  [[nodiscard]] faxmail::Smtp smtp(std::size_t script = 0) const;
  // What it noted of its nth session (1 = the first), when that is over; waits for it for some seconds.
  [[nodiscard]] nlohmann::json session(std::size_t script = 0, unsigned number = 1) const;
  [[nodiscard]] unsigned sessions(std::size_t script = 0) const;
  // The messages that it said 250 to.
  [[nodiscard]] std::vector<std::string> mails(std::size_t script = 0) const;

 private:
  std::filesystem::path folder_;
  std::vector<unsigned> ports_;
  pid_t pid_ = -1;
};

struct Attempt {
  faxmail::DeliveryResult result;
  bool timed_out = false;
  double seconds = 0;
};
// Side by side, each with `deadline_s` to its end.
std::vector<Attempt> deliver_each(const std::vector<faxmail::Smtp>& servers,
                                  const faxmail::DeliveryRequest& request, double deadline_s);
Attempt deliver_one(const faxmail::Smtp& server, const faxmail::DeliveryRequest& request,
                    double deadline_s = 20);

// A message with all that SMTP can spoil (dots, a line of 998 bytes), and ballast up to about so many bytes.
std::string message_text(std::size_t bytes);

}  // namespace mail_tests
