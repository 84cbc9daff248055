// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/settings.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "src/base/dial_pattern.hpp"
#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/faxmail/route.hpp"
#include "src/faxmail/route_match.hpp"

namespace faxmail {
namespace {

constexpr std::size_t most_recipients = 100;  // RFC 5321, 4.5.3.1.8: what every server must take in one mail
constexpr std::size_t longest_password = 1024;
constexpr const char* good_address =
    "an address is written name@host.example, without spaces and angle brackets";

void check_subject(base::ConfigTable& table, const std::string& subject) {
  if (const auto wrong = subject_mistake(subject)) table.mistake("subject", *wrong);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

std::string one_line(base::ConfigTable& table, const char* key, const std::string& fallback) {
  std::string text = table.text(key, fallback);
  if (has_control(text)) table.mistake(key, fmt::format("\"{}\" is one line of text, without tabs", key));
  return text;
}

std::string address(base::ConfigTable& table, const char* key, const std::string& fallback) {
  std::string text = table.text(key, fallback);
  if (!text.empty() && !valid_address(text))
    table.mistake(key, fmt::format("\"{}\" cannot be mailed to; {}", text, good_address));
  return text;
}

std::vector<std::string> addresses(base::ConfigTable& table, const char* key) {
  std::vector<std::string> all = table.texts(key);
  for (const std::string& one : all)
    if (!valid_address(one))
      table.mistake(key, fmt::format("\"{}\" cannot be mailed to; {}", one, good_address));
  if (all.size() > most_recipients)
    table.mistake(key,
                  fmt::format("\"{}\" has {} addresses; {} are possible", key, all.size(), most_recipients));
  return all;
}

std::filesystem::path absolute_path(base::ConfigTable& table, const char* key,
                                    const std::filesystem::path& fallback) {
  std::filesystem::path path = table.text(key, fallback.string());
  if (!path.is_absolute()) table.mistake(key, fmt::format("\"{}\" is a whole path that begins with /", key));
  return path;
}

void read_mail(base::ConfigTable mail, Settings& settings) {
  settings.operator_configured = mail.has("operator");
  settings.operator_address = address(mail, "operator", settings.operator_address);
  if (settings.operator_address.empty())
    mail.mistake("operator", fmt::format("\"operator\" cannot be empty: faxes without a route go there; {}",
                                         good_address));
  settings.from = address(mail, "from", settings.from);
  settings.subject = one_line(mail, "subject", settings.subject);
  check_subject(mail, settings.subject);
  settings.company = one_line(mail, "company", settings.company);
  settings.received_line = mail.flag("received_line", settings.received_line);
  if (settings.received_line && settings.company.empty())
    mail.mistake("received_line",
                 "the line begins \"Received by COMPANY\": say company = \"...\" in [mail] too");
  settings.pdf_a = mail.flag("pdf_a", settings.pdf_a);
  settings.report_calls =
      mail.choice("report_calls", {"none", "cut", "failed", "all"}, settings.report_calls);
  settings.operator_interval_s =
      mail.real("operator_interval_s", 1, 7 * 86400.0, settings.operator_interval_s);
  mail.reject_unknown();
}

void read_archive(base::ConfigTable archive, Settings& settings) {
  settings.tiff_days = static_cast<unsigned>(archive.number("tiff_days", 0, 36500, settings.tiff_days));
  settings.pdf_days = static_cast<unsigned>(archive.number("pdf_days", 0, 36500, settings.pdf_days));
  archive.reject_unknown();
}

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

template <typename Check>
std::string condition(base::ConfigTable& table, const char* key, const Check& mistake_in) {
  std::string text = table.text(key, "");
  if (!table.has(key)) return text;
  if (const auto wrong = mistake_in(text)) table.mistake(key, *wrong);
  return text;
}

void read_conditions(base::ConfigTable& table, Route& route) {
  route.pattern = condition(table, "match", base::pattern_mistake);
  route.sub_address = condition(table, "sub_address", base::pattern_mistake);
  route.caller = condition(table, "caller", base::pattern_mistake);
  route.redirecting = condition(table, "redirecting", base::pattern_mistake);
  route.station_id = condition(table, "station_id", text_condition_mistake);
  route.line = condition(table, "line", text_condition_mistake);
  const std::vector<const char*> keys = {"match",       "sub_address", "caller",
                                         "redirecting", "station_id",  "line"};
  if (std::none_of(keys.begin(), keys.end(), [&](const char* key) { return table.has(key); }))
    table.mistake("match",
                  "a route says which faxes it takes: match = \"_X.\" (the called number), sub_address, "
                  "caller, redirecting, station_id or line");
}

Route read_route(base::ConfigTable table) {
  Route route;
  route.place = table.place();
  read_conditions(table, route);
  route.keep_first = static_cast<unsigned>(table.number("keep_first", 0, 32, 0));
  route.keep_last = static_cast<unsigned>(table.number("keep_last", 0, 32, 0));
  if (route.keep_first != 0 && route.keep_last != 0)
    table.mistake("keep_last",
                  "a number is cut to its first digits or to its last: say keep_first or keep_last");
  route.to = addresses(table, "to");
  if (route.to.empty()) table.mistake("to", "a route has at least one address: to = \"name@host.example\"");
  route.cc = addresses(table, "cc");
  route.from = address(table, "from", "");
  route.subject = one_line(table, "subject", "");
  check_subject(table, route.subject);
  route.attach_tiff = table.flag("attach_tiff", false);
  table.reject_unknown();
  return route;
}

}  // namespace

Settings read_settings(const base::ConfigFile& file, base::Mistakes&) {
  Settings settings;
  base::ConfigTable root = file.root();
  settings.spool = absolute_path(root, "spool", settings.spool);
  settings.socket = absolute_path(root, "socket", settings.socket);
  if (root.has("allowed_users")) settings.allowed_users = root.texts("allowed_users");
  if (root.has("warn_free_mb"))
    settings.warn_free_mb = static_cast<unsigned>(root.number("warn_free_mb", 0, 100'000'000, 0));
  read_mail(root.table("mail"), settings);
  read_archive(root.table("archive"), settings);
  read_smtp(root.table("smtp"), settings.smtp);
  for (base::ConfigTable& route : root.tables("route"))
    settings.routes.push_back(read_route(std::move(route)));
  root.reject_unknown();
  settings.warnings = unreachable_routes(settings.routes);
  return settings;
}

std::string this_host() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

std::string sender_of(const Settings& settings) {
  return settings.from.empty() ? "faxmail@" + this_host() : settings.from;
}

}  // namespace faxmail
