// SPDX-License-Identifier: GPL-2.0-or-later
// Who is connected to the hand-off socket, how many, and for how long.
#include "src/faxmail/givers.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/unit/handoff_parts.hpp"

using faxmail::Givers;
using handoff::Frame;
using handoff::FrameType;
using handoff_parts::offer_of;
using handoff_parts::Taker;
using namespace std::chrono_literals;

namespace {

struct Door : Taker {
  explicit Door(std::chrono::microseconds silence = Givers::longest_silence)
      : settings{with_socket(folder / "handoff.sock")}, givers(loop, settings, intake, silence) {}

  static faxmail::Settings with_socket(const std::filesystem::path& path) {
    faxmail::Settings settings;
    settings.socket = path;
    return settings;
  }
  base::UniqueFd connect() {
    base::UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    settings.socket.string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    return socket;
  }
  void run_for(std::chrono::milliseconds time) {
    loop.after(time, [this] { loop.stop(0); });
    loop.run();
  }
  // What comes next at a giver's end; nullopt: its connection is ended.
  std::optional<Frame> next(const base::UniqueFd& giver) {
    char octet;
    REQUIRE(until([&] { return ::recv(giver.get(), &octet, 1, MSG_PEEK) >= 0; }));
    return handoff::receive_frame(giver.get());
  }

  faxmail::Settings settings;
  Givers givers;
};

}  // namespace

TEST_CASE("a connection carries one fax after the other, each answered, new or known, good or bad") {
  Door door;
  const auto giver = door.connect();
  const auto record = mail_parts::sample_record();
  for (int turns = 0; turns < 3; ++turns) {
    handoff::send_frame(giver.get(), offer_of(door.document(), record));
    handoff::send_frame(giver.get(), offer_of(door.document(), mail_parts::sample_record()));
    Frame bad = offer_of(door.document(), mail_parts::sample_record());
    bad.sha256 = {};
    handoff::send_frame(giver.get(), bad);
    CHECK(door.next(giver)->type == FrameType::ack);
    CHECK(door.next(giver)->type == FrameType::ack);
    CHECK(door.next(giver)->type == FrameType::nak_never);
  }
  CHECK(door.givers.connected() == 1);
  CHECK(door.spool.jobs().size() == 4);
}

TEST_CASE("sixteen may be connected; whoever comes then is sent away, and may come when one has gone") {
  Door door;
  std::list<base::UniqueFd> givers;
  for (std::size_t n = 0; n < Givers::most; ++n)
    givers.push_back(door.connect());
  CHECK(door.until([&] { return door.givers.connected() == Givers::most; }));
  const auto too_many = door.connect();
  CHECK_FALSE(door.next(too_many));
  handoff::send_frame(givers.back().get(), offer_of(door.document(), mail_parts::sample_record()));
  CHECK(door.next(givers.back())->type == FrameType::ack);
  givers.pop_front();
  CHECK(door.until([&] { return door.givers.connected() == Givers::most - 1; }));
  const auto another = door.connect();
  handoff::send_frame(another.get(), offer_of(door.document(), mail_parts::sample_record()));
  CHECK(door.next(another)->type == FrameType::ack);
}

TEST_CASE("as many as may be connected come at once, each with a fax, again and again: all are taken") {
  Door door;
  for (int waves = 1; waves <= 4; ++waves) {
    std::list<base::UniqueFd> givers;
    for (std::size_t n = 0; n < Givers::most; ++n) {
      givers.push_back(door.connect());
      handoff::send_frame(givers.back().get(), offer_of(door.document(), mail_parts::sample_record()));
    }
    for (const base::UniqueFd& giver : givers)
      CHECK(door.next(giver)->type == FrameType::ack);
    givers.clear();
    CHECK(door.until([&] { return door.givers.connected() == 0; }));
    CHECK(door.spool.jobs().size() == waves * Givers::most);
  }
}

TEST_CASE("who says nothing is let go; who waits for his answer is not") {
  Door door(50ms);
  const auto silent = door.connect(), slow = door.connect();
  const auto document = door.document("II* slow", "slow");
  handoff::send_frame(slow.get(), offer_of(document, mail_parts::sample_record()));
  REQUIRE(::chmod(document.c_str(), 01644) == 0);
  CHECK_FALSE(door.next(silent));
  door.run_for(150ms);
  CHECK(door.givers.connected() == 1);
  REQUIRE(::chmod(document.c_str(), 0644) == 0);
  CHECK(door.next(slow)->type == FrameType::ack);
  CHECK_FALSE(door.next(slow));
}

TEST_CASE("a giver that does not read its answers is let go, and its faxes are taken") {
  Door door;
  const auto giver = door.connect();
  const Frame offer = offer_of(door.document(), mail_parts::sample_record());
  CHECK(door.until([&] { return door.givers.connected() == 1; }));
  for (int turns = 0; turns < 5000 && door.givers.connected() == 1; ++turns) {
    try {
      handoff::send_frame(giver.get(), offer);
    } catch (const std::system_error&) {  // faster than he is read from
    }
    door.run_for(1ms);
  }
  CHECK(door.givers.connected() == 0);
  CHECK(door.spool.jobs().size() == 1);
}

TEST_CASE("at the stop the silent are let go, and nobody new is taken") {
  Door door;
  const auto giver = door.connect();
  CHECK(door.until([&] { return door.givers.connected() == 1; }));
  door.givers.stop();
  CHECK_FALSE(door.next(giver));
  const auto late = door.connect();  // systemd's queue, or the kernel's: the next start takes it from there
  door.run_for(20ms);
  CHECK(door.givers.connected() == 0);
}
