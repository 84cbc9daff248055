// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/settings.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "src/base/dial_pattern.hpp"
#include "src/faxmail/route.hpp"
#include "src/faxmail/route_match.hpp"
#include "src/faxmail/setting_texts.hpp"
#include "src/faxmail/smtp_settings.hpp"

namespace faxmail {
namespace {

constexpr std::size_t most_recipients = 100;  // RFC 5321, 4.5.3.1.8: what every server must take in one mail
constexpr const char* good_address =
    "an address is written name@host.example, without spaces and angle brackets";

void check_subject(base::ConfigTable& table, const std::string& subject) {
  if (const auto wrong = subject_mistake(subject)) table.mistake("subject", *wrong);
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

std::string server_in(base::ConfigTable& table, const std::vector<Smtp>& servers) {
  std::string name = table.text("server", "");
  const auto same = [&](const Smtp& one) { return one.name == name; };
  if (table.has("server") && std::none_of(servers.begin(), servers.end(), same))
    table.mistake("server", fmt::format("there is no [[server]] with name = \"{}\"", name));
  return name;
}

Route read_route(base::ConfigTable table, const std::vector<Smtp>& servers) {
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
  route.server = server_in(table, servers);
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
  settings.after = read_after(root.table("after"));
  read_smtp(root.table("smtp"), settings.smtp);
  settings.servers = read_servers(root);
  for (base::ConfigTable& route : root.tables("route"))
    settings.routes.push_back(read_route(std::move(route), settings.servers));
  root.reject_unknown();
  settings.warnings = unreachable_routes(settings.routes);
  return settings;
}

const Smtp& server_named(const Settings& settings, const std::string& name) {
  const auto found = std::find_if(settings.servers.begin(), settings.servers.end(),
                                  [&](const Smtp& one) { return one.name == name; });
  return found == settings.servers.end() ? settings.smtp : *found;
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
