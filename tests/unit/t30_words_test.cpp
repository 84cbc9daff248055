// SPDX-License-Identifier: GPL-2.0-or-later
// Frames by name, by group, and in words for the trace of a call.
#include <doctest/doctest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "src/t30/capabilities.hpp"
#include "src/t30/frame_names.hpp"
#include "src/t30/frame_words.hpp"
#include "src/t30/frames.hpp"

using Octets = std::vector<std::uint8_t>;

namespace {

std::string words(std::uint8_t field, const Octets& fif = {}) {
  Octets octets = {field};
  octets.insert(octets.end(), fif.begin(), fif.end());
  return t30::frame_words(octets);
}

// The names of all octets in a group.
template <typename Predicate>
std::set<std::string> group(Predicate is_in_it) {
  std::set<std::string> names;
  for (unsigned octet = 0; octet < 256; ++octet)
    if (is_in_it(static_cast<std::uint8_t>(octet))) {
      const char* name = t30::frame_name(static_cast<std::uint8_t>(octet));
      names.insert(name != nullptr ? name : "nobody");
    }
  return names;
}

std::string name(std::uint8_t field) {
  const char* text = t30::frame_name(field);
  return text != nullptr ? text : "";
}

}  // namespace

TEST_CASE("X is overlooked where a field has one, and only there") {
  CHECK(name(0x82) == "DCS");
  CHECK(name(0x83) == "DCS");
  CHECK(name(0x80) == "DIS");
  CHECK(name(0x81) == "DTC");
  CHECK(name(0x40) == "CSI");
  CHECK(name(0x41) == "CIG");
  CHECK(name(0x20) == "NSF");
  CHECK(name(0x21) == "NSC");
  CHECK(name(0x4A) == "RK");
  CHECK(name(0x4B) == "TK");
  CHECK(name(0x8D) == "MCF");
  CHECK(name(0x9F) == "PRI-EOM");
  CHECK(name(0x07).empty());
  CHECK(name(0x00).empty());
  CHECK(name(0xFF).empty());
}

TEST_CASE("every name belongs to one octet, or to two that differ in X") {
  std::multiset<std::string> names;
  for (unsigned octet = 0; octet < 256; ++octet)
    if (t30::frame_name(static_cast<std::uint8_t>(octet)) != nullptr)
      names.insert(name(static_cast<std::uint8_t>(octet)));
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == 56);
  for (const std::string& one : names) {
    const bool initial = std::set<std::string>{"DIS", "CSI", "NSF", "DES", "DTC", "CIG", "NSC", "PWD", "SEP",
                                               "PSA", "CIA", "ISP", "DEC", "DER", "TK",  "RK",  "FCD", "RCP"}
                             .contains(one);
    CAPTURE(one);
    CHECK(names.count(one) == (initial ? 1 : 2));
  }
}

TEST_CASE("the groups are T.30's") {
  CHECK(group(t30::only_a_receiver_sends) == std::set<std::string>{"DIS", "CSI", "NSF", "CFR", "FTT", "CTR",
                                                                   "CSA", "MCF", "RTP", "RTN", "PIP", "PIN",
                                                                   "PID", "PPR", "RNR", "ERR", "FDM"});
  CHECK(group(t30::is_post_message_command) == std::set<std::string>{"MPS", "EOM", "EOP", "PRI-MPS",
                                                                     "PRI-EOM", "PRI-EOP", "EOS", "PPS",
                                                                     "EOR", "RR"});
  CHECK(group(t30::ends_page) ==
        std::set<std::string>{"MPS", "EOM", "EOP", "PRI-MPS", "PRI-EOM", "PRI-EOP", "EOS"});
  CHECK(group(t30::has_identification) ==
        std::set<std::string>{"TSI", "CSI", "CIG", "SUB", "PWD", "SEP", "SID", "PSA"});
  CHECK(group(t30::has_password) == std::set<std::string>{"PWD", "SID"});
  CHECK(name(t30::without_interrupt(0x5F)) == "MPS");
  CHECK(name(t30::without_interrupt(0x9E)) == "EOM");
  CHECK(name(t30::without_interrupt(0x3E)) == "EOP");
  CHECK(name(t30::without_interrupt(0x1F)) == "EOS");
  CHECK((t30::is_final(t30::final_control_field) && !t30::is_final(t30::control_field)));
}

TEST_CASE("DCS and DIS in words") {
  const Octets v17_ecm = {0x00, 0x22, 0xF8, 0x44};
  CHECK(words(0x83, v17_ecm) == "V.17 14400 bit/s, ECM 256, MMR, A4 1728 pels, 204 × 98 dpi, unlimited");
  CHECK(words(0x82, {0x00, 0xC6, 0x72}) ==
        "V.29 9600 bit/s, no ECM, MR, A3 2432 pels, 204 × 196 dpi, A4 length, 0 ms a line");
  CHECK(words(0x82, {0x00, 0x12, 0x03, 0x01}) ==
        "unknown rate 0b0100, no ECM, MH, unknown width, unknown size, A4 length, 20 ms a line");
  Octets jbig(10, 0x80);
  jbig[1] = 0x22;
  jbig[3] |= 0x04;
  jbig[9] = 0x60;
  CHECK(words(0x82, jbig) ==
        "V.17 14400 bit/s, ECM 256, MH, A4 1728 pels, 204 × 98 dpi, A4 length; asks for JBIG");
  CHECK(words(0x82) == "no rate, no ECM, MH, A4 1728 pels, 204 × 98 dpi, A4 length, 20 ms a line");
  const t30::Dis dis = t30::dis_of({}, true);
  CHECK(words(0x80, {dis.fif.begin(), dis.fif.begin() + dis.length}) ==
        "V.27ter, V.29, V.17, A4 to A3, unlimited, 0 ms a line, ECM, MR, MMR, fine, superfine, 300 dpi, 400 "
        "dpi, "
        "inch, metric, SUB");
  CHECK(words(0x81, {0x00, 0x01, 0x00}) ==
        "cannot receive, V.27ter 2400 bit/s, A4, A4 length, 20 ms a line, has a document to poll");
}

TEST_CASE("the other frames in words") {
  CHECK(words(0x85).empty());
  CHECK(t30::frame_words({}).empty());
  CHECK(words(0x43, {'1', '1', '7', '4', '+', ' '}) == "+4711");
  CHECK(words(0x43, Octets(20, ' ')) == "(empty)");
  CHECK(words(0xC3, {'2', '1'}) == "12");
  CHECK(words(0xC1, Octets(20, '7')) == "(20 octets)");  // a password is never shown
  CHECK(words(0xA3, Octets(20, '7')) == "(20 octets)");
  CHECK(words(0xBF, {0x4F, 1, 0, 255}) == "MPS, page 1, block 0, 256 frames");
  CHECK(words(0xBF, {0x00, 0, 3, 0}) == "NULL, page 0, block 3, 1 frames");
  CHECK(words(0xBF, {0x2F}) == "EOP");
  CHECK(words(0xBF, {0x77, 1}) == "0x77, page 1");
  CHECK(words(0xCF, {0x8F}) == "EOM");
  CHECK(words(0x13, {0x00, 0x24}) == "V.17 9600 bit/s");
  CHECK(words(0x13, {0x00}) == "no rate");
  CHECK(words(0x20, {0xB5, 0x00, 0x76, 1, 2}) == "T.35 country 0xB5 (United States), maker 00 76, 5 octets");
  CHECK(words(0x23, {0x99, 0x01}) == "T.35 country 0x99, maker 01, 2 octets");
  CHECK(words(0x20) == "(empty)");
  CHECK(words(0xFB, {0xAB, 0x01}) == "AB 01");
  CHECK(words(0x00, Octets(300, 0x1B)) == "1B 1B 1B 1B 1B 1B 1B 1B 1B 1B 1B 1B 1B 1B 1B 1B … (300 octets)");
}

TEST_CASE("PPR in words names frames as runs, and not more of them than fit on a line") {
  Octets map(32);
  map[0] = 0x88;
  map[1] = 0x03;
  CHECK(words(0xBC, map) == "frames 3, 7-9 missing");
  map.assign(32, 0xFF);
  CHECK(words(0xBC, map) == "frames 0-255 missing");
  CHECK(words(0xBC, Octets(300, 0xFF)) == "frames 0-255 missing");
  CHECK(words(0xBC, {0x00, 0x01}) == "frame 8 missing");
  CHECK(words(0xBC, Octets(32)) == "no frame missing");
  CHECK(words(0xBC) == "no frame missing");
  CHECK(words(0xBC, Octets(32, 0x55)) ==
        "frames 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, … missing, 128 in all");
}

TEST_CASE("the words of any octets are one printable line of bounded length") {
  std::mt19937 random(31);
  std::size_t longest = 0;
  const auto check = [&longest](const Octets& octets) {
    const std::string line = t30::frame_words(octets);
    longest = std::max(longest, line.size());
    CHECK(line.size() <= t30::longest_frame_words);
    for (const char c : line) {
      const bool utf8 = static_cast<unsigned char>(c) >= 0x80;  // × and … only, and whole
      CHECK((utf8 || (c >= 0x20 && c < 0x7F)));
    }
  };
  for (unsigned field = 0; field < 256; ++field)
    for (const std::size_t length : {0, 1, 2, 3, 4, 10, 20, 32, 100, 300})
      for (const int fill : {0x00, 0xFF, 0x0A, -1}) {
        Octets octets(length + 1, static_cast<std::uint8_t>(fill));
        if (fill < 0)
          for (std::uint8_t& octet : octets)
            octet = static_cast<std::uint8_t>(random());
        octets[0] = static_cast<std::uint8_t>(field);
        check(octets);
      }
  CHECK(longest > t30::longest_frame_words - 3);  // some had to be cut
}
