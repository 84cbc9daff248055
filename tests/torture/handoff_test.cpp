// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of dahdi-faxmail that is stopped or killed while it takes a fax over, and of users who may not hand over. A
// document with the sticky bit lies on a server that hangs (tests/unit/hanging_read.cpp).
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "src/handoff/frame.hpp"
#include "tests/torture/giver.hpp"
#include "tests/torture/mail_station.hpp"
#include "tests/unit/scratch_folder.hpp"

using scenario::eventually;
using torture::GivenFax;
using torture::Giver;
using torture::HandOver;
using torture::MailStation;
namespace fs = std::filesystem;

namespace {

constexpr unsigned dead_port = 1;  // nobody takes mail: what was taken over stays where it can be seen
constexpr uid_t nobody = 65534;

struct Story {
  unit::ScratchFolder folder;
  MailStation station{{folder.path,
                       folder / "spool",
                       dead_port,
                       1,
                       {},
                       {std::string("LD_PRELOAD=") + HANGING_READ, "ASAN_OPTIONS=verify_asan_link_order=0"}}};
  GivenFax fax = torture::make_given_fax(folder.path, 1);
  HandOver heard = HandOver::unknown;
  std::thread giver;

  // A giver whose document hangs, in the middle of being taken over.
  Story() {
    station.start();
    hang(true);
    giver = std::thread([this] { heard = Giver(station.socket()).offer(fax); });
    REQUIRE(eventually([this] { return queue().count(part()) == 1; }));
  }
  ~Story() {
    station.process = {};
    giver.join();
  }
  void hang(bool does) const { REQUIRE(::chmod(fax.tiff.c_str(), does ? 01666 : 0666) == 0); }
  [[nodiscard]] std::set<std::string> queue() const { return unit::names_in(station.spool() / "queue"); }
  [[nodiscard]] std::string part() const { return "." + fax.id.text() + ".part"; }
  [[nodiscard]] bool said(const std::string& words) const {
    return eventually([&] { return station.process.log().find(words) != std::string::npos; });
  }
  // It is there, once, and whole.
  void check_taken() const {
    const auto job = torture::queued_mail(station.spool(), fax.id.text());
    CHECK(queue() == std::set<std::string>{job.filename().string()});
    CHECK(unit::text_in(job / "fax.tif") == unit::text_in(fax.tiff));
  }
};

}  // namespace

TEST_CASE(
    "killed in the middle: the next start is clean, and the fax is taken once when it is offered again") {
  Story story;
  std::vector<pid_t> child;
  REQUIRE(eventually([&] {
    child = scenario::descendants_named(story.station.process.pid(), "dahdi-faxmail");
    return child.size() == 1;
  }));
  story.station.process.signal(SIGKILL);
  CHECK(story.station.process.wait() == 128 + SIGKILL);
  CHECK(eventually([&] { return ::kill(child.front(), 0) != 0; }));  // its child has gone with it
  CHECK(story.queue() == std::set<std::string>{story.part()});
  story.station.start();
  CHECK(story.queue().empty());
  story.hang(false);
  Giver giver(story.station.socket());
  for (int turns = 0; turns < 2; ++turns)
    CHECK(giver.offer(story.fax) == HandOver::taken);
  story.check_taken();
  CHECK(story.heard == HandOver::unknown);
}

TEST_CASE("stopped in the middle: it is taken over first, and its giver hears so") {
  Story story;
  story.station.process.signal(SIGTERM);
  CHECK(story.said("stopping"));
  CHECK(story.station.process.runs());
  story.hang(false);
  CHECK(story.station.process.wait() == 0);
  story.giver.join();
  CHECK(story.heard == HandOver::taken);
  story.check_taken();
  story.giver = std::thread([] {});
}

TEST_CASE("stopped twice in the middle: it ends at once, nothing is left, and the giver keeps the fax") {
  Story story;
  story.station.process.signal(SIGTERM);
  CHECK(story.said("stopping"));
  story.station.process.signal(SIGTERM);
  CHECK(story.station.process.wait() == 0);
  CHECK(story.queue().empty());
  story.giver.join();
  CHECK(story.heard == HandOver::unknown);
  story.giver = std::thread([] {});
}

TEST_CASE("while one document hangs, its service mails, answers its operator and takes others") {
  Story story;
  Giver other(story.station.socket());
  for (unsigned number = 2; number < 5; ++number)
    CHECK(other.offer(torture::make_given_fax(story.folder.path, number)) == HandOver::taken);
  CHECK(story.said("Connection refused"));  // their mail was tried
  scenario::Process queue({BUILD_FOLDER "/src/faxmail/dahdi-faxmail", "queue", "--json", "-C",
                           story.folder / "dahdi-faxmail.conf"},
                          story.folder / "queue");
  CHECK(queue.wait() == 0);
  CHECK_MESSAGE(queue.output().find("\"service_runs\":true") != std::string::npos, queue.output());
  CHECK(story.queue().count(story.part()) == 1);
  story.hang(false);
  CHECK(eventually([&] { return story.queue().count(story.part()) == 0; }));
}

TEST_CASE("a user who may not hand over is let go unheard, whatever the socket's mode; others are served") {
  if (::geteuid() != 0) {
    MESSAGE("not tried: it takes root to be two users");
    return;
  }
  Story story;
  REQUIRE(::chmod(story.station.socket().c_str(), 0666) == 0);
  const GivenFax fax = torture::make_given_fax(story.folder.path, 2);
  REQUIRE(::chmod(fax.tiff.c_str(), 0644) == 0);
  const int heard = unit::in_child([&] {
    if (::setgid(nobody) != 0 || ::setuid(nobody) != 0) return 99;
    return static_cast<int>(Giver(story.station.socket()).offer(fax));
  });
  CHECK(heard == static_cast<int>(HandOver::unknown));
  CHECK(story.said("user nobody (process "));
  CHECK(story.said("may not hand over faxes; allowed_users in dahdi-faxmail.conf says who may"));
  CHECK(torture::queued_mail(story.station.spool(), fax.id.text()).empty());
  CHECK(Giver(story.station.socket()).offer(fax) == HandOver::taken);
  story.hang(false);
}
