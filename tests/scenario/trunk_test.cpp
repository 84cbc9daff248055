// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of an ISDN span with the real programs: calls come by the D channel, from libpri as the network, and their
// sound by a line of the software exchange.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <set>
#include <thread>

#include "tests/pri/network.hpp"
#include "tests/scenario/office.hpp"

using namespace scenario;
using namespace std::chrono_literals;
using isdn::Network;

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

Network network_of(const Office& office) {
  return Network(hw::isdn::d_channel_on(connect_to_d_channel(office.lines() / "d")));
}

// The network goes on working while a caller sends his fax.
CallReport fax(Office& office, Network& network, const isdn::Call& call) {
  Call caller = office.dial({one_page().string()});
  network.run_until([&] { return call.over; }, 60s);
  CHECK(call.over);
  return caller.wait();
}

const char* const trunk =
    "lines = [\"trunk:LINES/1\"]\n[signalling]\nnumbers = [\"030987654\", \"_0309875X\"]\n";

}  // namespace

TEST_CASE(
    "A fax through a span: number, caller and who passed it on come to the mail; the station is the number") {
  Office office({.lines = "", .faxrx = trunk});
  Network network = network_of(office);
  REQUIRE(office.log_says("ready: "));
  REQUIRE(network.run_until([&] { return network.up() && network.restarted() == std::vector<int>{1}; }));
  isdn::Call& nobody = network.place_call({.called = "0309876"});
  REQUIRE(network.run_until([&] { return nobody.over; }));
  CHECK(nobody.cause == 1);
  isdn::Call& call = network.place_call({.called = "03098755", .caller = "0891234", .redirecting = "030987"});
  REQUIRE(network.run_until([&] { return call.connected; }));
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
    Network network = network_of(office);
    REQUIRE(office.log_says("ready: "));
    REQUIRE(network.run_until([&] { return network.up() && !network.restarted().empty(); }));
    isdn::Call& call = network.place_call({.called = "030987654"});
    REQUIRE(network.run_until([&] { return call.connected; }));
    Call caller = office.dial({one_page().string()});
    REQUIRE(office.log_says("sending CED"));
    ::kill(office.process_named("faxrx span trun"), SIGKILL);
    CHECK(caller.wait().exit_code == 0);
  }
  INFO(office.logs());
  CHECK(office.has_pages(office.mail(1), one_page()));
  Network network = network_of(office);
  REQUIRE(network.run_until([&] { return network.up() && !network.restarted().empty(); }));
  isdn::Call& call = network.place_call({.called = "030987654"});
  REQUIRE(network.run_until([&] { return call.connected; }));
  CHECK(fax(office, network, call).exit_code == 0);
  CHECK(office.has_pages(office.mail(2), one_page()));
}

TEST_CASE("Fifteen callers at once to fifteen numbers of one trunk: each fax is in its own mailbox") {
  constexpr int calls_at_once = 15;
  std::string routes;
  for (int n = 1; n <= calls_at_once; ++n)
    routes += fmt::format("[[route]]\nmatch = \"0309870{0:02}\"\nto = \"box{0:02}@example.org\"\n", n);
  Office office({.lines = "", .routes = routes, .faxrx = "lines = [\"trunk:LINES/1-15\"]\n"});
  Network network = network_of(office);
  REQUIRE(office.log_says("ready: "));
  REQUIRE(network.run_until([&] { return network.restarted().size() == calls_at_once; }));
  for (int n = 1; n <= calls_at_once; ++n)
    network.place_call({.called = fmt::format("0309870{:02}", n), .timeslot = n});
  const auto all = [&](auto is_so) {
    return network.run_until(
        [&] { return std::all_of(network.calls().begin(), network.calls().end(), is_so); }, 120s);
  };
  REQUIRE(all([](const isdn::Call& call) { return call.connected; }));
  // Each gets a channel whose call is connected and has no caller yet.
  std::vector<Call> callers;
  for (int n = 1; n <= calls_at_once; ++n)
    callers.push_back(office.dial({one_page().string()}));
  CHECK(all([](const isdn::Call& call) { return call.over; }));
  for (Call& caller : callers)
    CHECK(caller.wait().exit_code == 0);
  std::set<std::string> boxes;
  for (unsigned n = 1; n <= calls_at_once; ++n) {
    const Mail mail = office.mail(n);
    const std::string box = mail.envelope["to"][0];
    CAPTURE(box);
    CHECK(mail.envelope["to"].size() == 1);
    // box07 has the fax to 030987007.
    const std::string number = box.substr(3, 2);
    CHECK(mail.text.find("0309870" + number) != std::string::npos);
    CHECK(boxes.insert(box).second);
    CHECK(office.has_pages(mail, one_page()));
  }
}
