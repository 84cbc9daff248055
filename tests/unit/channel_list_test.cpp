// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/channel_list.hpp"
#include "hw/dahdi/dahdi_span.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "hw/dahdi/user.hpp"
#include "src/faxrx/channel_advice.hpp"
#include "src/faxrx/channel_report.hpp"
#include "tests/unit/dahdi_machine.hpp"

namespace {

using hw::ChannelState;
using hw::PortKind;
using unit::DahdiMachine;
using unit::MadeChannel;
using unit::MadeSpan;

struct Shown {
  int code;
  std::string text;
};

Shown show(const hw::ChannelList& list, bool json = false) {
  const unit::ScratchFolder folder;
  std::FILE* file = std::fopen((folder / "out").c_str(), "w");
  const int code = faxrx::show_channels(list, json, file);
  std::fclose(file);
  return {code, unit::text_in(folder / "out")};
}

Shown show(const DahdiMachine& machine, bool json = false) {
  return show(hw::list_channels(machine.root()), json);
}

bool says(const Shown& shown, const std::string& words) {
  return shown.text.find(words) != std::string::npos;
}

// A TDM410P with three lines plugged in and one FXS module.
void add_tdm410(DahdiMachine& machine) {
  machine.load_driver();
  machine.add_card("pci:0000:02:08.0", "Wildcard TDM410P", 1);
  machine.add_span({.master = true});
  for (unsigned port = 1; port <= 3; ++port)
    machine.add_channel({.number = port, .port = port});
  machine.add_channel({.number = 4, .port = 4, .sig = "FXOKS", .sigcap = MadeChannel::fxs});
}

hw::DahdiChannel only_channel(const MadeSpan& span, const MadeChannel& channel) {
  DahdiMachine machine;
  machine.load_driver();
  machine.add_span(span);
  machine.add_channel(channel);
  const hw::ChannelList list = hw::list_channels(machine.root());
  REQUIRE(list.channels.size() == 1);
  return list.channels.front();
}

}  // namespace

TEST_CASE("a card with three lines is listed as a person reads it, with the command that serves them") {
  DahdiMachine machine;
  add_tdm410(machine);
  const Shown shown = show(machine);
  CHECK(shown.code == 0);
  CHECK(shown.text ==
        "span 1  WCTDM/0  Wildcard TDM410P, ANALOG_MIXED\n"
        "  alarms: none; clock: the card's own (DAHDI's master); IRQ misses: 0; timing slips: 0\n"
        "  CHANNEL  PORT  KIND       SIGNALLING  LAW     STATE\n"
        "        1     1  FXO port   FXSKS       ?       ready\n"
        "        2     2  FXO port   FXSKS       ?       ready\n"
        "        3     3  FXO port   FXSKS       ?       ready\n"
        "        4     4  FXS port   FXOKS       ?       not served: an FXS port feeds a telephone; a line "
        "goes "
        "into an FXO port\n"
        "\n"
        "This user may not open /dev/dahdi/ctl: laws and, but for alarms, missing lines are not known. Run "
        "this as "
        "root or as a member of the group dialout.\n"
        "Ready to be served: channels 1-3.\n"
        "  dahdi-faxrx -c 1-3\n");
}

TEST_CASE(
    "without the driver, a card, numbers for its spans, or dahdi_cfg, the list says what to do, and ends "
    "with 69") {
  DahdiMachine machine;
  CHECK(says(show(machine), "The telephony driver, DAHDI, is not loaded. Install Debian's dahdi"));
  CHECK(show(machine).code == 69);
  machine.load_driver();
  CHECK(says(show(machine), "has found no card. \"dahdi_hardware\" lists"));
  CHECK(show(machine).code == 69);
  machine.add_card("pci:0000:02:08.0", "Wildcard TDM410P", 1);
  CHECK(says(show(machine),
             "found a card (Wildcard TDM410P at pci:0000:02:08.0), but its spans have no numbers"));
  CHECK(show(machine).code == 69);
  machine.add_span({});
  for (unsigned port = 1; port <= 4; ++port)
    machine.add_channel({.number = port, .port = port, .sig = "Unconfigured"});
  const Shown shown = show(machine);
  CHECK(says(shown, "FXO port   Unconfigured  ?       not configured: run dahdi_cfg\n"));
  CHECK(says(shown, "Not configured: channels 1-4. Write fxsks=1-4 into /etc/dahdi/system.conf"));
  CHECK(shown.code == 69);
}

TEST_CASE("a line that is not plugged in is not suggested; when none is, the list says so") {
  DahdiMachine machine;
  add_tdm410(machine);
  machine.add_channel({.number = 2, .port = 2, .alarms = "RED "});
  CHECK(says(show(machine), "no line: RED alarm\n"));
  CHECK(says(show(machine), "  dahdi-faxrx -c 1,3\n"));
  for (const unsigned port : {1U, 3U})
    machine.add_channel({.number = port, .port = port, .alarms = "RED "});
  CHECK(says(show(machine), "There is no line at channels 1-3: plug the telephone company's line in"));
  CHECK(show(machine).code == 69);
}

TEST_CASE("a span's alarm is one of all of its channels") {
  const hw::DahdiChannel channel = only_channel({.alarms = "0xc"}, {});
  CHECK(channel.state == ChannelState::no_line);
  CHECK(channel.why == "RED YELLOW alarm");
}

TEST_CASE("who has a channel open is found by its own file, its link, or the name of our line process") {
  DahdiMachine machine;
  add_tdm410(machine);
  for (unsigned port = 1; port <= 3; ++port)
    machine.add_channel({.number = port, .port = port, .in_use = true});
  machine.add_process(120, "recorder", {"/dev/null", "/dev/dahdi/chan/001/001"});
  machine.add_process(99, "monitor", {"/dev/dahdi/2"});
  machine.add_process(7, "faxrx line 3", {"/dev/dahdi/channel"});
  machine.add_process(8, "faxrx line 1", {"socket:[17]"});  // of an exchange: another line of that number
  const hw::ChannelList list = hw::list_channels(machine.root());
  CHECK(list.channels[0].why == "recorder (120)");
  CHECK(list.channels[1].why == "monitor (99)");
  CHECK(list.channels[2].why == "dahdi-faxrx (7)");
  CHECK(show(list).code == 0);
  CHECK(says(show(list), "in use by monitor (99)\n"));
  CHECK(says(show(list), "dahdi-faxrx serves channel 3; no other is ready.\n"));
}

TEST_CASE("a channel opened by number may be any program's that opened one so; too many are not named") {
  DahdiMachine machine;
  add_tdm410(machine);
  machine.add_channel({.number = 1, .alarms = "RED ", .in_use = true});
  machine.add_process(50, "asterisk", {"/dev/dahdi/channel", "/dev/dahdi/timer"});
  CHECK(says(show(machine), "in use by asterisk (50); RED alarm\n"));
  machine.add_process(51, "softmodem", {"/dev/dahdi/channel"});
  CHECK(hw::list_channels(machine.root()).channels[0].why == "asterisk (50) or softmodem (51)");
  machine.add_process(52, "third", {"/dev/dahdi/channel"});
  machine.add_process(53, "fourth", {"/dev/dahdi/channel"});
  CHECK(hw::list_channels(machine.root()).channels[0].why == "another program");
}

TEST_CASE(
    "whoever may not look into other processes learns that a channel is in use, and by which line of ours") {
  DahdiMachine machine;
  add_tdm410(machine);
  for (unsigned port = 1; port <= 2; ++port)
    machine.add_channel({.number = port, .port = port, .in_use = true});
  machine.add_process(50, "visible", {"/dev/dahdi/channel"});
  machine.add_process(51, "secret", {"/dev/dahdi/1"}, std::filesystem::perms::none);
  machine.add_process(52, "faxrx line 2", {"/dev/dahdi/channel"}, std::filesystem::perms::none);
  const int wrong = unit::in_child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) return 1;
    const hw::ChannelList list = hw::list_channels(machine.root());
    if (list.channels[0].why != "another program") return 2;
    return list.channels[1].why == "dahdi-faxrx (52)" ? 0 : 3;
  });
  for (const char* pid : {"51", "52"})
    std::filesystem::permissions(machine.root() / "proc" / pid / "fd", std::filesystem::perms::all);
  CHECK(wrong == 0);
}

TEST_CASE("what kind of port it is, and why it is not served") {
  const MadeSpan e1 = {.name = "TE2/0/1", .type = "E1", .lineconfig = "HDB3/CCS/CRC4", .syncsrc = 1};
  const MadeSpan t1 = {.type = "T1"};
  const MadeSpan software = {.name = "DYN/loc/1:1", .type = "DYNAMIC"};
  struct Case {
    MadeSpan span;
    MadeChannel channel;
    PortKind kind;
    ChannelState state;
    std::string why;
  };
  const std::string all = MadeChannel::software, d = "carries its span's signalling",
                    no_d = "span 1 has no D channel; dahdi_genconf writes one";
  const Case cases[] = {
      {{}, {.sig = "FXSLS"}, PortKind::fxo, ChannelState::ready, ""},
      {{},
       {.sig = "Unconfigured", .sigcap = ""},
       PortKind::empty,
       ChannelState::not_served,
       "there is no module in this port"},
      {{},
       {.sig = "Clear"},
       PortKind::fxo,
       ChannelState::not_configured,
       "Clear is not for lines; write fxsks=1 into /etc/dahdi/system.conf and run dahdi_cfg"},
      {{},
       {.sig = "Unconfigured", .sigcap = "E&M Clear SF (ToneOnly)"},
       PortKind::other,
       ChannelState::not_served,
       "neither an FXO port nor ISDN"},
      {e1, {.sig = "Clear", .sigcap = "Clear"}, PortKind::b_channel, ChannelState::not_configured, no_d},
      {e1,
       {.sig = "Unconfigured", .sigcap = "Clear"},
       PortKind::b_channel,
       ChannelState::not_configured,
       "run dahdi_cfg"},
      {e1, {.sig = "HDLCFCS", .sigcap = "Clear"}, PortKind::d_channel, ChannelState::not_served, d},
      {e1,
       {.sig = "Hardware-assisted HDLC", .sigcap = "Hardware-assisted HDLC"},
       PortKind::d_channel,
       ChannelState::not_served,
       d},
      {t1, {.sigcap = all}, PortKind::fxo, ChannelState::not_served, "FXSKS by robbed bits on T1"},
      {t1, {.sig = "E&M", .sigcap = all}, PortKind::other, ChannelState::not_served, "E&M signalling"},
      {e1, {.sig = "CAS", .sigcap = all}, PortKind::other, ChannelState::not_served, "CAS signalling"},
      {software, {.sigcap = all}, PortKind::fxo, ChannelState::ready, ""},
      {software,
       {.sig = "FXOKS", .sigcap = all},
       PortKind::fxs,
       ChannelState::not_served,
       "an FXS port feeds a telephone; a line goes into an FXO port"},
      {software,
       {.sig = "FXSGS", .sigcap = all},
       PortKind::fxo,
       ChannelState::not_served,
       "ground start; give it fxsks"},
      {software,
       {.sig = "Unconfigured", .sigcap = all},
       PortKind::any,
       ChannelState::not_configured,
       "run dahdi_cfg"},
      {software, {.sig = "Clear", .sigcap = all}, PortKind::b_channel, ChannelState::not_configured, no_d},
  };
  for (const Case& one : cases) {
    CAPTURE(one.channel.sig);
    CAPTURE(one.span.type);
    const hw::DahdiChannel channel = only_channel(one.span, one.channel);
    CHECK(channel.kind == one.kind);
    CHECK(channel.state == one.state);
    CHECK(channel.why == one.why);
  }
}

TEST_CASE("nothing but FXS ports: the list says that a line wants an FXO port") {
  DahdiMachine machine;
  machine.load_driver();
  machine.add_span({});
  machine.add_channel({.sig = "FXOKS", .sigcap = MadeChannel::fxs});
  CHECK(says(show(machine), "None of these channels is an FXO port"));
  CHECK(show(machine).code == 69);
}

TEST_CASE("an E1: its B channels are to be served, in alarm they have no line, and its D channel is found") {
  DahdiMachine machine;
  machine.load_driver();
  machine.add_span(
      {.number = 2, .name = "TE2/0/2", .type = "E1", .lineconfig = "HDB3/CCS/CRC4", .syncsrc = 2});
  machine.put("sys/bus/dahdi_spans/devices/span-2/basechan", "5\n");
  machine.put("sys/bus/dahdi_spans/devices/span-2/channels", "31\n");
  for (unsigned port = 1; port <= 31; ++port)
    machine.add_channel({.number = port + 4,
                         .span = 2,
                         .port = port,
                         .sig = port == 16 ? "HDLCFCS" : "Clear",
                         .sigcap = "Clear",
                         .alarms = port == 31 ? "RED " : ""});
  const Shown shown = show(machine);
  CHECK(shown.code == 0);
  CHECK(says(shown, "Ready to be served: channels 5-19,21-34."));
  CHECK(says(shown, "no line: RED alarm"));
  const auto place = hw::dahdi::find_span(6, machine.root());
  REQUIRE(place);
  CHECK(place->span == "2");
  CHECK(place->timeslot == 2);
  CHECK(place->d_channel == "20");
  CHECK(place->type == hw::isdn::SpanType::e1);
  CHECK_FALSE(hw::dahdi::find_span(20, machine.root()));  // the D channel itself
  CHECK_FALSE(hw::dahdi::find_span(99, machine.root()));
}

TEST_CASE("missed interrupts and slips come from /proc/dahdi, and are warned of") {
  DahdiMachine machine;
  add_tdm410(machine);
  machine.add_span({.number = 2,
                    .name = "TE2/0/1",
                    .type = "E1",
                    .syncsrc = 2,
                    .counters = "\tBPV count: 9\n\tIRQ misses: 3\n\tTiming slips: 14\n"});
  const Shown shown = show(machine);
  CHECK(says(shown, "clock: from this line; IRQ misses: 3; timing slips: 14\n"));
  CHECK(says(shown, "Span 2 has had 3 missed interrupts and 14 timing slips since it was loaded"));
  std::filesystem::remove(machine.root() / "proc/dahdi/1");
  CHECK(says(show(machine), "IRQ misses: unknown; timing slips: unknown\n"));
}

TEST_CASE("with the right to ask the driver, law, battery, interrupts and a failed module are known too") {
  hw::DahdiSpan span{.number = 1, .name = "WCTDM/0", .type = "ANALOG_MIXED"};
  hw::DahdiChannel channel{.number = 1, .span = 1, .port = 1, .signalling = "FXSKS", .capable_of = {"FXSKS"}};
  dahdi_params params{};
  params.curlaw = DAHDI_LAW_ALAW;
  hw::add_params(channel, span, params);
  hw::judge_channel(channel, span);
  CHECK(channel.law == hw::Law::a);
  CHECK(channel.why == "no battery");
  params.rxisoffhook = 1;
  hw::add_params(channel, span, params);
  hw::judge_channel(channel, span);
  CHECK(channel.state == ChannelState::ready);
  params.sigcap = static_cast<int>(DAHDI_SIG_BROKEN);
  hw::add_params(channel, span, params);
  hw::judge_channel(channel, span);
  CHECK(channel.why == "the module in this port has failed");
  dahdi_spaninfo status{};
  status.irqmisses = 5;
  hw::add_span_status(span, status);
  CHECK(span.irq_misses == 5U);
}

TEST_CASE("an Astribank and a software span do not tell battery: a line that only looks on-hook is ready") {
  for (const hw::DahdiSpan& span : {hw::DahdiSpan{.name = "XBUS-00/XPD-00", .type = "FXO"},
                                    hw::DahdiSpan{.name = "DYN/loc/1:1", .type = "DYNAMIC"}}) {
    hw::DahdiChannel channel{.signalling = "FXSKS", .capable_of = {"FXSKS"}};
    hw::add_params(channel, span, dahdi_params{});
    hw::judge_channel(channel, span);
    CHECK(channel.state == ChannelState::ready);
    CHECK(!channel.battery);
  }
}

TEST_CASE("an echo canceller in system.conf is warned of") {
  DahdiMachine machine;
  add_tdm410(machine);
  machine.add_channel({.number = 1, .ec_factory = "MG2"});
  CHECK(says(show(machine), "An echo canceller is set up for channel 1."));
}

TEST_CASE("the JSON has the same facts under the names of the man page") {
  DahdiMachine machine;
  add_tdm410(machine);
  machine.add_channel({.number = 2, .port = 2, .in_use = true});
  machine.add_process(99, "monitor", {"/dev/dahdi/2"});
  const nlohmann::json json = nlohmann::json::parse(show(machine, true).text);
  CHECK(json["driver_loaded"] == true);
  CHECK(json["asked_driver"] == false);
  CHECK(json["command"] == "dahdi-faxrx -c 1,3");
  CHECK(json["cards"][0]["type"] == "Wildcard TDM410P");
  CHECK(json["cards"][0]["spans_assigned"] == 1);
  CHECK(json["spans"][0]["card"] == "pci:0000:02:08.0");
  CHECK(json["spans"][0]["irq_misses"] == 0);
  const nlohmann::json expected = {{"number", 2},
                                   {"span", 1},
                                   {"port", 2},
                                   {"kind", "fxo"},
                                   {"signalling", "FXSKS"},
                                   {"law", nullptr},
                                   {"state", "in_use"},
                                   {"why", "monitor (99)"},
                                   {"alarms", nlohmann::json::array()},
                                   {"battery", nullptr},
                                   {"echo_canceller", nullptr},
                                   {"open", true},
                                   {"used_by", {{{"program", "monitor"}, {"pid", 99}}}}};
  CHECK(json["channels"][1] == expected);
}

TEST_CASE("files that are missing, too long or no text do no harm") {
  DahdiMachine machine;
  add_tdm410(machine);
  const std::string channels = "sys/bus/dahdi_channels/devices/";
  machine.put(channels + "dahdi!chan!/channo", "9\n");
  machine.put(channels + "nothing/channo", "10\n");
  machine.put(channels + "!/channo", "11\n");
  machine.put(channels + "dahdi!chan!001!009/channo", "99999999999999999999\n");
  machine.put(channels + "dahdi!chan!077!001/channo", "12\n");  // of a span that is not there
  machine.put(channels + "dahdi!chan!001!001/sig", std::string(100000, '\xff'));
  machine.put("sys/bus/dahdi_spans/devices/span-/name", "\n");
  const hw::ChannelList list = hw::list_channels(machine.root());
  CHECK(list.channels.size() == 4);
  CHECK(list.channels[0].signalling.size() <= 128);
  CHECK(nlohmann::json::accept(show(list, true).text));
}
