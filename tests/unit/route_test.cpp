// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/route.hpp"

#include <doctest/doctest.h>

#include "src/base/dial_pattern.hpp"

using base::pattern_mistake;
using faxmail::cut_number;
using faxmail::subject_mistake;
using faxmail::valid_address;

namespace {

struct Pattern {
  const char* pattern;
  std::vector<const char*> matched, others;
};

const std::vector<Pattern> patterns = {
    {"4930123469", {"4930123469", "4930-1234-69"}, {"", "493012346", "49301234690", "X930123469"}},
    {"+49-30-12", {"+493012", "+49-30-12"}, {"493012", "+4930123"}},
    {"_XXXXXXXX69",
     {"4930123469", "0000000069"},
     {"493012346", "4930123468", "+930123469", "04930123469", "493012346a"}},
    {"_X.", {"12", "123", "1+", "0 "}, {"", "1", "+12"}},
    {"_.", {"1", "+49", "anything"}, {""}},
    {"_!", {"", "1", "+49"}, {}},
    {"_49!", {"49", "4930"}, {"4", "", "59"}},
    {"_49.", {"4930", "491"}, {"49", "48"}},
    {"_Z", {"1", "9"}, {"0", "", "11", "Z"}},
    {"_N", {"2", "9"}, {"0", "1"}},
    {"_nxz", {"201"}, {"200", "101", "nxz"}},
    {"_[13-57]0", {"10", "30", "40", "50", "70"}, {"20", "60", "80", "0", "-0"}},
    {"_[+0]49X", {"+491", "0495"}, {"1491", "+49"}},
    {"_0[2-2]", {"02"}, {"03"}},
    {"_1-2-X", {"123", "1-23", "12-3"}, {"12-", "1-2-"}},
    {"_*#X", {"*#1"}, {"*1"}},
};

}  // namespace

TEST_CASE("dial patterns match what telephony people expect") {
  for (const Pattern& one : patterns) {
    INFO(one.pattern);
    CHECK_FALSE(pattern_mistake(one.pattern).has_value());
    for (const char* number : one.matched)
      CHECK_MESSAGE(base::pattern_matches(one.pattern, number), number);
    for (const char* number : one.others)
      CHECK_MESSAGE(!base::pattern_matches(one.pattern, number), number);
  }
}

TEST_CASE("a mistake in a pattern is said in a sentence, and it matches nothing") {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "the number is empty; \"_!\" would be every number, and no number"},
      {"_", "the pattern \"_\" matches no number; \"_X.\" would be every number"},
      {"_-", "the pattern \"_-\" matches no number; \"_X.\" would be every number"},
      {"_X.1", "in the pattern \"_X.1\" the '.' stands for all the rest, so nothing may follow it"},
      {"_!!", "in the pattern \"_!!\" the '!' stands for all the rest, so nothing may follow it"},
      {"_[12", "the pattern \"_[12\" has a '[' without its ']'"},
      {"_[]1", "the pattern \"_[]1\" has brackets that nothing matches; right would be \"[1-37]\""},
      {"_[7-3]", "the pattern \"_[7-3]\" has brackets that nothing matches; right would be \"[1-37]\""},
      {"XXXX69", "\"XXXX69\" stands for just these characters; as a pattern it would be \"_XXXX69\""},
      {"49.", "\"49.\" stands for just these characters; as a pattern it would be \"_49.\""},
      {"49 30", "the number \"49 30\" has spaces or characters that no number has"},
      {"49\n30", "the number \"49?30\" has spaces or characters that no number has"},
      {std::string(81, '1'), "the number has 81 characters; 80 is the most"},
  };
  for (const auto& [pattern, sentence] : wrong) {
    CHECK(pattern_mistake(pattern).value_or("none") == sentence);
    CHECK_FALSE(base::pattern_matches(pattern, pattern));
    CHECK_FALSE(base::pattern_matches(pattern, "1"));
  }
}

TEST_CASE("a number is cut to its first or last digits") {
  CHECK(cut_number("4930123469", 0, 0) == "4930123469");
  CHECK(cut_number("4930123469", 4, 0) == "4930");
  CHECK(cut_number("4930123469", 0, 4) == "3469");
  CHECK(cut_number("+4930123469", 2, 0) == "+49");
  CHECK(cut_number("+49", 0, 2) == "+49");
  CHECK(cut_number("+49", 0, 1) == "9");
  CHECK(cut_number("4930123469", 8, 2) == "34");
  CHECK(cut_number("12", 5, 5) == "12");
  CHECK(cut_number("", 3, 3).empty());
}

namespace {

handoff::FaxRecord fax_to(const std::string& called) {
  handoff::FaxRecord fax;
  fax.called = called;
  fax.caller_number = "+4989555";
  fax.caller_name = "Müller";
  fax.station_id = "49 89 555";
  fax.started_unix_s = 1795442580;
  fax.pages.resize(3);
  return fax;
}

faxmail::Settings some_settings() {
  faxmail::Settings settings;
  settings.operator_address = "operator@example.org";
  settings.from = "fax@example.org";
  settings.routes = {{"4930100", 0, 0, {"first@example.org"}, {}, "", "", false},
                     {"_XX69",
                      0,
                      4,
                      {"a@example.org", "b@example.org"},
                      {"c@example.org"},
                      "own@example.org",
                      "{name}: {pages}",
                      true},
                     {"+4930", 4, 0, {"berlin@example.org"}, {}, "", "", false},
                     {"_49301X.", 0, 0, {"late@example.org"}, {}, "", "", false}};
  return settings;
}

}  // namespace

TEST_CASE("the first route that matches is taken, with its own sender, subject and copies") {
  const auto settings = some_settings();
  auto destination = faxmail::destination_for(fax_to("4930100"), settings);
  CHECK(destination.to == std::vector<std::string>{"first@example.org"});
  CHECK(destination.from == "fax@example.org");
  CHECK(destination.subject == "Fax from +4989555 to 4930100, 3 pages");
  CHECK_FALSE(destination.attach_tiff);
  destination = faxmail::destination_for(fax_to("4930123469"), settings);
  CHECK(destination.to == std::vector<std::string>{"a@example.org", "b@example.org"});
  CHECK(destination.cc == std::vector<std::string>{"c@example.org"});
  CHECK(destination.from == "own@example.org");
  CHECK(destination.subject == "Müller: 3");
  CHECK(destination.attach_tiff);
  CHECK_FALSE(destination.without_route);
  CHECK(faxmail::destination_for(fax_to("+493055"), settings).to.at(0) == "berlin@example.org");
  CHECK(faxmail::destination_for(fax_to("4930123"), settings).to.at(0) == "late@example.org");
}

TEST_CASE("a called number without a route goes to -r, else to the operator, never nowhere") {
  auto settings = some_settings();
  auto destination = faxmail::destination_for(fax_to("777"), settings);
  CHECK(destination.to == std::vector<std::string>{"operator@example.org"});
  CHECK(destination.without_route);
  CHECK(destination.note.find("No route is set for the number 777, so") == 0);
  destination = faxmail::destination_for(fax_to(""), settings);
  CHECK(destination.note.find("No route is set for a call whose called number is unknown") == 0);
  settings.routes.push_back({"777", 0, 0, {}, {}, "", "", false});  // a route to nobody
  CHECK(faxmail::destination_for(fax_to("777"), settings).to.at(0) == "operator@example.org");
  settings.default_to = {"me@example.org"};
  destination = faxmail::destination_for(fax_to("777"), settings);
  CHECK(destination.to == settings.default_to);
  CHECK_FALSE(destination.without_route);
  CHECK(destination.note.empty());
  settings.from.clear();
  CHECK(valid_address(faxmail::destination_for(fax_to("777"), settings).from));
}

TEST_CASE("a subject's placeholders are filled in once, and a caller adds no line to it") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  auto settings = some_settings();
  auto fax = fax_to("777");
  settings.subject = "{caller}|{called}|{pages}|{time}|{station_id}|{name}|{nothing}|{|}";
  CHECK(faxmail::destination_for(fax, settings).subject ==
        "+4989555|777|3|2026-11-23 14:03|49 89 555|Müller|{nothing}|{|}");
  fax.caller_name = "{called}\r\nBcc: all@example.org";
  fax.caller_number = "";
  fax.station_id = "";
  settings.subject = "{name} {caller}";
  CHECK(faxmail::destination_for(fax, settings).subject == "{called}??Bcc: all@example.org unknown");
  fax.pages.resize(1);
  settings.subject = "{pages} pages";
  CHECK(faxmail::destination_for(fax, settings).subject == "1 page");
  CHECK_FALSE(subject_mistake("Fax {caller} {called} {pages} {time} {station_id} {name} a } and a lonely end")
                  .has_value());
  CHECK(subject_mistake("Fax from {calller}")
            .value_or("")
            .find("the subject has \"{calller}\"; it can have {caller}") == 0);
  CHECK(subject_mistake("an { open brace").has_value());
}

TEST_CASE("an address may stand in an SMTP command or it is none") {
  for (const char* good : {"you@example.org", "root", "a.b+c@sub-domain.example.org", "o'brien@example.org",
                           "x@[192.0.2.1]", "x@[IPv6:2001:db8::1]", "root@localhost", "fax_1@host_2"})
    CHECK_MESSAGE(valid_address(good), good);
  for (const char* bad : {"",
                          "@",
                          "@example.org",
                          "you@",
                          "a@b@c",
                          "a b@example.org",
                          "a@b c",
                          "<a@example.org>",
                          "a@example.org>",
                          "a,b@example.org",
                          "a;b@c",
                          "a@example.org\r\nRCPT TO:<b@c>",
                          "a@example.org\n",
                          "a\tb@c",
                          "\"a\"@c",
                          "a@-x",
                          "a@.x",
                          "a@x..y",
                          "a@[",
                          "a@[]",
                          "m\xC3\xBCller@example.org",
                          "a@m\xC3\xBC.org",
                          "a\\b@c",
                          "(a)b@c",
                          ".a@c",
                          "a@b:c",
                          "a@\x7f"})
    CHECK_MESSAGE(!valid_address(bad), bad);
  CHECK_FALSE(valid_address(std::string_view("a\0b@c", 5)));
  CHECK(valid_address("a@" + std::string(252, 'x')));
  CHECK_FALSE(valid_address("a@" + std::string(253, 'x')));
  CHECK_FALSE(valid_address(std::string(65, 'a') + "@x"));
}

TEST_CASE("where one pattern covers another, no number shows otherwise") {
  const std::string letters = "0123456789+";
  std::vector<std::string> numbers = {""};
  for (std::size_t i = 0; numbers.size() < 1500; ++i)
    for (const char letter : letters)
      numbers.push_back(numbers[i] + letter);
  unsigned covering = 0;
  for (const Pattern& general : patterns)
    for (const Pattern& special : patterns) {
      if (!base::pattern_covers(general.pattern, special.pattern)) continue;
      ++covering;
      INFO(general.pattern << " and " << special.pattern);
      for (const std::string& number : numbers)
        if (base::pattern_matches(special.pattern, number))
          CHECK_MESSAGE(base::pattern_matches(general.pattern, number), number);
    }
  CHECK(covering > patterns.size());  // each covers itself
}
