// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/route_match.hpp"

#include <doctest/doctest.h>

#include <tuple>

#include "src/base/dial_pattern.hpp"
#include "src/faxmail/route.hpp"

namespace {

struct Covering {
  const char *general, *special;
  bool covers;
};

const std::vector<Covering> coverings = {
    {"_!", "_X.", true},      {"_!", "", false},        {"_.", "_X.", true},
    {"_.", "_!", false},      {"_X.", "_XX", true},     {"_X.", "_X", false},
    {"_X.", "_XX!", true},    {"_X!", "_X.", true},     {"_X.", "4711", true},
    {"_X.", "+4711", false},  {"_X.", "4", false},      {"_XX69", "_[12]X69", true},
    {"_NX", "_ZX", false},    {"_ZX", "_NX", true},     {"_[1-57]", "_[24]", true},
    {"_[1-57]", "_6", false}, {"4711", "4711", true},   {"4711", "47-11", true},
    {"4711", "4712", false},  {"4711", "_4711", false}, {"_4711", "4711", true},
    {"_47-11", "4711", true}, {"_4X", "_4X.", false},   {"_4X.", "_4X", false},
    {"_4X!", "_4X", true},    {"_[12", "_1", false},    {"_!", "_[12", false},
    {"_49.", "_4930", true},  {"_X", "_x", true},       {"_49!", "_4.", false},
};

handoff::FaxRecord some_fax() {
  handoff::FaxRecord fax;
  fax.called = "4930100";
  fax.caller_number = "+4989555";
  fax.station_id = "49 89 555";
  fax.sub_address = "21";
  fax.line = "exchange:/run/x/3";
  fax.redirecting_number = "493055";
  return fax;
}

faxmail::Route route(const std::string& called) {
  faxmail::Route one;
  one.pattern = called;
  one.to = {"a@example.org"};
  return one;
}

}  // namespace

TEST_CASE("a pattern that surely matches whatever another one matches is known") {
  for (const Covering& one : coverings) {
    INFO(one.general << " and " << one.special);
    CHECK(base::pattern_covers(one.general, one.special) == one.covers);
  }
}

TEST_CASE("a station id is compared as its owner may have typed it, or by its digits") {
  using faxmail::text_condition_holds;
  for (const auto& [condition, text, holds] :
       std::vector<std::tuple<const char*, const char*, bool>>{{"+49 30 12345", "+4930 12345", true},
                                                               {"+49 30 12345", " +49 30  12345 ", true},
                                                               {"+49 30 12345", "+49 30 123456", false},
                                                               {"Example", "EXAMPLE", true},
                                                               {"Example", "Example GmbH", false},
                                                               {"*example*", "The Example GmbH", true},
                                                               {"ex*ple", "example", true},
                                                               {"ex*ple", "exple", true},
                                                               {"ex*ple", "explain", false},
                                                               {"*a*b*c*", "xxaxxbxxc", true},
                                                               {"*a*b*c*", "xxcxxbxxa", false},
                                                               {"*", "", true},
                                                               {"a", "", false},
                                                               {"_4930.", "49 30 12345 FAX", true},
                                                               {"_4930.", "+49 30 12345", false},
                                                               {"_+4930.", "+49 (30) 12345", true},
                                                               {"_!", "no digit", true},
                                                               {"_X!", "no digit", false}}) {
    INFO(condition << " and " << text);
    CHECK(text_condition_holds(condition, text) == holds);
  }
  const std::string hostile(256, 'a');
  CHECK_FALSE(text_condition_holds("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", hostile));
  using faxmail::text_condition_mistake;
  CHECK_FALSE(text_condition_mistake("*Smith & Sons*").has_value());
  CHECK(text_condition_mistake("").value_or("").find("\"*\" would be every text") != std::string::npos);
  CHECK(text_condition_mistake("  ").has_value());
  CHECK(text_condition_mistake("a\nb").has_value());
  CHECK(text_condition_mistake(std::string(257, 'a')).has_value());
  CHECK(text_condition_mistake("_[1").value_or("").find("'[' without its ']'") != std::string::npos);
}

TEST_CASE("a route takes a fax when all of its conditions hold, whatever they are") {
  auto fax = some_fax();
  faxmail::Route all = route("_4930.");
  all.sub_address = "_2X";
  all.caller = "_+4989.";
  all.station_id = "49 89 *";
  all.line = "*/3";
  all.redirecting = "_4930X.";
  REQUIRE(faxmail::route_takes(all, fax));
  for (std::string handoff::FaxRecord::*field :
       {&handoff::FaxRecord::called, &handoff::FaxRecord::sub_address, &handoff::FaxRecord::caller_number,
        &handoff::FaxRecord::station_id, &handoff::FaxRecord::line, &handoff::FaxRecord::redirecting_number})
    for (const char* other : {"", "999"}) {
      auto changed = fax;
      changed.*field = other;
      CHECK_FALSE(faxmail::route_takes(all, changed));
    }
  faxmail::Route only_sub;
  only_sub.sub_address = "21";
  CHECK(faxmail::route_takes(only_sub, fax));
  fax.called.clear();
  fax.sub_address = "2 1";
  CHECK(faxmail::route_takes(only_sub, fax));
  faxmail::Settings settings;
  settings.routes = {route("_4930X.")};
  only_sub.to = {"desk21@example.org"};
  settings.routes.insert(settings.routes.begin(), only_sub);
  CHECK(faxmail::destination_for(fax, settings).to.at(0) == "desk21@example.org");
  fax.sub_address = "22";
  CHECK(faxmail::destination_for(fax, settings).without_route);
}

TEST_CASE("a route that an earlier one leaves nothing to is told, and only where that is plain") {
  using faxmail::takes_all_of;
  faxmail::Route wide = route("_X."), narrow = route("_4930XX");
  CHECK(takes_all_of(wide, narrow));
  CHECK_FALSE(takes_all_of(narrow, wide));
  narrow.keep_last = 6;  // what the called number is before it is cut is not known
  CHECK_FALSE(takes_all_of(wide, narrow));
  wide.keep_last = 6;
  CHECK(takes_all_of(wide, narrow));
  wide = route("_!");
  CHECK(takes_all_of(wide, narrow));
  wide.caller = "_+49.";
  CHECK_FALSE(takes_all_of(wide, narrow));
  narrow.caller = "_+4930.";
  CHECK(takes_all_of(wide, narrow));
  wide = narrow = {};
  wide.station_id = "*example*";
  narrow.station_id = "The EXAMPLE * & Co";
  CHECK(takes_all_of(wide, narrow));
  CHECK_FALSE(takes_all_of(narrow, wide));
  wide.station_id = "*";
  narrow.station_id = "_49.";
  CHECK(takes_all_of(wide, narrow));
  wide.station_id = "_49.";
  narrow.station_id = "*";
  CHECK_FALSE(takes_all_of(wide, narrow));
  narrow = {};
  narrow.sub_address = "1";
  CHECK_FALSE(takes_all_of(wide, narrow));

  auto routes = std::vector<faxmail::Route>{route("4711"), route("_X."), route("0815"), route("+49")};
  for (std::size_t i = 0; i < routes.size(); ++i)
    routes[i].place = "x.conf:" + std::to_string(i + 1);
  CHECK(faxmail::unreachable_routes(routes) ==
        std::vector<std::string>{
            "x.conf:3: this [[route]] never gets a fax: the one of x.conf:2 comes first and "
            "takes all that this one would take; put the narrower one above the wider one"});
}
