// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <string>

#include "src/base/errors.hpp"
#include "tests/calls/story.hpp"

using namespace calls;

namespace {

std::string refusal(const std::string& lines) {
  try {
    (void)parse_story("a.call", "# A name\n" + lines);
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("frames are built as the Recommendation says") {
  struct Row {
    const char* words;
    Octets octets;
  };
  const std::vector<Row> rows = {
      {"EOP", {0xff, 0x13, 0x2f}},
      {"EOP x=0", {0xff, 0x13, 0x2e}},
      {"EOP not-final", {0xff, 0x03, 0x2f}},
      {"DCN", {0xff, 0x13, 0xfb}},
      {"DTC v29/9600", {0xff, 0x13, 0x81, 0x00, 0x06, 0x00}},
      {"DCS v29/9600", {0xff, 0x13, 0x83, 0x00, 0x06, 0x00}},
      {"DCS v27ter/2400 fine", {0xff, 0x13, 0x83, 0x00, 0x42, 0x00}},
      {"DCS v17/14400 mr ecm mmr", {0xff, 0x13, 0x83, 0x00, 0xa2, 0x80, 0x44}},
      {"DCS v17/12000 ecm64 superfine", {0xff, 0x13, 0x83, 0x00, 0x2a, 0x80, 0x8c, 0x80, 0x01}},
      {"DCS v29/7200 b4", {0xff, 0x13, 0x83, 0x00, 0x0e, 0x01}},
      {"DCS v29/7200 a3 unlimited", {0xff, 0x13, 0x83, 0x00, 0x0e, 0x0a}},
      {"DCS unknown-modem", {0xff, 0x13, 0x83, 0x00, 0x3a, 0x00}},
      {"DCS hex=00", {0xff, 0x13, 0x83, 0x00}},
      {"CTC v29/7200", {0xff, 0x13, 0x13, 0x00, 0x0c}},
      {"PPS-EOP page=2 block=1 frames=256", {0xff, 0x13, 0xbf, 0x2f, 2, 1, 255}},
      {"PPS-NULL page=0 block=0 frames=1", {0xff, 0x13, 0xbf, 0x00, 0, 0, 0}},
      {"EOR-MPS", {0xff, 0x13, 0xcf, 0x4f}},
      {"SUB text=\"12\"", {0xff, 0x13, 0xc3, ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ', ' ',
                           ' ',  ' ',  ' ',  ' ', ' ', ' ', ' ', ' ', ' ', '2', '1'}},
      {"TSI text=\"+1\" not-reversed pad=ff",
       {0xff, 0x13, 0x43, '+',  '1',  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
      {"raw hex=c84100", {0xc8, 0x41, 0x00}}};
  for (const Row& row : rows) {
    CAPTURE(row.words);
    // The count of a PPS is filled in when it is sent.
    Story story = parse_story("a.call", std::string("# A name\nsend ") + row.words);
    Frame frame = std::get<Send>(story.steps.at(0).action).frames.at(0);
    set_count(frame, {});
    CHECK(frame.line.octets == row.octets);
  }
}

TEST_CASE("of several frames only the last one is final, and a # in quotes is no comment") {
  const Story story =
      parse_story("a.call", "# A name\nsend preamble=200ms TSI text=\"+49 #\"; DCS v29/9600 bad-fcs # why");
  const Send send = std::get<Send>(story.steps.at(0).action);
  CHECK(send.preamble_ms == 200);
  REQUIRE(send.frames.size() == 2);
  CHECK(send.frames[0].line.octets[1] == 0x03);
  CHECK(send.frames[0].line.octets.back() == '+');
  CHECK(send.frames[1].line.octets[1] == 0x13);
  CHECK(send.frames[1].line.bad_fcs);
}

TEST_CASE("a story's lines become steps, settings, pages and expectations with their line numbers") {
  const Story story =
      parse_story("a.call",
                  "# The caller is quick\n# and why\n\ncalled ecm=off max-rate=9600\npage one rows=20\n"
                  "repeat 3\npause 1.5s\nend\nhear MCF or RTN within=2s\nexpect said MCF 2+\n");
  CHECK(story.title == "The caller is quick");
  CHECK_FALSE(story.settings.ecm);
  CHECK(story.settings.max_rate_bps == 9600);
  CHECK(story.pages.at("one").row_count == 20);
  REQUIRE(story.steps.size() == 4);
  CHECK(std::get<Pause>(story.steps[2].action).ms == 1500);
  CHECK(story.steps[3].line == 9);
  CHECK(std::get<Hear>(story.steps[3].action).names == std::vector<std::string>{"MCF", "RTN"});
  REQUIRE(story.expectations.size() == 1);
  CHECK(std::get<ExpectSaid>(story.expectations[0].expected).least == 2);
}

TEST_CASE("a line that is not understood is refused with its number and what would be right") {
  struct Row {
    const char* lines;
    const char* refusal;
  };
  const Row rows[] = {
      {"wait 5s", "a.call:2: \"wait\" is no verb; right are repeat, end and called page limit"},
      {"\npause 5", "a.call:3: \"5\" is no time; right is 75ms, 5s or 1.5s; right is: pause 75ms"},
      {"pause", "a.call:2: how long is missing; right is: pause 75ms"},
      {"pause 5s 6s", "a.call:2: \"6s\" is not understood"},
      {"send EPO", "a.call:2: EPO is no frame; right are DCS, TSI, EOP, PPS-MPS"},
      {"send PPS", "a.call:2: PPS is no frame"},
      {"send EOP v29/9600", "a.call:2: \"v29/9600\" is nothing that EOP can have"},
      {"send DCS v29/2400", "a.call:2: v29/2400 is no modem; right are v17/7200 to v17/14400"},
      {"send TSI text=\"x", "a.call:2: a \" is not closed"},
      {"send NSS hex=12z4", "a.call:2: \"12z4\" is not hexadecimal; right is 004688"},
      {"send TSI text=\"a\";", "a.call:2: a frame is missing behind the last ;; right is: send"},
      {"image one", "a.call:2: no page is called \"one\"; a line \"page one rows=40\" makes it"},
      {"page one rows=many", "a.call:2: \"many\" is not a number; right is: page NAME rows=40"},
      {"level -14", "a.call:2: \"-14\" is not a number with dBm0 behind it; right is -14dBm0"},
      {"echo 5ms", "a.call:2: an echo takes 20ms or more"},
      {"called password=1 emc=off", "a.call:2: \"emc=off\" is not understood"},
      {"called ecm=no", "a.call:2: \"no\" is neither on nor off; right is: called password="},
      {"play trumpet", "a.call:2: \"trumpet\" is no sound"},
      {"hear within=5s", "a.call:2: it is not said what is to be heard"},
      {"end", "a.call:2: there is no repeat that this ends"},
      {"repeat 2\npause 1s", "a.call:3: the repeat of line 2 has no end"},
      {"repeat 2\nrepeat 2", "a.call:3: a repeat cannot stand in a repeat"},
      {"expect page 1 one", "a.call:2: no page is called \"one\"; right is: expect outcome"},
      {"expect luck", "a.call:2: \"luck\" is nothing to expect"}};
  for (const Row& row : rows) {
    CAPTURE(row.lines);
    CHECK_MESSAGE(refusal(row.lines).starts_with(row.refusal), refusal(row.lines));
  }
  CHECK_THROWS_WITH_AS(
      (void)parse_story("a.call", "pause 5s\n"),
      "a.call:1: the first line is not the story's name; right is: # The caller hangs up in mid-page",
      base::Failure);
}
