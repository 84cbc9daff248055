// SPDX-License-Identifier: GPL-2.0-or-later
// A call's trace: what stands in it, and what an operator sees of it.
#include <doctest/doctest.h>

#include <cstdio>

#include "src/base/errors.hpp"
#include "src/faxrx/trace_report.hpp"
#include "tests/unit/keeper_parts.hpp"

using faxrx::RecordType;
using faxrx::TraceJson;
using unit::KeeperPlace;
using unit::KeeperStory;
namespace fs = std::filesystem;

namespace {

void trace(KeeperStory& story, t30::TraceKind kind, std::int32_t first = 0, std::int32_t second = 0,
           std::int32_t third = 0) {
  story.tell(RecordType::trace, faxrx::TraceLine{story.now, {kind, first, second, third}});
}

// A short call, a second of it a line.
void tell_a_call(KeeperStory& story) {
  story.call_begins();
  trace(story, t30::TraceKind::cng_heard);
  story.now += 8000;
  story.frame(true, {0x80, 0x00, 0xCE, 0xB8, 0x44});
  trace(story, t30::TraceKind::noise_floor, -523);
  story.frame(false, {0x83, 0x00, 0x46, 0x78});
  t30::Session session;
  session.modem = t30::Modem::v17;
  session.rate_bps = 14400;
  session.station_id = base::ShortText<20>("+49 \x1b[31m 89");
  story.tell(RecordType::session, session);
  trace(story, t30::TraceKind::trained, static_cast<int>(t30::Modem::v17), 14400);
  trace(story, t30::TraceKind::tcf, 2700, 1480, 3);
  trace(story, t30::TraceKind::tcf_snr, 214);
  story.now += 8000;
  story.page(unit::letter(1));
  trace(story, t30::TraceKind::verdict, static_cast<int>(t30::Verdict::good), 12);
  story.we_say_mcf();
  story.call_ends();
}

std::string reported(const fs::path& folder, const faxrx::TraceWish& wish) {
  std::FILE* file = std::tmpfile();
  faxrx::show_traces(folder, wish, file);
  std::string text(static_cast<std::size_t>(std::ftell(file)), ' ');
  std::rewind(file);
  CHECK(std::fread(text.data(), 1, text.size(), file) == text.size());
  std::fclose(file);
  return text;
}

bool holds(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("each thing that happens in a call is a line, with seconds since the answer") {
  const KeeperPlace place;
  KeeperStory story(place);
  tell_a_call(story);
  const std::vector<TraceJson> lines = place.trace();
  std::string events;
  for (const TraceJson& line : lines)
    events += line["event"].get<std::string>() + " ";
  CHECK(events ==
        "call cng_heard frame noise_floor frame session trained tcf tcf_snr page verdict frame end ");
  CHECK(lines[0]["id"] == place.record().id.text());
  CHECK(lines[0]["caller_number"] == "+4989555");
  CHECK(lines[1]["t"] == 0.5);
  CHECK(lines[2]["t"] == 1.5);
  CHECK(lines[2]["dir"] == "said");
  CHECK(lines[2]["name"] == "DIS");
  CHECK(lines[2]["hex"] == "00 ce b8 44");
  CHECK(lines[3]["dbm0"] == -52.3);
  CHECK(lines[4]["dir"] == "heard");
  CHECK(lines[4]["name"] == "DCS");
  CHECK_FALSE(lines[4]["words"].get<std::string>().empty());
  CHECK(lines[5]["modem"] == "V.17");
  CHECK(lines[5]["station_id"] == "+49 ?[31m 89");
  CHECK(lines[6]["bps"] == 14400);
  CHECK(lines[7]["wrong_permille"] == 3);
  CHECK(lines[8]["db"] == 21.4);
  CHECK(lines[9]["verdict"] == "good");
  CHECK(lines[9]["rows"] == 400);
  CHECK(lines[10]["verdict"] == "good");
  CHECK(lines[12]["outcome"] == "completed");
  CHECK(lines[12]["pages"] == 1);
}

TEST_CASE("a page that could not be stored is in the trace, with the reason") {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  fs::remove_all(place.scratch / "incoming" / place.only_in("incoming"));
  CHECK(story.page(unit::letter(1)) == t30::Verdict::not_stored);
  story.call_ends(faxrx::CallOutcome::not_stored);
  const std::vector<TraceJson> lines = place.trace();
  CHECK(lines[1]["verdict"] == "not stored");
  CHECK(holds(lines[1]["why"], "cannot create"));
  CHECK(lines.back()["outcome"] == "not_stored");
}

TEST_CASE("a caller's password is nobody's business") {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  story.frame(false, {0xC1, '4', '3', '2', '1'});
  story.call_ends();
  const TraceJson line = place.trace()[1];
  CHECK(line["name"] == "PWD");
  CHECK(line["hex"] == "4 octets");
  CHECK_FALSE(holds(line.dump(), "34"));
  CHECK_FALSE(holds(line.dump(), "1234"));
}

TEST_CASE("numbers that cannot be are shown as they are, and break nothing") {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  for (unsigned kind = 0; kind < 70000; kind += kind < 40 ? 1 : 5000)
    trace(story, t30::TraceKind(kind), -1, 255, INT32_MIN);
  story.frame(false, {0x55});
  story.now = 0;  // before the answer
  story.frame(false, std::vector<std::uint8_t>(96, 0xFF));
  story.call_ends();
  CHECK(place.trace().size() > 50);
  CHECK(holds(reported(place.scratch / "trace", {place.only_in("trace"), false}), "unknown"));
}

TEST_CASE("a trace that would fill the disk ends, and the call goes on") {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  for (unsigned n = 0; n < 100'000; ++n)
    trace(story, t30::TraceKind::training, 3, 14400);
  story.call_ends();
  CHECK(fs::file_size(place.scratch / "trace" / (place.only_in("trace") + ".jsonl")) <= faxrx::largest_trace);
}

TEST_CASE("where the operator wants no traces there is none") {
  KeeperPlace place;
  place.settings.traces_keep_days = 0;
  KeeperStory story(place);
  tell_a_call(story);
  CHECK(unit::names_in(place.scratch / "trace").empty());
}

TEST_CASE("`trace ID` shows a call to a person, by any beginning of its id that is its own") {
  const KeeperPlace place;
  KeeperStory story(place);
  tell_a_call(story);
  const std::string id = place.record().id.text();
  const fs::path folder = place.scratch / "trace";
  const std::string text = reported(folder, {id.substr(0, 6), false});
  CHECK(holds(text, "call " + id + " of 20"));
  CHECK(holds(text, "from +4989555 to 4930123469, on line exchange:/x/1"));
  CHECK(holds(text, "     1.500  -> DIS     00 ce b8 44"));
  CHECK(holds(text, "     1.500  <- DCS     00 46 78  | "));
  CHECK(holds(text, "     1.500     noise floor: dbm0 -52.3\n"));
  CHECK(holds(text, "     1.500     trained: modem V.17, bps 14400\n"));
  CHECK(holds(text, "     2.500     end: outcome completed"));
  CHECK_FALSE(holds(text, "\x1b"));
  CHECK(reported(folder, {id, true}) == unit::text_in(folder / (id + ".jsonl")));
  CHECK_THROWS_WITH_AS(reported(folder, {"xyz", false}),
                       ("there is no trace of a call xyz in " + folder.string() +
                        "; \"dahdi-faxrx trace\" lists the newest calls")
                           .c_str(),
                       base::Failure);
}

TEST_CASE("`trace` lists the newest twenty calls, one that has no end among them") {
  const KeeperPlace place;
  KeeperStory story(place);
  for (int n = 0; n < 24; ++n)
    tell_a_call(story);
  story.call_begins();
  const std::string text = reported(place.scratch / "trace", {});
  CHECK(std::count(text.begin(), text.end(), '\n') == 20);
  CHECK(holds(text, "+4989555                  1  completed\n"));
  CHECK(holds(text, "-  no end\n"));
  const std::string json = reported(place.scratch / "trace", {"", true});
  CHECK(TraceJson::parse(json.substr(0, json.find('\n')))["called"] == "4930123469");
  CHECK_THROWS_AS(reported(place.scratch / "not there", {}), base::Failure);
}
