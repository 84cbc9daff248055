// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of faxes that arrive: a calling machine rings a line, and its pages come out as mail.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <ctime>

#include "tests/scenario/office.hpp"

using namespace scenario;

TEST_CASE("one page arrives as a PDF in the right mailbox") {
  Office office;
  const CallReport call = office.call({"--name", "Dr. Müller", one_page()});
  check_confirmed(call, {"V.17", 14400, true, 1});
  CHECK(call.json["far_station_id"] == "030987654");  // ours: the called number
  const Mail mail = office.mail(1);
  CHECK(mail.envelope["to"] == nlohmann::json({"reception@example.org"}));
  CHECK(office.has_pages(mail, one_page()));
}

TEST_CASE("ten pages arrive in one mail, each in its place") {
  Office office;
  check_confirmed(office.call({ten_pages()}), {"V.17", 14400, true, 10});
  CHECK(office.has_pages(office.mail(1), ten_pages()));
  CHECK(office.mails() == 1);
}

TEST_CASE("pages of mixed resolutions keep their own, to the millimetre") {
  Office office;
  check_confirmed(office.call({mixed_pages()}), {"V.17", 14400, true, 3});
  CHECK(office.has_pages(office.mail(1), mixed_pages()));
}

TEST_CASE("every modem, with and without error correction") {
  struct Way {
    const char* modem;
    const char* ecm_option;
    const char* coding;
    Expected expected;
  };
  const Way ways[] = {
      {"v17", "--ecm", "mmr", {"V.17", 14400, true, 1}},
      {"v17", "--no-ecm", "mr", {"V.17", 14400, false, 1}},
      {"v29", "--ecm", "mmr", {"V.29", 9600, true, 1}},
      {"v29", "--no-ecm", "mh", {"V.29", 9600, false, 1}},
      {"v27ter", "--ecm", "mr", {"V.27ter", 4800, true, 1}},
      {"v27ter", "--no-ecm", "mh", {"V.27ter", 4800, false, 1}},
  };
  Office office;
  unsigned number = 0;
  for (const Way& way : ways) {
    CAPTURE(way.modem);
    CAPTURE(way.ecm_option);
    check_confirmed(office.call({"--modem", way.modem, way.ecm_option, "--coding", way.coding, one_page()}),
                    way.expected);
    CHECK(office.has_pages(office.mail(++number), one_page()));
  }
}

TEST_CASE("a line of the world: A-law, noise, echo, a fraction of a sample of delay, a clock that is off") {
  Office office;
  const CallReport call = office.call({"--law", "alaw", "--noise", "-60", "--delay", "7.3", "--echo-delay",
                                       "30", "--echo", "-25", "--skew", "40", one_page()});
  check_confirmed(call, {"V.17", 14400, true, 1});
  CHECK(office.has_pages(office.mail(1), one_page()));
}

TEST_CASE("four calls at once, and the fifth hears busy") {
  Office office;
  std::vector<Call> calls;
  for (unsigned i = 1; i <= 4; ++i) {
    calls.push_back(office.dial({"--real-time", "--silent", "600"}));
    REQUIRE(eventually([&] { return times(office.faxrx.log(), ": ringing") == i; }));
  }
  const CallReport fifth = office.call({one_page()});
  CHECK(fifth.json["outcome"] == "busy");
  CHECK(fifth.exit_code == 69);
  calls.clear();  // the four silent ones hang up

  REQUIRE(eventually([&] { return office.call({one_page()}).exit_code == 0; }));
  for (int i = 0; i < 4; ++i)
    calls.push_back(office.dial({ten_pages()}));
  for (Call& call : calls)
    check_confirmed(call.wait(), {"V.17", 14400, true, 10});
  for (unsigned n = 2; n <= 5; ++n)
    CHECK(office.has_pages(office.mail(n), ten_pages()));
}

namespace {

// The call that is hung up in page 2, and the mail with what came of it.
Mail mail_of_a_call_cut_in_page_2(Office& office, const char* ecm) {
  const CallReport call = office.call({ecm, "--coding", "mr", "--hang-up-in-page", "2", sample()});
  CHECK(call.exit_code == 1);
  CHECK(call.json["modem"] == "V.17");
  CHECK(call.json["rate_bps"] == 14400);
  CHECK(call.json["ecm"] == (ecm == std::string("--ecm")));
  CHECK(call.json["pages_confirmed"] == 1);
  Mail mail = office.mail(1);
  CHECK(mail.text.find("ncomplete") != std::string::npos);
  return mail;
}

}  // namespace

TEST_CASE(
    "the caller hangs up in the middle of page 2: page 1 and page 2's upper part are mailed, and said to "
    "be") {
  Office office;
  const Mail mail = mail_of_a_call_cut_in_page_2(office, "--no-ecm");
  CHECK(office.has_pages(mail, sample(), {"--pages", "1-2", "--partial-last"}));
}

TEST_CASE(
    "the same with ECM: a block that is not whole is no rows yet (T.30, annex A), so page 1 is what is "
    "mailed at least") {
  Office office;
  const Mail mail = mail_of_a_call_cut_in_page_2(office, "--ecm");
  const bool pages_are_right = office.has_pages(mail, sample(), {"--pages", "1"}) ||
                               office.has_pages(mail, sample(), {"--pages", "1-2", "--partial-last"});
  CHECK(pages_are_right);
}

TEST_CASE("nobody speaks after the answer: the line is free again, and nothing is mailed") {
  Office office;
  const CallReport silent = office.call({"--silent", "600"});
  CHECK(silent.json["answered"] == true);
  CHECK(silent.json["line_seconds"] < 120);  // we hang up, long before the caller would
  CHECK(office.log_says("nobody spoke as a fax machine does"));
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.has_pages(office.mail(1), one_page()));
  CHECK(office.mails() == 1);
}

TEST_CASE("the caller gives up before the answer, and the next one is answered") {
  Office office({.faxrx = "[receive]\nrings = 3\n"});
  {
    Call impatient = office.dial({"--real-time", one_page()});
    REQUIRE(office.log_says("ringing"));
  }  // killed: its socket closes
  CHECK(office.log_says(" gave up after "));
  const CallReport call = office.call({one_page()});
  check_confirmed(call, {"V.17", 14400, true, 1});
  CHECK(call.json["answer_seconds"] > 12);  // three rings: 2 s, and twice 4 s + 2 s
}

TEST_CASE(
    "a line's settings hold: station id, no ECM, a slower modem; a caller below min_rate is turned away") {
  Office office(
      {.faxrx = "[receive]\nstation_id = \"+49 30 98765\"\necm = false\nmax_rate = 9600\nmin_rate = 7200\n"});
  const CallReport call = office.call({one_page()});
  check_confirmed(call, {"V.29", 9600, false, 1});
  CHECK(call.json["far_station_id"] == "+49 30 98765");
  const CallReport slow = office.call({"--modem", "v27ter", one_page()});
  CHECK(slow.exit_code == 1);
  CHECK(slow.json["pages_confirmed"] == 0);
  CHECK(office.log_says("slower than min_rate allows"));
}

TEST_CASE("everything that is known of a call is kept with the fax") {
  Office office;
  office.smtp.signal(SIGSTOP);  // the mail waits: the fax is in faxmail's queue
  check_confirmed(
      office.call({"--name", "Dr. Müller", "--sub-address", "42", "--no-ecm", "--modem", "v29", one_page()}),
      {"V.29", 9600, false, 1});
  REQUIRE(office.log_says("handed over"));
  std::filesystem::path file;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(office.mail_spool()))
    if (entry.path().filename() == "fax.json") file = entry.path();
  const auto fax = nlohmann::json::parse(text_of(file));
  INFO(fax.dump(1));
  CHECK(fax["called"] == "030987654");
  CHECK(fax["caller_number"] == "0301234");
  CHECK(fax["caller_name"] == "Dr. Müller");
  CHECK(fax["station_id"] == "+49 30 1234");
  CHECK(fax["sub_address"] == "42");
  CHECK(fax["modem"] == "V.29");
  CHECK(fax["rate_bps"] == 9600);
  CHECK(fax["ecm"] == false);
  CHECK(fax["outcome"] == "completed");
  CHECK(fax["complete"] == true);
  CHECK(fax["duration_s"] > 10);
  CHECK(std::abs(fax["started_unix_s"].get<long>() - std::time(nullptr)) < 60);
  CHECK(fax["pages"].size() == 1);
  CHECK(fax["pages"][0]["bad_rows"] == 0);
  office.smtp.signal(SIGCONT);
  CHECK(office.has_pages(office.mail(1), one_page()));
}
