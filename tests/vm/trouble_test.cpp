// SPDX-License-Identifier: GPL-2.0-or-later
// What goes wrong with calls and lines, on the real driver: callers who give up or hang up at bad moments, exchanges that
// say so by a busy tone alone, a channel that is taken, a span that goes down, a process that is killed, a stop.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include <csignal>
#include <fstream>
#include <list>
#include <optional>
#include <thread>

#include "hw/dahdi/user.hpp"
#include "src/base/unique_fd.hpp"
#include "tests/vm/our_side.hpp"
#include "tests/vm/questions.hpp"

using namespace vm;
using namespace std::chrono_literals;

namespace {

// The first page has ended, and the second is under way.
bool has_a_page(const CentralOffice& office, const std::string& line) {
  const bool has = scenario::eventually([&] { return pages_so_far(office, line) >= 1; }, 150s);
  std::this_thread::sleep_for(3s);
  return has;
}

std::size_t pages_of(const Fax& fax) {
  return fax.record["pages"].size();
}

pid_t line_process(FaxService& service, unsigned channel) {
  const auto pids =
      scenario::descendants_named(service.process().pid(), "faxrx line " + std::to_string(channel));
  REQUIRE(pids.size() == 1);
  return pids.front();
}

// The exchange's end of the second cable, of which ours is channels 21 to 24. Nobody may have a channel of it open.
void take_down_second_cable() {
  const base::UniqueFd ctl(::open("/dev/dahdi/ctl", O_RDWR | O_CLOEXEC));
  REQUIRE(ctl);
  dahdi_dynamic_span span{};
  std::string("loc").copy(span.driver, sizeof span.driver - 1);
  std::string("2:0").copy(span.addr, sizeof span.addr - 1);
  REQUIRE(::ioctl(ctl.get(), DAHDI_DYNAMIC_DESTROY, &span) == 0);
}

void configure(const CentralOffice& office, const std::string& system_conf) {
  static unsigned times = 0;
  const auto file = office.folder() / ("cable" + std::to_string(++times));
  std::ofstream(file) << system_conf << "loadzone=us\ndefaultzone=us\n";
  scenario::Process dahdi_cfg({"/usr/sbin/dahdi_cfg", "-c", file}, file.string() + "-configured");
  REQUIRE_MESSAGE(dahdi_cfg.wait() == 0, dahdi_cfg.log());
}

// Our span of the second cable, as a card: it can be taken away from those who have it open.
const std::filesystem::path& second_card() {
  static const auto card = std::filesystem::canonical("/sys/bus/dahdi_spans/devices/span-6").parent_path();
  return card;
}

void write_to_card(const char* attribute, const std::string& value) {
  std::ofstream file(second_card() / attribute);
  file << value << std::flush;
  REQUIRE(file.good());
}

}  // namespace

TEST_CASE("a caller who gives up before the answer is logged, and the next one gets through") {
  CentralOffice office("1", {"--caller-id", "bellcore"});
  FaxService service(office, "17", "[receive]\nrings = 3\n");
  {
    FaxMachine hasty(office, {pages("one")});
    CHECK(service.log_says("ringing"));
    CHECK(becomes(office, "17", "ringing"));
    CHECK(state_of_channel(office, 17) == "in_use");
    std::this_thread::sleep_for(5s);  // a ring, and the caller ID behind it
    hasty.process().signal(SIGKILL);
    CHECK(service.log_says("0301234 (Dr. Mueller) gave up after"));
  }
  CHECK(becomes(office, "17", "ready"));
  FaxMachine patient(office, {pages("one")});
  CHECK(patient.wait()["exit_code"] == 0);
  CHECK(service.fax_on(17).record["rings"] == 3);
}

TEST_CASE(
    "callers who hang up 50 ms after the answer, in page 2 and between pages leave what they were told of") {
  CentralOffice office("1-3");
  FaxService service(office, "17-19");
  std::list<FaxMachine> callers;
  callers.emplace_back(office, Words{"--hang-up-after", "0.05", pages("sample")});
  callers.emplace_back(office, Words{"--hang-up-in-page", "2", pages("sample")});
  callers.emplace_back(office, Words{"--hang-up-after-page", "1", pages("sample")});
  for (const unsigned channel : {17U, 18U, 19U})
    CHECK(state_of_channel(office, channel) == "in_use");
  CHECK(callers.front().wait()["exit_code"] != 0);
  // The driver tells nothing of it; T.30 alone would hold the line for half a minute more.
  CHECK_MESSAGE(becomes(office, "17", "ready", 8s), service.log());
  for (FaxMachine& caller : callers)
    CHECK(caller.wait()["exit_code"] != 0);

  const Fax in_page_2 = service.fax_on(18);
  CHECK(in_page_2.record["outcome"] == "caller_hung_up");
  CHECK(in_page_2.record["complete"] == false);
  CHECK(pages_of(in_page_2) >= 1);
  CHECK(in_page_2.record["pages"][0]["complete"] == true);
  const Fax between = service.fax_on(19);
  CHECK(between.record["complete"] == false);
  REQUIRE(pages_of(between) == 1);
  CHECK(between.record["pages"][0]["complete"] == true);
  for (const char* line : {"17", "18", "19"}) {
    CAPTURE(line);
    CHECK_MESSAGE(becomes(office, line, "ready", 60s), service.log());
  }
  CHECK(service.log().find("A PAGE IS LOST") == std::string::npos);
}

TEST_CASE("where an exchange says only by a busy tone that the caller has gone, the line is given up") {
  std::list<CentralOffice> offices;
  std::string settings;
  for (unsigned channel = 1; const char* country : {"us", "uk", "de"}) {
    offices.emplace_back(std::to_string(channel), Words{"--busy-tone", country});
    settings += "[[line]]\nlines = [\"" + std::to_string(our_channel(channel++)) + "\"]\ncountry = \"" +
                country + "\"\n";
  }
  FaxService service(offices.front(), "17-19", settings);
  std::list<FaxMachine> callers;
  for (const CentralOffice& office : offices)
    callers.emplace_back(office, Words{"--hang-up-after", "7", pages("one")});
  for (FaxMachine& caller : callers)
    caller.wait();
  CHECK(state_of_channel(offices.front(), 17) == "in_use");
  for (CentralOffice& office : offices)
    CHECK_MESSAGE(scenario::eventually([&] {
                    return office.log().find("dialled") == std::string::npos &&
                           office.log().find("the caller has gone") != std::string::npos;
                  }),
                  office.log());
  // Two cycles of the slowest of these tones take 2 s; T.30 alone would hold the line for half a minute more.
  for (const char* line : {"17", "18", "19"}) {
    CAPTURE(line);
    CHECK_MESSAGE(becomes(offices.front(), line, "ready", 8s), service.log());
  }
}

TEST_CASE("a channel that another program has is tried again until it is free") {
  CentralOffice office("1-2");
  std::optional<OurEnd> taken(17);
  FaxService service(office, "17-18");
  CHECK(service.log_says("another program"));
  CHECK(state_of_line(office, "17") == "cannot_open");
  CHECK(state_of_line(office, "18") == "ready");
  CHECK(state_of_channel(office, 17) == "in_use");
  taken.reset();
  CHECK(becomes(office, "17", "ready", 60s));
  CHECK(state_of_channel(office, 17) == "in_use");
}

TEST_CASE("a span that goes down between calls has no line, and is ready when it is up again") {
  CentralOffice office("1");  // on another cable
  FaxService service(office, "21");
  CHECK(state_of_line(office, "21") == "ready");
  take_down_second_cable();
  CHECK(service.log_says("the line cannot be used"));
  CHECK(becomes(office, "21", "no_line"));
  CHECK(has_alarm(office, 21));
  configure(office, "dynamic=loc,2:0,4,0\nfxoks=5-8\n");
  CHECK(service.log_says("the line is usable again"));
  CHECK(becomes(office, "21", "ready"));
}

TEST_CASE(
    "a span that goes down in a call costs that call, not its pages, and is ready when it is up again") {
  CentralOffice office("1");
  FaxService service(office, "17");
  {
    FaxMachine caller(office, {pages("sample")});
    REQUIRE(has_a_page(office, "17"));
    take_span_away(1);  // the exchange's end of our channels 17 to 20
    const Fax fax = service.fax_on(17);
    // The driver tells of the far end's on-hook first, and of the alarm a second later.
    CHECK(fax.record["outcome"] == "caller_hung_up");
    REQUIRE(pages_of(fax) >= 1);
    CHECK(fax.record["pages"][0]["complete"] == true);
    CHECK(becomes(office, "17", "no_line"));
    CHECK(has_alarm(office, 17));
    caller.process().signal(SIGKILL);
  }
  give_span_back(1);
  CHECK(service.log_says("the line is usable again"));
  CHECK(becomes(office, "17", "ready"));
  CHECK_FALSE(has_alarm(office, 17));
}

TEST_CASE("a card that vanishes in a call costs that call, not its pages, and is served when it is back") {
  CentralOffice office("5");
  FaxService service(office, "21");
  FaxMachine caller(office, {pages("sample")});
  REQUIRE(has_a_page(office, "21"));
  second_card();
  write_to_card("unassign_span", "1");
  const Fax fax = service.fax_on(21);
  CHECK(fax.record["outcome"] == "line_trouble");
  REQUIRE(pages_of(fax) >= 1);
  CHECK(fax.record["pages"][0]["complete"] == true);
  CHECK(becomes(office, "21", "cannot_open"));
  CHECK(state_of_channel(office, 21) == "");
  write_to_card("assign_span", "1:6:21");
  configure(office, "fxsks=21-24\n");
  CHECK_MESSAGE(becomes(office, "21", "ready", 90s), service.log());
  caller.process().signal(SIGKILL);
}

TEST_CASE(
    "when a line's process is killed in a call, the line is on-hook at once and served again within 3 s") {
  CentralOffice office("1");
  FaxService service(office, "17");
  FaxMachine caller(office, {pages("sample")});
  REQUIRE(has_a_page(office, "17"));
  const pid_t doomed = line_process(service, 17);
  const auto killed = std::chrono::steady_clock::now();
  ::kill(doomed, SIGKILL);
  // The driver tells the exchange of an on-hook 1.25 s after it.
  CHECK(scenario::eventually(
      [&] { return office.log().find("the far end has hung up") != std::string::npos; }, 2250ms));
  CHECK(becomes(office, "17", "ready", 3s));
  CHECK(std::chrono::steady_clock::now() - killed <= 3s);
  CHECK(state_of_channel(office, 17) == "in_use");
  const Fax fax = service.fax_on(17);
  CHECK(fax.record["outcome"] == "broken");
  REQUIRE(pages_of(fax) == 1);
  CHECK(fax.record["pages"][0]["complete"] == true);
  caller.process().signal(SIGKILL);
}

TEST_CASE("a service that is stopped in a call keeps the pages so far, and the next start serves the line") {
  CentralOffice office("1");
  {
    FaxService service(office, "17");
    FaxMachine caller(office, {pages("sample")});
    REQUIRE(has_a_page(office, "17"));
    CHECK(state_of_channel(office, 17) == "in_use");
    service.process().signal(SIGTERM);
    CHECK(service.log_says("no new calls"));
    service.process().signal(SIGTERM);
    CHECK(service.process().wait(20s) == 0);
    const Fax fax = service.fax_on(17);
    CHECK(fax.record["outcome"] == "stopped");
    CHECK(pages_of(fax) >= 1);
    CHECK(state_of_channel(office, 17) == "ready");
    caller.wait(60s);
  }
  FaxService again(office, "17");
  CHECK(becomes(office, "17", "ready"));
}
