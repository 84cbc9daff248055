// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/caller_id_framing.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/caller_id_sound.hpp"

using caller_id_test::bits_of_characters;
using caller_id_test::field;
using caller_id_test::framed;
using caller_id_test::heard;
using caller_id_test::heard_in;
using caller_id_test::hostile_sound;
using caller_id_test::japanese;
using caller_id_test::japanese_framed;
using caller_id_test::mdmf;
using caller_id_test::message_sound;
using caller_id_test::Octets;
using caller_id_test::octets_of;
using caller_id_test::sdmf;
using caller_id_test::Told;
using caller_id_test::told_in;
using fast_test::append;
using fast_test::Samples;
using modem::CallerIdReceiver;

TEST_CASE("a message with a wrong check sum is ignored, and the next one is heard") {
  const Octets good = framed(mdmf({field(2, "5551234")}));
  for (std::size_t i = 0; i < good.size(); ++i) {
    CAPTURE(i);
    Octets bad = good;
    bad[i] ^= 1U << (i % 8);
    CallerIdReceiver receiver;
    CHECK(heard_in(receiver, hostile_sound(bad)).empty());
    CHECK(heard_in(receiver, hostile_sound(good)) == std::vector<Told>{{"5551234"}});
  }
}

TEST_CASE("a Japanese message with a wrong octet is ignored, and the next one is heard") {
  const Octets good = japanese_framed(japanese({field(2, "0312345678")}));
  for (std::size_t i = 0; i < good.size(); ++i) {
    CAPTURE(i);
    Octets bad = good;
    bad[i] ^= 1U << (i % 8);
    CallerIdReceiver receiver;
    CHECK(heard_in(receiver, hostile_sound(bad)).empty());
    CHECK(heard_in(receiver, hostile_sound(good)) == std::vector<Told>{{"0312345678"}});
  }
}

TEST_CASE("a Japanese message may have the octet DLE as a length") {
  const std::string sixteen = "0312345678901234";
  const Octets message = japanese_framed(japanese({field(2, sixteen)}));
  CHECK(heard(hostile_sound(message)) == std::vector<Told>{{sixteen}});
}

TEST_CASE("a Japanese message with a control character that belongs to nothing is ignored") {
  const Octets fields = {0x40, 6, 2, 3, '1', 0x10, '2', '3'};
  CHECK(heard(hostile_sound(japanese_framed(fields))).empty());
}

TEST_CASE("a message with a character that has no stop bit is ignored, and the next one is heard") {
  const Octets message = framed(mdmf({field(2, "5551234")}));
  for (std::size_t character = 0; character < message.size(); ++character) {
    CAPTURE(character);
    modem::FskFraming framing;
    std::vector<int> bits;
    bits_of_characters(message, 80, [&](int bit) { bits.push_back(bit); });
    bits[80 + character * 10 + 9] = 0;
    bits.insert(bits.begin() + static_cast<std::ptrdiff_t>(80 + character * 10 + 10), 1);
    for (const int bit : bits)
      CHECK_FALSE(framing.take_bit(bit));
    bool told = false;
    bits_of_characters(message, 80, [&](int bit) { told = framing.take_bit(bit) || told; });
    CHECK(told);
  }
}

TEST_CASE("a message says what it can when its fields are not as they should be") {
  const std::string many_digits(200, '7');
  const std::string many_letters(200, 'N');
  const Told number_only = {"5551234"};
  struct Hostile {
    std::string what;
    Octets message;
    std::vector<Told> told;
  };
  const Hostile table[] = {
      {"nothing in it", {0x80, 0}, {}},
      {"a type without a length", {0x80, 1, 2}, {}},
      {"a length beyond the message", {0x80, 4, 2, 200, '1', '2'}, {}},
      {"a length one beyond the message", {0x80, 4, 2, 3, '1', '2'}, {}},
      {"a good field before that", mdmf({field(2, "5551234"), {7, 255, 'X'}}), {number_only}},
      {"a field of no length", mdmf({field(2, ""), field(7, ""), field(4, ""), field(0x11, "")}), {}},
      {"... and a good one", mdmf({field(2, ""), field(2, "5551234"), field(4, "")}), {number_only}},
      {"unknown fields",
       mdmf({field(0, "0"), field(0x99, "x"), field(2, "5551234"), field(0xFF, "y")}),
       {number_only}},
      {"control characters",
       mdmf({field(2, "\x1B[2J\r\n555\a1234\x7F\x80\xFF"), field(7, "\x01\x02")}),
       {{"[2J5551234"}}},
      {"a number of 200 octets", mdmf({field(2, many_digits)}), {{std::string(32, '7')}}},
      {"a name of 200 octets", mdmf({field(7, many_letters)}), {{"", std::string(64, 'N')}}},
      {"a time that is none", mdmf({field(1, "1231235"), field(2, "5551234")}), {number_only}},
      {"a time with letters", mdmf({field(1, "12X12359"), field(2, "5551234")}), {number_only}},
      {"two numbers", mdmf({field(2, "5551234"), field(2, "666")}), {number_only}},
      {"a number and a reason for none", mdmf({field(4, "P"), field(2, "5551234")}), {number_only}},
      {"a message waiting, and nobody calls", mdmf({field(0x11, "\x81"), field(2, "5551234")}), {}},
      {"a message of another kind", {0x82, 3, 0x0B, 1, 0xFF}, {}},
      {"an SDMF message without a time", sdmf("5551234"), {}},
      {"an SDMF message of 255 octets",
       sdmf("01020304" + std::string(247, '5')),
       {{std::string(32, '5'), "", "01020304"}}},
      {"an SDMF message of control characters", sdmf("01020304\x01\x02"), {{"", "", "01020304"}}}};
  for (const Hostile& hostile : table) {
    CAPTURE(hostile.what);
    CHECK(heard(hostile_sound(framed(hostile.message))) == hostile.told);
  }
}

TEST_CASE("digits that are no caller's number are not told") {
  for (const std::string digits : {"#", "C", "A#", "AC", "12#", "*21*5551234#", "5551234C", "B20C", "D4#",
                                   "A1A2C", "12A34#", "BBBC", "1234567"}) {
    CAPTURE(digits);
    CHECK(heard(message_sound(ADSI_STANDARD_CLIP_DTMF, octets_of(digits), -14)).empty());
  }
}

TEST_CASE("a number of 120 digits is cut") {
  const std::string digits(120, '7');
  CHECK(heard(message_sound(ADSI_STANDARD_CLIP_DTMF, octets_of("A" + digits + "#"), -14)) ==
        std::vector<Told>{{std::string(32, '7')}});
}

TEST_CASE("a message that breaks off is not joined with the next") {
  const Octets whole = framed(mdmf({field(2, "5551234")}));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CAPTURE(size);
    Samples sound = hostile_sound(Octets(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    append(sound, hostile_sound(whole));
    CHECK(heard(sound) == std::vector<Told>{{"5551234"}});
  }
}

TEST_CASE("whatever octets follow a mark, what is told is printable and has its length") {
  modem::FskFraming framing;
  std::minstd_rand random(1);
  unsigned told = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Octets message = caller_id_test::any_message(random);
    bool now = false;
    bits_of_characters(message, 80, [&](int bit) { now = framing.take_bit(bit) || now; });
    if (!now) continue;
    ++told;
    const Told caller = told_in(framing.caller());
    for (const std::string& text : {caller.number, caller.name, caller.told_at})
      CHECK(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    CHECK(caller.number.size() + caller.name.size() + caller.told_at.size() <= 104);
  }
  CHECK(told > 500);
}
