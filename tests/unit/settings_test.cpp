// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxrx.conf as an operator writes it, and what he hears when he errs.
#include "src/faxrx/settings.hpp"

#include <doctest/doctest.h>

using base::ConfigFile;
using base::Mistakes;
using faxrx::read_settings;
using faxrx::Settings;

namespace {

struct Read {
  Settings settings;
  std::string mistakes;
};

Read read(const std::string& text, const std::vector<std::string>& by_option = {}) {
  Mistakes mistakes;
  const ConfigFile file("dahdi-faxrx.conf", text, mistakes);
  Settings settings = read_settings(&file, by_option, mistakes);
  return {settings, mistakes.text()};
}

}  // namespace

TEST_CASE("-c 1-4 alone is enough, with good defaults") {
  Mistakes mistakes;
  const Settings settings = read_settings(nullptr, {"1-3", "exchange:/run/x/7"}, mistakes);
  CHECK(mistakes.text() == "");
  REQUIRE(settings.lines.size() == 4);
  CHECK(settings.lines[0].name.text == "1");
  CHECK(settings.lines[3].name.text == "exchange:/run/x/7");
  CHECK(settings.lines[3].name.number == 7);
  CHECK(settings.spool == "/var/spool/dahdi-faxrx");
  CHECK(settings.handoff_socket == "/run/dahdi-faxmail/handoff.sock");
  CHECK(settings.lines[0].settings.answer.rings == 1);
  CHECK(settings.lines[0].settings.max_rate_bps == 14400);
  CHECK(settings.lines[0].settings.min_rate_bps == 2400);
  CHECK(settings.lines[0].settings.ecm);
  CHECK(settings.traces_keep_days == 30);
  CHECK(settings.recordings == "off");
  CHECK(settings.recordings_keep_days == 7);
  CHECK_FALSE(settings.answer_when_full);
}

TEST_CASE("when a line is answered, and for whom, is set for all lines and for some") {
  const auto [settings, mistakes] = read(
      "lines = [\"1-2\"]\n"
      "[receive]\nanswer = \"listen\"\nlisten_s = 5\nwithout_cng = \"hang-up\"\n"
      "refuse = [\"_0900X.\", \"030666\"]\ncalled_by_ring = [\"200-700 4711\", \"1500-2500   4712\"]\n"
      "country = \"de\"\npolarity_hangup = true\ntransmit_level = -16\n"
      "[[line]]\nlines = [\"2\"]\nanswer = \"take-over\"\nrefuse = []\n");
  CHECK(mistakes == "");
  const faxrx::LineSettings& first = settings.lines.at(0).settings;
  const faxrx::LineSettings& second = settings.lines.at(1).settings;
  CHECK(first.answer.mode == faxrx::AnswerMode::listen);
  CHECK(first.answer.listen_s == 5);
  CHECK_FALSE(first.answer.answer_without_cng);
  CHECK(first.answer.refuses("0900123"));
  CHECK(first.answer.refuses("030666"));
  CHECK_FALSE(first.answer.refuses("030667"));
  CHECK_FALSE(first.answer.refuses(""));
  CHECK(first.answer.called_by(700) == "4711");
  CHECK(first.answer.called_by(1500) == "4712");
  CHECK(first.answer.called_by(1000).empty());
  CHECK(first.line.country == "de");
  CHECK(first.line.polarity_hangup);
  CHECK(faxrx::receiver_settings(first).transmit_level_dbm0 == -16);
  CHECK(second.answer.mode == faxrx::AnswerMode::take_over);
  CHECK_FALSE(second.answer.refuses("030666"));
  CHECK(second.answer.called_by(300) == "4711");
}

TEST_CASE("without a word of the operator's the receiver offers all that it can do") {
  const t30::Settings is = faxrx::receiver_settings({});
  const t30::Settings all;
  CHECK(is.modems == all.modems);
  CHECK(is.max_rate_bps == all.max_rate_bps);
  CHECK(is.min_rate_bps == all.min_rate_bps);
  CHECK((is.ecm && is.mr && is.mmr && is.fine && is.superfine && is.dpi300 && is.dpi400));
  CHECK(is.width == all.width);
  CHECK(is.unlimited_length == all.unlimited_length);
  CHECK(is.bad_page == all.bad_page);
  CHECK(is.no_progress_s == all.no_progress_s);
  const page::QualityRules rules = faxrx::quality_rules({});
  CHECK(rules.good_below_percent == page::QualityRules().good_below_percent);
  CHECK(rules.bad_above_percent == page::QualityRules().bad_above_percent);
  CHECK(rules.most_bad_together == page::QualityRules().most_bad_together);
}

TEST_CASE("every setting of a line reaches the receiver and the page's judge") {
  const auto [settings, mistakes] = read(R"(
lines = ["1-2"]
[[line]]
lines = "2"
station_id = "+49 30 123"
password = "4321"
modems = "v27ter+v29"
max_rate = 7200
min_rate = 4800
ecm = false
codings = ["mh", "mr", "mmr"]
resolutions = ["standard", "300"]
width = "b4"
unlimited_length = false
bad_page = "dcn"
good_below_percent = 1
bad_above_percent = 2
most_bad_rows_together = 3
no_progress_s = 45
)");
  CHECK(mistakes == "");
  const t30::Settings receiver = faxrx::receiver_settings(settings.lines[1].settings);
  CHECK(receiver.station_id.view() == "+49 30 123");
  CHECK(receiver.password.view() == "4321");
  CHECK(receiver.modems == t30::Modems::v27ter_v29);
  CHECK(receiver.max_rate_bps == 7200);
  CHECK(receiver.min_rate_bps == 4800);
  CHECK_FALSE(receiver.ecm);
  CHECK(receiver.mr);
  CHECK_FALSE(receiver.mmr);  // only with error correction
  CHECK_FALSE(receiver.fine);
  CHECK_FALSE(receiver.superfine);
  CHECK(receiver.dpi300);
  CHECK_FALSE(receiver.dpi400);
  CHECK(receiver.width == t30::Width::b4);
  CHECK_FALSE(receiver.unlimited_length);
  CHECK(receiver.bad_page == t30::BadPage::dcn);
  CHECK(receiver.no_progress_s == 45);
  const page::QualityRules rules = faxrx::quality_rules(settings.lines[1].settings);
  CHECK(rules.good_below_percent == 1);
  CHECK(rules.bad_above_percent == 2);
  CHECK(rules.most_bad_together == 3);
  CHECK(faxrx::receiver_settings(settings.lines[0].settings).max_rate_bps == 14400);
}

TEST_CASE("a full file is read, and a [[line]] has its own settings over the general ones") {
  const auto [settings, mistakes] = read(R"(
spool = "/fax"
handoff_socket = "/run/h"
user = "faxrx"
drain_limit_s = 60
least_free_mb = 50
answer_when_full = true
traces_keep_days = 0
recordings = "failed"
recordings_keep_days = 3
lines = ["1-4", "7"]
[receive]
rings = 2
called = "4930123"
station_id = "+49 30 123"
max_rate = 9600
min_rate = 4800
ecm = false
longest_call_min = 30
[[line]]
lines = ["2", "4"]
rings = 5
[[line]]
lines = "4"
max_rate = 14400
)");
  CHECK(mistakes == "");
  CHECK(settings.spool == "/fax");
  CHECK(settings.handoff_socket == "/run/h");
  CHECK(settings.user == "faxrx");
  CHECK(settings.drain_limit_s == 60);
  CHECK(settings.least_free_mb == 50);
  CHECK(settings.answer_when_full);
  CHECK(settings.traces_keep_days == 0);
  CHECK(settings.recordings == "failed");
  CHECK(settings.recordings_keep_days == 3);
  REQUIRE(settings.lines.size() == 5);
  const std::array<unsigned, 5> rings = {2, 5, 2, 2, 2};  // of two [[line]] for line 4 the later one holds
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(settings.lines[i].settings.answer.rings == rings[i]);
    CHECK(settings.lines[i].settings.called == "4930123");
    CHECK(settings.lines[i].settings.station_id == "+49 30 123");
    CHECK(settings.lines[i].settings.max_rate_bps == (i == 3 ? 14400 : 9600));
    CHECK(settings.lines[i].settings.min_rate_bps == 4800);
    CHECK_FALSE(settings.lines[i].settings.ecm);
    CHECK(settings.lines[i].settings.longest_call_min == 30);
  }
}

TEST_CASE("-c takes the place of the file's lines; their settings stay") {
  const auto [settings, mistakes] = read("lines = \"1-4\"\n[[line]]\nlines = \"9\"\nrings = 7\n", {"8-9"});
  CHECK(mistakes == "");
  REQUIRE(settings.lines.size() == 2);
  CHECK(settings.lines[0].name.text == "8");
  CHECK(settings.lines[0].settings.answer.rings == 1);
  CHECK(settings.lines[1].settings.answer.rings == 7);
}

TEST_CASE("signalling is set for all ISDN spans and for some, and what is not set follows from the span") {
  const Read file = read(
      "lines = \"1\"\n[signalling]\nnumbers = [\"4711\"]\noverlap_digits = 8\n[[span]]\nspans = [\"2\"]\n"
      "switch_type = \"qsig\"\naccess = \"basic\"\n");
  CHECK(file.mistakes == "");
  const auto& signalling = file.settings.signalling;
  CHECK(signalling.of("1").numbers == std::vector<std::string>{"4711"});
  CHECK(signalling.of("2").overlap_digits == 8);
  using hw::isdn::SpanType;
  CHECK(span::switch_type_of(signalling.of("1"), SpanType::e1) == span::SwitchType::euroisdn);
  CHECK(span::switch_type_of(signalling.of("1"), SpanType::t1) == span::SwitchType::ni2);
  CHECK(span::switch_type_of(signalling.of("2"), SpanType::e1) == span::SwitchType::qsig);
  CHECK(span::access_of(signalling.of("1"), SpanType::t1) == span::Access::primary);
  CHECK(span::access_of(signalling.of("1"), SpanType::bri) == span::Access::basic_multipoint);
  CHECK(span::access_of(signalling.of("2"), SpanType::bri) == span::Access::basic_point_to_point);
  CHECK(read("lines = \"1\"\n[[span]]\naccess = \"primary\"")
            .mistakes.find("each [[span]] says which spans it is for") != std::string::npos);
  CHECK(read("lines = \"1\"\n[signalling]\nswitch_type = \"5es\"").mistakes.find("\"5ess\"") !=
        std::string::npos);
  CHECK(read("lines = \"1\"\n[signalling]\nnumbers = [\"_[\"]").mistakes != "");
}

TEST_CASE("each mistake says where it is and what would be right") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"lines = \"1\"\n[receive]\nmax_rate = 13000",
       "dahdi-faxrx.conf:3:12: \"max_rate\" is one of 2400, 4800, 7200, 9600, 12000, 14400\n"
       "    max_rate = 13000\n"
       "               ^"},
      {"lines = \"1\"\n[receive]\nmax_rate = \"fast\"",
       "dahdi-faxrx.conf:3:12: \"max_rate\" is a whole number from 2400 to 14400\n"
       "    max_rate = \"fast\"\n"
       "               ^"},
      {"lines = \"1\"\n[receive]\nmin_rate = 5000",
       "dahdi-faxrx.conf:3:12: \"min_rate\" is one of 2400, 4800, 7200, 9600, 12000, 14400\n"
       "    min_rate = 5000\n"
       "               ^"},
      {"lines = \"1\"\n[receive]\nmax_rate = 4800\nmin_rate = 9600",
       "dahdi-faxrx.conf:4:12: \"min_rate\" is above \"max_rate\" (4800): no caller could get through\n"
       "    min_rate = 9600\n"
       "               ^"},
      {"lines = \"1\"\n[receive]\nstation_id = \"Müller & Söhne\"",
       "dahdi-faxrx.conf:3:14: a station id is at most 20 digits, \"+\" and spaces, as in \"+49 30 123456\"\n"
       "    station_id = \"Müller & Söhne\"\n"
       "                 ^"},
      {"lines = \"1\"\n[receive]\nstation_id = \"123456789012345678901\"",
       "dahdi-faxrx.conf:3:14: a station id is at most 20 digits, \"+\" and spaces, as in \"+49 30 123456\"\n"
       "    station_id = \"123456789012345678901\"\n"
       "                 ^"},
      {"lines = \"1\"\n[receive]\npassword = \"secret\"",
       "dahdi-faxrx.conf:3:12: a password is at most 20 digits, \"+\" and spaces, as in \"+49 30 123456\"\n"
       "    password = (not shown)\n"
       "               ^"},
      {"lines = \"1\"\n[receive]\nmodems = \"v17\"",
       "dahdi-faxrx.conf:3:10: \"modems\" is one of \"auto\", \"v27ter-2400\", \"v27ter\", \"v29\", "
       "\"v27ter+v29\", "
       "\"v27ter+v29+v17\"\n"
       "    modems = \"v17\"\n"
       "             ^"},
      {"lines = \"1\"\n[receive]\nmodems = \"v29\"\nmax_rate = 4800",
       "dahdi-faxrx.conf:3:10: the slowest of \"v29\" is 7200 bit/s, above \"max_rate\" (4800): no caller "
       "could "
       "get through\n"
       "    modems = \"v29\"\n"
       "             ^"},
      {"lines = \"1\"\n[receive]\nmodems = \"v27ter\"\nmin_rate = 9600",
       "dahdi-faxrx.conf:3:10: the fastest of \"v27ter\" is 4800 bit/s, below \"min_rate\" (9600): no caller "
       "could get through\n"
       "    modems = \"v27ter\"\n"
       "             ^"},
      {"lines = \"1\"\n[receive]\ncodings = [\"mr\"]",
       "dahdi-faxrx.conf:3:11: \"codings\" is a list of \"mh\", \"mr\", \"mmr\"; \"mh\" must be in it: T.30 "
       "has "
       "every machine receive that\n"
       "    codings = [\"mr\"]\n"
       "              ^"},
      {"lines = \"1\"\n[receive]\nresolutions = [\"standard\", \"600\"]",
       "dahdi-faxrx.conf:3:15: \"resolutions\" is a list of \"standard\", \"fine\", \"superfine\", \"300\", "
       "\"400\"; \"standard\" must be in it: T.30 has every machine receive that\n"
       "    resolutions = [\"standard\", \"600\"]\n"
       "                  ^"},
      {"lines = \"1\"\n[receive]\ngood_below_percent = 20",
       "dahdi-faxrx.conf:3:22: \"good_below_percent\" is above \"bad_above_percent\" (15): a page cannot be "
       "good "
       "and bad\n"
       "    good_below_percent = 20\n"
       "                         ^"},
      {"lines = \"1\"\n[receive]\nanswer = \"sometimes\"",
       "dahdi-faxrx.conf:3:10: \"answer\" is one of \"always\", \"listen\", \"take-over\", \"never\"\n"
       "    answer = \"sometimes\"\n"
       "             ^"},
      {"lines = \"1\"\n[receive]\nrefuse = [\"0900X.\"]",
       "dahdi-faxrx.conf:3:10: \"0900X.\" stands for just these characters; as a pattern it would be "
       "\"_0900X.\"\n"
       "    refuse = [\"0900X.\"]\n"
       "             ^"},
      {"lines = \"1\"\n[receive]\ncalled_by_ring = [\"700-200 4711\"]",
       "dahdi-faxrx.conf:3:18: \"700-200 4711\" is not a ring's length and a number; right would be "
       "\"200-700 "
       "4711\": a bell of 200 to 700 ms rings for 4711; 10000 ms is the most\n"
       "    called_by_ring = [\"700-200 4711\"]\n"
       "                     ^"},
      {"lines = \"1\"\n[receive]\ntransmit_level = 0",
       "dahdi-faxrx.conf:3:18: \"transmit_level\" is a whole number from -30 to -6\n"
       "    transmit_level = 0\n"
       "                     ^"},
      {"lines = \"1\"\nrecordings = true",
       "dahdi-faxrx.conf:2:14: \"recordings\" is a text in quotes, not true or false\n"
       "    recordings = true\n"
       "                 ^"},
      {"lines = \"1\"\n[recieve]\nrings = 2",
       "dahdi-faxrx.conf:2:2: there is no setting \"recieve\"; did you mean \"receive\"?\n"
       "    [recieve]\n"
       "     ^"},
      {"lines = \"1\"\nrings = 2",
       "dahdi-faxrx.conf:2:1: there is no setting \"rings\"\n"
       "    rings = 2\n"
       "    ^"},
      {"lines = [\"1-4\", \"7-5\"]",
       "dahdi-faxrx.conf:1:9: -c 7-5: 7-5 counts downwards; write 5-7\n"
       "    lines = [\"1-4\", \"7-5\"]\n"
       "            ^"},
      {"lines = \"1\"\n[[line]]\nrings = 3",
       "dahdi-faxrx.conf:2:1: each [[line]] says which lines it is for: lines = \"1-4\"\n"
       "    [[line]]\n"
       "    ^"},
      {"lines = \"1\"\n[[line]]\nlines = \"isdn:1\"",
       "dahdi-faxrx.conf:3:9: -c isdn:1: there is no kind of line \"isdn:\"; write 1-4, exchange:FOLDER/1-4 "
       "or wav:FILE\n"
       "    lines = \"isdn:1\"\n"
       "            ^"},
      {"lines = \"1-4,3\"\n[[line]]\nlines = \"2\"\nring = 1",
       "dahdi-faxrx.conf:4:1: there is no setting \"ring\" in [line]; did you mean \"rings\"?\n"
       "    ring = 1\n"
       "    ^"},
      {"lines = [\"1\", \"1-2\"]", "line 1 is named twice"},
      {"",
       "no line to serve: name some, as in  dahdi-faxrx -c 1-4  or  lines = [\"1-4\"]  in dahdi-faxrx.conf"},
  };
  for (const auto& [text, said] : table)
    CHECK(read(text).mistakes == said);
}

TEST_CASE("mistakes on the command line and in the file come together") {
  CHECK(read("lines = \"1\"\ndrain_limit_s = 0\n[receive]\nrings = 99", {"0"}).mistakes ==
        "dahdi-faxrx.conf:2:17: \"drain_limit_s\" is a whole number from 1 to 86400\n"
        "    drain_limit_s = 0\n"
        "                    ^\n\n"
        "dahdi-faxrx.conf:4:9: \"rings\" is a whole number from 1 to 20\n"
        "    rings = 99\n"
        "            ^\n\n"
        "-c 0: \"0\" is no channel number; channels are 1 to 1024, as in 1-4,7");
}
