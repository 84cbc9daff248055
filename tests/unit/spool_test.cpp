// SPDX-License-Identifier: GPL-2.0-or-later
// The spool process, run as it is, before a taker that answers as it likes: no fax is ever lost, whatever the
// answer.
#include "src/faxrx/spool.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <chrono>
#include <csignal>
#include <thread>

#include "src/base/errors.hpp"
#include "src/handoff/fax_record.hpp"
#include "src/handoff/frame.hpp"
#include "src/handoff/report.hpp"
#include "tests/unit/scratch_folder.hpp"

using base::UniqueFd;
using handoff::Frame;
using handoff::FrameType;
using unit::names_in;
using Names = std::set<std::string>;
namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// dahdi-faxmail's side of the socket.
class Taker {
 public:
  explicit Taker(const fs::path& path) : listening_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listening_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listening_.get(), 4) == 0);
  }
  // The next offer, on this connection or a new one.
  Frame next_offer() {
    for (int turns = 0; turns < 4; ++turns) {
      if (!connection_)
        connection_.reset(readable(listening_) ? ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)
                                               : -1);
      if (!connection_ || !readable(connection_)) break;
      if (auto offer = handoff::receive_frame(connection_.get())) return std::move(*offer);
      connection_.reset();
    }
    throw base::Failure("no offer came within 5 s");
  }
  void answer(FrameType type, const base::CallId& id, const char* sentence = "") {
    handoff::send_frame(connection_.get(), {type, id, 0, {}, sentence, {}});
  }
  void hang_up() { connection_.reset(); }
  // Whether something comes within this time.
  [[nodiscard]] bool hears(std::chrono::milliseconds time) const {
    pollfd fd{connection_.get(), POLLIN, 0};
    return ::poll(&fd, 1, static_cast<int>(time.count())) > 0;
  }

 private:
  static bool readable(const UniqueFd& socket) {
    pollfd fd{socket.get(), POLLIN, 0};
    return ::poll(&fd, 1, 5000) == 1;
  }
  UniqueFd listening_, connection_;
};

class SpoolStory {
 public:
  SpoolStory() {
    for (const char* folder : {"ready", "refused"})
      fs::create_directory(scratch.path / folder);
    settings.spool = scratch.path;
    settings.handoff_socket = scratch.path / "handoff.sock";
  }
  ~SpoolStory() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    if (pid_ > 0) unit::wait_for(pid_);
  }
  void start() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
    control_.reset(fds[0]);
    UniqueFd theirs(fds[1]);
    pid_ = base::fork_child([&] {
      control_.reset();
      return run_spool(settings, std::move(theirs));
    });
  }
  // Its end of the control socket; the process's exit code.
  void say_end() { control_.reset(); }
  int end() {
    say_end();
    return unit::wait_for(std::exchange(pid_, -1));
  }
  // A fax that came `age` ago.
  base::CallId put_fax(const std::string& text, std::chrono::seconds age = 0s) {
    handoff::FaxRecord record;
    record.id = base::CallId::random();
    record.called = text;
    const std::string id = record.id.text();
    unit::put_file(scratch.path / "ready" / (id + ".tif"), "II*" + text);
    unit::put_file(scratch.path / ".json", to_json(record));
    fs::last_write_time(scratch.path / ".json", fs::file_time_type::clock::now() - age);
    fs::rename(scratch.path / ".json", scratch.path / "ready" / (id + ".json"));
    return record.id;
  }
  // A call without a page.
  base::CallId put_report() {
    handoff::FaxRecord record;
    record.id = base::CallId::random();
    record.outcome = "failed";
    unit::put_file(scratch.path / ".json", to_json(record));
    fs::rename(scratch.path / ".json", scratch.path / "ready" / (record.id.text() + ".call"));
    return record.id;
  }
  [[nodiscard]] Names ready() const { return names_in(scratch.path / "ready"); }
  [[nodiscard]] bool becomes_empty() const {
    for (int turns = 0; turns < 500 && !ready().empty(); ++turns)
      std::this_thread::sleep_for(2ms);
    return ready().empty();
  }

  unit::ScratchFolder scratch;
  faxrx::Settings settings;

 private:
  UniqueFd control_;
  pid_t pid_ = -1;
};

Names both_files(const base::CallId& id) {
  return {id.text() + ".json", id.text() + ".tif"};
}

std::string text_behind(const UniqueFd& fd) {
  std::array<char, 100> text{};
  const ssize_t got = ::pread(fd.get(), text.data(), text.size(), 0);
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

}  // namespace

TEST_CASE("faxes are offered oldest first, whole, and deleted only after each one's ACK") {
  SpoolStory story;
  const std::array ids = {story.put_fax("second", 20s), story.put_fax("first", 30s),
                          story.put_fax("third", 10s)};
  Taker taker(story.settings.handoff_socket);
  story.start();
  for (const auto& [n, text] : {std::pair{1, "first"}, {0, "second"}, {2, "third"}}) {
    const Frame offer = taker.next_offer();
    CHECK(offer.type == FrameType::offer);
    CHECK(offer.id == ids[static_cast<std::size_t>(n)]);
    CHECK(handoff::from_json(offer.text).called == text);
    CHECK(text_behind(offer.document) == std::string("II*") + text);
    CHECK(offer.document_bytes == 3 + std::string(text).size());
    CHECK(offer.sha256 == handoff::sha256_of(offer.document.get()));
    CHECK(story.ready().count(offer.id.text() + ".tif") == 1);
    CHECK(story.ready().count(offer.id.text() + ".json") == 1);
    taker.answer(FrameType::ack, offer.id);
  }
  CHECK(story.becomes_empty());
  CHECK(story.end() == 0);
}

TEST_CASE("a fax that comes while it waits is offered at once") {
  SpoolStory story;
  Taker taker(story.settings.handoff_socket);
  story.start();
  const Frame none_yet = [&] {
    std::this_thread::sleep_for(50ms);
    story.put_fax("new");
    return taker.next_offer();
  }();
  CHECK(text_behind(none_yet.document) == "II*new");
  taker.answer(FrameType::ack, none_yet.id);
  CHECK(story.becomes_empty());
  CHECK(story.end() == 0);
}

TEST_CASE("not now: the fax stays, is offered again at the end, and stays again") {
  SpoolStory story;
  const base::CallId id = story.put_fax("patience");
  Taker taker(story.settings.handoff_socket);
  story.start();
  CHECK(taker.next_offer().id == id);
  taker.answer(FrameType::nak_later, id, "the disk is full");
  story.say_end();
  CHECK(taker.next_offer().id == id);
  taker.answer(FrameType::nak_later, id, "the disk is full");
  CHECK(story.end() == 0);
  CHECK(story.ready() == both_files(id));
}

TEST_CASE("never: the fax goes to refused/, and the next one is offered") {
  SpoolStory story;
  const base::CallId bad = story.put_fax("bad", 10s);
  const base::CallId good = story.put_fax("good");
  Taker taker(story.settings.handoff_socket);
  story.start();
  CHECK(taker.next_offer().id == bad);
  taker.answer(FrameType::nak_never, bad, "that is no TIFF");
  CHECK(taker.next_offer().id == good);
  CHECK(names_in(story.scratch.path / "refused") == both_files(bad));
  CHECK(unit::text_in(story.scratch.path / "refused" / (bad.text() + ".tif")) == "II*bad");
  taker.answer(FrameType::ack, good);
  CHECK(story.becomes_empty());
  CHECK(story.end() == 0);
}

TEST_CASE("nobody takes: the faxes wait, and go when somebody is there") {
  SpoolStory story;
  const base::CallId id = story.put_fax("early");
  story.start();
  std::this_thread::sleep_for(100ms);
  CHECK(story.ready() == both_files(id));
  Taker taker(story.settings.handoff_socket);
  const Frame offer = taker.next_offer();
  CHECK(offer.id == id);
  taker.answer(FrameType::ack, id);
  CHECK(story.becomes_empty());
  CHECK(story.end() == 0);
}

TEST_CASE("nobody takes at the end either: the process ends and the faxes stay") {
  SpoolStory story;
  const base::CallId id = story.put_fax("stays");
  story.start();
  CHECK(story.end() == 0);
  CHECK(story.ready() == both_files(id));
}

TEST_CASE("no answer counts that is not the fax's own ACK") {
  const std::vector<std::pair<std::string, void (*)(Taker&, const Frame&)>> table = {
      {"another id",
       [](Taker& taker, const Frame&) { taker.answer(FrameType::ack, base::CallId::random()); }},
      {"an offer",
       [](Taker& taker, const Frame& offer) {
         taker.answer(FrameType::offer, offer.id);  // without a file: no frame at all
       }},
      {"hangs up", [](Taker& taker, const Frame&) { taker.hang_up(); }},
  };
  for (const auto& row : table) {
    INFO(row.first);
    SpoolStory story;
    const base::CallId id = story.put_fax("kept");
    Taker taker(story.settings.handoff_socket);
    story.start();
    row.second(taker, taker.next_offer());
    story.say_end();  // which brings the last round
    const Frame again = taker.next_offer();
    CHECK(again.id == id);
    CHECK(story.ready() == both_files(id));
    taker.answer(FrameType::ack, id);
    CHECK(story.end() == 0);
    CHECK(story.ready().empty());
  }
}

TEST_CASE("a record without its document was taken before a crash: it goes") {
  SpoolStory story;
  const base::CallId taken = story.put_fax("taken", 10s);
  fs::remove(story.scratch.path / "ready" / (taken.text() + ".tif"));
  const base::CallId id = story.put_fax("left");
  Taker taker(story.settings.handoff_socket);
  story.start();
  CHECK(taker.next_offer().id == id);
  CHECK(story.ready() == both_files(id));
  taker.answer(FrameType::ack, id);
  CHECK(story.becomes_empty());
  CHECK(story.end() == 0);
}

TEST_CASE("what is no finished fax is left alone, and a fax that cannot be read holds up no other") {
  SpoolStory story;
  const base::CallId unreadable = story.put_fax("unreadable", 20s);
  unit::put_file(story.scratch.path / "ready" / (unreadable.text() + ".json"),
                 std::string(handoff::largest_record_json + 1, ' '));
  const std::string alone = base::CallId::random().text() + ".tif";
  for (const std::string& name : {alone, "." + alone + ".part", std::string("notes.json")})
    unit::put_file(story.scratch.path / "ready" / name, "x");
  const base::CallId id = story.put_fax("good");
  Taker taker(story.settings.handoff_socket);
  story.start();
  CHECK(taker.next_offer().id == id);
  taker.answer(FrameType::ack, id);
  CHECK_FALSE(taker.hears(50ms));
  CHECK(story.end() == 0);
  Names left = both_files(unreadable);
  left.insert({alone, "." + alone + ".part", "notes.json"});
  CHECK(story.ready() == left);
}

TEST_CASE("a call without a page is reported after the faxes, and its record goes when that was heard") {
  SpoolStory story;
  Taker taker(story.settings.handoff_socket);
  const auto call = story.put_report();
  const auto fax = story.put_fax("fax");
  story.start();
  Frame frame = taker.next_offer();
  CHECK(frame.type == FrameType::offer);
  taker.answer(FrameType::ack, fax);
  frame = taker.next_offer();
  REQUIRE(frame.type == FrameType::report);
  CHECK(frame.id == call);
  CHECK_FALSE(frame.document);
  const auto report = std::get<handoff::CallReport>(handoff::report_from_json(frame.text));
  CHECK(report.call.outcome == "failed");
  taker.answer(FrameType::nak_later, call, "the disk is full");
  frame = taker.next_offer();
  CHECK(frame.id == call);
  CHECK(story.ready() == Names{call.text() + ".call"});
  taker.answer(FrameType::ack, call);
  CHECK(story.becomes_empty());
  CHECK(story.end() == 0);
}

TEST_CASE("a dahdi-faxmail that knows no reports, or goes away in one, costs no fax") {
  SpoolStory story;
  Taker taker(story.settings.handoff_socket);
  const auto call = story.put_report();
  story.start();
  CHECK(taker.next_offer().id == call);
  taker.hang_up();  // nothing is known: it is told again
  CHECK(taker.next_offer().id == call);
  taker.answer(FrameType::nak_never, base::CallId{}, "there is no hand-off frame of type 5");
  taker.hang_up();
  CHECK(story.becomes_empty());
  const auto fax = story.put_fax("fax");
  CHECK(taker.next_offer().id == fax);
  taker.answer(FrameType::ack, fax);
  CHECK(story.becomes_empty());
  CHECK(story.end() == 0);
}

TEST_CASE("a disk that is too full for calls is told, once and not every few seconds") {
  SpoolStory story;
  story.settings.least_free_mb = 4'000'000'000;
  Taker taker(story.settings.handoff_socket);
  story.start();
  const Frame frame = taker.next_offer();
  REQUIRE(frame.type == FrameType::report);
  const auto disk = std::get<handoff::DiskReport>(handoff::report_from_json(frame.text));
  CHECK(disk.full);
  CHECK(disk.folder == story.scratch.path.string());
  CHECK(disk.least_free_mb == 4'000'000'000);
  CHECK_FALSE(disk.calls_answered);
  taker.answer(FrameType::ack, frame.id);
  const auto fax = story.put_fax("fax");
  CHECK(taker.next_offer().id == fax);
  taker.answer(FrameType::ack, fax);
  CHECK(story.becomes_empty());
  CHECK_FALSE(taker.hears(200ms));
  CHECK(story.end() == 0);
}
