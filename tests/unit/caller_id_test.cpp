// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/caller_id.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/allocation_count.hpp"
#include "tests/unit/caller_id_sound.hpp"
#include "tests/unit/other_sounds.hpp"

using caller_id_test::field;
using caller_id_test::heard;
using caller_id_test::heard_in;
using caller_id_test::japanese;
using caller_id_test::mdmf;
using caller_id_test::message_sound;
using caller_id_test::Octets;
using caller_id_test::octets_of;
using caller_id_test::ring;
using caller_id_test::sdmf;
using caller_id_test::Told;
using caller_id_test::told_in;
using fast_test::append;
using fast_test::in_blocks;
using fast_test::mix;
using fast_test::noise;
using fast_test::Samples;
using fast_test::silence;
using modem::CallerIdReceiver;

namespace {

using Absent = modem::CallerId::Absent;

struct Story {
  std::string what;
  int standard;
  Octets message;
  Told told;
};

const std::string long_name = "SMITH, JOHN W & SONS";
const Octets all_fields = mdmf({field(1, "12312359"), field(2, "5551234567"), field(7, long_name),
                                field(0x0B, "unknown"), field(6, "L")});

const Story numbers[] = {
    {"CLASS MDMF", ADSI_STANDARD_CLASS, all_fields, {"5551234567", long_name, "12312359"}},
    {"CLASS SDMF", ADSI_STANDARD_CLASS, sdmf("010203045551234"), {"5551234", "", "01020304"}},
    {"CLIP", ADSI_STANDARD_CLIP, all_fields, {"5551234567", long_name, "12312359"}},
    {"CLIP SDMF", ADSI_STANDARD_CLIP, sdmf("010203045551234"), {"5551234", "", "01020304"}},
    {"CLIP, a voice call", ADSI_STANDARD_CLIP, mdmf({field(0x11, "\x01"), field(2, "+491234")}), {"+491234"}},
    {"JCLIP",
     ADSI_STANDARD_JCLIP,
     japanese({field(2, "0312345678"), field(9, "0398765432")}),
     {"0312345678"}},
    {"DTMF A ... C", ADSI_STANDARD_CLIP_DTMF, octets_of("A12345678C"), {"12345678"}},
    {"DTMF A ... D ... C", ADSI_STANDARD_CLIP_DTMF, octets_of("A12345678D999B10C"), {"12345678"}},
    {"DTMF A ... #", ADSI_STANDARD_CLIP_DTMF, octets_of("A0612345678#"), {"0612345678"}},
    {"DTMF D ... C", ADSI_STANDARD_CLIP_DTMF, octets_of("D0212345678C"), {"0212345678"}},
    {"DTMF ... #", ADSI_STANDARD_CLIP_DTMF, octets_of("0201234567#"), {"0201234567"}}};

const Story absences[] = {
    {"CLASS MDMF P",
     ADSI_STANDARD_CLASS,
     mdmf({field(1, "12312359"), field(4, "P"), field(8, "P")}),
     {"", "", "12312359", Absent::by_caller}},
    {"CLASS MDMF O",
     ADSI_STANDARD_CLASS,
     mdmf({field(1, "12312359"), field(4, "O")}),
     {"", "", "12312359", Absent::unavailable}},
    {"CLASS MDMF P for the number",
     ADSI_STANDARD_CLASS,
     mdmf({field(2, "P"), field(7, "JOHN")}),
     {"", "JOHN", "", Absent::by_caller}},
    {"CLASS SDMF P", ADSI_STANDARD_CLASS, sdmf("01020304P"), {"", "", "01020304", Absent::by_caller}},
    {"CLASS SDMF O", ADSI_STANDARD_CLASS, sdmf("01020304O"), {"", "", "01020304", Absent::unavailable}},
    {"CLIP P", ADSI_STANDARD_CLIP, mdmf({field(4, "P")}), {"", "", "", Absent::by_caller}},
    {"CLIP O", ADSI_STANDARD_CLIP, mdmf({field(4, "O")}), {"", "", "", Absent::unavailable}},
    {"JCLIP P", ADSI_STANDARD_JCLIP, japanese({field(4, "P")}), {"", "", "", Absent::by_caller}},
    {"JCLIP O", ADSI_STANDARD_JCLIP, japanese({field(4, "O")}), {"", "", "", Absent::unavailable}},
    {"JCLIP C", ADSI_STANDARD_JCLIP, japanese({field(4, "C")}), {"", "", "", Absent::unavailable}},
    {"DTMF B10C", ADSI_STANDARD_CLIP_DTMF, octets_of("B10C"), {"", "", "", Absent::by_caller}},
    {"DTMF B00C", ADSI_STANDARD_CLIP_DTMF, octets_of("B00C"), {"", "", "", Absent::unavailable}},
    {"DTMF D redirected B10C",
     ADSI_STANDARD_CLIP_DTMF,
     octets_of("D12345B10C"),
     {"", "", "", Absent::by_caller}},
    {"DTMF D1#", ADSI_STANDARD_CLIP_DTMF, octets_of("D1#"), {"", "", "", Absent::by_caller}},
    {"DTMF D2#", ADSI_STANDARD_CLIP_DTMF, octets_of("D2#"), {"", "", "", Absent::unavailable}},
    {"DTMF D3#", ADSI_STANDARD_CLIP_DTMF, octets_of("D3#"), {"", "", "", Absent::unavailable}}};

Samples sound_of(const Story& story, float dbm0 = -14) {
  return message_sound(story.standard, story.message, dbm0);
}

void check(const Story& story, const Samples& sound) {
  CAPTURE(story.what);
  CHECK(heard(sound) == std::vector{story.told});
}

}  // namespace

TEST_CASE("every standard brings number, name and time, once, loud and soft, on a line with noise") {
  for (const float dbm0 : {-14.0F, -36.0F})
    for (const Story& story : numbers) {
      CAPTURE(dbm0);
      Samples sound = sound_of(story, dbm0);
      mix(sound, noise(sound.size(), dbm0 - 25));
      check(story, sound);
    }
}

TEST_CASE("every standard says why there is no number, loud and soft") {
  for (const float dbm0 : {-14.0F, -36.0F})
    for (const Story& story : absences) {
      CAPTURE(dbm0);
      check(story, sound_of(story, dbm0));
    }
}

TEST_CASE("a card's direct current, a tenth of the whole scale either way, does no harm") {
  for (const float dbm0 : {-14.0F, -36.0F})
    for (const std::int16_t offset : {3277, -3277})
      for (const Story& story : numbers) {
        CAPTURE(dbm0);
        CAPTURE(offset);
        Samples sound = sound_of(story, dbm0);
        const Samples direct_current(sound.size(), offset);
        mix(sound, direct_current);
        check(story, sound);
      }
}

TEST_CASE("a message between the first ring and the second is heard") {
  for (const float dbm0 : {-14.0F, -36.0F})
    for (const Story& story : numbers) {
      CAPTURE(dbm0);
      Samples call = ring(16'000);
      append(call, silence(4000));
      append(call, sound_of(story, dbm0));
      append(call, ring(16'000));
      check(story, call);
    }
}

TEST_CASE("a message before the first ring, after a reversal of polarity, is heard before that ring") {
  for (const Story& story : numbers) {
    CAPTURE(story.what);
    Samples call = silence(8000);
    call.insert(call.end(), 80, 32767);  // what the reversal leaves of the converter's range
    append(call, silence(1600));
    append(call, sound_of(story));
    CallerIdReceiver receiver;
    CHECK(heard_in(receiver, call) == std::vector{story.told});
    CHECK(heard_in(receiver, ring(16'000)).empty());
    CHECK(told_in(receiver.last()) == story.told);
  }
}

// Two modems hear it, and in noise one of them is through some samples before the other.
TEST_CASE("a message is told once, however short the pieces are in which it is heard") {
  for (const Story& story : numbers)
    for (const unsigned seed : {1U, 2U, 3U}) {
      CAPTURE(story.what);
      Samples sound = sound_of(story);
      mix(sound, noise(sound.size(), -32, seed));
      CallerIdReceiver receiver;
      unsigned times = 0;
      for (const std::int16_t& sample : sound)
        if (receiver.hear({&sample, 1})) ++times;
      CHECK(times == 1);
    }
}

TEST_CASE("two calls, one after the other, are told apart") {
  CallerIdReceiver receiver;
  for (const Story& story : numbers)
    CHECK(heard_in(receiver, sound_of(story)) == std::vector{story.told});
}

TEST_CASE("digits a second apart are not of one message") {
  Samples sound = message_sound(ADSI_STANDARD_CLIP_DTMF, octets_of("A999"), -14);
  append(sound, silence(8000));
  append(sound, message_sound(ADSI_STANDARD_CLIP_DTMF, octets_of("A123#"), -14));
  CHECK(heard(sound) == std::vector<Told>{{"123"}});
}

TEST_CASE("after a restart half a message is forgotten, and a whole one is heard") {
  for (const Story& story : numbers) {
    CAPTURE(story.what);
    const Samples sound = sound_of(story);
    const auto middle = sound.begin() + static_cast<std::ptrdiff_t>(sound.size() * 3 / 4);
    CallerIdReceiver receiver;
    CHECK(heard_in(receiver, Samples(sound.begin(), middle)).empty());
    receiver.restart();
    // What is left of digits alone is such a number itself.
    const std::vector<Told> left = heard_in(receiver, Samples(middle, sound.end()));
    if (story.message[0] < '0' || story.message[0] > '9') CHECK(left.empty());
    receiver.restart();
    CHECK(heard_in(receiver, sound) == std::vector{story.told});
  }
}

TEST_CASE("in a minute of silence, noise, fax tones and modems, speech and rings nobody's number is heard") {
  CallerIdReceiver receiver;
  auto sounds = sound_test::sounds_without_tones(480'000);
  sounds.emplace_back("silence", silence(480'000));
  sounds.emplace_back("a long ring", ring(480'000));
  for (const auto& [name, sound] : sounds) {
    CAPTURE(name);
    receiver.restart();
    CHECK(heard_in(receiver, sound).empty());
  }
}

TEST_CASE("hearing and restarting take no memory") {
  CallerIdReceiver receiver;
  Samples sound = ring(16'000);
  for (const Story& story : numbers)
    append(sound, sound_of(story));
  unsigned told = 0;
  const std::size_t before = allocation_test::allocations();
  for (int time = 0; time < 2; ++time) {
    receiver.restart();
    in_blocks(sound, [&](std::span<const std::int16_t> block) {
      if (receiver.hear(block)) ++told;
    });
  }
  CHECK(allocation_test::allocations() == before);
  CHECK(told == 2 * std::size(numbers));
}
