// SPDX-License-Identifier: GPL-2.0-or-later
// The hand-off as a giver that keeps to nothing may do it. Whatever it sends, it hears why that is refused, for good;
// nothing is left of it, no descriptor stays open, and a good offer is taken afterwards.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/faxmail/offered_document.hpp"
#include "tests/unit/fuse_file.hpp"
#include "tests/unit/handoff_parts.hpp"
#include "tests/unit/sanitizer_build.hpp"

using base::UniqueFd;
using handoff::Frame;
using handoff::FrameType;
using handoff_parts::Connection;
using handoff_parts::offer_of;
using handoff_parts::open_fds;
using handoff_parts::raw;
using handoff_parts::reading;
using handoff_parts::send_raw;
using handoff_parts::Taker;
namespace fs = std::filesystem;

namespace {

using unit::sanitizer_build;

struct Stage : Taker {
  Stage() {
    Frame bad = good();
    bad.sha256 = {};
    CHECK(answer_to(bad).type == FrameType::nak_never);  // its loop now has the descriptors that it keeps
  }
  handoff::FaxRecord record = mail_parts::sample_record();
  Frame good() const { return offer_of(document(), record); }
};

void check_refused(Stage& stage, const std::string& why, const std::function<void(int giver)>& send,
                   bool has_id) {
  const std::size_t fds_before = open_fds();
  {
    Connection connection;
    send(connection.giver.get());
    stage.begin(connection);
    const Frame answer = stage.answer(connection);
    CHECK(answer.type == FrameType::nak_never);
    CHECK(answer.text == why);
    CHECK(answer.id == (has_id ? stage.record.id : base::CallId{}));
    CHECK(connection.goes_on == has_id);
  }
  CHECK(open_fds() == fds_before);
  CHECK(stage.spool.jobs().empty());
  CHECK(fs::is_empty(stage.spool.queue()));
  CHECK(stage.accepted.empty());
}

std::string with(std::string bytes, std::size_t at, char value) {
  bytes[at] = value;
  return bytes;
}

UniqueFd memory_file(const std::string& text) {
  UniqueFd fd(::memfd_create("document", MFD_CLOEXEC));
  REQUIRE(::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  return fd;
}

UniqueFd again(const UniqueFd& fd, int flags) {
  return UniqueFd(::open(fmt::format("/proc/self/fd/{}", fd.get()).c_str(), flags | O_CLOEXEC));
}

// One end of what has two; the other is closed.
template <typename Make>
UniqueFd first_of_two(const Make& make) {
  int ends[2] = {-1, -1};
  REQUIRE(make(ends) == 0);
  const UniqueFd other(ends[1]);
  return UniqueFd(ends[0]);
}

}  // namespace

TEST_CASE("frames that are none") {
  Stage stage;
  struct Row {
    const char* what;
    const char* why;
    std::function<std::string(const Frame& good)> packet;
    std::size_t files = 1;
    bool has_id = false;  // so much of it is right that the answer can name the fax
  };
  const std::vector<Row> rows = {
      {"an octet", "the hand-off frame is too short", [](auto&) { return std::string("D"); }, 0},
      {"half a header", "the hand-off frame is too short", [](auto& f) { return raw(f).substr(0, 40); }, 0},
      {"half a header and a file", "the hand-off frame is too short",
       [](auto& f) { return raw(f).substr(0, 71); }},
      {"half a record", "the hand-off frame's length is wrong",
       [](auto& f) { return raw(f).substr(0, 100); }},
      {"more than it says", "the hand-off frame's length is wrong", [](auto& f) { return raw(f) + "x"; }},
      {"a huge text", "the hand-off frame is too long",
       [](auto& f) { return raw(f) + std::string(handoff::largest_record_json, ' '); }},
      {"another magic", "that is no hand-off frame", [](auto& f) { return with(raw(f), 0, 'X'); }},
      {"a newer version", "the hand-off is of version 2, this program speaks 1",
       [](auto& f) { return with(raw(f), 4, 2); }},
      {"type 0", "there is no hand-off frame of type 0", [](auto& f) { return with(raw(f), 6, 0); }},
      {"type 9", "there is no hand-off frame of type 9", [](auto& f) { return with(raw(f), 6, 9); }},
      {"no file", "the hand-off frame carries no file", [](auto& f) { return raw(f); }, 0},
      {"two files", "the hand-off frame carries 2 files", [](auto& f) { return raw(f); }, 2, true},
      {"four files", "the hand-off frame carries 4 files", [](auto& f) { return raw(f); }, 4, true},
      {"sixteen files", "the hand-off frame carries too many files", [](auto& f) { return raw(f); }, 16,
       true},
      {"a report with a file", "the hand-off frame carries a file",
       [](auto& f) { return with(raw(f), 6, 5); }},
      {"an ACK", "only OFFER and REPORT frames are taken here", [](auto& f) { return with(raw(f), 6, 2); }, 0,
       true},
      {"a document of 2^64 - 1 bytes", "the document is too large",
       [](auto& f) { return raw(f).replace(16, 8, 8, '\xff'); }},
      {"a document of 1 GiB and a byte", "the document is too large",
       [](auto& f) { return raw(f).replace(16, 8, std::string("\1\0\0\x40\0\0\0\0", 8)); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto send = [&](int giver) {
      const int size = 1 << 20;
      ::setsockopt(giver, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
      const Frame good = stage.good();
      send_raw(giver, row.packet(good), std::vector<int>(row.files, good.document.get()));
    };
    check_refused(stage, row.why, send, row.has_id);
  }
  CHECK(stage.answer_to(stage.good()).type == FrameType::ack);
}

TEST_CASE("offers whose words are wrong") {
  Stage stage;
  struct Row {
    const char* what;
    const char* why;
    std::function<void(Frame&)> spoil;
  };
  const std::vector<Row> rows = {
      {"another id in the record", "the record's id is not the frame's",
       [](Frame& f) { f.text.replace(f.text.find("\"id\": \"") + 7, 4, "0000"); }},
      {"no record", "the fax's record is not JSON", [](Frame& f) { f.text.clear(); }},
      {"no JSON", "the fax's record is not JSON", [](Frame& f) { f.text = "{{{{"; }},
      {"a list", "the fax's record is not JSON", [](Frame& f) { f.text = "[]"; }},
      {"nested too deep", "the fax's record is not JSON",
       [](Frame& f) { f.text = std::string(100000, '['); }},
      {"no UTF-8", "the fax's record is not JSON",
       [](Frame& f) { f.text.replace(f.text.find("0307654321"), 4, "\xc3\x28\xff\xfe"); }},
      {"zeros in it", "the fax's record is not JSON", [](Frame& f) { f.text[5] = '\0'; }},
      {"a record of another version", "the fax's record is of a version unknown here",
       [](Frame& f) { f.text.replace(f.text.find("\"version\": 1"), 12, "\"version\": 9"); }},
      {"no pages", "the fax's record has no good \"pages\"",
       [](Frame& f) { f.text = f.text.substr(0, f.text.find("\"pages\"")) + "\"pages\": 7}"; }},
      {"a checksum that is another's", "the document's checksum is wrong",
       [](Frame& f) { f.sha256[31] ^= 1; }},
      {"a size that is too large by one", "the document has 15 bytes, the frame says 16",
       [](Frame& f) { ++f.document_bytes; }},
      {"a size that is too small by one", "the document has 15 bytes, the frame says 14",
       [](Frame& f) { --f.document_bytes; }},
      {"a size of none", "the document has 15 bytes, the frame says 0",
       [](Frame& f) { f.document_bytes = 0; }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto send = [&](int giver) {
      Frame frame = stage.good();
      row.spoil(frame);
      handoff::send_frame(giver, frame);
    };
    check_refused(stage, row.why, send, true);
  }
  const auto no_id = [&](int giver) {
    Frame frame = stage.good();
    frame.id = {};
    handoff::send_frame(giver, frame);
  };
  check_refused(stage, "an id of zeros names no fax", no_id, false);
  CHECK(stage.answer_to(stage.good()).type == FrameType::ack);
}

TEST_CASE("documents that are none") {
  Stage stage;
  const fs::path whole = stage.document(), empty = stage.document("", "empty");
  struct Row {
    const char* what;
    const char* why;
    std::function<UniqueFd()> open;
  };
  const char* not_alone = "the document is not open for reading alone";
  const char* not_regular = "the document is no regular file";
  const std::vector<Row> rows = {
      {"a folder", not_regular, [&] { return reading(stage.folder.path); }},
      {"a device without end", not_regular, [] { return reading("/dev/zero"); }},
      {"a device without anything", not_regular, [] { return reading("/dev/null"); }},
      {"a pipe's end for reading", not_regular,
       [] { return first_of_two([](int* two) { return ::pipe2(two, O_CLOEXEC); }); }},
      {"a socket", not_alone,
       [] {
         return first_of_two(
             [](int* two) { return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, two); });
       }},
      {"a file for writing", not_alone,
       [&] { return UniqueFd(::open(whole.c_str(), O_WRONLY | O_CLOEXEC)); }},
      {"a file for both", not_alone, [&] { return UniqueFd(::open(whole.c_str(), O_RDWR | O_CLOEXEC)); }},
      {"a path alone", not_alone, [&] { return UniqueFd(::open(whole.c_str(), O_PATH | O_CLOEXEC)); }},
      {"memory that its owner goes on writing", not_alone, [] { return memory_file("II* in memory"); }},
      {"a file of the kernel's own words, whose size is not known", "the document is empty",
       [] { return reading("/proc/self/maps"); }},
      {"an empty file", "the document is empty", [&] { return reading(empty); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto send = [&](int giver) { handoff::send_frame(giver, offer_of(row.open(), 15, stage.record)); };
    check_refused(stage, row.why, send, true);
  }
  const std::string text = "II* in memory";
  Frame sealed = offer_of(again(memory_file(text), O_RDONLY), text.size(), stage.record);
  sealed.sha256 = handoff::sha256_of(sealed.document.get());
  CHECK(stage.answer_to(sealed).type == FrameType::ack);  // a regular file as any other
}

TEST_CASE("a document on a file system in user space is refused before anybody reads it") {
  Stage stage;
  unit::FuseFile file(stage.folder.path);
  if (!file.is_there()) {
    MESSAGE("not tried, since there is no FUSE to be had: " << file.why());
    return;
  }
  const auto send = [&](int giver) { handoff::send_frame(giver, offer_of(file.open(), 15, stage.record)); };
  check_refused(stage, "the document is on a file system in user space", send, true);
}

// What becomes of a document between its check and its end, at a moment of the test's choice: the copy alone.
TEST_CASE("a document that changes while it is read is taken as it was offered, or not at all") {
  const unit::ScratchFolder folder;
  const std::string offered(600'000, 'x');
  const auto written = [&](const std::string& text) {
    unit::put_file(folder / "document", text);
    return reading(folder / "document");
  };
  const auto sha256 = handoff::sha256_of(written(offered).get());
  const auto copy = [&](const UniqueFd& document) {
    faxmail::copy_document(document.get(), offered.size(), sha256, folder.path);
  };
  copy(written(offered + "and what was added since"));
  CHECK(unit::text_in(folder / "fax.tif") == offered);
  fs::remove(folder / "fax.tif");
  CHECK_THROWS_WITH_AS(copy(written(offered.substr(1))), "the document became shorter while it was read",
                       base::Failure);
  CHECK_THROWS_WITH_AS(copy(written(offered.substr(1) + "y")), "the document's checksum is wrong",
                       base::Failure);
  CHECK(unit::names_in(folder.path) == std::set<std::string>{"document"});
}

TEST_CASE("whoever copies a document may write its job's folder, and nothing else") {
  const unit::ScratchFolder folder;
  fs::create_directory(folder / "job");
  unit::put_file(folder / "other", "untouched");
  const auto denied = [&](const std::function<bool()>& attempt) {
    return unit::in_child([&] {
      faxmail::give_up_all_but_copying(folder / "job", -1, -1);
      return attempt() ? 1 : 0;
    });
  };
  const auto opens = [](const fs::path& file, int flags) {
    return base::UniqueFd(::open(file.c_str(), flags | O_CLOEXEC, 0600)).get() >= 0;
  };
  CHECK(denied([&] { return opens(folder / "job" / "fax.tif", O_CREAT | O_RDWR); }) == 1);  // it may
  CHECK(denied([&] { return opens(folder / "other", O_RDONLY); }) == 0);
  CHECK(denied([&] { return opens(folder / "new", O_CREAT | O_WRONLY); }) == 0);
  CHECK(denied([&] { return opens("/etc/passwd", O_RDONLY); }) == 0);
  CHECK(denied([] { return ::socket(AF_UNIX, SOCK_STREAM, 0) >= 0; }) == 0);
  CHECK(denied([] { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }) == 0);
  if (sanitizer_build) return;  // its list is a wider one
  CHECK(denied([] { return ::fork() > 0; }) == 0);
  CHECK(denied([] { return ::execl("/bin/true", "true", nullptr) == 0; }) == 0);
  CHECK(denied([] { return ::kill(::getppid(), 0) == 0; }) == 0);
}
