// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of an E1 and a T1 of the real driver: calls come by the D channel, with libpri as the network, their sound by
// the B channels.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <string>
#include <vector>

#include "tests/torture/mail_sink.hpp"
#include "tests/torture/mail_station.hpp"
#include "tests/vm/trunk.hpp"

using namespace vm;

namespace {

// A call on every B channel; nobody has sent anything yet.
bool thirty_are_answered(Trunk& trunk, double limit_s) {
  for (unsigned timeslot = 1; timeslot <= trunk.span.b_channels + 1; ++timeslot)
    if (timeslot != trunk.span.d_timeslot) trunk.dial(timeslot);
  const auto& callers = trunk.exchange.callers;
  CHECK(callers.size() == trunk.span.b_channels);
  return trunk.exchange.until(
      [&] {
        return std::all_of(callers.begin(), callers.end(),
                           [](const auto& one) { return one.call.connected; });
      },
      limit_s);
}

// A mailbox of its own for each number; what comes is in FOLDER/inbox.
torture::MailStationSettings mailboxes(const Trunk& trunk, unsigned timeslots, unsigned smtp_port) {
  torture::MailStationSettings settings{
      trunk.folder.path, trunk.folder / "mail-spool", smtp_port, 2, {}, {}, {}, {}};
  for (unsigned timeslot = 1; timeslot <= timeslots; ++timeslot)
    settings.routes +=
        fmt::format("[[route]]\nmatch = \"{}\"\nto = \"box{}@example.org\"\nattach_tiff = true\n",
                    number_of(timeslot), timeslot);
  return settings;
}

// It got to its mailbox once, with every octet of the document.
void check_mailed(const Trunk& trunk, unsigned timeslot, const std::string& id, const std::string& document) {
  CAPTURE(timeslot);
  std::vector<std::filesystem::path> mails;
  scenario::eventually([&] { return !(mails = torture::mails_of(id, trunk.folder / "inbox")).empty(); });
  REQUIRE(mails.size() == 1);
  const std::string mail = scenario::text_of(mails.front());
  CHECK(mail.find(fmt::format("To: box{}@example.org", timeslot)) != std::string::npos);
  CHECK(torture::holds_file(mails.front(), document));
}

}  // namespace

TEST_CASE(
    "fifteen callers at once are fifteen faxes, each in the mailbox of the number that was dialled; a "
    "channel takes another") {
  Trunk trunk;
  for (unsigned timeslot = 1; timeslot <= 15; ++timeslot)
    trunk.dial(timeslot);
  REQUIRE(trunk.all_over());
  for (const IsdnCaller& caller : trunk.exchange.callers) {
    CAPTURE(caller.timeslot);
    CHECK_MESSAGE(caller.sent_all(1), trunk.service.log());
    trunk.check_arrived(caller.timeslot);
  }
  std::map<unsigned, Fax> faxes;
  std::map<unsigned, std::string> documents;
  for (unsigned timeslot = 1; timeslot <= 15; ++timeslot) {
    faxes[timeslot] = trunk.service.fax_on(trunk.span.ours(timeslot));
    documents[timeslot] = scenario::text_of(faxes[timeslot].document);
  }
  trunk.check_takes_call(15);
  // Not before: a program that is read from the host holds up the guest, and its calls with it.
  std::filesystem::create_directory(trunk.folder / "inbox");
  const torture::MailSink sink(trunk.folder / "inbox");
  torture::MailStation station(mailboxes(trunk, 15, sink.port()));
  station.start();
  for (const auto& [timeslot, fax] : faxes)
    check_mailed(trunk, timeslot, fax.record["id"], documents[timeslot]);
}

TEST_CASE("thirty callers within a second are each answered within 4 s") {
  Trunk trunk;
  CHECK_MESSAGE(thirty_are_answered(trunk, 4), trunk.service.log());
}

TEST_CASE("a T1 that speaks NI2: twenty-three are answered within 4 s, and faxes come through mu-law") {
  Trunk trunk(t1);
  CHECK_MESSAGE(thirty_are_answered(trunk, 4), trunk.service.log());
  for (IsdnCaller& caller : trunk.exchange.callers)
    if (caller.timeslot > 3) caller.hang_up();
  REQUIRE(trunk.all_over());
  for (const unsigned timeslot : {1U, 2U, 3U})
    trunk.check_arrived(timeslot);
}

TEST_CASE("the list of channels: what each of a span is, who has it, and which lines it has to offer") {
  unit::ScratchFolder folder;
  const ServiceFolder nobody(folder.path);
  CHECK(kind_of_channel(nobody, e1.ours(1)) == "b");
  CHECK(kind_of_channel(nobody, e1.ours(16)) == "d");
  CHECK(kind_of_channel(nobody, t1.ours(24)) == "d");
  CHECK(state_of_channel(nobody, e1.ours(31)) == "ready");
  CHECK(state_of_channel(nobody, e1.ours(16)) != "ready");
  CHECK_FALSE(has_alarm(nobody, e1.ours(1)));
  Trunk trunk;
  const ServiceFolder ours(trunk.folder.path);
  for (const unsigned timeslot : {1U, 15U, 17U, 31U}) {
    CAPTURE(timeslot);
    CHECK(state_of_channel(ours, e1.ours(timeslot)) == "in_use");
  }
  CHECK(state_of_channel(ours, t1.ours(1)) == "ready");
  CHECK(state_of_line(ours, "32") == "ready");
  trunk.dial(1);
  CHECK(trunk.exchange.until([&] { return trunk.exchange.callers.front().call.connected; }, 4));
  CHECK(state_of_line(ours, "32") != "ready");
}
