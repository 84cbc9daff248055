// SPDX-License-Identifier: GPL-2.0-or-later
// What our DIS tells a caller, and what a caller's DCS, TSI, SUB, PWD and CTC tell us, however they are made.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "src/t30/capabilities.hpp"
#include "src/t30/frame_names.hpp"
#include "src/t30/frames.hpp"
#include "tests/unit/allocation_count.hpp"

using t30::Coding;
using t30::Modem;
using t30::Modems;
using t30::Settings;
using Octets = std::vector<std::uint8_t>;

namespace {

// A field with these bits of T.30's table 2 set, extend bits as far as they are needed, of 3 octets at least.
Octets with_bits(const std::set<unsigned>& bits) {
  Octets fif(3);
  for (const unsigned bit : bits) {
    fif.resize(std::max<std::size_t>(fif.size(), (bit - 1) / 8 + 1));
    fif[(bit - 1) / 8] |= static_cast<std::uint8_t>(1U << ((bit - 1) % 8));
  }
  for (std::size_t octet = 3; octet < fif.size(); ++octet)
    fif[octet - 1] |= 0x80;
  return fif;
}

std::set<unsigned> bits_of(const t30::Dis& dis) {
  std::set<unsigned> bits;
  for (unsigned bit = 1; bit <= dis.length * 8U; ++bit)
    if ((dis.fif.at((bit - 1) / 8) >> ((bit - 1) % 8) & 1U) != 0) bits.insert(bit);
  return bits;
}

Settings least() {
  Settings settings;
  settings.modems = Modems::v27ter_2400;
  settings.ecm = settings.mr = settings.mmr = settings.sub_address = settings.unlimited_length = false;
  settings.fine = settings.superfine = settings.dpi300 = settings.dpi400 = false;
  settings.width = t30::Width::a4;
  return settings;
}

t30::Dcs read(const std::set<unsigned>& bits, const Settings& settings = {}) {
  return t30::read_dcs(with_bits(bits), settings);
}

Octets sent(std::string text) {
  std::reverse(text.begin(), text.end());
  return {text.begin(), text.end()};
}
std::string identified(const Octets& fif) {
  return std::string(t30::read_identification(fif).view());
}

}  // namespace

TEST_CASE("the least that DIS can say is three octets: V.27ter at 2400 bit/s, rows without fill") {
  const t30::Dis dis = t30::dis_of(least(), true);
  CHECK(dis.length == 3);
  CHECK(bits_of(dis) == std::set<unsigned>{10, 21, 22, 23});
}

TEST_CASE("every setting shows in DIS, and DIS is no longer than that") {
  struct Row {
    const char* setting;
    void (*set)(Settings&);
    std::set<unsigned> more_bits;
    unsigned length;
  };
  const std::vector<Row> table = {
      {"V.27ter", [](Settings& s) { s.modems = Modems::v27ter; }, {12}, 3},
      {"V.29", [](Settings& s) { s.modems = Modems::v29; }, {11}, 3},
      {"V.27ter and V.29", [](Settings& s) { s.modems = Modems::v27ter_v29; }, {11, 12}, 3},
      {"with V.17", [](Settings& s) { s.modems = Modems::v27ter_v29_v17; }, {11, 12, 14}, 3},
      {"fine", [](Settings& s) { s.fine = true; }, {15}, 3},
      {"MR", [](Settings& s) { s.mr = true; }, {16}, 3},
      {"B4", [](Settings& s) { s.width = t30::Width::b4; }, {17}, 3},
      {"A3", [](Settings& s) { s.width = t30::Width::a3; }, {18}, 3},
      {"unlimited", [](Settings& s) { s.unlimited_length = true; }, {20}, 3},
      {"ECM", [](Settings& s) { s.ecm = true; }, {24, 27}, 4},
      {"MMR without ECM", [](Settings& s) { s.mmr = true; }, {}, 3},
      {"MMR", [](Settings& s) { s.ecm = s.mmr = true; }, {24, 27, 31}, 4},
      {"superfine", [](Settings& s) { s.superfine = true; }, {24, 32, 40, 41}, 6},
      {"300 dpi", [](Settings& s) { s.dpi300 = true; }, {24, 32, 40, 42}, 6},
      {"400 dpi", [](Settings& s) { s.dpi400 = true; }, {24, 32, 40, 43, 44, 45}, 6},
      {"fine and superfine",
       [](Settings& s) { s.fine = s.superfine = true; },
       {15, 24, 32, 40, 41, 44, 45},
       6},
      {"SUB", [](Settings& s) { s.sub_address = true; }, {24, 32, 40, 48, 49}, 7},
      {"PWD", [](Settings& s) { s.password = base::ShortText<20>("1"); }, {24, 32, 40, 48, 50}, 7},
  };
  for (const Row& row : table) {
    CAPTURE(row.setting);
    Settings settings = least();
    row.set(settings);
    const t30::Dis dis = t30::dis_of(settings, true);
    std::set<unsigned> wanted = {10, 21, 22, 23};
    wanted.insert(row.more_bits.begin(), row.more_bits.end());
    CHECK(bits_of(dis) == wanted);
    CHECK(dis.length == row.length);
  }
}

TEST_CASE("on a noisy line DIS leaves V.17 out, and a caller who asks for it was not offered it") {
  CHECK(bits_of(t30::dis_of(Settings(), true)).contains(14));
  const std::set<unsigned> bits = bits_of(t30::dis_of(Settings(), false));
  CHECK((bits.contains(11) && bits.contains(12) && !bits.contains(14)));
  const Octets v17 = with_bits({10, 14});
  CHECK(t30::read_dcs(v17, {}, true).was_offered);
  const t30::Dcs dcs = t30::read_dcs(v17, {}, false);
  CHECK(dcs.can_be_received);
  CHECK_FALSE(dcs.was_offered);
}

TEST_CASE("a DCS names one of eight rates; any other is a modem that nobody here has") {
  const std::vector<std::tuple<std::set<unsigned>, Modem, unsigned>> table = {
      {{}, Modem::v27ter, 2400},    {{12}, Modem::v27ter, 4800},     {{11}, Modem::v29, 9600},
      {{11, 12}, Modem::v29, 7200}, {{14}, Modem::v17, 14400},       {{12, 14}, Modem::v17, 12000},
      {{11, 14}, Modem::v17, 9600}, {{11, 12, 14}, Modem::v17, 7200}};
  for (const auto& [bits, modem, bps] : table) {
    const t30::Dcs dcs = read(bits);
    CHECK((dcs.modem == modem && dcs.rate_bps == bps && dcs.can_be_received && dcs.was_offered));
    const Octets fif = with_bits(bits);
    const t30::Rate ctc = t30::read_rate(std::span(fif).first(2));
    CHECK((ctc.modem == modem && ctc.bps == bps));
  }
  for (unsigned rest = 0; rest < 8; ++rest) {
    std::set<unsigned> bits = {13};
    for (unsigned i = 0; i < 3; ++i)
      if ((rest >> i & 1U) != 0) bits.insert(std::array{11U, 12U, 14U}.at(i));
    CHECK(read(bits).modem == Modem::none);
    CHECK_FALSE(read(bits).can_be_received);
  }
}

TEST_CASE("resolution and width make the pels; inch and metric are kept apart") {
  struct Row {
    std::set<unsigned> bits;
    unsigned x_dpi, y_dpi;
    std::array<unsigned, 3> widths;
  };
  const std::vector<Row> table = {
      {{}, 204, 98, {1728, 2048, 2432}},        {{15}, 204, 196, {1728, 2048, 2432}},
      {{41}, 204, 391, {1728, 2048, 2432}},     {{15, 41}, 204, 391, {1728, 2048, 2432}},
      {{42}, 300, 300, {2592, 3072, 3648}},     {{15, 42, 44}, 300, 300, {2592, 3072, 3648}},
      {{43}, 408, 391, {3456, 4096, 4864}},     {{15, 41, 43}, 408, 391, {3456, 4096, 4864}},
      {{44}, 200, 100, {1728, 2048, 2432}},     {{15, 44}, 200, 200, {1728, 2048, 2432}},
      {{41, 44}, 200, 400, {1728, 2048, 2432}}, {{43, 44}, 400, 400, {3456, 4096, 4864}}};
  const std::array<std::set<unsigned>, 3> width_bits = {std::set<unsigned>{}, {17}, {18}};
  for (const Row& row : table)
    for (std::size_t width = 0; width < 3; ++width) {
      std::set<unsigned> bits = row.bits;
      bits.insert(width_bits.at(width).begin(), width_bits.at(width).end());
      const t30::Dcs dcs = read(bits);
      CHECK((dcs.x_dpi == row.x_dpi && dcs.y_dpi == row.y_dpi && dcs.width_pels == row.widths.at(width)));
      CHECK((dcs.can_be_received && dcs.was_offered));
    }
}

TEST_CASE(
    "what cannot be decoded cannot be received: unknown sizes, codings and everything that is no page") {
  const std::vector<std::set<unsigned>> sizes = {{17, 18}, {41, 42}, {42, 43}, {105},
                                                 {106},    {107},    {108},    {109}};
  for (const auto& bits : sizes) {
    CHECK(read(bits).width_pels == 0);
    CHECK_FALSE(read(bits).can_be_received);
  }
  for (const unsigned bit :
       {26, 36, 38, 53, 54, 55, 57, 60, 62, 65, 68, 69, 78, 79, 84, 92, 97, 110, 116, 127})
    CHECK_FALSE(read({14, 27, bit}).can_be_received);
  CHECK_FALSE(read({31}).can_be_received);  // T.6 without ECM
  // FNV, T.38 gateways, paper sizes, SUB and SID announced, reserved bits, and beyond the table: no harm.
  for (const unsigned bit : {1, 3, 9, 25, 29, 33, 45, 49, 50, 66, 76, 77, 102, 113, 121, 123, 129, 200})
    CHECK(read({14, 27, bit}).can_be_received);
}

TEST_CASE("coding and error correction") {
  CHECK(read({}).coding == Coding::mh);
  CHECK(read({16}).coding == Coding::mr);
  CHECK(read({16, 27, 31}).coding == Coding::mmr);
  CHECK_FALSE(read({28}).ecm);
  CHECK(read({28}).ecm_frame_octets == 256);  // bit 28 says nothing without ECM
  CHECK((read({27}).ecm && read({27}).ecm_frame_octets == 256));
  CHECK((read({27, 28}).ecm && read({27, 28}).ecm_frame_octets == 64));
}

TEST_CASE("what we can decode is taken although it was not offered") {
  const std::vector<std::set<unsigned>> wishes = {{12}, {11}, {14}, {15}, {16},     {17}, {18},
                                                  {19}, {20}, {27}, {41}, {27, 31}, {42}, {43}};
  for (const auto& bits : wishes) {
    const t30::Dcs dcs = read(bits, least());
    CHECK(dcs.can_be_received);
    CHECK_FALSE(dcs.was_offered);
    CHECK(read(bits).was_offered);
  }
  CHECK(read({}, least()).was_offered);
  Settings v29_only = least();
  v29_only.modems = Modems::v29;
  CHECK_FALSE(read({}, v29_only).was_offered);
  CHECK(read({11}, v29_only).was_offered);
}

TEST_CASE("a DCS that is short says no more than it has octets, a long one than its extend bits allow") {
  const Settings settings;
  const Octets whole = with_bits({10, 14, 15, 18, 20, 27, 31});
  CHECK(t30::read_dcs({}, settings).modem == Modem::none);
  CHECK_FALSE(t30::read_dcs({}, settings).can_be_received);
  CHECK_FALSE(t30::read_dcs(std::span(whole).first(1), settings).can_be_received);
  const t30::Dcs two = t30::read_dcs(std::span(whole).first(2), settings);
  CHECK((two.can_be_received && two.rate_bps == 14400 && two.width_pels == 1728 && !two.ecm));
  const t30::Dcs three = t30::read_dcs(std::span(whole).first(3), settings);
  CHECK((three.width_pels == 2432 && !three.ecm));
  Octets unextended = whole;
  unextended[2] &= 0x7F;
  CHECK(t30::read_dcs(unextended, settings).coding == Coding::mmr);  // octet 4 is taken all the same
  Octets trailing = whole;
  trailing.resize(300, 0xFF);
  CHECK(t30::read_dcs(trailing, settings).can_be_received);
}

TEST_CASE("identifications are read however they were padded, turned or filled") {
  const std::vector<std::pair<Octets, std::string>> table = {
      {{}, ""},
      {Octets(20, ' '), ""},
      {Octets(300, 0x00), ""},
      {Octets(300, 0xFF), ""},
      {sent("         +49 30 4711"), "+49 30 4711"},
      {sent("+49 30 4711         "), "+49 30 4711"},
      {sent("+49 30 4711"), "+49 30 4711"},
      {sent(std::string("+49 30 4711\0\0\0\0\0\0\0\0\0", 20)), "+49 30 4711"},
      {sent(std::string(9, '\0') + "+49 30 4711"), "+49 30 4711"},
      {sent("\xFF\xFF\xFF+49 30 4711"), "+49 30 4711"},
      {{'+', '4', '9', ' ', '3', '0', ' ', '4', '7', '1', '1', ' ', ' '}, "+49 30 4711"},  // not reversed
      {sent("+49+"), "+49+"},
      {sent("ACME Corp."), "ACME Corp."},
      {sent("M\xFCller\x01\x7F."), "M?ller??."},
      {sent(std::string("12\0"
                        "34",
                        5)),
       "12?34"},
      {sent("+12345678901234567890123456789"), "+1234567890123456789"},
      {sent("#*"), "#*"},
  };
  for (const auto& [fif, text] : table)
    CHECK(identified(fif) == text);
}

TEST_CASE("an identification is sent last character first in 20 octets, and read back the same") {
  const auto octets = t30::write_identification(base::ShortText<20>("+49 30 4711"));
  CHECK(std::string(octets.begin(), octets.end()) == "1174 03 94+         ");
  for (const char* text : {"", "1", "+49 30 4711", "12345678901234567890"}) {
    const auto written = t30::write_identification(base::ShortText<20>(text));
    CHECK(t30::read_identification(written).view() == text);
  }
}

TEST_CASE("no octets at all, of any length, are read as something that cannot be") {
  std::mt19937 random(30);
  const std::set<unsigned> widths = {0, 1728, 2048, 2432, 2592, 3072, 3648, 3456, 4096, 4864};
  unsigned receivable = 0;
  for (int trial = 0; trial < 30000; ++trial) {
    Octets fif(random() % (trial % 10 == 0 ? 301 : 6));
    for (std::uint8_t& octet : fif)
      octet = static_cast<std::uint8_t>(random());
    const t30::Dcs dcs = t30::read_dcs(fif, {});
    CHECK(widths.contains(dcs.width_pels));
    CHECK((dcs.modem == Modem::none) == (dcs.rate_bps == 0));
    CHECK((!dcs.was_offered || dcs.can_be_received));
    CHECK((!dcs.can_be_received || (dcs.width_pels != 0 && dcs.rate_bps != 0)));
    receivable += dcs.can_be_received ? 1 : 0;
    for (const char c : identified(fif))
      CHECK((c >= 0x20 && c < 0x7F));
  }
  CHECK(receivable > 1000);
}

TEST_CASE("nothing that the audio loop calls asks for memory") {
  const Octets fif(300, 0x7F);
  const std::size_t before = allocation_test::allocations();
  const t30::Dis dis = t30::dis_of(Settings(), true);
  const bool received = t30::read_dcs(fif, Settings()).can_be_received;
  const auto written = t30::write_identification(t30::read_identification(fif));
  const bool named = t30::frame_name(fif.front()) != nullptr && t30::read_rate(fif).bps != 0;
  CHECK(allocation_test::allocations() == before);
  CHECK((dis.length == 7 && !received && written.front() == '?' && !named));
}
