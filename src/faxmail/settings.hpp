// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxmail.conf(5) as a struct. Every default is a good one: `dahdi-faxmail -r you@example.org` starts
// without a file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "src/base/config.hpp"
#include "src/faxmail/after/after_settings.hpp"

namespace faxmail {

// [[route]]: who gets the faxes that are like this (route_match.hpp). The first that matches is taken.
struct Route {
  std::string pattern;      // "match", of the called number: a dial pattern, see dial_pattern.hpp; empty: any
  unsigned keep_first = 0;  // the number is cut to its first N digits before it is compared (0 = not)
  unsigned keep_last = 0;   // ... its last N
  std::vector<std::string> to, cc;
  std::string from, subject;  // empty: the general ones
  bool attach_tiff = false;
  std::string sub_address = {}, caller = {}, redirecting = {};  // dial patterns; empty: any
  std::string station_id = {}, line = {};  // texts with '*', or dial patterns; empty: any
  std::string server = {};                 // the [[server]] that it is mailed through; empty: [smtp]
  std::string place = {};                  // FILE:LINE
};

inline constexpr std::uint64_t smallest_size_limit = 64'000;  // RFC 5321, 4.5.3.1.7: what every server takes

// A mail server: [smtp], or a [[server]] that routes name.
struct Smtp {
  std::string name = {};  // of a [[server]]; empty: [smtp]
  std::string server = "localhost";
  unsigned port = 25;
  std::string login, password;        // empty: no AUTH
  std::string tls = "opportunistic";  // opportunistic, required, off; required when there is a login
  std::string ca_file;                // authorities of one's own, PEM; empty: the system's
  double first_retry_s = 60, longest_retry_s = 3600;  // growing by half each time, with jitter
  double give_up_after_s = 5 * 86400.0;
  double delivery_limit_s = 600;  // one attempt, then its process is killed
  unsigned at_once = 4;
  std::uint64_t largest_mail_bytes = 0;  // 0: what the server says
};

struct Settings {
  std::filesystem::path spool = "/var/spool/dahdi-faxmail";  // queue/ and archive/ (folders by called number)
  std::filesystem::path socket = "/run/dahdi-faxmail/handoff.sock";
  std::vector<std::string> allowed_users = {
      "dahdi-faxrx"};  // may hand over, besides root and this program's own user
  std::string operator_address = "root@localhost";
  bool operator_configured = false;  // the file names one; else -r does
  std::string from;                  // empty: faxmail@<this host's name>
  std::string subject = "Fax from {caller} to {called}, {pages} pages";
  std::string company;  // "Received by COMPANY, …" above each PDF page; empty: no such line
  bool received_line = false;
  bool pdf_a = true;                    // PDF/A-2b
  std::string report_calls = "failed";  // which the operator hears of: none, cut, failed, all
  double operator_interval_s = 3600;    // between two mails to him about the same
  // Less room than this, and he is told; not set: 500, or on a small disk a tenth of it.
  std::optional<unsigned> warn_free_mb;
  unsigned tiff_days = 30, pdf_days = 30;  // in the archive, after delivery; 0: not at all
  After after;
  Smtp smtp;
  std::vector<Smtp> servers;
  std::vector<Route> routes;
  std::filesystem::path paper_program;  // dahdi-faxmail-paper; no setting: main() finds it
  std::vector<std::string> warnings;    // what is no mistake and yet hardly meant
  std::vector<std::string> default_to;  // -r: for numbers without a route; empty: the operator
};

// Reads and checks; mistakes are collected in `mistakes`, all of them.
Settings read_settings(const base::ConfigFile& file, base::Mistakes& mistakes);

// The [[server]] of that name; [smtp] when there is none (any more).
const Smtp& server_named(const Settings& settings, const std::string& name);

// Who a mail is from when nothing else is said: settings.from, or faxmail@ and this host's name.
std::string sender_of(const Settings& settings);
std::string this_host();

}  // namespace faxmail
