// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <utility>

#include "src/base/errors.hpp"
#include "tests/calls/action_parser.hpp"
#include "tests/calls/expect_parser.hpp"
#include "tests/calls/story.hpp"
#include "tests/calls/words.hpp"
#include "tests/unit/test_pages.hpp"

namespace calls {
namespace {

struct Verb {
  const char* name;
  const char* right;
  void (*take)(Story& story, Words& words, unsigned line);
};

bool on_off(const std::string& value) {
  if (value != "on" && value != "off") throw base::Failure("\"{}\" is neither on nor off", value);
  return value == "on";
}

t30::Modems modems_from(const std::string& value) {
  const std::array<std::pair<const char*, t30::Modems>, 5> all = {
      {{"v27ter-2400", t30::Modems::v27ter_2400},
       {"v27ter", t30::Modems::v27ter},
       {"v29", t30::Modems::v29},
       {"v27ter+v29", t30::Modems::v27ter_v29},
       {"v27ter+v29+v17", t30::Modems::v27ter_v29_v17}}};
  for (const auto& [name, modems] : all)
    if (value == name) return modems;
  throw base::Failure("\"{}\" is no set of modems", value);
}

t30::BadPage bad_page_from(const std::string& value) {
  if (value == "rtn") return t30::BadPage::rtn;
  if (value == "mcf") return t30::BadPage::mcf;
  if (value == "dcn") return t30::BadPage::dcn;
  throw base::Failure("\"{}\" is no answer to a bad page", value);
}

void take_called(Story& story, Words& words, unsigned) {
  t30::Settings& s = story.settings;
  if (const auto v = words.take_key("password")) s.password = base::ShortText<20>(*v);
  if (const auto v = words.take_key("station")) s.station_id = base::ShortText<20>(*v);
  if (const auto v = words.take_key("ecm")) s.ecm = on_off(*v);
  if (const auto v = words.take_key("modems")) s.modems = modems_from(*v);
  if (const auto v = words.take_key("bad-page")) s.bad_page = bad_page_from(*v);
  s.max_rate_bps = static_cast<std::uint16_t>(words.take_number("max-rate", s.max_rate_bps));
  s.min_rate_bps = static_cast<std::uint16_t>(words.take_number("min-rate", s.min_rate_bps));
}

void take_page(Story& story, Words& words, unsigned) {
  const std::string name = words.next("the page's name");
  const unsigned width = words.take_number("width", 1728), rows = words.take_number("rows", 40);
  const unsigned seed = words.take_number("seed", 1);
  // For pages that must be long on the line.
  const bool is_noise = words.take("noise");
  story.pages[name] = {width, rows,
                       is_noise ? unit::noise_rows(width, rows, seed) : unit::text_rows(width, rows, seed)};
}

template <auto make>
void take_step(Story& story, Words& words, unsigned line) {
  Action action = make(story, words);
  story.steps.push_back({line, std::move(action)});
}

void take_limit(Story& story, Words& words, unsigned) {
  story.limit_s = ms_from(words.next("the limit")) / 1000;
}

void take_expect(Story& story, Words& words, unsigned line) {
  story.expectations.push_back({line, expected_from(story, words)});
}

constexpr std::array verbs = {
    Verb{"called", "called password=… ecm=off modems=v27ter+v29 max-rate=9600 min-rate=4800 bad-page=mcf",
         take_called},
    Verb{"page", "page NAME rows=40 width=1728 seed=1 noise", take_page},
    Verb{"limit", "limit 300s", take_limit},
    Verb{"disk", "disk full, disk slow=5s or disk ok", take_step<disk_from>},
    Verb{"level", "level -20dBm0", take_step<level_from>},
    Verb{"echo", "echo 200ms -15dB or echo off", take_step<echo_from>},
    Verb{"meanwhile", "meanwhile voice for=2s -20dBm0 after=1s", take_step<meanwhile_from>},
    Verb{"play", "play tone 1100Hz for=500ms -14dBm0; sounds are tone, cng, click, noise, voice",
         take_step<play_from>},
    Verb{"pause", "pause 75ms", take_step<pause_from>},
    Verb{"send", "send preamble=200ms TSI text=\"+49 30 1\"; DCS v29/9600 ecm", take_step<send_from>},
    Verb{"agree", "agree TSI text=\"+49 30 1\"; DCS v29/9600 ecm", take_step<agree_from>},
    Verb{"tcf", "tcf v29/9600 tep lasts=1.5s wrong=20%", take_step<tcf_from>},
    Verb{"image",
         "image NAME v29/9600 tep long no-rtc garbage-before=9 garbage-after=9 bad-rows=3-5 row=9 lasts=4.9s "
         "gap=200ms at=50% cut=50%",
         take_step<image_from>},
    Verb{"ecm", "ecm NAME v29/9600 tep long page=0 block=0 frames=9 send=0-3,7 rcp=3 short-last",
         take_step<ecm_from>},
    Verb{"deliver", "deliver NAME, as after ecm; PPS-EOP", take_step<deliver_from>},
    Verb{"hear",
         "hear MCF or RTN within=8s, hear PPR missing=3,7, hear nothing for=5s, hear hang-up within=40s",
         take_step<hear_from>},
    Verb{"hang-up", "hang-up", take_step<hang_up_from>},
    Verb{"expect", expect_is_right, take_expect}};

void take_line(Story& story, Words& words, unsigned line) {
  const std::string name = words.next("a verb");
  for (const Verb& verb : verbs) {
    if (name != verb.name) continue;
    try {
      verb.take(story, words, line);
      return words.end();
    } catch (const base::Failure& failure) {
      throw base::Failure("{}; right is: {}", failure.what(), verb.right);
    }
  }
  std::string known;
  for (const Verb& verb : verbs)
    known += std::string(" ") + verb.name;
  throw base::Failure("\"{}\" is no verb; right are repeat, end and{}", name, known);
}

// repeat … end: what was parsed between them, so many times.
struct Repeat {
  unsigned line = 0, times = 0;
  std::size_t first_step = 0;
};

void end_repeat(Story& story, Repeat& repeat) {
  if (repeat.line == 0) throw base::Failure("there is no repeat that this ends");
  const std::vector<Step> once(story.steps.begin() + static_cast<std::ptrdiff_t>(repeat.first_step),
                               story.steps.end());
  for (unsigned i = 1; i < repeat.times; ++i)
    story.steps.insert(story.steps.end(), once.begin(), once.end());
  repeat = {};
}

void take_line_or_repeat(Story& story, Repeat& repeat, Words& words, unsigned line) {
  if (words.all().front() == "end") return end_repeat(story, repeat);
  if (words.all().front() != "repeat") return take_line(story, words, line);
  if (repeat.line != 0) throw base::Failure("a repeat cannot stand in a repeat");
  words.next("repeat");
  repeat = {line, number_from(words.next("how often")), story.steps.size()};
}

std::string title_of(std::string_view line) {
  const auto first = line.find_first_not_of("# ");
  if (!line.starts_with("#") || first == std::string_view::npos)
    throw base::Failure(
        "the first line is not the story's name; right is: # The caller hangs up in mid-page");
  return std::string(line.substr(first));
}

}  // namespace

Story parse_story(const std::string& file, std::string_view text) {
  Story story;
  story.file = file;
  Repeat repeat;
  unsigned line = 0;
  try {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view words_of_line = text.substr(at, end - at);
      at = end + 1;
      if (++line == 1) {
        story.title = title_of(words_of_line);
        continue;
      }
      Words words(words_of_line);
      if (!words.empty()) take_line_or_repeat(story, repeat, words, line);
    }
    if (repeat.line != 0) throw base::Failure("the repeat of line {} has no end", repeat.line);
  } catch (const base::Failure& failure) {
    throw base::Failure("{}:{}: {}", file, line, failure.what());
  }
  return story;
}

}  // namespace calls
