// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <functional>

#include "src/faxmail/child_work.hpp"
#include "src/faxmail/paper/lock_down.hpp"
#include "tests/unit/queue_parts.hpp"
#include "tests/unit/sanitizer_build.hpp"

using faxmail::Step;
using namespace queue_parts;

TEST_CASE_FIXTURE(OfficeWithServer, "a fax becomes a mail with a PDF, is filed, and its folder goes") {
  office.settings().routes = {route_to({"a@example.org"})};
  office.start();
  const auto id = office.take();
  REQUIRE(office.run_until_empty());
  CHECK(server.mails() == 1);
  CHECK(server.mail(1).find("application/pdf") != std::string::npos);
  CHECK(server.mail(1).find(id.text() + "@") != std::string::npos);
  CHECK_FALSE(office.spool().has_job(id));
  CHECK(office.spool().knows(id));
  std::size_t filed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(office.spool().archive() / "0301234569"))
    filed += entry.path().extension() == ".pdf" || entry.path().extension() == ".tif" ? 1 : 0;
  CHECK(filed == 2);
}

TEST_CASE(
    "the mail server is away for a while: the fax waits, and the mail that arrives at last is the first "
    "one") {
  const ScratchFolder folder;
  auto server = std::make_unique<SmtpServer>(folder / "store");
  Office office(folder, server->smtp());
  retry_quickly(office.settings().smtp);
  office.settings().routes = {route_to({"a@example.org"})};
  server->stop();
  office.start();
  const auto id = office.take();
  REQUIRE(office.run_until([&] { return office.tries(id) >= 2; }));
  CHECK(office.job(id).recipients.at(0).words.find("Connection refused") != std::string::npos);
  const std::string written = mail_parts::contents(office.spool().job_folder(id) / "message.eml");
  server = std::make_unique<SmtpServer>(folder / "store",
                                        std::vector<std::string>{"--port", std::to_string(server->port())});
  REQUIRE(office.run_until_empty());
  CHECK(server->mail(1) == written);
}

TEST_CASE_FIXTURE(
    OfficeWithServer,
    "one of two recipients is refused: the other has his mail once, the operator a mail with the reason and "
    "the fax") {
  office.settings().operator_address = "boss@example.org";
  office.settings().routes = {route_to({"a@example.org", "refused@example.org"})};
  REQUIRE(office.start_and_mail_one());
  REQUIRE(server.mails() == 2);
  CHECK(server.envelope(1)["to"] == nlohmann::json({"a@example.org"}));
  CHECK(server.envelope(2)["to"] == nlohmann::json({"boss@example.org"}));
  CHECK(server.mail(2).find("550 5.1.1 nobody here by that name") != std::string::npos);
  CHECK(server.mail(2).find("application/pdf") != std::string::npos);
}

TEST_CASE_FIXTURE(OfficeWithServer,
                  "a recipient put off for too long is given up, and the operator gets the fax") {
  retry_quickly(office.settings().smtp);
  office.settings().smtp.give_up_after_s = 1;
  office.settings().operator_address = "boss@example.org";
  office.settings().routes = {route_to({"later@example.org"})};
  REQUIRE(office.start_and_mail_one());
  REQUIRE(server.mails() == 1);
  CHECK(server.envelope(1)["to"] == nlohmann::json({"boss@example.org"}));
  CHECK(server.mail(1).find("given up after") != std::string::npos);
}

TEST_CASE_FIXTURE(OfficeWithServer,
                  "the operator himself is refused: the fax stays, and goes to the next one who is named") {
  office.settings().operator_address = "refused@example.org";
  office.start();
  const auto id = office.take();  // no route at all: to the operator
  REQUIRE(office.run_until([&] { return office.job(id).hold == faxmail::Hold::undeliverable; }));
  office.end();
  office.settings().operator_address = "boss@example.org";
  office.start();
  REQUIRE(office.run_until_empty());
  CHECK(server.envelope(1)["to"] == nlohmann::json({"boss@example.org"}));
}

TEST_CASE_FIXTURE(OfficeWithServer, "a number without a route goes to the operator, and the mail says so") {
  office.settings().operator_address = "boss@example.org";
  REQUIRE(office.start_and_mail_one("0999"));
  CHECK(server.envelope(1)["to"] == nlohmann::json({"boss@example.org"}));
  CHECK(server.mail(1).find("No route is set for") != std::string::npos);
}

TEST_CASE_FIXTURE(OfficeWithServer,
                  "no PDF can be made of what came: the TIFF is mailed and the mail says why") {
  office.settings().routes = {route_to({"a@example.org"})};
  REQUIRE(office.start_and_mail_one("0301234569", "this is no TIFF at all"));
  REQUIRE(server.mails() == 1);
  CHECK(server.mail(1).find("image/tiff") != std::string::npos);
  CHECK(server.mail(1).find("application/pdf") == std::string::npos);
  CHECK(server.mail(1).find("TIFF file") != std::string::npos);
}

TEST_CASE_FIXTURE(OfficeWithServer, "killed at any step, a fax is mailed once after the restart") {
  retry_quickly(office.settings().smtp);
  office.settings().routes = {route_to({"a@example.org"})};
  unsigned mails = 0;
  for (const Step step : {Step::accepted, Step::converted, Step::ready}) {
    CAPTURE(static_cast<int>(step));
    office.settings().smtp.port = mail_parts::dead_port;
    office.start();
    const auto id = office.take();
    REQUIRE(office.run_until([&] { return office.job(id).step >= step; }));
    if (step == Step::ready) REQUIRE(office.run_until([&] { return office.tries(id) >= 1; }));
    office.end();
    office.settings().smtp.port = server.port();
    office.start();
    REQUIRE(office.run_until_empty());
    CHECK(server.mails() == ++mails);
    CHECK(server.mail(mails).find(id.text() + "@") != std::string::npos);
    office.end();
  }
}

TEST_CASE_FIXTURE(OfficeWithServer, "a folder whose state cannot be read is left alone and stops nobody") {
  office.settings().routes = {route_to({"a@example.org"})};
  const auto broken = base::CallId::random();
  std::filesystem::create_directories(office.settings().spool / "queue" / (broken.text() + ".waiting"));
  unit::put_file(office.settings().spool / "queue" / (broken.text() + ".waiting") / "state.json",
                 "{\"version\": 1, \"step\"");
  REQUIRE(office.start_and_mail_one());
  CHECK(server.mails() == 1);
  CHECK(office.spool().has_job(broken));
}

namespace {

// Runs in a child; its exit code is the number of the first thing that it could do and must not.
int first_allowed(const std::vector<std::function<bool()>>& attempts) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    int number = 0;
    for (const auto& attempt : attempts) {
      ++number;
      if (attempt()) ::_exit(number);
    }
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool can_open(const std::filesystem::path& file, int flags) {
  return base::UniqueFd(::open(file.c_str(), flags, 0600)).get() >= 0;
}

using unit::sanitizer_build;

bool can_run_false() {
  char name[] = "/bin/false";
  char* words[] = {name, nullptr};
  return ::execv(name, words) == 0;  // which never comes back when it can
}

}  // namespace

TEST_CASE("the child that makes a PDF has no network, no programs, and no files but its job's" *
          doctest::skip(sanitizer_build)) {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "job");
  std::filesystem::create_directory(folder / "other");
  unit::put_file(folder / "other" / "fax.tif", "another job's");
  const base::UniqueFd sibling(::open((folder / "other" / "fax.tif").c_str(), O_RDONLY));
  CHECK(first_allowed({[&] {
                         faxmail::give_up_all_but_paper(folder / "job");
                         return !can_open(folder / "job" / "fax.pdf", O_WRONLY | O_CREAT);  // this one it may
                       },
                       [&] { return can_open(folder / "other" / "fax.tif", O_RDONLY); },
                       [&] { return can_open(folder / "other" / "new", O_WRONLY | O_CREAT); },
                       [&] { return ::fcntl(sibling.get(), F_GETFD) >= 0; },
                       [&] { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; },
                       [&] { return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }, [&] { return ::fork() >= 0; },
                       [&] { return can_run_false(); }}) == 0);
}

TEST_CASE("the child that delivers has its message and the network, and writes no file and runs no program" *
          doctest::skip(sanitizer_build)) {
  const ScratchFolder folder;
  unit::put_file(folder / "message.eml", "a message");
  unit::put_file(folder / "other", "another job's");
  CHECK(first_allowed({[&] {
                         faxmail::give_up_all_but_mailing(folder / "message.eml", -1, -1);
                         return !can_open(folder / "message.eml", O_RDONLY);  // this one it may
                       },
                       [&] { return can_open(folder / "message.eml", O_WRONLY); },
                       [&] { return can_open(folder / "other", O_RDONLY); },
                       [&] { return can_open(folder / "new", O_WRONLY | O_CREAT); },
                       [&] { return ::socket(AF_INET, SOCK_STREAM, 0) < 0; }, [&] { return ::fork() >= 0; },
                       [&] { return can_run_false(); }}) == 0);
}
