// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/intake.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <functional>

#include "tests/unit/mail_parts.hpp"
#include "tests/unit/scratch_folder.hpp"

using faxmail::Intake;
using faxmail::Spool;
using handoff::Frame;
using handoff::FrameType;
using unit::ScratchFolder;

namespace {

// Both ends of a hand-off connection, the spool behind it, and what the queue would have heard.
struct Table {
  ScratchFolder folder;
  Spool spool{folder / "spool"};
  std::vector<base::CallId> accepted;
  Intake intake{spool, [this](const base::CallId& id) { accepted.push_back(id); }};
  base::UniqueFd giver, taker;

  Table() { connect(); }
  void connect() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
    giver.reset(ends[0]);
    taker.reset(ends[1]);
  }
  std::filesystem::path document(const std::string& text = "II*\0 a document") {
    unit::put_file(folder / "document", text);
    return folder / "document";
  }
};

base::UniqueFd reading(const std::filesystem::path& file) {
  return base::UniqueFd(::open(file.c_str(), O_RDONLY));
}

Frame offer_of(const std::filesystem::path& document, const handoff::FaxRecord& record) {
  Frame frame{FrameType::offer,         record.id,        std::filesystem::file_size(document), {},
              handoff::to_json(record), reading(document)};
  frame.sha256 = handoff::sha256_of(frame.document.get());
  return frame;
}

Frame answer_to(Table& table, const Frame& frame) {
  handoff::send_frame(table.giver.get(), frame);
  table.intake.serve(table.taker.get());
  auto answer = handoff::receive_frame(table.giver.get());
  REQUIRE(answer);
  return std::move(*answer);
}

// A packet as a program of somebody else's may send it.
void send_raw(int socket, const std::string& bytes, const std::vector<int>& fds) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(16 * sizeof(int))> space{};
  if (!fds.empty()) {
    message.msg_control = space.data();
    message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(control), fds.data(), fds.size() * sizeof(int));
  }
  REQUIRE(::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0);
}

std::string raw(const Frame& frame) {
  handoff::FrameHeader header{{'D', 'F', 'R', 'X'},
                              handoff::protocol_version,
                              static_cast<std::uint16_t>(frame.type),
                              static_cast<std::uint32_t>(frame.text.size()),
                              0,
                              frame.document_bytes,
                              frame.id.bytes,
                              frame.sha256};
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes + frame.text;
}

std::size_t open_fds() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("an offered fax is on the disk, whole, before its ACK goes out") {
  Table table;
  const auto record = mail_parts::sample_record();
  const auto document = table.document(std::string(300000, 'x'));
  const Frame answer = answer_to(table, offer_of(document, record));
  CHECK(answer.type == FrameType::ack);
  CHECK(answer.id == record.id);
  CHECK(table.accepted == std::vector{record.id});
  const auto job = table.spool.job_folder(record.id);
  CHECK(mail_parts::contents(job / "fax.tif") == std::string(300000, 'x'));
  CHECK(handoff::from_json(mail_parts::contents(job / "fax.json")).caller_number == record.caller_number);
  CHECK(std::filesystem::exists(job / "state.json"));
}

TEST_CASE("the same fax offered again gets its ACK again and is not doubled, even after a restart") {
  ScratchFolder folder;
  const auto record = mail_parts::sample_record();
  {
    Table table;
    CHECK(answer_to(table, offer_of(table.document(), record)).type == FrameType::ack);
    CHECK(answer_to(table, offer_of(table.document(), record)).type == FrameType::ack);
    CHECK(table.spool.jobs().size() == 1);
    table.spool.remove_job(record.id);  // it was mailed
    CHECK(answer_to(table, offer_of(table.document(), record)).type == FrameType::ack);
    CHECK(table.spool.jobs().empty());
    std::filesystem::copy(table.folder / "spool", folder / "spool", std::filesystem::copy_options::recursive);
  }
  const Spool after_restart(folder / "spool");
  CHECK(after_restart.knows(record.id));
}

TEST_CASE("a day's ids survive a torn line, and are forgotten after 120 days") {
  ScratchFolder folder;
  const auto first = base::CallId::random(), second = base::CallId::random();
  faxmail::KnownIds(folder / "known").add(first);
  const auto file = std::filesystem::directory_iterator(folder / "known")->path();
  unit::put_file(file, mail_parts::contents(file) + "0123456789ab");
  faxmail::KnownIds(folder / "known").add(second);
  faxmail::KnownIds ids(folder / "known");
  CHECK(ids.contains(first));
  CHECK(ids.contains(second));
  ids.forget_old(std::time(nullptr) + 119 * 86400);
  CHECK(faxmail::KnownIds(folder / "known").contains(first));
  ids.forget_old(std::time(nullptr) + 122 * 86400);
  CHECK_FALSE(faxmail::KnownIds(folder / "known").contains(first));
}

TEST_CASE("every frame that is not right is refused for good, leaves nothing behind and costs no fd") {
  Table table;
  const auto record = mail_parts::sample_record();
  const auto good = [&] { return offer_of(table.document(), record); };
  struct Wrong {
    const char* what;
    std::function<void()> send;
  };
  const int out = table.giver.get();
  const auto change = [&](const std::function<void(Frame&)>& edit) {
    Frame frame = good();
    edit(frame);
    handoff::send_frame(out, frame);
  };
  const auto edit_raw = [&](std::size_t at, char value) {
    const Frame frame = good();
    std::string bytes = raw(frame);
    bytes[at] = value;
    send_raw(out, bytes, {frame.document.get()});
  };
  const std::vector<Wrong> table_of_wrongs = {
      {"half a header", [&] { send_raw(out, raw(good()).substr(0, 40), {}); }},
      {"half a record",
       [&] {
         const Frame f = good();
         send_raw(out, raw(f).substr(0, 100), {f.document.get()});
       }},
      {"more than it says",
       [&] {
         const Frame f = good();
         send_raw(out, raw(f) + "x", {f.document.get()});
       }},
      {"too long",
       [&] {
         const Frame f = good();
         int size = 1 << 20;
         ::setsockopt(out, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
         send_raw(out, raw(f) + std::string(handoff::largest_record_json, ' '), {f.document.get()});
       }},
      {"another magic", [&] { edit_raw(0, 'X'); }},
      {"another version", [&] { edit_raw(4, 2); }},
      {"an unknown type", [&] { edit_raw(6, 9); }},
      {"an ACK from the giver",
       [&] {
         handoff::send_frame(out, {FrameType::ack, record.id, 0, {}, {}, {}});
       }},
      {"no document", [&] { send_raw(out, raw(good()), {}); }},
      {"two documents",
       [&] {
         const Frame f = good();
         send_raw(out, raw(f), {f.document.get(), f.document.get()});
       }},
      {"sixteen documents",
       [&] {
         const Frame f = good();
         send_raw(out, raw(f), std::vector<int>(16, f.document.get()));
       }},
      {"a folder", [&] { change([&](Frame& f) { f.document = reading(table.folder.path); }); }},
      {"a device", [&] { change([&](Frame& f) { f.document = reading("/dev/zero"); }); }},
      {"a fd for writing",
       [&] {
         change([&](Frame& f) { f.document.reset(::open((table.folder / "document").c_str(), O_WRONLY)); });
       }},
      {"a fd for both",
       [&] {
         change([&](Frame& f) { f.document.reset(::open((table.folder / "document").c_str(), O_RDWR)); });
       }},
      {"a path alone",
       [&] {
         change([&](Frame& f) { f.document.reset(::open((table.folder / "document").c_str(), O_PATH)); });
       }},
      {"a longer document", [&] { change([&](Frame& f) { f.document_bytes += 1; }); }},
      {"an enormous one", [&] { change([&](Frame& f) { f.document_bytes = UINT64_MAX; }); }},
      {"an empty one",
       [&] {
         change([&](Frame& f) {
           f.document = reading(table.document(""));
           f.document_bytes = 0;
         });
       }},
      {"another checksum", [&] { change([&](Frame& f) { f.sha256[31] ^= 1; }); }},
      {"another id in the record", [&] { change([&](Frame& f) { f.id = base::CallId::random(); }); }},
      {"no id", [&] { change([&](Frame& f) { f.id = {}; }); }},
      {"no record", [&] { change([&](Frame& f) { f.text.clear(); }); }},
      {"a record that is no JSON", [&] { change([&](Frame& f) { f.text = "{{{{"; }); }},
      {"a record that nests too deep", [&] { change([&](Frame& f) { f.text = std::string(100000, '['); }); }},
      {"a record without pages", [&] {
         change([&](Frame& f) {
           f.text.resize(f.text.find("\"pages\""));
           f.text += "}";
         });
       }}};
  for (const Wrong& wrong : table_of_wrongs) {
    CAPTURE(wrong.what);
    table.connect();
    const_cast<int&>(out) = table.giver.get();
    const std::size_t fds = open_fds();
    wrong.send();
    table.intake.serve(table.taker.get());
    const auto answer = handoff::receive_frame(table.giver.get());
    REQUIRE(answer);
    CHECK(answer->type == FrameType::nak_never);
    CHECK_FALSE(answer->text.empty());
    CHECK(open_fds() == fds);
    CHECK(table.spool.jobs().empty());
    CHECK(std::filesystem::is_empty(table.spool.queue()));
  }
  CHECK(table.accepted.empty());
  table.connect();
  CHECK(answer_to(table, good()).type == FrameType::ack);  // after all that, a good one
}

TEST_CASE("a spool that cannot be written means later, and the fax is taken when it can") {
  Table table;
  const auto record = mail_parts::sample_record();
  const auto queue = table.spool.queue();
  std::filesystem::rename(queue, table.folder / "away");
  unit::put_file(queue, "a file where the folder was");
  const Frame answer = answer_to(table, offer_of(table.document(), record));
  CHECK(answer.type == FrameType::nak_later);
  CHECK_FALSE(answer.text.empty());
  std::filesystem::remove(queue);
  std::filesystem::rename(table.folder / "away", queue);
  CHECK(answer_to(table, offer_of(table.document(), record)).type == FrameType::ack);
}

TEST_CASE("a giver that goes away ends its connection") {
  Table table;
  table.giver.reset();
  CHECK_FALSE(table.intake.serve(table.taker.get()));
}

TEST_CASE("two programs never share a spool") {
  ScratchFolder folder;
  const Spool first(folder / "spool");
  CHECK_THROWS_AS(Spool(folder / "spool"), base::Failure);
}

namespace {

Frame report_of(const base::CallId& id, const std::string& text) {
  return {FrameType::report, id, 0, {}, text, {}};
}

std::string report_about(const base::CallId& id) {
  handoff::FaxRecord call;
  call.id = id;
  call.outcome = "failed";
  return handoff::to_json(handoff::CallReport{call});
}

}  // namespace

TEST_CASE("a report is taken once, and answered only when it is kept; what is none is refused for good") {
  Table table;
  std::vector<base::CallId> heard;
  bool disk_is_full = true;
  Intake intake(table.spool, {}, [&](const base::CallId& id, const handoff::Report&) {
    if (disk_is_full) throw base::system_failure("cannot write", ENOSPC);
    heard.push_back(id);
  });
  const auto answer = [&](const Frame& frame) {
    handoff::send_frame(table.giver.get(), frame);
    intake.serve(table.taker.get());
    return std::move(*handoff::receive_frame(table.giver.get()));
  };
  const auto id = base::CallId::random();
  CHECK(answer(report_of(id, report_about(id))).type == FrameType::nak_later);
  disk_is_full = false;
  CHECK(answer(report_of(id, report_about(id))).type == FrameType::ack);
  CHECK(answer(report_of(id, report_about(id))).type == FrameType::ack);  // its ACK was lost
  CHECK(heard == std::vector<base::CallId>{id});
  const auto other = base::CallId::random();
  CHECK(answer(report_of(other, report_about(id))).text == "the call's id is not the frame's");
  for (const std::string& bad : {std::string(), std::string("{}"), std::string("\0\0", 2)})
    CHECK(answer(report_of(other, bad)).type == FrameType::nak_never);
  CHECK(answer(report_of({}, report_about({}))).type == FrameType::nak_never);
  CHECK(heard.size() == 1);
  CHECK(table.spool.jobs().empty());
}
