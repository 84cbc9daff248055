// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/mail/opensmtpd.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "src/base/errors.hpp"
#include "tests/mail/hostile.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace mail_tests {
namespace fs = std::filesystem;
namespace {

constexpr const char* smtpd_conf = R"(pki localhost cert "/etc/server.crt"
pki localhost key "/etc/server.key"
smtp max-message-size "{0}"
table logins file:/etc/logins
table mailboxes file:/etc/mailboxes
table put-off file:/etc/put-off
filter "greylist" phase rcpt-to match rcpt-to <put-off> reject "451 4.7.1 Greylisted, come again"
listen on 127.0.0.1 port {1} tls-require pki localhost auth <logins> received-auth filter "greylist"
action "file" maildir "/var/mail/%{{rcpt.user}}" virtual <mailboxes>
match from auth for domain "example.org" action "file"
)";

constexpr unsigned opensmtpq = 1;  // which of the users; smtpctl is to be of this group

std::vector<std::string> addresses(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names)
    all.push_back(name + "@example.org");
  return all;
}

}  // namespace

void OpenSmtpd::write_configuration() {
  write_users({"opensmtpd", "opensmtpq"});
  unit::put_file(etc() / "smtpd.conf", fmt::format(smtpd_conf, wishes().largest_mail_bytes, port()));
  unit::put_file(etc() / "mailname", "mx.example.org\n");
  for (const char* kind : {"crt", "key"}) {
    const fs::path file = etc() / fmt::format("server.{}", kind);
    fs::copy_file(certificates() / fmt::format("good.{}", kind), file);
    fs::permissions(file, fs::perms::owner_read);
  }
  fs::create_directories(etc() / "ssl/certs");  // without one it does not start
  fs::copy_file(certificates() / "ca.pem", etc() / "ssl/certs/ca-certificates.crt");
  write_table("logins", {fmt::format("{} {}", wishes().login.name, password_as_it_stores_it())});
  std::vector<std::string> mailboxes;
  for (const std::string& address : addresses(mailbox_names))
    mailboxes.push_back(address + " mailboxes");  // whose files they are
  write_table("mailboxes", mailboxes);
  write_table("put-off", {"nobody@example.net"});  // an empty one is a mistake to it
  make_folder(var() / "lib/opensmtpd/empty", 0, 0, 0755);
  make_folder(var() / "spool", 0, 0, 0755);
  make_folder(var() / "run", 0, 0, 0755);
}

std::string OpenSmtpd::password_as_it_stores_it() const {
  const fs::path said = etc() / "encrypt";
  scenario::Process encrypt({"/usr/bin/openssl", "passwd", "-6", wishes().login.password}, said);
  if (encrypt.wait() != 0) throw base::Failure("openssl passwd: {}", encrypt.log());
  const std::string text = encrypt.output();
  return text.substr(0, text.find('\n'));
}

void OpenSmtpd::write_table(const std::string& name, const std::vector<std::string>& lines) const {
  std::string text;
  for (const std::string& line : lines)
    text += line + "\n";
  unit::put_file(etc() / name, text);
}

void OpenSmtpd::put_off(const std::vector<std::string>& mailboxes) {
  write_table("put-off",
              mailboxes.empty() ? std::vector<std::string>{"nobody@example.net"} : addresses(mailboxes));
  control({"update", "table", "put-off"});
}

void OpenSmtpd::control(const std::vector<std::string>& words) const {
  std::vector<std::string> command = {"/usr/sbin/smtpctl"};
  command.insert(command.end(), words.begin(), words.end());
  scenario::Process process(command_inside(command, first_user + opensmtpq), etc() / "smtpctl");
  if (process.wait() != 0) throw base::Failure("smtpctl: {}{}", process.output(), process.log());
}

std::string OpenSmtpd::log() const {
  return process_.log();
}

std::vector<std::string> OpenSmtpd::marks_of_a_safe_session() const {
  return {"TLSv1.2:", fmt::format("auth=yes user={}", wishes().login.name), "with ESMTPSA"};
}

std::vector<std::string> OpenSmtpd::program() const {
  return {"/usr/sbin/smtpd", "-d"};
}

}  // namespace mail_tests
