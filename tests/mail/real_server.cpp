// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/mail/real_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "src/base/errors.hpp"
#include "src/base/unique_fd.hpp"
#include "tests/mail/opensmtpd.hpp"
#include "tests/mail/postfix.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace mail_tests {
namespace fs = std::filesystem;
namespace {

sockaddr_in loopback(unsigned port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

unsigned free_port() {
  const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw base::system_failure("there is no free port");
  return ntohs(address.sin_port);
}

bool somebody_listens(unsigned port) {
  const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// Where the lines that the server has put above the message end: with the first that is none of these, or goes on one.
std::size_t end_of_added_lines(const std::string& text) {
  std::size_t at = 0;
  for (std::size_t end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string line = text.substr(at, end - at);
    const auto begins = [&line](const char* name) { return line.starts_with(name); };
    const bool added = begins("Return-Path: ") || begins("X-Original-To: ") || begins("Delivered-To: ") ||
                       begins("Received: ") || (at != 0 && (begins("\t") || begins(" ")));
    if (!added) break;
  }
  return at;
}

}  // namespace

RealServer::RealServer(const fs::path& folder, ServerWishes wishes)
    : folder_(folder), wishes_(std::move(wishes)), port_(free_port()) {
  for (const fs::path& path : {etc(), var()})
    fs::create_directory(path);
}

void RealServer::start() {
  if (!configured_) {
    make_folder(var() / "mail", mail_user, mail_user, 0755);
    unit::put_file(etc() / "hosts", "127.0.0.1 localhost\n");
    unit::put_file(etc() / "nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
    unit::put_file(etc() / "services", "smtp 25/tcp\n");
    unit::put_file(etc() / "resolv.conf", "");
    write_configuration();
    configured_ = true;
  }
  process_ = scenario::Process(command_inside(program()), folder_ / "server");
  const bool up =
      scenario::eventually([this] { return somebody_listens(port_) || !process_.runs(); }) && process_.runs();
  if (!up) throw base::Failure("the mail server does not come up:\n{}{}", process_.log(), log());
}

void RealServer::kill() {
  process_ = scenario::Process();
}

std::vector<Arrived> RealServer::mailbox(const std::string& name) const {
  std::vector<Arrived> mails;
  const fs::path folder = var() / "mail" / name / "new";  // a file is moved there when it is whole
  if (!fs::exists(folder)) return mails;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string text = unit::text_in(entry.path());
    const std::size_t end = end_of_added_lines(text);
    mails.push_back({entry.path(), text.substr(0, end), text.substr(end)});
  }
  const auto came = [](const Arrived& one) { return fs::last_write_time(one.file); };
  std::sort(mails.begin(), mails.end(),
            [&](const Arrived& a, const Arrived& b) { return came(a) < came(b); });
  return mails;
}

void RealServer::write_users(const std::vector<std::string>& names) const {
  std::string users = "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n",
              groups = "root:x:0:\nnogroup:x:65534:\n";
  const auto add = [&](const std::string& name, unsigned number) {
    users += fmt::format("{0}:x:{1}:{1}::/:/bin/sh\n", name, number);
    groups += fmt::format("{}:x:{}:\n", name, number);
  };
  add("mailboxes", mail_user);
  for (unsigned n = 0; n < names.size(); ++n)
    add(names[n], first_user + n);
  unit::put_file(etc() / "passwd", users);
  unit::put_file(etc() / "group", groups);
}

void RealServer::make_folder(const fs::path& path, unsigned user, unsigned group, unsigned mode) const {
  fs::create_directories(path);
  if (::chown(path.c_str(), user, group) != 0 || ::chmod(path.c_str(), mode) != 0)
    throw base::system_failure("cannot make " + path.string());
}

std::vector<std::string> RealServer::command_inside(const std::vector<std::string>& words,
                                                    unsigned group) const {
  const char* root = std::getenv("SERVER_ROOT");
  if (root == nullptr)
    throw base::Failure("SERVER_ROOT is not set: run these stories by tests/mail/with-server");
  std::vector<std::string> command = {RUN_SERVER, std::to_string(group), root, folder_.string()};
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

std::unique_ptr<RealServer> start_server(const fs::path& folder, const ServerWishes& wishes) {
  const char* name = std::getenv("SERVER");
  std::unique_ptr<RealServer> server;
  if (name != nullptr && name == std::string_view("postfix"))
    server = std::make_unique<Postfix>(folder, wishes);
  if (name != nullptr && name == std::string_view("opensmtpd"))
    server = std::make_unique<OpenSmtpd>(folder, wishes);
  if (!server) throw base::Failure("SERVER is neither postfix nor opensmtpd");
  server->start();
  return server;
}

}  // namespace mail_tests
