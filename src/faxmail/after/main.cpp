// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxmail-after: runs the operator's program for one fax. A program and a unit of its own, with a user of its own,
// since whatever dahdi-faxmail started would be as locked down as itself. See dahdi-faxmail-after(8).
#include <sys/socket.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include <CLI/CLI.hpp>
#include <clocale>
#include <csignal>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/faxmail/after/run_program.hpp"

namespace {

constexpr const char* default_config = "/etc/dahdi-faxrx/dahdi-faxmail.conf";
constexpr timeval request_limit{10, 0};

base::UniqueFd passed_connection() {
  if (sd_listen_fds(1) != 1 || sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_SEQPACKET, 0, nullptr, 0) <= 0)
    throw base::Failure(
        "systemd starts this program, with a connection: dahdi-faxmail-after.socket, Accept=yes, "
        "ListenSequentialPacket=");
  base::UniqueFd connection(SD_LISTEN_FDS_START);
  ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &request_limit, sizeof request_limit);
  return connection;
}

std::optional<faxmail::AfterResult> served(const std::string& config, int asker) {
  try {
    const auto request = faxmail::receive_request(asker);
    if (!request) return std::nullopt;
    return faxmail::run_program(faxmail::after_of_trusted_file(config), *request, asker);
  } catch (const std::exception& error) {
    base::log::error("{}", error.what());
    return faxmail::AfterResult{faxmail::AfterOutcome::later, error.what()};
  }
}

int run(int count, char** words) {
  std::string config = default_config;
  CLI::App app(
      "Runs a program for a received fax. systemd starts it; there is nothing to be done with it by hand.",
      "dahdi-faxmail-after");
  app.set_version_flag("--version", "dahdi-faxmail-after " PROJECT_VERSION);
  app.add_option("-C,--config", config, "configuration file of dahdi-faxmail")->capture_default_str();
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : EX_USAGE;
  }
  base::log::open("dahdi-faxmail-after", false);
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  const base::UniqueFd asker = passed_connection();
  if (const auto result = served(config, asker.get())) faxmail::send_result(asker.get(), *result);
  return 0;
}

}  // namespace

int main(int count, char** words) noexcept {
  try {
    static_cast<void>(std::setlocale(LC_CTYPE, "C.UTF-8"));
    return run(count, words);
  } catch (const std::exception& error) {
    base::log::error("{}", error.what());
  } catch (...) {
    base::log::error("ended by an unknown exception");
  }
  return EX_SOFTWARE;
}
