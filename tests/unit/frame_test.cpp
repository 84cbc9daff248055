// SPDX-License-Identifier: GPL-2.0-or-later
// The hand-off protocol over a real socket: frames as they should be, and as a hostile peer would send them.
#include "src/handoff/frame.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "src/base/errors.hpp"
#include "src/handoff/fax_record.hpp"
#include "tests/unit/scratch_folder.hpp"

using base::UniqueFd;
using handoff::Frame;
using handoff::FrameHeader;
using handoff::FrameType;
using handoff::send_frame;

namespace {

struct Sockets {
  Sockets() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) == 0);
    giver.reset(fds[0]);
    taker.reset(fds[1]);
  }
  UniqueFd giver, taker;
};

UniqueFd document_with(const unit::ScratchFolder& folder, const std::string& text) {
  unit::put_file(folder.path / "document", text);
  return UniqueFd(::open((folder.path / "document").c_str(), O_RDONLY | O_CLOEXEC));
}

std::ptrdiff_t open_fds() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

FrameHeader good_header(FrameType type) {
  FrameHeader header{};
  header.magic = {'D', 'F', 'R', 'X'};
  header.version = handoff::protocol_version;
  header.type = static_cast<std::uint16_t>(type);
  return header;
}

// A packet as a peer may send it who keeps to nothing.
void send_raw(int socket, const void* bytes, std::size_t size, std::size_t fds) {
  std::vector<char> text(static_cast<const char*>(bytes), static_cast<const char*>(bytes) + size);
  iovec part{text.data(), text.size()};
  alignas(cmsghdr) char space[CMSG_SPACE(16 * sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (fds > 0) {
    message.msg_control = space;
    message.msg_controllen = CMSG_SPACE(fds * sizeof(int));
    cmsghdr* control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(fds * sizeof(int));
    const int one = STDIN_FILENO;
    for (std::size_t i = 0; i < fds; ++i)
      std::memcpy(CMSG_DATA(control) + i * sizeof one, &one, sizeof one);
  }
  REQUIRE(::sendmsg(socket, &message, MSG_NOSIGNAL) == static_cast<ssize_t>(size));
}

}  // namespace

TEST_CASE("an offer arrives with its text, its sums and a file that can be read") {
  const unit::ScratchFolder folder;
  Sockets sockets;
  Frame offer;
  offer.id = base::CallId::random();
  offer.text = "{\"caller\": \"Müller\"}";
  offer.document = document_with(folder, "II*the document");
  offer.document_bytes = 15;
  offer.sha256 = handoff::sha256_of(offer.document.get());
  send_frame(sockets.giver.get(), offer);
  const auto got = handoff::receive_frame(sockets.taker.get());
  REQUIRE(got);
  CHECK(got->type == FrameType::offer);
  CHECK(got->id == offer.id);
  CHECK(got->text == offer.text);
  CHECK(got->document_bytes == 15);
  CHECK(got->sha256 == offer.sha256);
  REQUIRE(got->document);
  char text[32] = {};
  CHECK(::pread(got->document.get(), text, sizeof text, 0) == 15);
  CHECK(std::string(text) == "II*the document");
  CHECK((::fcntl(got->document.get(), F_GETFL) & O_ACCMODE) == O_RDONLY);
  CHECK((::fcntl(got->document.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("answers come back, one packet each, in order, and then the end") {
  Sockets sockets;
  const base::CallId id = base::CallId::random();
  send_frame(sockets.taker.get(), {FrameType::ack, id, 0, {}, "", {}});
  send_frame(sockets.taker.get(), {FrameType::nak_later, id, 0, {}, "the disk is full", {}});
  send_frame(sockets.taker.get(), {FrameType::nak_never, id, 0, {}, "that is no TIFF", {}});
  sockets.taker.reset();
  const int giver = sockets.giver.get();
  auto got = handoff::receive_frame(giver);
  CHECK((got && got->type == FrameType::ack && got->id == id && got->text.empty() && !got->document));
  got = handoff::receive_frame(giver);
  CHECK((got && got->type == FrameType::nak_later && got->text == "the disk is full"));
  got = handoff::receive_frame(giver);
  CHECK((got && got->type == FrameType::nak_never && got->text == "that is no TIFF"));
  CHECK_FALSE(handoff::receive_frame(giver));
}

TEST_CASE("nothing to receive yet is no frame and no end") {
  Sockets sockets;
  ::fcntl(sockets.taker.get(), F_SETFL, O_NONBLOCK);
  try {
    (void)handoff::receive_frame(sockets.taker.get());
    FAIL("that should have thrown");
  } catch (const std::system_error& error) {
    CHECK(error.code().value() == EAGAIN);
  }
}

TEST_CASE("what is no frame of ours is refused by name, and none of its files stays open") {
  struct Hostile {
    const char* said;
    void (*spoil)(FrameHeader&);
    std::size_t size, fds;
    FrameType type;
  };
  constexpr auto as_it_is = [](FrameHeader&) {};
  constexpr std::size_t whole = sizeof(FrameHeader);
  const std::vector<Hostile> table = {
      {"the hand-off frame is too short", as_it_is, 1, 0, FrameType::ack},
      {"the hand-off frame is too short", as_it_is, whole - 1, 1, FrameType::offer},
      {"that is no hand-off frame", [](FrameHeader& h) { h.magic[3] = 'Y'; }, whole, 1, FrameType::offer},
      {"the hand-off is of version 2, this program speaks 1", [](FrameHeader& h) { h.version = 2; }, whole, 1,
       FrameType::offer},
      {"the hand-off is of version 0, this program speaks 1", [](FrameHeader& h) { h.version = 0; }, whole, 0,
       FrameType::ack},
      {"there is no hand-off frame of type 0", [](FrameHeader& h) { h.type = 0; }, whole, 0, FrameType::ack},
      {"there is no hand-off frame of type 6", [](FrameHeader& h) { h.type = 6; }, whole, 1, FrameType::ack},
      {"the hand-off frame's length is wrong", [](FrameHeader& h) { h.text_bytes = 1; }, whole, 1,
       FrameType::offer},
      {"the hand-off frame's length is wrong", [](FrameHeader& h) { h.text_bytes = ~0U; }, whole, 1,
       FrameType::offer},
      {"the hand-off frame's length is wrong", as_it_is, whole + 5, 1, FrameType::offer},
      {"the hand-off frame carries 0 files", as_it_is, whole, 0, FrameType::offer},
      {"the hand-off frame carries 2 files", as_it_is, whole, 2, FrameType::offer},
      {"the hand-off frame carries 4 files", as_it_is, whole, 4, FrameType::offer},
      {"the hand-off frame carries too many files", as_it_is, whole, 16, FrameType::offer},
      {"the hand-off frame carries 1 files", as_it_is, whole, 1, FrameType::ack},
      {"the hand-off frame carries 1 files", as_it_is, whole, 1, FrameType::report},
      {"the document is too large", [](FrameHeader& h) { h.document_bytes = (1ULL << 30U) + 1; }, whole, 1,
       FrameType::offer},
      {"the document is too large", [](FrameHeader& h) { h.document_bytes = ~0ULL; }, whole, 1,
       FrameType::offer},
  };
  Sockets sockets;
  const auto fds_before = open_fds();
  for (const Hostile& one : table) {
    std::vector<char> packet(std::max(one.size, whole));
    FrameHeader header = good_header(one.type);
    one.spoil(header);
    std::memcpy(packet.data(), &header, sizeof header);
    send_raw(sockets.giver.get(), packet.data(), one.size, one.fds);
    CHECK_THROWS_WITH_AS((void)handoff::receive_frame(sockets.taker.get()), one.said, base::Failure);
  }
  CHECK(open_fds() == fds_before);
}

TEST_CASE("a packet longer than any frame is refused") {
  Sockets sockets;
  const int large = 4 << 20;
  ::setsockopt(sockets.giver.get(), SOL_SOCKET, SO_SNDBUFFORCE, &large, sizeof large);
  ::setsockopt(sockets.giver.get(), SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
  std::vector<char> packet(sizeof(FrameHeader) + handoff::largest_record_json + 1);
  const FrameHeader header = good_header(FrameType::ack);
  std::memcpy(packet.data(), &header, sizeof header);
  send_raw(sockets.giver.get(), packet.data(), packet.size(), 0);
  CHECK_THROWS_WITH_AS((void)handoff::receive_frame(sockets.taker.get()), "the hand-off frame is too long",
                       base::Failure);
}

TEST_CASE("a frame can be looked at where it waits; its file stays with it, and goes with it unseen") {
  const unit::ScratchFolder folder;
  Sockets sockets;
  const auto fds_before = open_fds();
  const int giver = sockets.giver.get(), taker = sockets.taker.get();
  for (const char* text : {"first", "second"})
    send_frame(giver, {FrameType::offer, base::CallId::random(), 1, {}, text, document_with(folder, text)});
  for (int turns = 0; turns < 2; ++turns) {
    const auto seen = handoff::peek_frame(taker);
    REQUIRE(seen);
    CHECK(seen->text == "first");
    CHECK_FALSE(seen->document);
  }
  CHECK(open_fds() == fds_before);
  handoff::drop_frame(taker);
  CHECK(handoff::peek_frame(taker)->text == "second");
  const auto got = handoff::receive_frame(taker);
  REQUIRE(got);
  char text[8] = {};
  CHECK(::pread(got->document.get(), text, sizeof text, 0) == 6);
  CHECK(std::string(text) == "second");

  FrameHeader header = good_header(FrameType::offer);
  send_raw(giver, &header, sizeof header, 0);
  CHECK_THROWS_WITH_AS((void)handoff::peek_frame(taker), "the hand-off frame carries no file", base::Failure);
  handoff::drop_frame(taker);
  header = good_header(FrameType::report);
  send_raw(giver, &header, sizeof header, 1);
  CHECK_THROWS_WITH_AS((void)handoff::peek_frame(taker), "the hand-off frame carries a file", base::Failure);
  handoff::drop_frame(taker);
  sockets.giver.reset();
  CHECK_FALSE(handoff::peek_frame(taker));
}

TEST_CASE("an empty packet is not a frame") {
  Sockets sockets;
  send_raw(sockets.giver.get(), "", 0, 1);
  const auto fds_before = open_fds();
  CHECK_FALSE(handoff::receive_frame(sockets.taker.get()));
  CHECK(open_fds() == fds_before);
}

TEST_CASE("sending to somebody who is gone is an error, not a signal") {
  Sockets sockets;
  sockets.taker.reset();
  CHECK_THROWS_AS(send_frame(sockets.giver.get(), {FrameType::ack, {}, 0, {}, "", {}}), std::system_error);
}

TEST_CASE("a fax of the most pages that there may be fits into one packet of a socket as it comes") {
  const unit::ScratchFolder folder;
  handoff::FaxRecord record;
  record.line = record.called = record.sentence = std::string(200, 'x');
  for (unsigned n = 1; n <= handoff::most_pages; ++n)
    record.pages.push_back({n, 4864, 40000, 408, 391, 40000, 40000, false, "not stored"});
  Frame offer;
  offer.text = to_json(record);
  offer.document = document_with(folder, "x");
  CHECK(offer.text.size() <= handoff::largest_record_json);
  Sockets sockets;
  ::fcntl(sockets.giver.get(), F_SETFL, O_NONBLOCK);
  send_frame(sockets.giver.get(), offer);
  const auto got = handoff::receive_frame(sockets.taker.get());
  REQUIRE(got);
  CHECK(handoff::from_json(got->text).pages.size() == handoff::most_pages);
}

TEST_CASE("SHA-256 is of the whole file, wherever its fd stands") {
  const unit::ScratchFolder folder;
  const UniqueFd fd = document_with(folder, "abc");
  ::lseek(fd.get(), 2, SEEK_SET);
  std::string hex;
  for (const std::uint8_t byte : handoff::sha256_of(fd.get()))
    hex += fmt::format("{:02x}", byte);
  CHECK(hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, B.1
  CHECK_THROWS_AS(handoff::sha256_of(-1), std::system_error);
}
