// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/smtp_settings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/faxmail/setting_texts.hpp"

namespace faxmail {
namespace {

constexpr std::size_t longest_password = 1024;
constexpr std::size_t longest_name = 64;
constexpr std::size_t most_servers = 100;

std::string password_in(base::ConfigTable& smtp, const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0)
    smtp.mistake("password_file", fmt::format("everybody may read {}; chmod o-r it", file));
  try {
    std::string text = base::read_file(file, longest_password);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
      text.pop_back();
    return text;
  } catch (const std::exception& error) {
    smtp.mistake("password_file", fmt::format("{}; name a file that this program may read", error.what()));
    return {};
  }
}

void read_login(base::ConfigTable& smtp, Smtp& to) {
  to.login = one_line(smtp, "login", "");
  to.password = one_line(smtp, "password", "");
  const std::string file = smtp.text("password_file", "");
  if (!file.empty() && !to.password.empty())
    smtp.mistake("password_file", "say either password or password_file, not both");
  if (!file.empty()) to.password = password_in(smtp, file);
  if (to.login.empty() && (!to.password.empty() || !file.empty()))
    smtp.mistake(file.empty() ? "password" : "password_file",
                 "there is a password without a login = \"...\"");
  if (to.login.empty()) return;
  if (to.password.empty())
    smtp.mistake("login", "a login needs password_file = \"...\" (or password = \"...\")");
  if (smtp.has("tls") && to.tls != "required")
    smtp.mistake("tls",
                 "with a login, tls is \"required\": a password must not cross the network in the clear");
  to.tls = "required";
}

void check_server(base::ConfigTable& smtp, const Smtp& to) {
  const bool odd = to.server.empty() || to.server.size() > 253 ||
                   to.server.find_first_of(" \t\r\n:/[]<>@") != std::string::npos || has_control(to.server);
  if (odd)
    smtp.mistake("server",
                 "\"server\" is a host's name or IPv4 address, \"mail.example.org\"; the port has a "
                 "setting of its own, and IPv6 needs a name");
  if (to.port == 465)
    smtp.mistake("port",
                 "port 465 wants TLS from the first byte, which is not possible here; take 587 (STARTTLS)");
}

std::string ca_file_in(base::ConfigTable& smtp, const Smtp& to) {
  std::string file = smtp.text("ca_file", "");
  if (file.empty()) return file;
  if (file[0] != '/') smtp.mistake("ca_file", "\"ca_file\" is a whole path that begins with /");
  if (::access(file.c_str(), R_OK) != 0)
    smtp.mistake("ca_file", fmt::format("{}; name a PEM file of certificates that this program may read",
                                        base::system_failure("cannot read " + file).what()));
  if (to.tls != "required")
    smtp.mistake("ca_file", "certificates are only looked at with tls = \"required\": say that too");
  return file;
}

}  // namespace

void read_smtp(base::ConfigTable smtp, Smtp& to) {
  to.server = smtp.text("server", to.server);
  to.port = static_cast<unsigned>(smtp.number("port", 1, 65535, to.port));
  check_server(smtp, to);
  to.tls = smtp.choice("tls", {"opportunistic", "required", "off"}, to.tls);
  read_login(smtp, to);
  to.ca_file = ca_file_in(smtp, to);
  to.first_retry_s = smtp.real("first_retry_s", 1, 86400, to.first_retry_s);
  to.longest_retry_s = smtp.real("longest_retry_s", 1, 86400, to.longest_retry_s);
  if (to.longest_retry_s < to.first_retry_s)
    smtp.mistake("longest_retry_s", "\"longest_retry_s\" is at least first_retry_s");
  to.give_up_after_s = smtp.real("give_up_after_s", 60, 30 * 86400.0, to.give_up_after_s);
  to.delivery_limit_s = smtp.real("delivery_limit_s", 5, 7200, to.delivery_limit_s);
  to.at_once = static_cast<unsigned>(smtp.number("at_once", 1, 64, to.at_once));
  to.largest_mail_bytes = static_cast<std::uint64_t>(smtp.number("largest_mail_bytes", 0, 1L << 40, 0));
  if (to.largest_mail_bytes != 0 && to.largest_mail_bytes < smallest_size_limit)
    smtp.mistake("largest_mail_bytes",
                 fmt::format("\"largest_mail_bytes\" is 0, for what the server says, or at least {}",
                             smallest_size_limit));
  smtp.reject_unknown();
}

namespace {

Smtp read_named(base::ConfigTable table, const std::vector<Smtp>& others) {
  Smtp to;
  to.name = one_line(table, "name", "");
  if (to.name.empty() || to.name.size() > longest_name)
    table.mistake("name",
                  fmt::format("a [[server]] has a name of at most {} letters, by which routes take it: "
                              "name = \"clinic\"",
                              longest_name));
  if (std::any_of(others.begin(), others.end(), [&](const Smtp& one) { return one.name == to.name; }))
    table.mistake("name", fmt::format("there are two [[server]] with the name \"{}\"", to.name));
  if (!table.has("server"))
    table.mistake("server", "a [[server]] says which host it is: server = \"mail.example.org\"");
  read_smtp(std::move(table), to);
  return to;
}

}  // namespace

std::vector<Smtp> read_servers(base::ConfigTable& root) {
  std::vector<Smtp> servers;
  for (base::ConfigTable& table : root.tables("server")) {
    if (servers.size() == most_servers)
      table.mistake("name", fmt::format("{} mail servers are possible", most_servers));
    servers.push_back(read_named(std::move(table), servers));
    if (servers.size() > most_servers) break;
  }
  return servers;
}

}  // namespace faxmail
