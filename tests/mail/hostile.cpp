// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/mail/hostile.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "src/base/errors.hpp"
#include "src/base/event_loop.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/child_work.hpp"
#include "src/faxmail/workers.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace mail_tests {
namespace fs = std::filesystem;
using namespace std::chrono_literals;
namespace {

unit::ScratchFolder& scratch() {
  static unit::ScratchFolder folder;
  return folder;
}

fs::path new_folder() {
  static unsigned number = 0;
  fs::path folder = scratch() / fmt::format("server-{}", ++number);
  fs::create_directory(folder);
  return folder;
}

[[noreturn]] void become(const std::vector<std::string>& words, int output) {
  ::dup2(output, STDOUT_FILENO);
  std::vector<char*> pointers;
  for (const std::string& word : words)
    pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

std::string first_line_from(int fd) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';)
    line += c;
  return line;
}

}  // namespace

const fs::path& certificates() {
  static const fs::path folder = [] {
    const fs::path made = new_folder();
    const std::string log = (made / "log").string();
    if (std::system(fmt::format("{} {} >{} 2>&1", MAKE_CERTIFICATES, made.string(), log).c_str()) != 0)
      throw base::Failure("no certificates: {}", unit::text_in(log));
    return made;
  }();
  return folder;
}

HostileServer::HostileServer(std::vector<std::string> scripts, const std::string& certificate)
    : folder_(new_folder()) {
  std::vector<std::string> words = {"/usr/bin/python3", HOSTILE_SERVER, folder_.string(), "--cert",
                                    (certificates() / (certificate + ".pem")).string()};
  words.insert(words.end(), scripts.begin(), scripts.end());
  int ends[2];
  if (::pipe(ends) != 0) throw base::system_failure("cannot make a pipe");
  const base::UniqueFd from(ends[0]);
  base::UniqueFd to(ends[1]);
  pid_ = ::fork();
  if (pid_ == 0) become(words, to.get());
  to.reset();
  std::istringstream ports(first_line_from(from.get()));
  for (unsigned port = 0; ports >> port;)
    ports_.push_back(port);
  if (ports_.size() != scripts.size()) throw base::Failure("the hostile server did not start");
}

HostileServer::~HostileServer() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

faxmail::Smtp HostileServer::smtp(std::size_t script) const {
  faxmail::Smtp smtp;
  smtp.server = "localhost";
  smtp.port = ports_.at(script);
  return smtp;
}

nlohmann::json HostileServer::session(std::size_t script, unsigned number) const {
  const fs::path file = folder_ / fmt::format("{}-{}.json", ports_.at(script), number);
  for (unsigned tries = 0; tries < 200 && !fs::exists(file); ++tries)
    std::this_thread::sleep_for(50ms);
  return nlohmann::json::parse(unit::text_in(file));
}

unsigned HostileServer::sessions(std::size_t script) const {
  unsigned count = 0;
  while (fs::exists(folder_ / fmt::format("{}-{}.json", ports_.at(script), count + 1)))
    ++count;
  return count;
}

std::vector<std::string> HostileServer::mails(std::size_t script) const {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.path().extension() == ".eml" &&
        entry.path().filename().string().starts_with(fmt::format("{}-", ports_.at(script))))
      all.push_back(unit::text_in(entry.path()));
  return all;
}

std::vector<Attempt> deliver_each(const std::vector<faxmail::Smtp>& servers,
                                  const faxmail::DeliveryRequest& request, double deadline_s) {
  std::vector<Attempt> attempts(servers.size());
  base::EventLoop loop;
  faxmail::Workers workers(loop);
  const auto begin = std::chrono::steady_clock::now();
  std::size_t running = servers.size();
  for (std::size_t i = 0; i < servers.size(); ++i)
    workers.start(
        [&, i](int output) { return faxmail::deliver_in_child(request, servers[i], output); }, deadline_s,
        [&, i](const faxmail::WorkerEnd& end) {
          const std::string otherwise = end.good() || end.timed_out ? end.in_words() : end.output;
          attempts[i] = {faxmail::result_from(end.output, request, otherwise), end.timed_out,
                         std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()};
          if (--running == 0) loop.stop(0);
        });
  loop.run();
  return attempts;
}

Attempt deliver_one(const faxmail::Smtp& server, const faxmail::DeliveryRequest& request, double deadline_s) {
  return deliver_each({server}, request, deadline_s).front();
}

std::string message_text(std::size_t bytes) {
  std::string text =
      "From: fax@example.org\r\nTo: a@example.org\r\nSubject: a fax\r\n"
      "Date: Mon, 23 Nov 2026 16:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: "
      "1.0\r\nContent-Type: text/plain\r\n\r\n"
      ".\r\n..\r\n.a line after a dot\r\n" +
      std::string(998, 'x') + "\r\n";
  for (unsigned i = 0; text.size() < bytes; ++i)
    text += fmt::format("{:070}\r\n", i);
  return text;
}

}  // namespace mail_tests
