// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of an ISDN span with the real programs: calls come by the D channel, from libpri as the network, and their
// sound by a line of the software exchange.
#include <doctest/doctest.h>
#include <sys/un.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <thread>

#include "tests/scenario/office.hpp"
#include "tests/unit/mini_network.hpp"

using namespace scenario;
using span_test::MiniNetwork;
using span_test::NetworkCall;

namespace {

base::UniqueFd connect_to_d_channel(const std::filesystem::path& socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  for (int i = 0; i < 200; ++i) {
    base::UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  FAIL("nobody listens on the D channel");
  return {};
}

MiniNetwork network_of(const Office& office) {
  return MiniNetwork(connect_to_d_channel(office.lines() / "d"), span::Access::primary);
}

bool answered(const NetworkCall& call) {
  return std::find(call.events.begin(), call.events.end(), PRI_EVENT_ANSWER) != call.events.end();
}

// The network goes on working while a caller sends his fax.
CallReport fax(Office& office, MiniNetwork& network, const NetworkCall& call) {
  Call caller = office.dial({one_page().string()});
  network.until([&] { return call.over; }, 60'000);
  CHECK(call.over);
  return caller.wait();
}

const char* const trunk =
    "lines = [\"trunk:LINES/1\"]\n[signalling]\nnumbers = [\"030987654\", \"_0309875X\"]\n";

}  // namespace

TEST_CASE(
    "A fax through a span: number, caller and who passed it on come to the mail; the station is the number") {
  Office office({.lines = "", .faxrx = trunk});
  MiniNetwork network = network_of(office);
  REQUIRE(office.log_says("ready: "));
  REQUIRE(network.until([&] { return network.up && network.restarted == std::vector<int>{1}; }));
  NetworkCall& nobody = network.dial({.called = "0309876"});
  REQUIRE(network.until([&] { return nobody.over; }));
  CHECK(nobody.cause == 1);
  NetworkCall& call = network.dial({.called = "03098755", .caller = "0891234", .redirecting = "030987"});
  REQUIRE(network.until([&] { return answered(call); }));
  const CallReport report = fax(office, network, call);
  INFO(office.logs());
  CHECK(report.exit_code == 0);
  CHECK(call.cause == 16);
  CHECK(report.json["far_station_id"] == "03098755");
  const Mail mail = office.mail(1);
  CHECK(mail.text.find("0891234") != std::string::npos);
  CHECK(mail.text.find("passed on from 030987 (which was busy)") != std::string::npos);
  CHECK(office.has_pages(mail, one_page()));
}

TEST_CASE("The span process is killed in a call: the fax comes in, and the next call too") {
  Office office({.lines = "", .faxrx = trunk});
  {
    MiniNetwork network = network_of(office);
    REQUIRE(office.log_says("ready: "));
    REQUIRE(network.until([&] { return network.up && !network.restarted.empty(); }));
    NetworkCall& call = network.dial({.called = "030987654"});
    REQUIRE(network.until([&] { return answered(call); }));
    Call caller = office.dial({one_page().string()});
    REQUIRE(office.log_says("sending CED"));
    ::kill(office.process_named("faxrx span trun"), SIGKILL);
    CHECK(caller.wait().exit_code == 0);
  }
  INFO(office.logs());
  CHECK(office.has_pages(office.mail(1), one_page()));
  MiniNetwork network = network_of(office);
  REQUIRE(network.until([&] { return network.up && !network.restarted.empty(); }));
  NetworkCall& call = network.dial({.called = "030987654"});
  REQUIRE(network.until([&] { return answered(call); }));
  CHECK(fax(office, network, call).exit_code == 0);
  CHECK(office.has_pages(office.mail(2), one_page()));
}
