// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/mail/postfix.hpp"

#include <fmt/format.h>

#include "src/base/errors.hpp"
#include "tests/mail/hostile.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace mail_tests {
namespace fs = std::filesystem;
namespace {

// Not its defaults: names and places of this root, what keeps it to itself, and what the stories need.
constexpr const char* main_cf = R"(compatibility_level = 3.6
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = /var/log/postfix.log
smtpd_peername_lookup = no
alias_maps =
default_database_type = texthash
virtual_mailbox_domains = example.org
virtual_mailbox_maps = texthash:/etc/postfix/mailboxes
virtual_mailbox_base = /var/mail
virtual_uid_maps = static:{1}
virtual_gid_maps = static:{1}
virtual_mailbox_limit = 0
message_size_limit = {0}
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = /etc/postfix/server.pem
smtpd_tls_key_file = /etc/postfix/server.pem
smtpd_tls_received_header = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_authenticated_header = yes
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access texthash:/etc/postfix/put-off, permit_sasl_authenticated, reject
)";

// A process of smtpd for each session, so that each looks at put-off anew.
constexpr const char* master_cf = R"(127.0.0.1:{} inet n - n - - smtpd -o max_use=1
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
)";

constexpr unsigned postfix = 0, postdrop = 1;  // which of the users

}  // namespace

void Postfix::write_configuration() {
  write_users({"postfix", "postdrop"});
  const fs::path folder = etc() / "postfix";
  fs::create_directory(folder);
  unit::put_file(folder / "main.cf", fmt::format(main_cf, wishes().largest_mail_bytes, mail_user));
  unit::put_file(folder / "master.cf", fmt::format(master_cf, port()));
  std::string mailboxes;
  for (const std::string& name : mailbox_names)
    mailboxes += fmt::format("{0}@example.org {0}/\n", name);
  unit::put_file(folder / "mailboxes", mailboxes);
  fs::copy_file(certificates() / "good.pem", folder / "server.pem");
  put_off({});
  make_queue();
  start_auth_server();
}

// As "postfix check" makes it, for which a shell and its tools would be needed.
void Postfix::make_queue() const {
  const fs::path queue = var() / "spool" / "postfix";
  const unsigned owner = first_user + postfix, drop = first_user + postdrop;
  make_folder(queue, 0, 0, 0755);
  make_folder(queue / "pid", 0, 0, 0755);
  for (const char* name : {"active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
                           "private", "saved", "trace"})
    make_folder(queue / name, owner, 0, 0700);
  make_folder(queue / "maildrop", owner, drop, 0730);
  make_folder(queue / "public", owner, drop, 02710);
  make_folder(var() / "lib" / "postfix", owner, owner, 0700);
  make_folder(var() / "log", 0, 0, 0755);
}

void Postfix::start_auth_server() {
  const fs::path password = etc() / "password";
  unit::put_file(password, wishes().login.password);
  auth_server_ = scenario::Process(
      {"/usr/bin/python3", AUTH_SERVER, var() / "spool/postfix/private/auth", wishes().login.name, password},
      etc() / "auth");
  if (!scenario::eventually([this] { return auth_server_.output() == "ready\n"; }))
    throw base::Failure("the server for logins does not come up: {}", auth_server_.log());
}

void Postfix::put_off(const std::vector<std::string>& mailboxes) {
  std::string lines;
  for (const std::string& name : mailboxes)
    lines += fmt::format("{}@example.org 450 4.7.1 Greylisted, come again\n", name);
  const fs::path file = etc() / "postfix" / "put-off";
  unit::put_file(file.string() + ".new", lines);
  fs::rename(file.string() + ".new", file);
}

std::string Postfix::log() const {
  return unit::text_in(var() / "log" / "postfix.log");
}

std::vector<std::string> Postfix::marks_of_a_safe_session() const {
  return {"(using TLSv1.2 ", fmt::format("(Authenticated sender: {})", wishes().login.name), "with ESMTPSA"};
}

std::vector<std::string> Postfix::program() const {
  return {"/usr/lib/postfix/sbin/master", "-d"};
}

}  // namespace mail_tests
