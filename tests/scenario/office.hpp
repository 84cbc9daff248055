// SPDX-License-Identifier: GPL-2.0-or-later
// A whole office for a story: a software exchange's lines, dahdi-faxrx, dahdi-faxmail, and a real SMTP server
// with an inbox, all in a folder of their own. Callers ring it with dahdi-faxcall. Every part is the real
// program.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/scenario/process.hpp"

namespace scenario {

using Words = std::vector<std::string>;

// The pages that the build made.
std::filesystem::path one_page();              // a letter, standard resolution
std::filesystem::path ten_pages();             // ten letters
std::filesystem::path mixed_pages();           // standard, fine, superfine
std::filesystem::path sample();                // letter, drawing, photograph
std::string program(const std::string& name);  // "dahdi-faxrx"

struct Settings {
  std::string lines = "1-4";  // after -c; empty: the story's dahdi-faxrx.conf names them
  Words smtp = {};            // options of tests/tools/smtp-server
  bool smtp_runs = true;
  std::string faxmail_top = {};  // lines at the top of dahdi-faxmail.conf
  std::string mail = {};         // more lines in its [mail]
  std::string smtp_lines = {};   // ... in its [smtp]
  std::string routes = "[[route]]\nmatch = \"_X.\"\nto = [\"reception@example.org\"]\n";
  std::string faxrx = {};  // dahdi-faxrx.conf, where LINES stands for the folder of the lines
};

struct CallReport {
  int exit_code;
  nlohmann::json json;  // dahdi-faxcall --json
};

class Call {  // one that goes on
 public:
  Call(Process process) : process_(std::move(process)) {}
  CallReport wait();
  [[nodiscard]] std::string log() const { return process_.log(); }

 private:
  Process process_;
};

struct Mail {
  std::filesystem::path file;
  nlohmann::json envelope;  // from, to
  std::string text;         // the whole message as it came
};

class Office {
 public:
  explicit Office(Settings settings = {});
  ~Office();

  void start_smtp();
  void start_faxmail();
  void start_faxrx();
  void configure_faxrx(const std::string& text);  // its file; it reads that at SIGHUP
  void stop_smtp();
  void restart_smtp(const Words& options);  // another one at its place

  Call dial(const Words& options);        // the called number and who calls have defaults
  CallReport call(const Words& options);  // dial and wait
  // The n-th mail that the SMTP server accepted, from 1; fails the story when it does not come.
  Mail mail(unsigned n);
  [[nodiscard]] unsigned mails() const;
  // Whether the PDF in the mail holds the TIFF's pages, pixel for pixel, in their true size.
  bool has_pages(const Mail& mail, const std::filesystem::path& tiff, const Words& options = {});

  [[nodiscard]] std::filesystem::path folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path fax_spool() const { return folder_ / "fax"; }
  [[nodiscard]] std::filesystem::path mail_spool() const { return folder_ / "mail"; }
  [[nodiscard]] std::filesystem::path control() const { return folder_ / "control.sock"; }
  [[nodiscard]] std::filesystem::path lines() const { return folder_ / "lines"; }
  [[nodiscard]] std::string logs() const;   // of all programs, for a story that failed
  bool log_says(const std::string& words);  // eventually
  // The only process of dahdi-faxrx with that name ("faxrx line 1"); fails the story when there is none.
  pid_t process_named(const std::string& name);

  Process faxrx, faxmail, smtp;

 private:
  Settings settings_;
  std::filesystem::path folder_;
  unsigned smtp_port_ = 0, calls_ = 0, faxrx_starts_ = 0;
};

// What a story about a call expects as the caller saw it.
struct Expected {
  const char* modem;
  int rate_bps;
  bool ecm;
  int pages;
};
void check_confirmed(const CallReport& call, const Expected& expected);

}  // namespace scenario
