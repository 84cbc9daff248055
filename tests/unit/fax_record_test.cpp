// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/handoff/fax_record.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <set>
#include <string>

#include "src/base/errors.hpp"

using handoff::FaxRecord;
using handoff::from_json;
using handoff::to_json;
using Json = nlohmann::ordered_json;

namespace {

FaxRecord full_record() {
  FaxRecord record;
  record.id = *base::CallId::parse("00112233445566778899aabbccddeeff");
  record.line = "exchange:/run/x/1";
  record.channel = 1;
  record.called = "4930123469";
  record.caller_number = "+4989555";
  record.caller_name = "Müller \"& Söhne\" 日本 \xF0\x9F\x93\xA0";
  record.number_withheld = "by_caller";
  record.number_screening = "passed";
  record.redirecting_number = "4930123400";
  record.redirecting_reason = "busy";
  record.caller_told_at = "11240930";
  record.rings = 2;
  record.ring_ms = 1980;
  record.line_faults.timing_slips = 3;
  record.station_id = "+49 89 555";
  record.sub_address = "42#7";
  record.started_unix_s = 1795442580;
  record.duration_s = 61.25;
  record.modem = "V.17";
  record.rate_bps = 14400;
  record.ecm = true;
  record.coding = "MMR";
  record.outcome = "completed";
  record.sentence = "the caller sent everything and was told so";
  record.complete = true;
  record.pages = {{1, 1728, 1145, 204, 98, 0, 0, true, "good"},
                  {2, 3456, 4600, 408, 391, 17, 5, false, "poor", true}};
  return record;
}

Json good_json() {
  return Json::parse(to_json(full_record()));
}

}  // namespace

TEST_CASE("a record comes back as it was, in any language") {
  const FaxRecord was = full_record();
  const FaxRecord is = from_json(to_json(was));
  CHECK(to_json(is) == to_json(was));
  CHECK(is.id == was.id);
  CHECK(is.caller_name == was.caller_name);
  CHECK(is.started_unix_s == was.started_unix_s);
  CHECK(is.duration_s == was.duration_s);
  CHECK(is.ecm);
  CHECK(is.complete);
  REQUIRE(is.pages.size() == 2);
  CHECK(is.pages[1].x_dpi == 408);
  CHECK(is.pages[1].bad_rows == 17);
  CHECK(is.pages[1].longest_bad_run == 5);
  CHECK_FALSE(is.pages[0].damaged);
  CHECK(is.pages[1].damaged);
  CHECK_FALSE(is.pages[1].complete);
  CHECK(is.pages[1].verdict == "poor");
}

TEST_CASE("an empty record comes back too") {
  const FaxRecord is = from_json(to_json({}));
  CHECK(is.pages.empty());
  CHECK(is.caller_number.empty());
  CHECK(to_json(is) == to_json({}));
}

TEST_CASE("texts in a record are made printable when they are read") {
  Json json = good_json();
  json["caller_name"] = "one\r\nSubject: two\x1B[2J";
  json["called"] = std::string(1000, '7');
  const FaxRecord record = from_json(json.dump());
  CHECK(record.caller_name == "one??Subject: two?[2J");
  CHECK(record.called == std::string(256, '7'));
}

TEST_CASE("a text that is no UTF-8 can be written all the same") {
  FaxRecord record;
  record.caller_name = "M\xFCller";
  CHECK(from_json(to_json(record)).caller_name == "M\xEF\xBF\xBDller");
}

TEST_CASE("what the line lost is read back, and a record from before it was told is good") {
  Json json = good_json();
  CHECK(from_json(json.dump()).line_faults.timing_slips == 3);
  json["line_faults"]["timing_slips"] = -1;
  CHECK_THROWS_AS(from_json(json.dump()), base::Failure);
  json["line_faults"].erase("timing_slips");
  CHECK_THROWS_WITH_AS(from_json(json.dump()), "the fax's record has no good \"timing_slips\"",
                       base::Failure);
  json["line_faults"] = 7;
  CHECK_THROWS_AS(from_json(json.dump()), base::Failure);
  json.erase("line_faults");
  CHECK_FALSE(from_json(json.dump()).line_faults.any());
}

TEST_CASE("every field that is missing or of the wrong kind is named") {
  const std::set<std::string> came_later = {
      "number_withheld", "number_screening", "redirecting_number", "redirecting_reason", "caller_told_at",
      "rings",           "ring_ms"};
  const Json good = good_json();
  for (const auto& item : good.items()) {
    const std::string& name = item.key();
    const Json& value = item.value();
    INFO(name);
    if (name == "line_faults") continue;  // an object: below
    const std::string said = "the fax's record has no good \"" + name + "\"";
    Json without = good;
    without.erase(name);
    if (came_later.count(name) != 0)
      CHECK_NOTHROW(from_json(without.dump()));
    else
      CHECK_THROWS_WITH_AS(from_json(without.dump()), said.c_str(), base::Failure);
    for (const Json& wrong : {Json(nullptr), Json({{"a", 1}})}) {
      Json with = good;
      with[name] = wrong;
      CHECK_THROWS_WITH_AS(from_json(with.dump()), said.c_str(), base::Failure);
    }
    Json with = good;
    with[name] = value.is_string() ? Json(7) : Json("7");
    CHECK_THROWS_WITH_AS(from_json(with.dump()), said.c_str(), base::Failure);
    if (!value.is_number_integer()) continue;
    for (const Json& wrong : {Json(1.5), Json(true), Json(~0ULL), Json(1e300)}) {
      with[name] = wrong;
      CHECK_THROWS_WITH_AS(from_json(with.dump()), said.c_str(), base::Failure);
    }
  }
  for (const auto& item : good["pages"][0].items()) {
    const std::string& name = item.key();
    const Json& value = item.value();
    INFO(name);
    const std::string said = "the fax's record has no good \"" + name + "\"";
    Json without = good;
    without["pages"][0].erase(name);
    if (name == "damaged")  // which older records have not
      CHECK_FALSE(from_json(without.dump()).pages[0].damaged);
    else
      CHECK_THROWS_WITH_AS(from_json(without.dump()), said.c_str(), base::Failure);
    Json with = good;
    with["pages"][1][name] = value.is_string() ? Json(7) : Json("7");
    CHECK_THROWS_WITH_AS(from_json(with.dump()), said.c_str(), base::Failure);
  }
}

TEST_CASE("numbers beyond their limits are named with their value") {
  struct Beyond {
    const char* pointer;
    Json value;
    const char* said;
  };
  const std::vector<Beyond> table = {
      {"/channel", -1, "the fax's record has -1 as \"channel\", which cannot be"},
      {"/channel", 100001, "the fax's record has 100001 as \"channel\", which cannot be"},
      {"/rate_bps", 4294967296, "the fax's record has 4294967296 as \"rate_bps\", which cannot be"},
      {"/duration_s", -0.5, "the fax's record has -0.5 as \"duration_s\""},
      {"/duration_s", 1e300, "the fax's record has 1e+300 as \"duration_s\""},
      {"/version", 2, "the fax's record is of a version unknown here"},
      {"/version", -1, "the fax's record has -1 as \"version\", which cannot be"},
      {"/id", "00112233445566778899AABBCCDDEEFF", "the fax's record has no good \"id\""},
      {"/id", "../../../../../../etc/passwd0000", "the fax's record has no good \"id\""},
      {"/pages/0/width_pels", 20001, "the fax's record has 20001 as \"width_pels\", which cannot be"},
      {"/pages/0/rows", 1000001, "the fax's record has 1000001 as \"rows\", which cannot be"},
      {"/pages/0/x_dpi", 2401, "the fax's record has 2401 as \"x_dpi\""},
      {"/pages/1/y_dpi", -98, "the fax's record has -98 as \"y_dpi\""},
      {"/pages/1/number", handoff::most_pages + 1,
       "the fax's record has 1001 as \"number\", which cannot be"},
      {"/pages/1", 7, "the fax's record has no good \"number\""},
      {"/pages", Json::object(), "the fax's record has no good \"pages\""},
      {"/pages", Json(std::vector<int>(handoff::most_pages + 1, 0)),
       "the fax's record has no good \"pages\""},
  };
  for (const Beyond& one : table) {
    Json json = good_json();
    json[Json::json_pointer(one.pointer)] = one.value;
    CHECK_THROWS_WITH_AS(from_json(json.dump()), one.said, base::Failure);
  }
}

TEST_CASE("what is not JSON is refused, however deep or long") {
  const std::string good = to_json(full_record());
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("\"fax\""), good + "}",
        good.substr(0, good.size() - 3), std::string(100000, '['), std::string(1000, '\0'),
        std::string("{\"version\": 1,}"), "\xFF\xFE" + good})
    CHECK_THROWS_WITH_AS(from_json(text), "the fax's record is not JSON", base::Failure);
  std::string deep;
  for (int i = 0; i < 40000; ++i)
    deep += "{\"a\":";
  CHECK_THROWS_WITH_AS(from_json(deep), "the fax's record is not JSON", base::Failure);
  CHECK_THROWS_WITH_AS(from_json(good + std::string(handoff::largest_record_json, ' ')),
                       "the fax's record is too long", base::Failure);
}

TEST_CASE("no cut or changed byte of a record does worse than a refusal") {
  const std::string good = to_json(full_record());
  unsigned refused = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char c : {'\0', '"', '}', '9', '\xFF'}) {
      std::string changed = good;
      changed[at] = c;
      try {
        (void)from_json(changed);
      } catch (const base::Failure&) {
        ++refused;
      }
    }
    if (at < good.size() - 2) CHECK_THROWS_AS(from_json(good.substr(0, at)), base::Failure);
  }
  CHECK(refused > good.size());
}
